#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hb/base/address.hpp"

namespace hb::supervisor {

/// IFA_PROTO of every address of ours ('h'). 1 to 3 are the kernel's own (linux/if_addr.h); no other use of
/// 0x68 is known.
constexpr std::uint8_t our_mark = 0x68;

/// One network interface as the kernel describes it.
struct Interface {
    int index = 0;
    std::string name;
    bool up = false, carrier = false;
    bool ethernet = false;  ///< has a MAC and does ARP
    Mac mac;
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
    std::uint8_t mark = 0;
    std::uint64_t order = 0;  ///< counts up with each new address
};

/// An interface in the form that a medium needs.
struct Link {
    int ifindex = 0;
    std::string name;
    bool up = false, carrier = false;
    bool ethernet = false;
    Mac mac;
    Ipv4 address;                ///< the first of the interface that is not a service address; 0: none
    Ipv4 broadcast{0xffffffff};  ///< of that address
    bool operator==(const Link&) const = default;
};

/// Pure: links and addresses of the kernel, kept by its notices.
class Mirror {
public:
    void clear();
    void put(const Interface& interface);
    void erase_interface(int index);
    void put(KernelAddress address);
    void erase(const AddressKey& key);

    const Interface* interface(int index) const;
    const Interface* interface(const std::string& name) const;
    const KernelAddress* find(const AddressKey& key) const;
    /// The first entry with this address on any interface, or on `ifindex` alone if that is not 0.
    const KernelAddress* find(Ipv4 address, int ifindex = 0) const;
    /// Whether another address of the same interface, bits and subnet is there for which `counts` is true.
    bool shares_subnet(const AddressKey& key, const std::function<bool(const KernelAddress&)>& counts) const;
    /// The smallest n for which the label IF:n is not used on that interface and n is not below `from`.
    unsigned free_label(int ifindex, unsigned from = 0) const;

    /// Addresses for which `service` is true are left out.
    Link link(const Interface& interface, const std::function<bool(const KernelAddress&)>& service) const;
    const std::map<int, Interface>& interfaces() const { return interfaces_; }
    const std::map<AddressKey, KernelAddress>& addresses() const { return addresses_; }

private:
    void count_label(const KernelAddress& address, int step);
    std::map<int, Interface> interfaces_;
    std::map<AddressKey, KernelAddress> addresses_;
    std::map<int, std::vector<std::uint16_t>>
        labels_;  ///< by interface: how many addresses are labelled ...:n
    std::uint64_t next_order_ = 0;
};

}  // namespace hb::supervisor
