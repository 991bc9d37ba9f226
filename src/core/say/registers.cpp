#include "registers.hpp"

namespace hb::core {

namespace {
constexpr std::string_view letters = "fwnaorb";  // GroupState, in its order
constexpr std::size_t longest_run = 32;          // octets, with its comma
}  // namespace

Registers::Registers(std::size_t groups, Digest digest)
    : groups_(groups), digest_(digest), runs_(groups * longest_run + 1), ends_(groups + 1) {}

void Registers::begin() { count_ = cursor_ = size_ = 0; }

void Registers::add(const Register& r, std::size_t first, std::size_t last, std::size_t holder) {
    if (size_) runs_[size_++] = ',';
    Text text{std::span<char>(runs_).subspan(size_)};
    text.hex(first);
    if (last != first) text.put('-').hex(last);
    text.put(':').put(letters[static_cast<std::size_t>(r.state)]);
    if (r.holder.exists())
        text.hex(holder);
    else
        text.put('z');
    text.put(':').hex(r.epoch);
    size_ += text.size();
    ends_[count_++] = static_cast<std::uint32_t>(size_);
}

void Registers::end() {
    runs_digest_ = digest_(std::as_bytes(std::span(runs_.data(), size_)));
    is_valid_ = true;
}

void Registers::write(Text& out, std::size_t space) {
    out.hex(serial_).put(':').hex(runs_digest_, 8).put(':');
    if (size_ <= space) return void(out.put({runs_.data(), size_}));
    out.put('+');
    std::size_t used = 1;
    for (std::size_t n = 0; n < count_; ++n) {
        const std::size_t begin = cursor_ ? ends_[cursor_ - 1] + 1 : 0;
        const std::size_t size = ends_[cursor_] - begin;
        if (used + size + 1 > space) break;
        if (used > 1) out.put(',');
        out.put({runs_.data() + begin, size});
        used += size + 1;
        cursor_ = (cursor_ + 1) % count_;
    }
}

bool Registers::read_run(std::string_view text, std::size_t groups, Run& run) {
    std::string_view range = take(text, ':');
    const std::string_view who = take(text, ':');
    const bool one = range.find('-') == range.npos;
    if (!read_hex(take(range, '-'), run.first) || who.empty() || !read_hex(take(text, ':'), run.heard.epoch))
        return false;
    run.last = run.first;
    if (!one && !read_hex(take(range, '-'), run.last)) return false;
    if (run.last < run.first || run.last >= groups) return false;
    const std::size_t letter = letters.find(who[0]);
    // An unknown one: held there.
    run.heard.state = letter != letters.npos ? static_cast<GroupState>(letter) : GroupState::owned;
    run.held = who.substr(1) != "z";
    return !run.held || read_hex(who.substr(1), run.holder);
}

}  // namespace hb::core
