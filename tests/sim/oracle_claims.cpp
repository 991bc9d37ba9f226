#include "sim/oracle_claims.hpp"

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

namespace {

std::uint32_t next(std::uint32_t epoch) { return epoch + 1 == 0 ? 1 : epoch + 1; }

bool is(const World& world, std::size_t host, NodeId node, core::MemberState state) {
    return node.exists() && world.host(host).engine()->core().node(node).state == state;
}

}  // namespace

void Claims::engine_started(std::size_t host) {
    views_.resize(world_.size());
    views_[host] = View{false, std::vector<Register>(world_.config().groups.size())};
}

void Claims::turn_done(std::size_t host) {
    if (!world_.host(host).engine()) return;
    View& seen = views_[host];
    const NodeId self = world_.host(host).config().self;
    for (std::size_t g = 0; g < seen.groups.size(); ++g) {
        const core::GroupStatus now = world_.host(host).group(g);
        const Register before = seen.groups[g];
        seen.groups[g] = {now.epoch, now.holder, is(world_, host, now.holder, core::MemberState::left)};
        const bool taken = now.holder == self && before.holder != self && now.epoch == next(before.epoch);
        const bool from_the_gone = !before.holder.exists() || before.left ||
                                   is(world_, host, before.holder, core::MemberState::dead);
        if (!seen.any || !taken || !from_the_gone) continue;
        world_.oracle.fencing.claimed(host, id_of<GroupId>(g), before.holder);
        world_.oracle.company.claimed(host, id_of<GroupId>(g));
    }
    seen.any = true;
}

}  // namespace hb::sim
