#pragma once
#include <cstdint>
#include <string_view>

#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// init: never heard, initdead not over. up, active: as it says of itself. left: said `shutdone`.
enum class MemberState : std::uint8_t { init, up, active, dead, left };
enum class LinkState : std::uint8_t { unknown, up, late, lost };
/// Of a ping node. unknown: neither has it answered nor was it silent for deadping.
enum class WitnessState : std::uint8_t { unknown, up, dead };
/// The ownership states; letters as on the wire (f w n a o r b).
enum class GroupState : std::uint8_t { foreign, wanted, not_here, acquiring, owned, releasing, blocked };
enum class Dialect : std::uint8_t { ours, linux_ha };

std::string_view to_text(MemberState);
std::string_view to_text(LinkState);
std::string_view to_text(WitnessState);
std::string_view to_text(GroupState);

struct NodeStatus {
    MemberState state = MemberState::init;
    Dialect dialect = Dialect::linux_ha;
    bool session = false;  ///< its echo names our generation
    Generation generation = 0;
    Instant since;          ///< of `state`
    Instant last_heard;     ///< newest status; Instant{} if never
    Duration deadtime{};    ///< as it announced
    Duration round_trip{};  ///< by the echo; 0 unknown
};
struct LinkStatus {
    LinkState state = LinkState::unknown;
    Instant last_heard;
};
struct WitnessStatus {
    WitnessState state = WitnessState::unknown;
    Instant since;       ///< of `state`
    Instant last_heard;  ///< newest answer; Instant{} if never
};
struct GroupStatus {
    GroupState state = GroupState::foreign;  ///< here
    NodeId holder;                           ///< by the register; may not exist
    std::uint32_t epoch = 0;
    Instant since;              ///< of `state`
    std::string_view cause;     ///< why `state` was entered, a few words
    ResourceId failed_monitor;  ///< the last one since the start; may not exist
    Instant monitor_failed_at;
};

}  // namespace hb::core
