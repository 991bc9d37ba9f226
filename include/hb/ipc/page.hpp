#pragma once
#include <atomic>
#include <cstdint>

#include "hb/base/limits.hpp"
#include "hb/base/time.hpp"
#include "hb/ipc/texts.hpp"

namespace hb::ipc {

/// The one page(s) of memory that engine and supervisor share: MAP_SHARED|MAP_ANONYMOUS, made by the supervisor before its
/// first engine. No pulse messages: the newest value is what is judged. Instants are milliseconds of the boot clock
/// modulo 2^32 (lock-free on 32-bit hosts too).
struct Page {
    std::atomic<std::uint32_t> hold_until_ms{0};  ///< engine writes, at the end of each turn; rounded down
    std::atomic<std::uint32_t> engine_turn_ms{0};
    std::atomic<std::uint32_t> supervisor_turn_ms{0};
    std::atomic<std::uint32_t> peers_dead{0};           ///< bit n: node n is declared dead by the engine
    std::atomic<std::uint32_t> generation{0};           ///< the engine's own; a successor begins above it
    std::atomic<std::uint32_t> reserved_generation{0};  ///< the highest on disk; the writer raises it
    /// The highest life of each node that has proven itself to an engine: a recording of an older one is dropped.
    struct Life {
        std::atomic<std::uint32_t> generation{0};
        std::atomic<std::uint32_t> sequence{0};
        std::atomic<std::uint8_t> met{0};  ///< 0: known from the disk only
    };
    Life lives[limits::nodes];
    /// Register and state per group, as Core::heritage gives it: what a successor inherits.
    struct Group {
        std::atomic<std::uint32_t> epoch{0};
        std::atomic<std::uint16_t> holder{0xffff};
        std::atomic<std::uint8_t> state{0};  ///< core::GroupState
    };
    Group groups[limits::groups];
    Texts hooks;     ///< engine to supervisor: messages that a script of rc.d is run for
    Texts messages;  ///< supervisor to engine: messages of scripts for the cluster
};

inline std::uint32_t page_ms(Instant at) {
    return static_cast<std::uint32_t>(at.time_since_epoch() / std::chrono::milliseconds{1});
}
/// The instant nearest to `near` that page_ms() maps to `ms`.
inline Instant page_instant(std::uint32_t ms, Instant near) {
    const auto distance = static_cast<std::int32_t>(ms - page_ms(near));
    return near + std::chrono::milliseconds{distance};
}

}  // namespace hb::ipc
