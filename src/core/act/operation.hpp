#pragma once
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"
#include "hb/core/core.hpp"

namespace hb::core {

/// What is the supervisor doing for a group, and what has it answered so far? One thing at a time, to neighbouring resources; what is
/// not answered in time has failed.
///
///   none --begin()--> running --the last answer, time_out()--> none
class Operation {
public:
    enum class Kind : std::uint8_t { start, stop, status };

    void begin(OperationId id, Kind kind, ResourceId first, ResourceId last, Instant limit);
    /// The answer is about one of its resources.
    bool concerns(OperationId id, ResourceId resource) const {
        return id_ == id && resource.index() >= first_.index() && resource.index() <= last_.index();
    }
    /// Of such a resource. True: it was the last answer.
    [[nodiscard]] bool answered(ResourceId resource, Outcome outcome);
    void time_out();
    void end();  ///< all is answered, or its answers do not matter any more

    bool running() const { return id_ != 0; }
    Kind kind() const { return kind_; }                  ///< of the present one, or of the last
    ResourceId first() const { return first_; }          ///< likewise
    ResourceId last() const { return last_; }            ///< likewise
    bool failed() const { return failed_; }              ///< likewise: one of its resources did
    ResourceId failed_resource() const { return bad_; }  ///< the last one that ever did
    bool says_stopped() const { return says_stopped_; }  ///< a status: it does not run
    Instant deadline() const { return deadline_; }

private:
    OperationId id_ = 0;
    Kind kind_ = Kind::stop;
    ResourceId first_, last_, bad_;
    Instant deadline_ = never;
    std::size_t answers_ = 0;
    bool failed_ = false, says_stopped_ = false;
};

}  // namespace hb::core
