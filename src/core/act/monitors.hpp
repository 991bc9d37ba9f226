#pragma once
#include <optional>
#include <vector>

#include "hb/config/config.hpp"

namespace hb::core {

/// Which started services are asked for their status, and when? Each is a process, so that only a few run at a time.
class Monitors {
public:
    explicit Monitors(const std::vector<config::Resource>& resources);

    bool none() const { return all_.empty(); }
    /// These resources are owned from now on, or are not: what is asked about them is forgotten, for a start or a stop ends it.
    void watch(ResourceId first, std::size_t count, bool owned, Instant now);
    /// ask(resource, limit) -> OperationId for each question that is due.
    template <class Ask>
    void run(Instant now, Ask&& ask) {
        if (deadline_ > now) return;
        deadline_ = never;
        for (Monitor& m : all_) {
            give_up(m, now);
            if (is_due(m, now)) asked(m, ask(m.resource, m.limit), now);
            plan(m);
        }
    }
    /// The answer to that question is here; nothing: it is none of ours. The next one follows after the interval.
    std::optional<ResourceId> answered(OperationId operation, Instant now);
    /// Not asked before: nothing would be done about it.
    void wait(ResourceId resource, Instant until);
    Instant deadline() const { return deadline_; }

private:
    struct Monitor {
        ResourceId resource;
        Duration interval{}, limit{};
        Instant due = never;        ///< the next question
        OperationId operation = 0;  ///< unanswered; 0: none
        Instant given_up = never;   ///< when the answer is not waited for any more
    };
    void give_up(Monitor& m, Instant now);
    bool is_due(const Monitor& m, Instant now) const;
    void asked(Monitor& m, OperationId operation, Instant now);
    void plan(const Monitor& m);

    std::vector<Monitor> all_;  ///< by ResourceId
    std::size_t running_ = 0;
    Instant deadline_ = never;
};

}  // namespace hb::core
