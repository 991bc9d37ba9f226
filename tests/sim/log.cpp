#include "sim/log.hpp"

#include <cstdarg>
#include <cstdio>

namespace hb::sim {

Log::Log(const Timeline& time, std::size_t nodes, bool verbose)
    : time_(time), tails_(nodes + 1), verbose_(verbose) {
    tails_[0].name = "world";
}

void Log::line(int node, const char* format, ...) {
    char text[600];
    const auto us = time_.now().count() / 1000;
    Tail& tail = tails_[static_cast<std::size_t>(node + 1)];
    int used = std::snprintf(text, sizeof text, "%6lld.%06lld %-6s ", static_cast<long long>(us / 1'000'000),
                             static_cast<long long>(us % 1'000'000), tail.name.c_str());
    va_list args;
    va_start(args, format);
    std::vsnprintf(text + used, sizeof text - static_cast<std::size_t>(used), format, args);
    va_end(args);
    tail.lines[tail.count++ % tail.lines.size()] = text;
    mix(text, std::char_traits<char>::length(text));
    if (verbose_) std::puts(text);
}

// FNV-1a, eight octets a step: the hash tells runs apart, it protects nothing.
void Log::mix(const void* data, std::size_t size) {
    const auto* octets = static_cast<const unsigned char*>(data);
    for (std::size_t i = 0; i < size; i += 8) {
        std::uint64_t word = 0;
        for (std::size_t k = i; k < size && k < i + 8; ++k) word = word << 8 | octets[k];
        hash_ = (hash_ ^ word) * 0x100000001b3u;
        hash_ ^= hash_ >> 29;
    }
}

void Log::print_tails() const {
    for (const Tail& tail : tails_) {
        std::printf("--- last lines of %s\n", tail.name.c_str());
        const std::size_t size = tail.lines.size();
        for (std::size_t i = tail.count > size ? tail.count - size : 0; i < tail.count; ++i)
            std::puts(tail.lines[i % size].c_str());
    }
}

}  // namespace hb::sim
