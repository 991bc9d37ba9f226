#pragma once
#include <array>
#include <string>
#include <vector>

#include "act/announcing.hpp"
#include "act/health.hpp"
#include "act/operation.hpp"
#include "decide/cut.hpp"
#include "guard.hpp"
#include "hb/core/cause.hpp"
#include "hb/core/core.hpp"
#include "parts.hpp"
#include "peer/hearing.hpp"
#include "peer/macs.hpp"
#include "peer/reach.hpp"
#include "peer/stream.hpp"

/// What the core keeps of each node, each group and each resource that is monitored.
namespace hb::core {

/// Heartbeats of a node that came after warntime and were not said one by one.
struct LateOnes {
    Instant said;             ///< 0: none is late
    std::uint32_t count = 0;  ///< since then
    Duration longest{};
};

/// A life that is not believed yet, and its newest status.
struct AskedLife {
    Generation generation = 0;
    Sequence sequence = 0;
    Instant heard;  ///< the receive stamp of that status
};

/// What is known of one node. The own slot is used for its name only.
struct Peer {
    MemberState state = MemberState::init;
    Instant since;
    FixedString<32> said;          ///< its `st`
    Generation generation = 0;     ///< 0: never heard
    Sequence status_sequence = 0;  ///< of the newest status
    Instant last_status;           ///< its receive stamp, or the instant of an excuse
    LateOnes late;
    bool heard = false;    ///< a status of `generation` came
    bool genuine = false;  ///< this life has named our present one, or has answered us
    KnownLife known;       ///< the highest that was genuine
    AskedLife asked_life;
    Generation answered_life = 0;  ///< of a life that is not believed yet
    Instant asked_life_at;
    bool asked_life_starts = false;  ///< it was heard starting: it holds nothing of before
    bool unhooked = false;           ///< its present `said` was told to no script yet
    bool heard_late = false;         ///< its first one comes after we were active without it
    bool warned_deaf = false, warned_differs = false, warned_deadtime = false, warned_dialect = false;
    bool left_blocked = false;  ///< it left with a blocked group
    Duration deadtime{};        ///< its `dt`; before its first status our own
    std::array<Link, limits::media> links{};
    Stream stream;
    Sequence acknowledged = 0;  ///< the highest of our numbers it has
    Instant again_paced;        ///< as far as what it asks for again is spread out
    Instant nodes_told;         ///< the last answer to its `reqnodes`

    // Extension
    bool speaks_ours = false;  ///< MAJOR, TABLE and NODES equal ours
    bool has_extension = false;
    bool echoes = false;  ///< MAJOR is ours: it says what it heard of us, be its table another one for now
    bool failback = false, leaving = false;
    bool standby = false;   ///< what it was told to stay away from it could serve
    bool helpless = false;  ///< its supervisor is gone or silent: it can start nothing
    FixedString<16> version;
    Duration keepalive{};
    Hearing hearing;
    std::uint32_t serial = 0, digest = 0;
    bool registers_complete = false;
    Sequence shutdone = 0;  ///< number of its `shutdone`; 0: not heard
    std::vector<Register> registers;
    Instant answered;  ///< when we last answered it at once
    Duration
        lifetime{};  ///< of its addresses in its kernel, as it says; 0: none there, `never_expires`, or not said
    bool suspect = false;  ///< silent up to the guard's part of its deadtime
    Macs macs;

    bool left_cleanly = false;  ///< it said `shutdone` before: nothing runs there
    Cut cut;

    Reach reach;
    // Linux-HA's handshake
    bool reqnodes_answered = false;
    Instant reqnodes_at;
    Instant first_status;            ///< of this generation
    bool knows_reqnodes = true;      ///< it says `protocol`
    Sequence resource_sequence = 0;  ///< of the newest `resource` that was processed
};

/// Another host that lives under our own name.
struct Twin {
    Generation generation = 0;
    Sequence sequence = 0;  ///< of its newest status
    Instant heard;          ///< Instant{}: never
    Instant suspected;      ///< its first status of this generation
    bool proven = false;    ///< it has named our present life
    Instant logged, answered;
    Instant listening;                 ///< since then this node speaks under its present number
    std::vector<GroupState> states{};  ///< by GroupId, as it says
};

/// One resource group on this node.
struct Group {
    Register own;
    Instant since;
    const char* cause = "start";
    Operation operation;
    bool unblocked = false;        ///< this release follows an operator's unblock
    bool vouched = false;          ///< who says that it does not run here, whatever its stop says
    bool issue = false;            ///< the next operation is to be given out
    bool addresses_first = false;  ///< order of this release
    bool after_standby = false;    ///< ends as not_here
    bool in_standby = false;       ///< not_here by an operator, not by a failure
    bool after_failure = false;    ///< likewise, and is tried again
    std::uint8_t stop_attempts = 0;
    Instant retry_at = never;
    Duration backoff{};
    bool insisted = false;        ///< an operator wants it served here although an interface has no carrier
    bool out_of_service = false;  ///< not_here because it is bare, or was until just now
    Announcing announcing;
    ResourceId
        restart_from;  ///< acquiring, after a failed monitor: this and what stands behind it stops first
    Health health;
    NodeId waits_for;  ///< a dead node that is to be cut off before this is claimed
    bool from_before =
        false;             ///< the first that was heard of it is that this node holds it: in an earlier life
    bool granted = false;  ///< a living peer gave it to us, and it was not taken up yet
    bool take_back = false;    ///< let go for no peer's sake: a living one did not hear us, or it was blocked
    bool contested = false;    ///< it is owned here, and a living peer says that it has it too
    bool first_claim = false;  ///< acquiring what nobody held
    bool asks_first = false;   ///< so one probe goes out before the start
    Instant starts_at = never;  ///< after that probe
    Guard guard;
};

/// What an operator's wish does to the groups.
struct Effects {
    std::size_t changed = 0, unfit = 0, bare = 0;
    NodeId blocked;  ///< where one of them is blocked
};

}  // namespace hb::core
