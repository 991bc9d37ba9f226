#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hb/core/core.hpp"
#include "sim/oracle_claims.hpp"
#include "sim/oracle_company.hpp"
#include "sim/oracle_fencing.hpp"
#include "sim/oracle_moves.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;
class Host;
struct Frame;

/// The promises, asked after every event. A broken one throws a Violation.
class Oracle {
public:
    explicit Oracle(World& world);

    FencingPromise fencing;
    CompanyPromise company;
    MovesPromise moves;

    // What hosts and network tell.
    void fault();  ///< something bad began or ended: the cluster may need time
    void network_changed();
    void noise();  ///< so many frames lost in a row that a node may give up
    void engine_started(std::size_t node, bool restarted);
    void engine_ended(std::size_t node) { listeners_[node].running = false; }
    /// True if it is a status that was not sent before.
    bool sent(std::size_t node, Bytes body, std::size_t datagram_size);
    /// For how long this node's engine has not heard the others, in truth.
    std::vector<Duration> silences(std::size_t node) const;
    /// Around the step that looks at one frame.
    void frame_before(std::size_t node, const wire::Message& message, Instant received, const Frame& frame);
    void frame_after(std::size_t node);
    void turn_done(std::size_t node, Instant now, bool had_news);
    enum class Cause { start, put_back };
    void address_added(std::size_t node, ResourceId resource, Cause cause);
    void service_starting(std::size_t node, ResourceId resource);
    void service_stopping(std::size_t node, ResourceId resource);
    void script_failed(GroupId group, bool start);
    void service_failed(std::size_t node, GroupId group);  ///< it runs no more, or its status says so
    void hook_run(std::size_t node, std::string_view text);
    void stop_asked(std::size_t node, GroupId group);  ///< by whoever
    void start_asked(std::size_t node, ResourceId first);
    void cable_is_in(std::size_t node);
    Moment handed_back(std::size_t node) const { return hands_back_[node]; }
    void hands_back(std::size_t node);  ///< its supervisor runs again, or a new one knows what is there
    void address_expires(std::size_t node, ResourceId resource);
    void probe_lost(std::size_t asker, std::size_t asked, ResourceId resource);
    void probe_answered(std::size_t asker, std::size_t asked, ResourceId resource);
    void group_replaced(std::size_t node, GroupId group);   ///< its line in haresources is another one
    void announced(std::size_t node, ResourceId resource);  ///< gratuitous ARP that the clients hear
    void power_lost(std::size_t node);
    void numbers_lost(std::size_t node);  ///< its next life may have a lower generation
    void round_begins();                  ///< forgets how often starts failed
    void after_event();

    /// The moment from which exactly one owner is asked for, if nothing bad happens before.
    Moment settled_at() const;
    /// Exactly one owner of each group, the right one, and the kernels agree.
    void check_settled();
    /// From now until `watch(false)` no group may change its owner.
    void watch(bool on);

    [[noreturn]] void broken(std::string_view promise, const char* format, ...)
        __attribute__((format(printf, 3, 4)));
    std::uint64_t faults() const { return faults_; }
    /// Holds engine, power and clock, and is not on its way out.
    bool is_live(std::size_t node) const;

    // Named exceptions (oracle_exceptions.cpp): what is not guaranteed.
    bool two_owners_excused(std::size_t starter, std::size_t holder, ResourceId resource);
    bool two_owners_still_excused(std::size_t starter, std::size_t holder);
    bool started_beside_excused(std::size_t holder, std::size_t starter, GroupId group);

private:
    /// What one engine must believe of one peer.
    struct Ear {
        bool heard = false;
        Instant newest_status, newest_any;  ///< receive stamps of frames never heard before
        Instant newest_recording;           ///< of any recorded frame
        Duration deadtime{};
        std::uint64_t generation = 0, sequence = 0;
        struct Doubted {
            std::uint64_t sequence = 0;
            Instant at;
        };
        std::map<std::uint64_t, Doubted>
            doubted;  ///< by generation: the newest that was not counted, for its life was in doubt
        core::MemberState state = core::MemberState::init;
        std::set<std::uint64_t> seen;  ///< sequence numbers of `generation`
    };
    struct Listener {
        bool running = false, restarted = false;
        Instant started, last_turn, fresh;  ///< fresh: end of the last own pause
        Instant listening;                  ///< since then some interface is up; never: none is
        Moment began{};                     ///< `started` in true time
        std::vector<Ear> ears;
        unsigned idle_turns = 0;  ///< in a row: the deadline was in the past, and nothing came or was done
    };
    struct Pair {
        bool excused = false;
        Moment changed{};  ///< when a cable or a host between them last went or came
        Moment
            deaf{};  ///< of two hosts of one name: when neither heard anything of the other for the last time
    };
    struct Snapshot {
        bool compare = false, recording = false;
        bool hooked = false;      ///< a script of rc.d was run
        bool later_life = false;  ///< it is of one that began while nothing was heard of that node
        bool late = false;        ///< it is one of the life before, and that one names this node
        std::string frame;        ///< what it is
        std::vector<core::NodeStatus> nodes;
        std::vector<core::Inherited> groups;
    };

