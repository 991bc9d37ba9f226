#pragma once
#include <functional>
#include <span>
#include <vector>

#include "hb/base/fd.hpp"
#include "hb/base/fixed.hpp"
#include "hb/config/config.hpp"
#include "hb/core/action.hpp"
#include "hb/core/event.hpp"

namespace hb::engine {

/// ARP on the interfaces where service addresses belong: what others say of these, and our probes for them. The sockets are
/// lent by the supervisor, filtered (RFC 826 frames about service addresses).
class Arp {
public:
    explicit Arp(const config::Config& config);

    struct Lent {
        Fd fd;
        int ifindex = 0;
        Mac mac;
    };
    /// Replaces an older one of that interface. There is room for one for each service address; nullptr: none is left.
    const Lent* lend(Lent lent);
    void withdraw(int ifindex);
    std::size_t room() const { return ears_.size(); }
    std::size_t index(const Lent& lent) const { return static_cast<std::size_t>(&lent - ears_.data()); }
    /// These addresses belong on that interface; 0: not known.
    void place(ResourceId first, ResourceId last, int ifindex);
    bool has_mac(const Mac& mac) const;

    /// One claim of a service address by somebody else, if there is one. other: nothing of that kind, or our own.
    enum class Got { claim, other, empty };
    Got receive(std::size_t ear, std::span<std::byte> buffer, core::AddressClaimed& out);

    /// Takes the run up; send() sends it. Where nobody is told the interface of an address, it is left out.
    void probe(const core::ProbeAddresses& run);
    /// At most 64 frames at a time, so that a thousand probes do not make a heartbeat late.
    void send();
    /// More is to be sent at once.
    bool busy() const { return !runs_.empty(); }

private:
    void send_probe(ResourceId resource, const Mac& to);
    const Lent* ear_of(ResourceId resource) const;
    bool begins_group(ResourceId resource) const;
    ResourceId resource_of(Ipv4 address, int ifindex) const;

    const config::Config& config_;
    std::vector<Lent> ears_;
    struct Named {
        Ipv4 address;
        ResourceId resource;
    };
    std::vector<Named> named_;  ///< by address
    std::vector<int> places_;   ///< by ResourceId
    FixedVector<core::ProbeAddresses, limits::actions> runs_;
};

}  // namespace hb::engine
