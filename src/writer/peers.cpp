#include "peers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "generation.hpp"
#include "hb/base/fd.hpp"

namespace hb::writer {

namespace {
constexpr std::size_t most_names = 32, longest_name = 63;
}  // namespace

bool is_node_name(std::string_view text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '-' || c == '_';
    };
    return !text.empty() && text.size() <= longest_name && std::all_of(text.begin(), text.end(), plain);
}

// What is no line of ours is left out, and gone with the next writing.
void PeersFile::read() {
    read_ = true;
    Fd fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    std::array<char, 4096> room{};
    const ssize_t size = fd ? ::read(fd.get(), room.data(), room.size()) : 0;
    std::string_view text{room.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
        const std::string_view line = text.substr(0, end);
        const std::size_t blank = line.find(' ');
        std::uint32_t generation = 0;
        if (blank == line.npos || !is_node_name(line.substr(0, blank)) || peers_.size() == most_names)
            continue;
        const char* const last = line.data() + line.size();
        const auto [at, fault] = std::from_chars(line.data() + blank + 1, last, generation);
        if (fault == std::errc{} && at == last) peers_[std::string(line.substr(0, blank))] = generation;
    }
}

Result<Done> PeersFile::remember(std::string_view peer, std::uint32_t generation) {
    if (path_.empty()) return Done{};
    if (!read_) read();
    const auto known = peers_.find(peer);
    if (known != peers_.end() && known->second >= generation) return Done{};
    if (known == peers_.end() && peers_.size() == most_names)
        peers_.erase(std::min_element(peers_.begin(), peers_.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; }));
    peers_.insert_or_assign(std::string(peer), generation);
    std::string text;
    for (const auto& [name, number] : peers_) text += name + " " + std::to_string(number) + "\n";
    return replace_durably(path_, text);
}

}  // namespace hb::writer
