#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hb/base/log.hpp"
#include "hb/config/config.hpp"
#include "hb/config/place.hpp"
#include "hb/core/event.hpp"
#include "hb/kernel/announcer.hpp"
#include "hb/kernel/loopback.hpp"
#include "hb/net/mirror.hpp"
#include "hb/net/netlink.hpp"
#include "hb/policy/lifetimes.hpp"

namespace hb::kernel {

using namespace net;  // the words of the kernel: Interface, Link, AddressKey and their like

/// Where the addresses say what has happened.
using Sink = std::function<void(const log::Kind&, std::initializer_list<log::Fact>)>;

/// The service addresses in the kernel. Adds, removes and watches those of Kind::address of the
/// configuration. Removes only what it added itself. The kernel's own notices are the one source of what is
/// there; they are read before and after each act.
class Addresses {
public:
    struct Files {
        std::string conf = "/proc/sys/net/ipv4/conf";  ///< per-interface settings (promote_secondaries)
        std::string loopback{};                        ///< as of Loopback
    };
    Addresses(const config::Config& config, Announcer& announcer, Sink sink, Files files);
    Addresses(const Addresses&) = delete;
    Addresses& operator=(const Addresses&) = delete;
    /// Opens rtnetlink and learns all links and addresses.
    Result<Done> open();

    struct Answer {
        ResourceId resource;
        core::Outcome outcome = core::Outcome::failed;
        /// add: it was there before, where it belongs. remove: it was not added by us, or was gone; nothing was done.
        bool already_there = false;
        std::string interface;  ///< empty where none could be found
        std::string label;      ///< empty: none
        std::string detail;     ///< why it failed, or what is remarkable about a success; may be empty
    };
    using Answered = std::function<void(std::span<const Answer>)>;

    /// In batches of 64: adds, announces in both forms, then `answered` for that batch, in the order of
    /// `resources`. One that fails affects no other. Each must be a Kind::address.
    void add(std::span<const ResourceId> resources, const Answered& answered);
    /// The same way. What is not ours stays where it is, and is answered ok with already_there. `resources`
    /// may be answered in another order.
    void remove(std::span<const ResourceId> resources, const Answered& answered);
    /// After a restart of the daemon: an earlier one said that it holds this. It is ours from now on if it is
    /// there and, where the kernel can tell (Linux 5.18), bears our mark. False: nothing of ours is there.
    bool adopt(ResourceId resource);
    /// Added (or adopted) by us and not removed by us. Stays true while another program has removed it, so
    /// that add() puts it back.
    bool ours(ResourceId resource) const;
    /// Both forms of gratuitous ARP for those that are there and held.
    void announce(std::span<const ResourceId> resources);
    /// The MAC of an interface has changed, or a bond its port: when the addresses there are announced once more.
    Instant announce_at() const { return announce_at_; }
    void announce_again(Instant now);

    struct Right {
        std::function<bool()> to_hold;  ///< at this moment; asked just before each batch
        std::function<bool(ResourceId)> to_hold_this;
    };
    /// Addresses are added with the lifetime of the configuration, and end by themselves unless it is given
    /// to them again: at the latest at prolong_at(), for all that may still be held. One call does a batch
    /// of them; prolong_at() has passed until all are done. Only those that are there and whose last
    /// lifetime has not passed: the kernel would add them again. Without a lifetime in the configuration:
    /// for ever.
    Instant prolong_at() const { return to_prolong_.empty() ? lifetimes_.due() : Instant{}; }
    void prolong(const Right& right);

    int monitor_fd() const { return netlink_.monitor_fd(); }
    struct Heard {
        std::vector<ResourceId> removed_by_others;  ///< held, and not there at this moment
        std::vector<ResourceId> expired;            ///< likewise; their lifetime had passed
        std::vector<std::string> links_gone;        ///< deleted or renamed; to be judged before `links`
        std::vector<Link> links;                    ///< new or changed, also in its own first address
        bool resynchronised = false;                ///< notices were lost; everything was read anew
    };
    /// Bounded. To be called when monitor_fd() is readable, and after each add and remove, which read notices
    /// too.
    Heard drain_monitor();
    /// State of one interface now.
    Result<Link> link(const std::string& name);
    /// As far as the notices read so far tell. nullopt: there is none.
    std::optional<Link> link(int ifindex) const;
    std::optional<Link> known(const std::string& name) const;

    /// Where an address belongs: the interface where it is held, else the one that is written, else the one of
    /// the route to it, now or when there was one last. An interface that is down when it is first needed is
    /// brought up, as 3.0.6 did; one that somebody sets down later is not.
    struct Home {
        int ifindex = 0;      ///< 0: not known, or not there
        bool carrier = true;  ///< false: it could not be served there now
        bool operator==(const Home&) const = default;
    };
    /// By ResourceId, now.
    std::vector<Home> homes();
    /// Whether homes() may give something else than at the last call.
    bool homes_changed() const { return homes_changed_; }
    /// The next drain_monitor() has something to tell, although monitor_fd() may not be readable.
    bool has_news() const {
        return !missed_.empty() || !expired_.empty() || !heard_.links.empty() || !heard_.links_gone.empty() ||
               !gives_way_.empty();
    }

