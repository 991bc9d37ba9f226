// While owned: who else says that he has our addresses? And whose MAC is whose.
#include <algorithm>
#include <charconv>
#include <utility>

#include "impl.hpp"

namespace hb::core {

namespace {

constexpr Duration defend_stranger =
    10s;  // RFC 5227, 1.1: DEFEND_INTERVAL; two stubborn hosts must not make a storm
constexpr Duration defend_node = 1s;  // an orphan of this cluster does not answer back

}  // namespace

MacText::MacText(const Mac& mac) {
    static constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < mac.octets.size(); ++i) {
        text_[3 * i] = digits[mac.octets[i] >> 4];
        text_[3 * i + 1] = digits[mac.octets[i] & 15];
        if (i + 1 < mac.octets.size()) text_[3 * i + 2] = ':';
    }
}

AddressText::AddressText(Ipv4 address) {
    char* at = text_;
    for (int shift = 24; shift >= 0; shift -= 8) {
        if (at != text_) *at++ = '.';
        at = std::to_chars(at, text_ + sizeof text_, address.value >> shift & 0xff).ptr;
    }
    size_ = static_cast<std::size_t>(at - text_);
}

NodeId Core::Impl::node_that_signed_with(const Mac& mac) const {
    const auto found =
        std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.macs.signs_with(mac); });
    return found == peers_.end() ? NodeId{} : node_of(*found);
}

/// For the log: the node that sent signed frames from it, or else one that seemed to answer from it.
NodeId Core::Impl::node_with(const Mac& mac) const {
    if (const NodeId node = node_that_signed_with(mac); node.exists()) return node;
    const auto found = std::find_if(peers_.begin(), peers_.end(),
                                    [&](const Peer& p) { return p.macs.seems_to_answer_from(mac); });
    return found == peers_.end() ? NodeId{} : node_of(*found);
}

/// Heartbeats may come over other interfaces than those that bear the addresses, and its announcements may have been
/// before our time: so a few of its addresses are asked for while it is known to hold them. An answer ends that only if
/// its MAC is one of its signed frames: any other may be anybody's.
void Core::Impl::ask_who_answers(NodeId node, GroupId id) {
    Peer& p = peer(node);
    if (!p.macs.wants_question() || departure_.leaving()) return;
    const config::Group& group = config_.groups[id.index()];
    for (std::size_t r = group.first.index(); r < group.first.index() + group.count; ++r) {
        if (config_.resources[r].kind != config::Resource::Kind::address) continue;
        p.macs.asked();
        return emit(ProbeAddresses{id_of<ResourceId>(r), id_of<ResourceId>(r), {}});
    }
}

void Core::Impl::on(const AddressClaimed& claimed) {
    if (claimed.resource.index() >= config_.resources.size()) return;
    const GroupId id = config_.resources[claimed.resource.index()].group;
    Group& g = groups_[id.index()];
    if (g.own.state == GroupState::owned) return defend(claimed);
    if (g.first_claim) return say_conflict(log::first_claim_answered, claimed);
    if (g.guard.active) return guard_answered(id, claimed.mac);
    const NodeId holder = g.own.holder;
    if (!holder.exists() || holder == config_.self || !alive(holder)) return;
    if (const NodeId node = node_that_signed_with(claimed.mac); node.exists() && node != holder) return;
    peer(holder).macs.answered_from(claimed.mac);
}

void Core::Impl::defend(const AddressClaimed& claimed) {
    Group& g = groups_[config_.resources[claimed.resource.index()].group.index()];
    const NodeId node = node_with(claimed.mac);
    const Duration pause = node.exists() ? defend_node : defend_stranger;
    if (defence_.at_once(claimed.resource, pause, now_)) {
        emit(Operate{Operate::Verb::announce, next_operation_++, claimed.resource, claimed.resource, 0s});
    } else if (!g.announcing.is_put_off()) {
        g.announcing.put_off_defence(defence_.later(claimed.resource, pause));
        touch();
    }
    say_conflict(log::conflict, claimed);
}

void Core::Impl::say_conflict(const log::Kind& kind, const AddressClaimed& claimed) {
    const NodeId node = node_with(claimed.mac);
    const std::optional<std::size_t> count = defence_.seen(now_);
    if (!count) return;
    const MacText mac{claimed.mac};
    log(kind, {mac.view(), node.exists() ? name(node) : "no node of this cluster",
               config_.resources[claimed.resource.index()].word, *count});
}

/// Two claimed, and this node keeps it: clients may believe the other one until we speak, and again when it has let go.
void Core::Impl::reconsider_announcing(NodeId node, GroupId id, GroupState before) {
    Group& g = groups_[id.index()];
    const GroupState now = peer(node).registers[id.index()].state;
    if (now == GroupState::owned && before != GroupState::owned) ask_who_answers(node, id);
    if (g.own.state != GroupState::owned || g.own.holder != config_.self) return;
    const bool holds_it = holds(now) && now != GroupState::blocked;
    if (holds_it == g.contested) return;
    g.contested = holds_it;
    if (holds_it) note_both(id, node, true);
    announce_again(id);
}

/// Who held it alone may have written what the other one never saw: that is said of each group, with and without an address.
void Core::Impl::note_both(GroupId id, NodeId other, bool kept) {
    if (narrator_.both(id, other, kept)) return;
    flush_both_log();
    (void)narrator_.both(id, other, kept);
}

void Core::Impl::flush_both_log() {
    const Narrator::Both both = narrator_.take_both();
    if (both.count == 0) return;
    log(log::both_had, {config_.groups[both.first.index()].key, both.count, name(both.other),
                        both.kept ? "it stays here" : "it is released here"});
}

/// A node that did not hear us may have counted us dead, claimed, and let go again; a new life of it may have found addresses
/// that the one before left. Of neither we were told.
void Core::Impl::announce_to_a_new_session() {
    for (std::size_t i = 0; i < groups_.size(); ++i)
        if (groups_[i].own.state == GroupState::owned) announce_again(id_of<GroupId>(i));
}

void Core::Impl::announce_again(GroupId id) {
    Group& g = groups_[id.index()];
    if (!has_address(id)) return;
    g.announcing.begin(now_, false);
    touch();
}

/// In milliseconds, as it is said: the time that our addresses would stay if nobody refreshed them.
std::uint32_t Core::Impl::longest_lifetime_ms() const {
    const bool any = std::any_of(groups_.begin(), groups_.end(), [this](const Group& g) {
        return holds(g.own.state) &&
               has_address(id_of<GroupId>(static_cast<std::size_t>(&g - groups_.data())));
    });
    if (!any && !departure_.surrendered()) return 0;
    if (config_.address_lifetime <= 0s) return 0xffffffff;
    return static_cast<std::uint32_t>(to_ms_up(config_.address_lifetime));
}

}  // namespace hb::core
