#pragma once
#include <cstddef>
#include <utility>

#include "hb/base/time.hpp"

namespace hb::core {

/// Does this peer reach more ping nodes than we do, steadily? Two nodes that lose the same one notice it at different times.
class Reach {
public:
    /// What it says: how many of how many; 0 of 0: it asks none.
    void said(std::size_t reached, std::size_t total) { reached_ = reached, total_ = total; }

    struct News {
        bool more = false;     ///< now it steadily reaches more
        bool settled = false;  ///< it has not reached fewer for so long that groups may go to it
    };
    /// `comparable`: it is in session, and asks as many as we do.
    [[nodiscard]] News compare(bool comparable, std::size_t own, Instant now, Duration steady);
    /// True once, if it asks another number of ping nodes.
    [[nodiscard]] bool warn(std::size_t own_total) {
        return total_ != own_total && !std::exchange(warned_, true);
    }

    bool more() const { return more_; }
    bool fewer_lately(Instant now) const { return fewer_until_ > now; }
    std::size_t reached() const { return reached_; }
    std::size_t total() const { return total_; }

private:
    std::size_t reached_ = 0, total_ = 0;
    Instant more_since_ = never;
    bool more_ = false;
    Instant fewer_until_;  ///< steadiness included
    bool warned_ = false;
};

}  // namespace hb::core
