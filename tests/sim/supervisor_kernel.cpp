// What it asks of the kernel, and what the kernel tells it.
#include "sim/arp.hpp"
#include "sim/host.hpp"
#include "sim/supervisor.hpp"
#include "sim/world.hpp"

namespace hb::sim {

using hb::policy::Lifetimes;

void Supervisor::begin_batch() {
    while (!in_netlink_ && !batches_.empty()) {
        Batch batch = std::move(batches_.front());
        batches_.pop_front();
        if (batch.verb == Verb::start) begin_start(batch);
        if (batch.addresses.empty() && !batch.operation) continue;
        in_netlink_ = true;
        Duration spent{};
        const Settings& settings = host_.world().settings;
        for (const ResourceId resource : batch.addresses) {
            spent += host_.world().between(settings.address_min, settings.address_max);
            host_.in_kernel(spent, [&host = host_, batch, resource] { carry_out(host, batch, resource); });
        }
        later(spent + 1us, [this, batch] { end_batch(batch); });
    }
}

void Supervisor::begin_start(Batch& batch) {
    if (batch.why == Batch::Why::asked) {
        for (const ResourceId resource : batch.addresses) holdings_.starting(resource);
    } else {
        std::erase_if(batch.addresses, [this](ResourceId resource) {
            return !holdings_.may_keep(resource, Instant{}, never) || host_.kernel.address(resource);
        });
    }
    for (const ResourceId resource : batch.addresses)  // one that is there already keeps what it has
        if (!host_.kernel.address(resource))
            expires_[resource.index()] = lifetimes_.begin(host_.now(), host_.config().address_lifetime);
}

void Supervisor::carry_out(Host& host, const Batch& batch, ResourceId resource) {
    const char* word = host.config().resources[resource.index()].word.c_str();
    if (batch.verb == Verb::stop) {
        host.say("kernel: - %s", word);
        return host.remove_address(resource);
    }
    host.say("kernel: + %s", word);
    if (!host.kernel.address(resource)) host.set_address(resource);
    const bool asked = batch.why == Batch::Why::asked;
    host.world().oracle.address_added(host.node(), resource,
                                      asked ? Oracle::Cause::start : Oracle::Cause::put_back);
}

void Supervisor::end_batch(const Batch& batch) {
    in_netlink_ = false;
    for (const ResourceId resource : batch.addresses) {
        if (batch.verb == Verb::stop)
            gone(resource);
        else
            announce(host_, resource);
        if (batch.why == Batch::Why::deleted && host_.own_engine())
            host_.engine()->notice(core::AddressGone{resource, true});
    }
    if (batch.operation && !batch.operation->over)
        answer(batch.operation, batch.addresses.size(), Outcome::ok);
    run();
}

// The kernel tells of each address that went without us.
void Supervisor::address_deleted(ResourceId resource) {
    missing_.insert(resource);
    later(host_.world().between(20us, 200us), [this] { run(); });
}

// Whoever was deleted by somebody else comes back; whoever ended because we stood still, if we have the right.
void Supervisor::hear_kernel() {
    std::vector<ResourceId> deleted;
    for (const ResourceId resource : missing_) {
        if (host_.kernel.address(resource) || !holdings_.may_hold(resource)) continue;
        if (Lifetimes::lapsed(expires_[resource.index()], host_.now()))
            holdings_.expired(resource);
        else
            deleted.push_back(resource);
    }
    missing_.clear();
    put_back(deleted, Batch::Why::deleted);
}

void Supervisor::put_back(const std::vector<ResourceId>& resources, Batch::Why why) {
    if (resources.empty()) return;
    batches_.push_back({.addresses = resources, .verb = Verb::start, .operation = nullptr, .why = why});
}

// One more lifetime for all that may be kept. To the kernel it is the same request as for a new address.
void Supervisor::prolong() {
    if (in_netlink_ || host_.now() < lifetimes_.due()) return;
    lifetimes_.begin_round();
    std::vector<ResourceId> sent;
    bool any = false;
    for (std::size_t r = 0; r < expires_.size(); ++r) {
        const ResourceId id = id_of<ResourceId>(r);
        any |= host_.kernel.address(id);
        if (!host_.kernel.address(id) || Lifetimes::lapsed(expires_[r], host_.now())) continue;
        if (holdings_.may_keep(id, host_.now(), hold_until())) sent.push_back(id);
    }
    for (const ResourceId id : sent) {
        expires_[id.index()] = lifetimes_.begin(host_.now(), host_.config().address_lifetime);
        host_.in_kernel(host_.world().between(1us, 50us), [id, &host = host_] {
            const bool came_back = !host.kernel.address(id);
            host.set_address(id);
            if (came_back) host.world().oracle.address_added(host.node(), id, Oracle::Cause::put_back);
        });
    }
    if (any && lifetimes_.due() == never) lifetimes_.due_soon(host_.now(), host_.config().address_lifetime);
    if (sent.empty()) return;
    in_netlink_ = true;
    later(51us, [this] {
        in_netlink_ = false;
        run();
    });
}

}  // namespace hb::sim
