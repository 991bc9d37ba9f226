// Programs that cut nodes off: one run at a time for each node, as in the real Fencer.
#include "sim/host.hpp"
#include "sim/supervisor.hpp"
#include "sim/world.hpp"

namespace hb::sim {

namespace {
constexpr Duration device_limit = 60s;  ///< then the program is ended
}  // namespace

void Supervisor::fence(NodeId node) {
    if (node == host_.config().self)
        host_.world().oracle.broken("requests name what exists", "a node cuts itself off");
    later(host_.world().between(10us, 60us), [this, node] { begin_fencing(node); });
}

void Supervisor::begin_fencing(NodeId node) {
    Cutting& run = cuttings_[node.index()];
    if (run.runs) {  // for an engine that is gone, or a death that is over
        run.again = true;
        return;
    }
    run = {.runs = true,
           .asked = true,
           .again = false,
           .serial = run.serial + 1,
           .since = host_.world().time.now()};
    host_.say("supervisor: cuts off %s", host_.config().nodes[node.index()].c_str());
    later(device_limit, [this, node, serial = run.serial] {
        if (cuttings_[node.index()].runs && cuttings_[node.index()].serial == serial)
            fencing_ended(node, Outcome::timed_out);
    });
    run_device(node, run.serial, host_.world().devices.takes());
}

// It goes on while its supervisor is stopped, which hears of its end later.
void Supervisor::run_device(NodeId node, unsigned serial, Duration time) {
    host_.in_kernel(time, [this, node, serial, life = std::weak_ptr<char>(life_)] {
        if (life.expired() || !cuttings_[node.index()].runs || cuttings_[node.index()].serial != serial)
            return;
        if (host_.paused()) return run_device(node, serial, 1ms);
        Devices& devices = host_.world().devices;
        const Device conduct = devices.conduct(node.index());
        if (conduct == Device::hangs) return run_device(node, serial, 100ms);
        if (conduct != Device::fails) devices.cut(node.index());
        const Duration wait = conduct == Device::late ? devices.answers_late() : Duration{};
        host_.in_kernel(wait, [this, node, serial, conduct, again = std::weak_ptr<char>(life_)] {
            if (again.expired()) return;
            later(0ns, [this, node, serial, conduct] {
                if (cuttings_[node.index()].runs && cuttings_[node.index()].serial == serial)
                    fencing_ended(node, conduct == Device::fails ? Outcome::failed : Outcome::ok);
            });
        });
    });
}

void Supervisor::fencing_ended(NodeId node, Outcome outcome) {
    const Cutting run = cuttings_[node.index()];
    cuttings_[node.index()].runs = false;
    host_.say("supervisor: device of %s: %s", host_.config().nodes[node.index()].c_str(),
              outcome == Outcome::ok       ? "it is off"
              : outcome == Outcome::failed ? "failed"
                                           : "no end");
    if (run.again) return begin_fencing(node);
    if (!run.asked || !host_.own_engine()) return;
    if (outcome == Outcome::ok) host_.world().oracle.fencing.succeeded(host_.node(), node.index(), run.since);
    host_.engine()->notice(core::FenceDone{node, outcome});
}

// The engine that asked is gone; its programs run on.
void Supervisor::forget_fencing() {
    for (auto& [name, run] : cuttings_) run.asked = run.again = false;
}

}  // namespace hb::sim
