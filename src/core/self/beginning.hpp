#pragma once
#include "hb/core/core.hpp"

namespace hb::core {

/// How did this engine begin, and since when can it hear? Without a medium nobody can be heard: that says nothing of those who were
/// never heard. An engine that goes on with what it held had its peers before.
///
///   listening <--a medium is usable, none is--> waiting      an engine that goes on listens all the time
class Beginning {
public:
    Beginning(const Origin& origin, Instant now);

    bool restarted() const { return restarted_; }  ///< an engine of this daemon was there before
    bool goes_on() const { return goes_on_; }      ///< with groups that were served
    Instant started() const { return started_; }
    Instant right_before() const { return right_before_; }  ///< of the engine before; never: there was none

    /// Whether some medium is usable. True: from now on none is, and the wait begins anew with the next one.
    [[nodiscard]] bool listen(bool any_medium, Instant now);
    /// For so long a node that was never heard is waited for.
    Duration patience(Duration deadtime, Duration initdead) const { return restarted_ ? deadtime : initdead; }
    /// When that is over; never: nobody can be heard now.
    Instant patience_ends(Duration patience) const { return since_ == never ? never : since_ + patience; }

private:
    bool restarted_, goes_on_;
    Instant started_, since_, right_before_;
};

}  // namespace hb::core
