#pragma once
#include <array>
#include <memory>
#include <vector>

#include "hb/base/random.hpp"
#include "hb/config/config.hpp"
#include "hb/core/action.hpp"
#include "hb/core/event.hpp"
#include "hb/core/status.hpp"

namespace hb::core {

using Uuid = std::array<std::byte, 16>;

/// What one group was when the engine before this one ended.
struct Inherited {
    GroupState state =
        GroupState::foreign;  ///< foreign, owned, releasing (the supervisor stops it) or blocked
    NodeId holder;
    std::uint32_t epoch = 0;
};

/// First 4 octets (big endian) of SHA-256: given in, so that the core needs no library.
using Digest = std::uint32_t (*)(Bytes);

/// The highest life of a node that has proven itself to this node. What is older is a recording, or a copy that came late.
struct KnownLife {
    Generation generation = 0;  ///< 0: none
    Sequence sequence = 0;      ///< of its newest message; 0: not known
    bool met = false;           ///< since the daemon started here; not only on the disk
    bool operator==(const KnownLife&) const = default;
};

/// With what a life of the engine begins.
struct Origin {
    Digest digest = nullptr;    ///< needed
    Generation generation = 1;  ///< reserved before, higher than every one used
    Uuid uuid{};                ///< of this node
    std::uint64_t seed = 1;
    bool restarted = false;          ///< an engine of the same supervisor ran before
    std::vector<Inherited> groups;   ///< by GroupId; empty: all foreign, epoch 0
    Instant hold_until = never;      ///< restarted only: the right to hold of the engine before
    std::vector<KnownLife> peers{};  ///< by NodeId: what is known of them; may be empty
    std::vector<bool>
        peer_was_dead;  ///< by NodeId, restarted only: what the engine before had declared; may be empty
};

/// All decisions of one node, as one deterministic object: no clock, no socket, no file, no global.
/// The daemon is this object in the real world, the simulator N of them in an invented one.
class Core {
public:
    /// Takes all its memory here; `config` outlives the core.
    Core(const config::Config& config, const Origin& origin, Instant now);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// One event in, actions out (appended). `now` never goes back. No I/O, no heap, bounded work. If `out` fills up, the
    /// rest is given by the next step, whose deadline is then `now`.
    void step(Instant now, const Event& event, Actions& out);
    /// Call step(Tick) no later than this.
    Instant deadline() const;
    /// Up to when the supervisor may keep what we hold without a further turn (decisions: the right to hold).
    Instant hold_until() const;

    bool leaving() const;
    /// Everything was given away, because the supervisor was gone or silent: this engine ends, be it back or not.
    bool surrendered() const;
    NodeStatus node(NodeId) const;
    /// Of Config::witnesses[index].
    WitnessStatus witness(std::size_t index) const;
    LinkStatus link(NodeId, MediumId) const;
    GroupStatus group(GroupId) const;
    /// Register and state of a group for the shared page, in the form a successor inherits it.
    Inherited heritage(GroupId) const;
    /// True once after each change of some heritage since the last call.
    bool take_heritage_changed();
    /// The generation this core speaks with; it moves on when a living Linux-HA peer is declared dead.
    Generation generation() const;
    /// What an engine or a host that comes after this one has to know of that node.
    KnownLife known(NodeId) const;
    /// A generation that this node needs, because its own number is too low or its messages run out of numbers: reserve it.
    /// 0: none.
    Generation wanted_generation() const;
    /// Every generation up to this one is on disk and may be taken.
    void set_reserved(Generation upto);
    /// `ld` of the messages to come: at most 63 octets of /proc/loadavg. Optional.
    void set_load(std::string_view load);
    /// `ts` of the messages to come: Unix seconds now, taken as a distance to the boot clock.
    void set_wall_clock(Instant now, std::uint64_t unix_seconds);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace hb::core
