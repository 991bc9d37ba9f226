#pragma once
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// What is done about a service that is up and fails its monitor? It is restarted. If it fails again soon, its group is given away, but
/// only so often; where that cannot be, it is restarted after a pause that doubles.
class Health {
public:
    enum class Verdict : std::uint8_t {
        wait,
        restart,
        move,
        restart_again
    };  ///< wait: the pause is not over
    /// `interval`: between two questions. `may_move`: this node gives groups away, and somebody could take this one.
    [[nodiscard]] Verdict failed(ResourceId resource, Instant now, Duration interval, bool may_move,
                                 Duration move_pause);
    /// It is restarted now, whyever.
    void restarted(Instant now) { restarted_at_ = now; }

    bool may_move(Instant now) const { return stays_until_ <= now; }  ///< it was not given away too lately
    ResourceId last_failed() const { return last_failed_; }           ///< may not exist
    Instant last_failed_at() const { return last_failed_at_; }
    Instant not_before() const { return not_before_; }  ///< no restart before that
    Duration backoff() const { return backoff_; }

private:
    ResourceId last_failed_;
    Instant last_failed_at_, restarted_at_, not_before_, stays_until_;
    Duration backoff_{};
};

}  // namespace hb::core
