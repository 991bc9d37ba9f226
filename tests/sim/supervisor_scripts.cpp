#include "sim/host.hpp"
#include "sim/supervisor.hpp"
#include "sim/world.hpp"

namespace hb::sim {

void Supervisor::run_script(ResourceId resource, Verb verb, const OperationPtr& operation) {
    const Settings& settings = host_.world().settings;
    Script& script = scripts_[resource.index()];
    Service& service = host_.kernel.services[resource.index()];
    if (operation) operation->working = true;
    script = Script{.running = true,
                    .hung = false,
                    .verb = verb,
                    .operation = operation,
                    .release = !operation,
                    .serial = script.serial + 1};
    const unsigned serial = script.serial;
    const Conduct conduct = host_.kernel.conduct[resource.index()];
    const bool start = verb == Verb::start;
    host_.say("script: %s %s", host_.config().resources[resource.index()].word.c_str(),
              start ? "start" : "stop");
    if (start) {
        holdings_.starting(resource);
        host_.world().oracle.service_starting(host_.node(), resource);
        if (service == Service::absent) service = Service::starting;
        host_.kernel.ended[resource.index()] = 0;
    } else {
        host_.world().oracle.service_stopping(host_.node(), resource);
        if (service == Service::running) service = Service::stopping;
    }
    if (conduct == (start ? Conduct::start_hangs : Conduct::stop_hangs)) {
        script.hung = true;
        if (!operation)
            later(60s, [this, resource, serial] {  // the supervisor's own limit
                if (scripts_[resource.index()].serial == serial && scripts_[resource.index()].running)
                    kill_script(resource);
            });
        return;
    }
    run_process(resource, host_.world().between(settings.script_min, settings.script_max));
}

// It goes on while its supervisor is stopped, which hears of its end later.
void Supervisor::run_process(ResourceId resource, Duration time) {
    const unsigned serial = scripts_[resource.index()].serial;
    host_.in_kernel(time, [this, resource, serial, life = std::weak_ptr<char>(life_)] {
        if (life.expired()) return;
        if (host_.paused()) return run_process(resource, 1ms);
        const Script& script = scripts_[resource.index()];
        if (script.serial != serial || !script.running) return;
        const Outcome outcome = effect(resource, script.verb);
        later(0ns, [this, resource, serial, outcome] {
            const Script& same = scripts_[resource.index()];
            if (same.serial == serial && same.running) script_ended(resource, outcome);
        });
    });
}

// What the script did to its service, and what it says of it.
Supervisor::Outcome Supervisor::effect(ResourceId resource, Verb verb) {
    Service& service = host_.kernel.services[resource.index()];
    const Conduct conduct = host_.kernel.conduct[resource.index()];
    if (verb == Verb::start) {
        if (conduct == Conduct::start_fails && service == Service::starting) {
            service = Service::absent;
            return Outcome::failed;
        }
        service = Service::running;
        if (conduct == Conduct::dies)
            host_.in_kernel(host_.world().between(host_.world().settings.extras.monitor / 2,
                                                  2 * host_.world().settings.extras.monitor),
                            [&host = host_, resource] {
                                if (host.kernel.conduct[resource.index()] == Conduct::dies)
                                    host.end_service(resource);
                            });
        unstopped_.erase(resource);
        return Outcome::ok;
    }
    if (conduct == Conduct::stop_fails && service != Service::absent) {
        service = Service::running;
        return Outcome::failed;
    }
    service = Service::absent;
    return Outcome::ok;
}

void Supervisor::script_ended(ResourceId resource, Outcome outcome) {
    Script& script = scripts_[resource.index()];
    const OperationPtr operation = script.operation;
    const bool release = script.release, stop = script.verb == Verb::stop;
    script.running = script.hung = false;
    script.operation = nullptr;
    const GroupId group = host_.config().resources[resource.index()].group;
    if (outcome != Outcome::ok) {
        host_.say("script: %s %s %s", host_.config().resources[resource.index()].word.c_str(),
                  stop ? "stop" : "start", outcome == Outcome::failed ? "failed" : "timed out");
        host_.world().oracle.script_failed(group, !stop);
    }
    if (stop && outcome == Outcome::ok) gone(resource);
    if (stop && operation)
        outcome == Outcome::ok ? (void)unstopped_.erase(resource) : (void)unstopped_.insert(resource);
    if (operation && !operation->over) answer(operation, 1, outcome);
    if (release && outcome != Outcome::ok) {
        holdings_.stop_done(resource, outcome);
        ++pending_retries_;
        return later(1s, [this] {
            --pending_retries_;
            run();
        });
    }
    later(host_.world().between(10us, 50us), [this] { run(); });
}

// TERM, then KILL.
void Supervisor::kill_script(ResourceId resource) {
    kill_process(resource);
    script_ended(resource, Outcome::timed_out);
}

// A service whose start was killed may run or not.
void Supervisor::kill_process(ResourceId resource) {
    Service& service = host_.kernel.services[resource.index()];
    if (service == Service::starting)
        service = host_.world().chance(500) ? Service::running : Service::absent;
    if (service == Service::stopping) service = Service::running;
    ++scripts_[resource.index()].serial;
}

// A stop that the supervisor itself wants.
void Supervisor::release_stop(ResourceId resource) {
    Script& script = scripts_[resource.index()];
    if (script.running && script.verb == Verb::start) {
        script.release = false;
        kill_script(resource);
    }
    if (script.running) {  // a stop that the engine before asked for
        script.release = true;
        return;
    }
    run_script(resource, Verb::stop, nullptr);
}

void Supervisor::unhang(ResourceId resource) {
    Script& script = scripts_[resource.index()];
    if (!script.running || !script.hung) return;
    script.hung = false;
    run_process(resource, 1ms);
}

}  // namespace hb::sim
