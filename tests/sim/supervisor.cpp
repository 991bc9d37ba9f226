#include "sim/supervisor.hpp"

#include <algorithm>

#include "sim/arp.hpp"
#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

Supervisor::Supervisor(Host& host)
    : host_(host), holdings_(host.config()), expires_(host.config().resources.size(), never),
      scripts_(host.config().resources.size()), blocked_(host.config().groups.size()) {}

Instant Supervisor::host_now() const { return host_.now(); }

bool Supervisor::asleep() const { return host_.paused() || stopped_; }

// Work of this supervisor: void when it is gone, put off while it stands still.
void Supervisor::later(Duration wait, std::function<void()> act) {
    host_.world().time.after(wait, [this, act = std::move(act), life = std::weak_ptr<char>(life_)] {
        if (life.expired()) return;
        if (asleep())
            deferred_.push_back(act);
        else
            act();
    });
}

void Supervisor::resume() {
    std::vector<std::function<void()>> waiting;
    waiting.swap(deferred_);
    for (auto& act : waiting) later(host_.world().between(5us, 60us), std::move(act));
    later(host_.world().between(5us, 60us), [this] { run(); });
}

void Supervisor::set_stopped(bool stopped) {
    stopped_ = stopped;
    if (!stopped) resume();
}

// One turn of its loop. A right to hold that has passed comes before everything else.
void Supervisor::run() {
    if (asleep() || in_netlink_ || ending_) return;
    if (host_.now() >= look_at_) look();
    hear_kernel();
    const Instant until = hold_until();
    read_requests();
    for (std::size_t i = 0; i < operations_.size(); ++i) advance(operations_[i]);
    // Behind what an engine that woke before us has asked for; a right that it has written since counts from then on.
    put_back(holdings_.take_expired(host_.now(), until), Batch::Why::expired);
    std::erase_if(operations_, [](const OperationPtr& operation) { return operation->over; });
    pursue_release();
    begin_batch();
    prolong();
    if (reload_asked_) pursue_reload();
    host_.page().supervisor_turn = host_.now();
    wake_at(next_wake());
    end_if_empty();
}

Instant Supervisor::next_wake() const { return std::min(look_at_, lifetimes_.due()); }

void Supervisor::wake_at(Instant at) {
    if (at >= wake_) return;
    wake_ = at;
    const Moment moment = std::max(host_.clock().moment(at), host_.world().time.now());
    later(moment + host_.world().between(2us, 80us) - host_.world().time.now(), [this, ticket = ++wakes_] {
        if (ticket != wakes_) return;
        wake_ = never;
        run();
    });
}

void Supervisor::request(const core::Operate& operate) {
    inbox_.push_back(operate);
    later(host_.world().between(10us, 60us), [this] { run(); });
}

void Supervisor::read_requests() {
    for (const core::Operate& asked : inbox_) {
        if (asked.last < asked.first || asked.last.index() >= host_.config().resources.size())
            host_.world().oracle.broken("requests name what exists", "run %u-%u", asked.first.value,
                                        asked.last.value);
        if (asked.verb == Verb::announce) {
            for (ResourceId r = asked.first; r <= asked.last; ++r.value) announce(host_, r);
            continue;
        }
        if (asked.verb == Verb::cancel) {  // what hangs here goes on to its limit: the worse case
            cancel_starts(host_.config().resources[asked.first.index()].group);
            continue;
        }
        if (asked.verb == Verb::monitor) {
            take_question(asked);
            continue;
        }
        host_.say("supervisor: %s %u-%u, operation %u", asked.verb == Verb::start ? "start" : "stop",
                  asked.first.value, asked.last.value, asked.operation);
        for (ResourceId first = asked.first; first <= asked.last;) {  // one part a group
            const config::Group& group = host_.group_of(first);
            const ResourceId end = id_of<ResourceId>(group.first.index() + group.count);
            core::Operate part = asked;
            part.first = first;
            part.last = std::min(asked.last, id_of<ResourceId>(end.index() - 1));
            take_up(part);
            first = end;
        }
    }
    inbox_.clear();
}

// What moves answers for itself. After a stop that failed, what does not run counts as stopped.
void Supervisor::take_question(const core::Operate& asked) {
    const ResourceId resource = asked.first;
    const bool hangs = host_.kernel.conduct[resource.index()] == Conduct::status_hangs && !moves(resource);
    if (hangs)
        host_.world().oracle.service_failed(host_.node(), host_.config().resources[resource.index()].group);
    const Duration time = hangs ? asked.limit : host_.world().between(1ms, 5ms);
    later(time, [this, asked, resource, hangs, engine = host_.engine()] {
        if (!engine || host_.engine() != engine) return;
        const bool runs = moves(resource) || host_.kernel.services[resource.index()] != Service::absent;
        if (!runs && unstopped_.erase(resource) > 0) gone(resource);
        const Outcome outcome = hangs && !moves(resource) ? Outcome::timed_out
                                : runs                    ? Outcome::ok
                                                          : Outcome::failed;
        done_upwards(asked.operation, resource, resource, outcome);
    });
}

