#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hb/base/address.hpp"

namespace hb::net {

/// IFA_PROTO of every address of ours ('h'). 1 to 3 are the kernel's own (linux/if_addr.h); no other use of
/// 0x68 is known.
constexpr std::uint8_t our_mark = 0x68;

/// One network interface as the kernel describes it.
struct Interface {
    int index = 0;
    std::string name;
    std::vector<std::string> altnames{};  ///< `ip link property add altname`
    bool up = false, carrier = false;
    bool ethernet = false;  ///< has a MAC and does ARP
    bool loopback = false;
    /// The message that told of it asks for new announcements: a bond has changed to its other port, say.
    bool failed_over = false;
    Mac mac{};
};

/// What names one IPv4 address in the kernel.
struct AddressKey {
    Ipv4 address;
    int ifindex = 0;
    unsigned bits = 0;
    auto operator<=>(const AddressKey&) const = default;
};
struct KernelAddress {
    AddressKey key;
    Ipv4 peer;       ///< IFA_ADDRESS; equal to the address but on point-to-point links
    Ipv4 broadcast;  ///< 0: none
    std::string label;
    bool secondary = false;
    bool permanent = true;  ///< false: it ends by itself
    std::uint8_t mark = 0;
    std::uint8_t scope = 0;   ///< rtm_scope of rtnetlink(7)
    std::uint64_t order = 0;  ///< counts up with each new address
};

/// An interface in the form that a medium needs.
struct Link {
    int ifindex = 0;
    std::string name;
    std::vector<std::string> altnames{};
    bool up = false, carrier = false;
    bool ethernet = false;
    Mac mac;
    Ipv4 address;                ///< the first of the interface that is not a service address; 0: none
    Ipv4 broadcast{0xffffffff};  ///< of that address
    bool operator==(const Link&) const = default;
    bool is_called(std::string_view) const;  ///< by its name or an altname
};

/// One unicast route. bits 0: a default route.
struct Route {
    Ipv4 prefix;
    unsigned bits = 0;
    int ifindex = 0;
    std::uint32_t metric = 0;
    Ipv4 gateway{};      ///< 0: none, or there are several hops
    bool direct = true;  ///< the prefix is on the link: no hop is a gateway
    std::uint32_t table = 0;
};
/// Whether a packet to that address may take this route.
bool leads_to(const Route& route, Ipv4 address);

/// Pure: links and addresses of the kernel, kept by its notices.
class Mirror {
public:
    void clear();
    void put(const Interface& interface);
    void erase_interface(int index);
    void put(KernelAddress address);
    void erase(const AddressKey& key);

    const Interface* interface(int index) const;
    /// By its name or an altname.
    const Interface* interface(std::string_view name) const;
    const KernelAddress* find(const AddressKey& key) const;
    /// The first entry with this address on any interface, or on `ifindex` alone if that is not 0.
    const KernelAddress* find(Ipv4 address, int ifindex = 0) const;
    /// Whether another address of the same interface, bits and subnet is there for which `counts` is true.
    bool shares_subnet(const AddressKey& key, const std::function<bool(const KernelAddress&)>& counts) const;
    /// The smallest n for which the label IF:n is not used on that interface and n is not below `from`.
    unsigned free_label(int ifindex, unsigned from = 0) const;

    /// The addresses of one interface.
    const std::set<AddressKey>& keys_on(int ifindex) const;
    /// Addresses for which `service` is true are left out.
    Link link(const Interface& interface, const std::function<bool(const KernelAddress&)>& service) const;
    const std::map<int, Interface>& interfaces() const { return interfaces_; }
    const std::map<AddressKey, KernelAddress>& addresses() const { return addresses_; }

private:
    void count_label(const KernelAddress& address, int step);
    void forget_names(int index);
    std::map<int, Interface> interfaces_;
    std::map<std::string, int, std::less<>> names_;  ///< altnames too
    std::map<int, std::set<AddressKey>> by_interface_;
    std::map<AddressKey, KernelAddress> addresses_;
    std::map<int, std::vector<std::uint16_t>>
        labels_;  ///< by interface: how many addresses are labelled ...:n
    std::uint64_t next_order_ = 0;
};

}  // namespace hb::net
