#pragma once
#include <memory>

#include "hb/base/bytes.hpp"
#include "hb/base/id.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// The sent messages that a peer may still ask for. The lowest free slot is used first, so that at rest only a
/// few of the 500 are ever touched.
class Store {
public:
    struct Slot {
        Sequence sequence = 0;  ///< 0: free
        std::uint16_t size = 0;
        Instant sent, sent_again;
        bool tells_resources = false;  ///< a `resource`: a peer may take an old one for news
    };

    Store();
    /// A slot for a new message; where all are taken the oldest is overwritten.
    std::size_t take(Sequence sequence, Instant now);
    std::span<std::byte> space(std::size_t slot);
    void set_size(std::size_t slot, std::size_t size) {
        slots_[slot].size = static_cast<std::uint16_t>(size);
    }
    void set_tells_resources(std::size_t slot) { slots_[slot].tells_resources = true; }
    Bytes body(std::size_t slot) const;
    Slot* find(Sequence sequence);
    std::size_t index_of(const Slot* slot) const { return static_cast<std::size_t>(slot - slots_.get()); }
    /// Frees what is acknowledged (sequence <= `upto`) and was sent before `before`.
    void release(Sequence upto, Instant before);
    void clear();
    std::size_t used() const { return used_; }

private:
    std::unique_ptr<Slot[]> slots_;
    std::unique_ptr<std::byte[]> space_;
    std::size_t used_ = 0;
    std::size_t end_ = 0;  ///< no slot at or behind it is taken
};

}  // namespace hb::core