bool Supervisor::moves(ResourceId resource) const {
    const GroupId group = host_.config().resources[resource.index()].group;
    if (holdings_.releasing(group) || scripts_[resource.index()].running) return true;
    return std::any_of(operations_.begin(), operations_.end(), [&](const OperationPtr& operation) {
        return !operation->over && host_.config().resources[operation->asked.first.index()].group == group;
    });
}

void Supervisor::take_up(const core::Operate& asked) {
    const GroupId group = host_.config().resources[asked.first.index()].group;
    if (asked.verb == Verb::stop) {
        cancel_starts(group);
        host_.world().oracle.stop_asked(host_.node(), group);
    } else {
        host_.world().oracle.start_asked(host_.node(), asked.first);
    }
    auto operation = std::make_shared<Operation>();
    operation->asked = asked;
    operation->limit = host_.now() + asked.limit;
    // It is being given up by ourselves; the engine hears of that by operation 0.
    if (holdings_.releasing(group)) return answer(operation, operation->count(), Outcome::failed);
    operations_.push_back(operation);
    arm_limit(operation);
}

// A stop overtakes what a start of the same group has not begun.
void Supervisor::cancel_starts(GroupId group) {
    for (const OperationPtr& operation : operations_) {
        const bool same = host_.config().resources[operation->asked.first.index()].group == group;
        if (operation->over || operation->asked.verb != Verb::start || !same ||
            operation->begun == operation->count())
            continue;
        const std::size_t kept = std::max(operation->begun, operation->done);
        done_upwards(operation->asked.operation, operation->at(kept), operation->asked.last, Outcome::failed);
        if (kept == 0 || kept == operation->done) {
            operation->over = true;
            continue;
        }
        operation->asked.last = operation->at(kept - 1);
    }
}

// A start waits for the stops of its group that came before it, and a resource for what is under way with it.
bool Supervisor::must_wait(const OperationPtr& operation) const {
    const ResourceId resource = operation->at(operation->done);
    const GroupId group = host_.config().resources[resource.index()].group;
    if (scripts_[resource.index()].running || holdings_.releasing(group)) return true;
    for (const OperationPtr& earlier : operations_) {
        if (earlier == operation) return false;
        if (earlier->over || host_.config().resources[earlier->asked.first.index()].group != group) continue;
        if (operation->asked.verb == Verb::start && earlier->asked.verb == Verb::stop) return true;
        if (earlier->working && earlier->asked.first <= resource && resource <= earlier->asked.last)
            return true;
    }
    return false;
}

// Goes on with a request until something has to be waited for.
void Supervisor::advance(const OperationPtr& operation) {
    while (!operation->over && !operation->working && !must_wait(operation)) {
        const ResourceId resource = operation->at(operation->done);
        if (host_.config().resources[resource.index()].kind == config::Resource::Kind::address) {
            advance_address(operation);
        } else {
            operation->begun = operation->done + 1;
            run_script(resource, operation->asked.verb, operation);
        }
    }
}

void Supervisor::advance_address(const OperationPtr& operation) {
    Batch batch{.addresses = {}, .verb = operation->asked.verb, .operation = operation};
    for (std::size_t i = operation->done; i < operation->count() && batch.addresses.size() < 64; ++i) {
        const ResourceId resource = operation->at(i);
        if (host_.config().resources[resource.index()].kind != config::Resource::Kind::address) break;
        batch.addresses.push_back(resource);
    }
    operation->working = true;
    operation->begun = operation->done + batch.addresses.size();
    batches_.push_back(std::move(batch));
}

void Supervisor::arm_limit(const OperationPtr& operation) {
    if (operation->asked.limit <= 0s || operation->asked.limit > std::chrono::hours{24}) return;
    const Moment at = host_.clock().moment(operation->limit);
    later(at - host_.world().time.now(), [this, operation] { limit_passed(operation); });
}

void Supervisor::limit_passed(const OperationPtr& operation) {
    if (operation->over) return;
    host_.say("supervisor: operation %u timed out", operation->asked.operation);
    const ResourceId resource = operation->at(operation->done);
    const bool mine = scripts_[resource.index()].running && scripts_[resource.index()].operation == operation;
    if (mine) kill_script(resource);
    if (!operation->over) answer(operation, operation->count() - operation->done, Outcome::timed_out);
    run();
}

// The next `count` resources of a request ended alike. A failure ends the whole request.
void Supervisor::answer(const OperationPtr& operation, std::size_t count, Outcome outcome) {
    const std::size_t from = operation->done;
    if (outcome != Outcome::ok) count = operation->count() - from;
    done_upwards(operation->asked.operation, operation->at(from), operation->at(from + count - 1), outcome);
    operation->done += count;
    operation->working = false;
    operation->over = operation->done == operation->count();
}

void Supervisor::done_upwards(OperationId operation, ResourceId a, ResourceId b, Outcome outcome) {
    if (!host_.own_engine()) return;
    const core::OperationDone done{operation, std::min(a, b), std::max(a, b), outcome};
    host_.engine()->notice(done);
}

// A stop that the engine before asked for may end inside a release of ours.
void Supervisor::gone(ResourceId resource) {
    if (holdings_.releasing(host_.config().resources[resource.index()].group))
        holdings_.stop_done(resource, Outcome::ok);
    else
        holdings_.stopped(resource);
}

}  // namespace hb::sim
