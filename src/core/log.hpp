#pragma once
#include "hb/base/log.hpp"

/// Every event the core logs.
namespace hb::core::log {

using hb::log::Fact, hb::log::Kind, hb::log::make;

// Membership
constexpr Kind local_status{1, Level::info, "Local status now set to: '%'"};
constexpr Kind comm_up{2, Level::info, "Comm_now_up(): updating status to active"};
constexpr Kind status_update{3, Level::info, "Status update for node %: status %"};
constexpr Kind node_dead{4, Level::warning, "node %: is dead"};
constexpr Kind node_silent{5, Level::info, "node %: last heard % ms ago, its deadtime is % ms"};
constexpr Kind node_never_heard{6, Level::info, "node %: not heard at all within initdead (% ms)"};
constexpr Kind late{7, Level::warning, "Late heartbeat: Node %: interval % ms"};
constexpr Kind late_ones{
    191, Level::warning,
    "Late heartbeats: Node %: % more in the last % s, the longest interval % ms (warntime % ms)"};
constexpr Kind link_up{8, Level::info, "Link %:% up."};
constexpr Kind link_dead{9, Level::info, "Link %:% dead."};
constexpr Kind restart{10, Level::info, "Heartbeat restart on node %"};
constexpr Kind partition{11, Level::critical, "Cluster node % returning after partition."};
constexpr Kind partition_kept{
    12, Level::info,
    "node %: nobody restarts; the later claim of each group stays, the other side gives it up"};
constexpr Kind pause{13, Level::warning, "this node did not run for % ms: its peers get a fresh deadtime"};
constexpr Kind pause_lost{
    14, Level::error,
    "this node did not run for % ms, longer than its right to hold (% ms): releasing everything"};
constexpr Kind session{15, Level::info,
                       "node %: each hears the other (version %, keepalive % ms, deadtime % ms)"};
constexpr Kind not_heard_by{
    16, Level::warning,
    "node % is heard, but it does not hear us: nothing is claimed beside a living node. Check its cable, switch port and firewall"};
constexpr Kind differs{
    17, Level::error,
    "% differs between this node and %: make the files equal and run `heartbeat -r`; until then its groups are left alone"};
constexpr Kind deadtime_differs{18, Level::warning, "node % announces a deadtime of % ms, ours is % ms"};
constexpr Kind medium_down{19, Level::error, "medium % is down"};
constexpr Kind medium_up{20, Level::info, "medium % is up"};
constexpr Kind no_media{21, Level::critical, "send_to_all_media: No working comm channels to write to."};
constexpr Kind waits_for_medium{
    190, Level::error,
    "no medium can be used yet, so no peer can be heard: nothing is claimed until initdead (% ms) after one can"};
constexpr Kind too_many_dialects{
    22, Level::error,
    "node % speaks Linux-HA's protocol only: with more than two nodes each must run this version; it is given nothing"};
constexpr Kind next_generation{
    23, Level::info,
    "Heartbeat generation: %: a Linux-HA peer fell silent, and must see a return, not a healed partition"};
constexpr Kind replay_from{
    40, Level::error,
    "what node % is said to have sent before its present life came from % (%): a recording, or another host of this name"};
constexpr Kind number_too_low{
    41, Level::warning,
    "the generation of this node, %, is too low: a peer has heard it under %. Its number was lost or restored; it goes on as %"};
constexpr Kind twin{
    42, Level::error,
    "another host, % (%), lives under the name of this node in generation %, ours is %: it has to let go. Give each host a name of its own"};
constexpr Kind twin_told{43, Level::error,
                         "node % hears another host under the name of this node, in generation %, ours is %"};
constexpr Kind aside{
    44, Level::critical,
    "another host, % (%), lives under the name of this node, and came later (ours is generation %): everything is released here. "
    "Give each host a name of its own, then start heartbeat again"};
constexpr Kind linux_ha_addresses{
    24, Level::warning,
    "node % runs Linux-HA: if only its daemon has died, its addresses are still up there and will have two owners; stop them by hand"};
// Ping nodes
constexpr Kind peer_reaches_more{
    150, Level::warning, "node % reaches % of % ping nodes, this node only %: it gets the resource groups"};
constexpr Kind witnesses_differ{
    151, Level::warning,
    "node % asks % ping nodes, this node %: make the ping lines equal; until then nothing moves because of them"};
constexpr Kind isolated{152, Level::error,
                        "neither a node nor a ping node is heard: nothing is claimed here (quorum on)"};
constexpr Kind isolated_gives_up{153, Level::error,
                                 "neither a node nor a ping node is heard: giving up everything (quorum on)"};
constexpr Kind deaf{
    154, Level::error,
    "nothing at all was received on any medium for % ms, and no ping node answers any more: this node is deaf rather "
    "than its peers dead, and claims nothing. Check its cable, interface and switch port"};
constexpr Kind hears_again{155, Level::info, "this node hears again: its peers get a fresh deadtime"};
// Supervisor
constexpr Kind supervisor_silent{156, Level::error,
                                 "the supervisor is silent: nothing is claimed here; what is held: %"};
constexpr Kind supervisor_back{157, Level::warning, "the supervisor turns again after % ms"};
constexpr Kind surrender{
    158, Level::critical,
    "Emergency Shutdown: without the supervisor nothing can be started or stopped; this node leaves. Groups that "
    "must run once count as blocked here: look whether their scripts still run, then start heartbeat again"};
// Sequence
constexpr Kind lost_packets{30, Level::warning, "% lost packet(s) for [%] [%:%]"};
constexpr Kind no_missing{31, Level::info, "No pkts missing from %!"};
constexpr Kind lost_a_lot{32, Level::error, "lost a lot of packets!"};
constexpr Kind replay{33, Level::error,
                      "should_drop_message: attempted replay attack [%]? [gen = %, curgen = %]"};
constexpr Kind cannot_rexmit{34, Level::error, "Cannot rexmit pkt % for %: %"};
constexpr Kind irretrievable{35, Level::error, "Irretrievably lost packet: node % seq %"};
constexpr Kind rexmit_above{36, Level::warning, "Rexmit of seq % requested. % is max."};
constexpr Kind no_acknowledge{
    37, Level::warning,
    "Message hist queue is filling up (% messages in queue): node % acknowledges nothing"};
// Resources
constexpr Kind initial_complete{50, Level::info, "Initial resource acquisition complete (%)"};
constexpr Kind local_complete{51, Level::info, "Local Resource acquisition completed."};
constexpr Kind local_none{52, Level::info, "Local Resource acquisition completed. (none)"};
constexpr Kind being_acquired{53, Level::info, "Resources being acquired from %."};
constexpr Kind gave_up{54, Level::info, "Dead node % gave up resources."};
constexpr Kind mach_down{55, Level::info, "mach_down takeover complete."};
constexpr Kind remote_complete{56, Level::info, "remote resource transition completed."};
constexpr Kind local_transition{57, Level::info, "local resource transition completed."};
constexpr Kind shutdown_notice{58, Level::info, "Received shutdown notice from '%'."};
constexpr Kind no_stonith{59, Level::warning, "No STONITH device configured."};
constexpr Kind not_protected{60, Level::warning, "Shared disks are not protected."};
constexpr Kind group_state{61, Level::info, "group %: % -> % (%)"};
constexpr Kind group_granted{62, Level::info, "group %: given to %"};
constexpr Kind many_granted{63, Level::info, "% groups: given to %"};
constexpr Kind start_failed{65, Level::critical, "Giving up resources due to failure of %"};
constexpr Kind start_retry{66, Level::warning,
                           "group %: if no other node has it, the next try to start it here is in % s"};
constexpr Kind kept_away{
    73, Level::warning,
    "group %: its start failed here and % has it: it does not come back by itself. Mend it, then run `hbctl takeover` here"};
constexpr Kind stop_retry{67, Level::error, "Retrying failed stop operation [%]"};
constexpr Kind blocked{
    68, Level::critical,
    "Resource STOP failure of %: group % is blocked; it is not offered to any node. Stop it by hand, then run `hbctl unblock`"};
constexpr Kind counts_as_stopped{185, Level::warning, "% fails to stop, but %: it counts as stopped"};
constexpr Kind address_gone{69, Level::warning, "somebody removed the address of %: put back"};
constexpr Kind address_lost{70, Level::error, "somebody keeps removing the address of %: given up here"};
constexpr Kind both_own{71, Level::error, "Both machines own our resources!"};
constexpr Kind many_groups{72, Level::info, "% groups: % -> % (%)"};
// Fencing
constexpr Kind fence_first{120, Level::warning,
                           "node % must be cut off before groups that must not run twice are taken over"};
constexpr Kind fence_failed{
    121, Level::error, "node % is not cut off: its groups that must not run twice wait; trying again in % s"};
constexpr Kind fence_done{122, Level::info, "node % is cut off: its resources can be taken over"};
constexpr Kind fence_unneeded{123, Level::info,
                              "node % is alive again: nobody waits for its fencing any more"};
constexpr Kind fence_confirmed{
    124, Level::critical,
    "% says that node % is off: it counts as cut off, and what waited for it is taken over. If it still "
    "runs, two nodes have the same data"};
// Monitors
constexpr Kind monitor_failed{140, Level::error, "Monitor of % failed (group %)"};
constexpr Kind monitor_timed_out{141, Level::error, "Monitor of % did not answer within % ms (group %)"};
constexpr Kind monitor_restart{142, Level::warning, "group %: restarting % and what stands behind it"};
constexpr Kind monitor_moves{143, Level::warning,
                             "group %: % failed again after a restart: a peer is to take it"};
constexpr Kind monitor_stays{
    144, Level::error,
    "group %: % failed again and stays here, for %; restarting it, and not before % s once more"};
// Standby and shutdown
constexpr Kind wants_standby{80, Level::info, "% wants to go standby [%]"};
constexpr Kind can_take{81, Level::info, "standby: % can take our % resources"};
constexpr Kind give_up{82, Level::info, "give up % HA resources (standby)."};
constexpr Kind released{83, Level::info, "% HA resource release completed (standby)."};
constexpr Kind standby_local_done{84, Level::info, "Local standby process completed [%]."};
constexpr Kind standby_acquire{85, Level::info, "standby: acquire [%] resources from %"};
constexpr Kind acquire{86, Level::info, "acquire % HA resources (standby)."};
constexpr Kind acquired{87, Level::info, "% HA resource acquisition completed (standby)."};
constexpr Kind standby_done{88, Level::info, "Standby resource acquisition done [%]."};
constexpr Kind other_completed{89, Level::info, "Other node completed standby takeover of % resources."};
constexpr Kind no_reply{90, Level::warning, "No reply to standby request.  Standby request cancelled."};
constexpr Kind standby_ignored{91, Level::warning,
                               "standby message [%] from % ignored.  Other side is in flux."};
constexpr Kind standby_progress{92, Level::warning,
                                "Standby in progress- new request from % ignored [% seconds left]"};
constexpr Kind standby_unexpected{93, Level::error, "Ignored standby message '%' from % in state %"};
constexpr Kind standby_cancelled{94, Level::warning, "Cancelling pending standby operation"};
constexpr Kind giving_up_all{96, Level::info, "Giving up all HA resources."};
constexpr Kind all_relinquished{97, Level::info, "All HA resources relinquished."};
constexpr Kind takeover_cancelled{98, Level::info, "Resource takeover cancelled - shutdown in progress."};
constexpr Kind operator_request{99, Level::info, "an operator asks for % [%]"};
constexpr Kind bad_hold{100, Level::error, "encode_resources: bad resource type [%]"};
constexpr Kind not_claimed{
    130, Level::warning,
    "% resource groups of % are not claimed here: no carrier on the interface of their addresses"};
constexpr Kind dropped_actions{101, Level::error, "% log lines of one moment were too many and are lost"};
// Addresses that somebody else has
constexpr Kind orphan_answers{
    110, Level::warning,
    "% (%) still answers for the address of %: an orphan of a dead node (% groups); the claim waits, % ms at most"};
constexpr Kind stranger_answers{
    111, Level::warning,
    "% (%) answers for the address of % although its owner is dead (% groups); the claim waits, % ms at most"};
constexpr Kind answers_ended{
    112, Level::info,
    "% (%) no longer answers for the address of % (% groups): claimed % ms after the deadtime"};
constexpr Kind claimed_beside{
    113, Level::error,
    "% (%) goes on answering for the address of % (% groups): claimed and defended all the same, % ms after the deadtime"};
constexpr Kind conflict{
    114, Level::error,
    "% (%) claims the address of %, which is held here: defended (% such frames since the last line)"};

constexpr Kind first_claim_answered{
    170, Level::error,
    "% (%) answers for the address of %, which no node of this cluster held: claimed and defended all the same (% such frames since the last line)"};

constexpr Kind both_had{
    171, Level::error,
    "group % (% groups) was held here and by % at the same time: %. What each of them wrote may differ"};

constexpr Kind message_refused{160, Level::warning, "a message of a script, type %, is not sent: %"};

}  // namespace hb::core::log
