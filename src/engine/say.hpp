#pragma once
#include "hb/base/log.hpp"
#include "hb/writer/client.hpp"

namespace hb::engine {

using log::Fact, log::Kind;

/// The engine's own events; the core's have smaller numbers.
namespace event {
constexpr Kind dropped{200, Level::warning, "Dropped % datagram(s) on % in the last % s: %"};
constexpr Kind wrong_key{
    201, Level::warning,
    "a heartbeat from % on % fails authentication (%): the key differs from ours: compare "
    "/etc/ha.d/authkeys on both nodes"};
constexpr Kind unknown_node{
    202, Level::warning,
    "a heartbeat from % on % names its sender \"%\", which no `node` line of /etc/ha.d/ha.cf "
    "lists: compare ha.cf on both nodes"};
constexpr Kind same_name{
    203, Level::error,
    "another host (%, on %) calls itself % as this node does: every node needs a name of its own"};
constexpr Kind firewall{
    204, Level::warning,
    "the firewall of this host drops the heartbeats of node % (UDP port %). This cluster works "
    "without them, because they are heard ahead of the firewall; a Linux-HA peer would need: "
    "iptables -I INPUT 2 -p udp --dport % -j ACCEPT   or: "
    "nft insert rule inet filter input udp dport % accept"};
constexpr Kind reverse_path{
    192, Level::warning,
    "the reverse path filter of % (rp_filter) drops the heartbeats of node % (UDP port %), because no route leads back to their "
    "sender over that interface. This cluster works without them, because they are heard ahead of it; a Linux-HA peer would "
    "need: sysctl -w net.ipv4.conf.%.rp_filter=2"};
constexpr Kind too_big{205, Level::error,
                       "a message of % octets does not fit into one frame on %: raise its MTU"};
constexpr Kind sandbox{206, Level::warning, "%"};
constexpr Kind no_sandbox{207, Level::critical, "the engine does not start: %"};
constexpr Kind supervisor_gone{208, Level::critical, "Emergency Shutdown: the supervisor died."};
constexpr Kind overflow{
    209, Level::warning,
    "Lost % frame(s) in the last % s, because a receive socket was full: no silent node is declared dead "
    "meanwhile, for up to % ms"};
constexpr Kind fifo_refused{230, Level::warning, "what a script asked for by the FIFO is refused: %"};
}  // namespace event

/// One line of the program "heartbeat".
inline void say(writer::Client& client, const Kind& kind, std::initializer_list<Fact> facts) {
    client.log(log::make(kind, facts));
}

}  // namespace hb::engine
