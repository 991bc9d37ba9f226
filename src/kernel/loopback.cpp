#include "hb/kernel/loopback.hpp"

#include <charconv>
#include <string_view>

#include "hb/base/text.hpp"
#include "hb/tools/file.hpp"

namespace hb::kernel {
namespace {

constexpr std::size_t largest_file = 1 << 20;

std::string_view take_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::optional<unsigned> number(std::string_view word, unsigned most) {
    unsigned value = 0;
    const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (fault != std::errc{} || end != word.data() + word.size() || value > most) return std::nullopt;
    return value;
}

/// ADDRESS BITS SCOPE LABEL
std::optional<net::KernelAddress> copy_of(std::string_view line) {
    const auto address = parse_ipv4(take_word(line));
    const auto bits = number(take_word(line), 32), scope = number(take_word(line), 255);
    if (!address || !bits || !scope || line.size() > 15) return std::nullopt;
    net::KernelAddress copy;
    copy.key = {.address = *address, .ifindex = 0, .bits = *bits};
    copy.scope = static_cast<std::uint8_t>(*scope);
    copy.label = line;
    return copy;
}

}  // namespace

void Loopback::load() {
    const auto text = file_.empty() ? Result<std::optional<std::string>>{std::nullopt}
                                    : tools::read_file(file_, largest_file);
    if (!text || !*text) return;
    std::string_view rest = **text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        if (auto copy = copy_of(rest.substr(0, end))) copies_[copy->key.address] = std::move(*copy);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

bool Loopback::remember(const net::KernelAddress& copy) {
    copies_[copy.key.address] = copy;
    return write();
}

const net::KernelAddress* Loopback::find(Ipv4 address) const {
    const auto found = copies_.find(address);
    return found == copies_.end() ? nullptr : &found->second;
}

void Loopback::forget(Ipv4 address) {
    if (copies_.erase(address) != 0) (void)write();  // an older file only names one that is there already
}

bool Loopback::write() const {
    if (file_.empty()) return true;
    std::string text;
    for (const auto& [address, copy] : copies_)
        append(text, concat(to_text(address), ' ', copy.key.bits, ' ', unsigned{copy.scope}, ' ', copy.label,
                            '\n'));
    return static_cast<bool>(tools::replace_file(file_, text, 0600, tools::Durability::until_reboot));
}

}  // namespace hb::kernel
