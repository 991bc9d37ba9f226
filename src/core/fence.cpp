// What must never run twice waits until its last owner is cut off.
#include <algorithm>

#include "impl.hpp"

namespace hb::core {

namespace {
constexpr Duration device_limit = 80s;  // of one device; the supervisor ends it before this
}  // namespace

std::size_t Core::Impl::devices_for(NodeId node) const {
    return static_cast<std::size_t>(std::count_if(
        config_.fences.begin(), config_.fences.end(),
        [node](const config::FenceDevice& d) { return !d.victim.exists() || d.victim == node; }));
}

/// A dead node that may still run this group though it could have been cut off. It need not be the holder by the register: when
/// several are silent they may have claimed from each other.
NodeId Core::Impl::unfenced(GroupId group) const {
    if (!config_.groups[group.index()].exclusive) return {};
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const Peer& p = peers_[i];
        const NodeId node = id_of<NodeId>(i);
        if (node != config_.self && p.state == MemberState::dead && !p.left_cleanly && !p.cut.is_cut_off() &&
            devices_for(node) > 0)
            return node;
    }
    return {};
}

/// Some group of this node's configuration may have to wait for it.
bool Core::Impl::must_fence(NodeId node) const {
    if (departure_.leaving() || devices_for(node) == 0) return false;
    for (std::size_t i = 0; i < groups_.size(); ++i)
        if (config_.groups[i].exclusive && groups_[i].own.holder != config_.self) return true;
    return false;
}

/// False: this group may be claimed now. Else its last owner is being cut off.
bool Core::Impl::wait_for_fence(GroupId group) {
    const NodeId node = unfenced(group);
    if (!node.exists()) return false;
    groups_[group.index()].waits_for = node;
    fence(node);
    return true;
}

void Core::Impl::fence(NodeId node) {
    if (peer(node).cut.want(now_, device_limit * devices_for(node))) emit(Fence{node});
}

void Core::Impl::on(const FenceDone& done) {
    if (done.node.index() >= peers_.size()) return;
    Peer& p = peer(done.node);
    const Cut::News news = p.cut.ended(done.outcome, now_);
    if (p.state != MemberState::dead) return;
    due_.decide_again();
    if (news == Cut::News::failed) return fence_failed(done.node);
    if (news != Cut::News::succeeded) return;
    log(log::fence_done, {name(done.node)});
    fence_succeeded(done.node);
}

void Core::Impl::fence_succeeded(NodeId node) {
    due_.decide_again();
    say_stonith(node, "OK");
    took_over_ = true;
}

/// An operator has seen to it by hand, because no device could. A program that still runs for it changes nothing any more.
void Core::Impl::confirm_fenced(const OperatorAsked& asked) {
    const auto refuse = [&](std::initializer_list<std::string_view> parts) {
        ReplyToOperator reply{.client = asked.client, .accepted = false, .text = {}};
        for (const std::string_view part : parts) reply.text.append(part);
        emit(reply);
    };
    const auto found = std::find(config_.nodes.begin(), config_.nodes.end(), asked.node);
    if (found == config_.nodes.end()) return refuse({"there is no node ", asked.node, " in ha.cf"});
    const NodeId node = id_of<NodeId>(static_cast<std::size_t>(found - config_.nodes.begin()));
    if (node == config_.self) return refuse({asked.node, " is this node, and it runs"});
    Peer& p = peer(node);
    if (alive(node)) return refuse({"node ", asked.node, " is alive: it is heard. Turn it off first"});
    if (p.state == MemberState::init)
        return refuse({"node ", asked.node, " may still be heard: wait until it is declared dead"});
    if (p.state == MemberState::left || p.left_cleanly)
        return refuse({"node ", asked.node, " has left in order: nothing waits for it"});
    if (p.cut.is_cut_off()) return refuse({"node ", asked.node, " counts as cut off already"});
    if (devices_for(node) == 0)
        return refuse({"no device of ha.cf cuts off node ", asked.node, ": nothing waits for it"});
    log(log::fence_confirmed, {asked.who, asked.node});
    p.cut.confirm();
    fence_succeeded(node);
    emit(ReplyToOperator{
        .client = asked.client, .accepted = true, .text = "it counts as cut off until it is heard again"});
}

void Core::Impl::fence_failed(NodeId node) {
    log(log::fence_failed, {name(node), to_ms(Cut::retry_pause) / 1000});
    say_stonith(node, "bad");
}

/// It is not dead any more. A program that still runs for it may cut it off all the same.
void Core::Impl::forget_fence(NodeId node) {
    Peer& p = peer(node);
    if (p.cut.forget()) log(log::fence_unneeded, {name(node)});
    p.left_cleanly = false;
    for (Group& g : groups_)
        if (g.waits_for == node) g.waits_for = NodeId{};
}

void Core::Impl::run_fences() {
    for_peers([&](NodeId node, Peer& p) {
        switch (p.cut.on_time(now_)) {
            case Cut::News::failed: return fence_failed(node);  // no answer came
            case Cut::News::again: due_.decide_again(); return;
            case Cut::News::nothing:
            case Cut::News::succeeded: return;
        }
    });
}

Instant Core::Impl::fence_deadline() const {
    Instant at = never;
    for (const Peer& p : peers_) at = std::min(at, p.cut.deadline());
    return at;
}

}  // namespace hb::core
