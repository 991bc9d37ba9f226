#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/limits.hpp"

namespace hb::ipc {

/// Texts from one process to another through shared memory: one puts, one takes, nobody waits. The channel carries a message
/// that there is one. "NAME=VALUE\n" lines: the fields of a message of the cluster, for a script or of a script.
struct Texts {
    static constexpr std::uint32_t count = 16;
    static constexpr std::size_t longest = limits::hook_text;
    struct Text {
        std::uint16_t size;
        char octets[longest];
    };
    std::atomic<std::uint32_t> put_count{0}, taken_count{0};
    std::atomic<std::uint32_t> lost_count{0};  ///< put while there was no room
    Text texts[count];

    /// False, and counted, if there is no room for it.
    bool put(std::string_view text) {
        const std::uint32_t at = put_count.load(std::memory_order_relaxed);
        if (text.size() > longest || at - taken_count.load(std::memory_order_acquire) >= count) {
            lost_count.fetch_add(1, std::memory_order_relaxed);
            return false;
        }
        Text& slot = texts[at % count];
        slot.size = static_cast<std::uint16_t>(text.size());
        std::copy_n(text.data(), text.size(), slot.octets);
        put_count.store(at + 1, std::memory_order_release);
        return true;
    }
    /// The oldest one, copied; nullopt: there is none. What the other process wrote is not believed: whatever stands there,
    /// `count` calls come to an end.
    std::optional<std::string_view> take(std::span<char, longest> out) {
        const std::uint32_t at = taken_count.load(std::memory_order_relaxed);
        if (put_count.load(std::memory_order_acquire) == at) return std::nullopt;
        const Text& slot = texts[at % count];
        const std::size_t size = std::min<std::size_t>(slot.size, longest);
        std::copy_n(slot.octets, size, out.data());
        taken_count.store(at + 1, std::memory_order_release);
        return std::string_view{out.data(), size};
    }
};

}  // namespace hb::ipc