    /// Goes on with another configuration, which must live on. `mapping`: by old id, the new one, or one that
    /// does not exist. What is ours and has no new id is removed.
    void reconfigure(const config::Config& config, std::span<const ResourceId> mapping);

private:
    /// One batch on its way: answers in order, and which message belongs to which.
    struct Work;
    struct Mine {
        bool ours = false;
        bool found = false;  ///< held, but it was there before: it is left there in the end
        AddressKey key;      ///< of those that are ours or found; else where it was last
        Ipv4 broadcast;      ///< likewise
        Instant expires = never;
        int home = 0;  ///< the interface that the route to it took last
        /// What the kernel answered last; valid while `asked` is the number of the present routes.
        std::optional<Route> route{};
        std::uint64_t asked = 0;
        bool held() const { return ours || found; }
    };

    // notices.cpp: what the kernel tells.
    void refresh();
    void resynchronise();
    void note(const nlmsghdr& message);
    void note_link(const nlmsghdr& message, bool gone);
    void note_address(const nlmsghdr& message, bool gone);
    void settle();
    void settle_link(int ifindex);
    void note_missing(ResourceId resource);
    void note_route(const nlmsghdr& message);
    bool is_service(const KernelAddress& address) const;
    config::IsService service_test() const;
    void learn_configuration();
    bool is_wanted(const Interface& interface) const;
    bool is_wanted(Ipv4 network, unsigned bits) const;
    void routes_changed();
    Home home(ResourceId resource);
    void bring_up(const std::set<int>& down);

    // addresses.cpp: what is asked of the kernel.
    void add_batch(std::span<const ResourceId> resources, const Answered& answered);
    void prepare_add(Work& work, ResourceId resource);
    bool answer_held(Answer& answer);
    bool take_over(Work& work, Answer& answer, const KernelAddress& there);
    void leave_found(Work& work, Answer& answer, const KernelAddress& there);
    struct Choice {
        AddressKey key;
        Ipv4 broadcast;
    };
    Result<Choice> choose(ResourceId resource, std::string& detail);
    Result<config::Place> place(ResourceId resource);
    std::string why_forbidden(Ipv4 address, int ifindex);
    std::string choose_label(Work& work, const config::AddressSpec& spec, const Interface& interface,
                             std::string& detail);
    void judge_add(Work& work, std::size_t message, const Acknowledgement& acknowledgement);
    void remove_batch(std::span<const ResourceId> resources, const Answered& answered);
    void prepare_remove(Work& work, ResourceId resource);
    void judge_remove(Work& work, std::size_t message, const Acknowledgement& acknowledgement);
    std::vector<Acknowledgement> carry_out(Work& work);
    void clear_loopback(Work& work);
    void fill_loopback(const Work& work);

    // neighbours.cpp: who else is on the network.
    void read_default_routes();
    void read_gateways();
    void tell_neighbours();
    Ipv4 gateway(int ifindex) const;
    bool is_on_link(int ifindex, Ipv4 address);

    // order.cpp: whose address comes first, and whose MAC is the right one.
    void give_way();
    bool give_way(int ifindex, unsigned bits, Ipv4 network);
    void announce_on(const std::set<int>& interfaces);
    void note_new_mac(int ifindex);

    bool promote(const Interface& interface);
    bool is_safe_to_remove(const AddressKey& primary, const Interface& interface);
    void keep(ResourceId resource, const Choice& choice, Instant expires);
    Instant begin_lifetime();
    static bool lapsed(const Mine& mine);
    void prolong_batch(std::span<const ResourceId> resources);
    void forget(ResourceId resource);
    const config::AddressSpec& spec_of(ResourceId resource) const;

    const config::Config* config_;
    Announcer& announcer_;
    Sink sink_;
    std::string conf_;
    Loopback loopback_;
    Netlink netlink_;
    Mirror mirror_;
    std::vector<Mine> mine_;                   ///< by ResourceId
    std::map<AddressKey, ResourceId> owners_;  ///< of those that are held
    std::vector<Route> default_routes_;        ///< read by each add()
    std::set<Ipv4> gateways_,
        asked_gateways_;  ///< of the service addresses: those that are one, those that were looked for
    std::vector<Announcer::Claim> added_;  ///< by this add(): neighbours are to be told
    std::vector<Ipv4>
        placed_by_route_;  ///< sorted: service addresses whose bits or interface are not written
    std::set<std::string, std::less<>> written_;  ///< interfaces that are written
    std::set<int> home_interfaces_;               ///< as homes() said last
    std::set<int> was_up_;      ///< interfaces that were up once, or that we have tried to bring up
    std::uint64_t routes_ = 1;  ///< counts up with each change that may concern us
    bool hears_routes_ = false;
    bool homes_changed_ = true;
    std::map<int, bool> promotes_;  ///< by interface, as found or set; read anew by each remove()
    std::set<int> promotion_told_;  ///< refusals are logged once for each interface
    std::map<int, Link> reported_;  ///< what the owner of this object knows
    std::set<int> changed_;         ///< interfaces to compare with that
    std::set<ResourceId> missed_;   ///< ours whose deletion was heard
    std::set<ResourceId> expired_;  ///< likewise, when their lifetime had passed
    policy::Lifetimes lifetimes_;
    std::vector<ResourceId> to_prolong_;  ///< left of the present round
    std::set<int> gives_way_;             ///< interfaces where an address of the host has come after ours
    std::set<int> new_macs_;              ///< interfaces whose addresses are announced again
    Instant announce_at_ = never;
    unsigned announced_ = 0;
    Heard heard_;               ///< waits for the next drain_monitor()
    bool out_of_step_ = false;  ///< notices were lost and could not be replaced yet
};

}  // namespace hb::kernel