    void check_members(std::size_t node, Instant now);
    void check_death(std::size_t node, std::size_t peer, Instant now);
    void check_silence(std::size_t node, std::size_t peer, Instant now);
    void check_epochs(std::size_t node);
    void check_turns(std::size_t node, Instant now, bool had_news);
    void check_group_settled(GroupId group);
    void check_preferred(GroupId group, std::size_t owner);
    bool disturbed() const;
    std::string states_of(GroupId group) const;
    void check_doubles();
    void check_group_start(std::size_t node, GroupId group);
    std::size_t owner_of(std::size_t group) const;
    bool blocked_anywhere(GroupId group) const;
    void take_snapshot(std::size_t node, Snapshot& out) const;
    void recording_before(std::size_t node, Ear& ear, std::uint64_t generation, Instant received);
    void compare_nodes(std::size_t node, const Snapshot& after);
    std::size_t name_of(std::size_t host) const;
    bool has_namesake(std::size_t name) const;
    bool two_live_under(std::size_t name) const;

    // oracle_clients.cpp: what the clients on the LAN see
    void check_belief(GroupId group, std::size_t owner);
    void check_served();
    bool is_served(GroupId group) const;
    bool somebody_could_serve(GroupId group) const;
    bool could_serve(std::size_t node, GroupId group) const;
    bool tables_differ() const;
    bool is_stuck(GroupId group) const;
    bool misbehaves(GroupId group) const;

    // oracle_exceptions.cpp
    void death_declared(std::size_t judge, std::size_t peer);
    void silenced(std::size_t judge, std::size_t host);
    bool strangers(std::size_t starter, std::size_t holder, ResourceId resource);
    bool same_name_excused(std::size_t starter, std::size_t holder);
    bool word_passes(std::size_t from, std::size_t to) const;
    void watch_same_names();
    bool fully_parted(std::size_t judge, std::size_t holder);
    bool more_than_two_frames_lost(std::size_t from, std::size_t to);
    bool nobody_could_remove(std::size_t holder) const;
    bool guard_was_deaf(std::size_t starter, std::size_t holder, ResourceId resource);
    void guard_stays_deaf(std::size_t holder, ResourceId resource);
    bool whole_host_stood_still(std::size_t node, std::size_t judge);
    bool still_parted(std::size_t a, std::size_t b) const;
    bool unproven_beyond_a_cut(std::size_t host, std::size_t hearer) const;
    Duration healing_bound() const;
    Pair& pair(std::size_t a, std::size_t b);
    struct Probed {
        Moment lost = Moment::min() / 2, answered = Moment::min() / 2;
    };
    Probed& probed(std::size_t asker, std::size_t asked, ResourceId r) {
        return probed_[(asker * nodes_ + asked) * resources_ + r.index()];
    }

    World& world_;
    Claims claims_;
    std::size_t nodes_, names_, resources_;  ///< hosts; configured nodes, under whose names they live
    std::vector<Listener> listeners_;
    std::vector<Pair> pairs_;
    struct Sent {
        std::uint64_t generation = 0, sequence = 0;
        bool file_lost = false;                       ///< its next daemon may begin with a lower generation
        bool behind = false;                          ///< it did, and nobody believes it yet
        std::map<std::uint64_t, std::size_t> bodies;  ///< hashes of what may be sent again
    };
    std::vector<Sent> sent_;
    std::vector<Moment> declared_dead_;            ///< by node: when some other last did so
    std::vector<std::vector<Moment>> stop_asked_;  ///< by node, group; no_moment: since its last start not
    std::vector<Moment> stood_still_;              ///< by node: until when its host was last paused
    std::vector<Moment> hands_back_;               ///< by node
    std::vector<Probed> probed_;
    std::vector<std::vector<std::uint32_t>> epochs_;  ///< by node, group; emptied when the host loses power
    std::vector<std::pair<ResourceId, std::array<std::size_t, 2>>> doubles_;
    std::vector<Moment> retry_until_;  ///< by group: a failed start is repeated only then
    std::vector<unsigned> failures_;
    std::vector<unsigned> moves_;      ///< by group: how often it was begun to start since the last fault
    std::vector<std::size_t> owners_;  ///< by group; nodes_: none
    /// Who spoke last for an address, and until when two had it.
    struct Belief {
        std::size_t node = 0;
        Moment spoken = Moment::min() / 2, contested = Moment::min() / 2;
    };
    std::vector<Belief> beliefs_;  ///< by ResourceId
    std::vector<Moment>
        unserved_;        ///< by group: since when nobody serves though somebody could; no_moment: served
    Moment next_look_{};  ///< at who serves
    Snapshot before_;
    Moment last_fault_{}, last_noise_ = Moment::min() / 2;
    bool watching_ = false, noisy_ = false;  ///< noisy_: since the watch began
    std::uint64_t faults_ = 0;
};

}  // namespace hb::sim
