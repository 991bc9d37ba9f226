#pragma once
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/time.hpp"
#include "hb/net/mirror.hpp"

struct nlmsghdr;

/// rtnetlink messages (rtnetlink(7)), built and read with libmnl. Pure.
namespace hb::net {

/// RTM_NEWADDR with NLM_F_CREATE and NLM_F_EXCL. `message` points at 256 free octets.
struct NewAddress {
    AddressKey key;
    Ipv4 broadcast;                ///< 0: none
    std::string_view label;        ///< at most 15 octets; empty: none
    Duration lifetime{};           ///< whole seconds; 0: for ever
    std::uint8_t mark = our_mark;  ///< 0: none
    std::uint8_t scope = 0;
};
void encode_add(void* message, const NewAddress& address);
/// RTM_NEWADDR with NLM_F_REPLACE: another lifetime from now on. If the address is not there, the kernel adds
/// it.
void encode_prolong(void* message, const AddressKey& key, Duration lifetime);
/// RTM_DELADDR. The kernel compares interface, address and bits.
void encode_remove(void* message, const AddressKey& key);

/// Requests for everything; flags NLM_F_REQUEST and NLM_F_DUMP are set. `message` points at 256 free octets.
nlmsghdr& encode_link_dump(void* message);
nlmsghdr& encode_address_dump(void* message);
/// The main table (all tables where the kernel does not check requests strictly, before Linux 4.20).
nlmsghdr& encode_route_dump(void* message);

/// Every table.
nlmsghdr& encode_gateway_dump(void* message);
/// RTM_GETROUTE: which route would a packet to that address take (over that interface, if it is not 0)?
nlmsghdr& encode_route_question(void* message, Ipv4 address, int ifindex);
/// RTM_NEWLINK that sets the interface up.
nlmsghdr& encode_up(void* message, int ifindex);

/// nullopt: not about a link as such (bridge ports speak of themselves in link messages too), or not whole.
std::optional<Interface> decode_link(const nlmsghdr& message);
std::optional<KernelAddress> decode_address(const nlmsghdr& message);
/// nullopt: not a unicast route with an interface.
std::optional<Route> decode_route(const nlmsghdr& message);
/// Calls `each` for every gateway of a route, whatever its table.
void for_each_gateway(const nlmsghdr& message, const std::function<void(Ipv4)>& each);

/// Whether a kernel of this release (`uname -r`) keeps IFA_PROTO: 5.18 and later.
bool keeps_marks(std::string_view release);

}  // namespace hb::net
