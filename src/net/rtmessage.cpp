#include "hb/net/rtmessage.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include "hb/base/bytes.hpp"
#include "net/attribute.hpp"

namespace hb::net {
namespace {

// linux/if_addr.h and linux/rtnetlink.h of the build host may be older than the running kernel.
constexpr std::uint16_t ifa_proto = 11;
constexpr std::uint32_t skip_statistics = 1 << 3;  // RTEXT_FILTER_SKIP_STATS

/// The attributes of a message by type; higher types than those used here are left out.
class Attributes {
public:
    static constexpr std::size_t N = IFLA_PROP_LIST + 1;
    Attributes(const nlmsghdr& message, std::size_t header) {
        for_each_attribute(message, header, [this](const nlattr& attribute) {
            const std::size_t type = mnl_attr_get_type(&attribute);
            if (type < N) by_type_[type] = &attribute;
        });
    }
    Bytes payload(std::size_t type) const {
        if (by_type_[type] == nullptr) return {};
        return {static_cast<const std::byte*>(mnl_attr_get_payload(by_type_[type])),
                mnl_attr_get_payload_len(by_type_[type])};
    }
    /// In host order as the kernel gives it; 0 where absent or short.
    std::uint32_t number(std::size_t type) const {
        std::uint32_t value = 0;
        if (payload(type).size() >= sizeof value) std::memcpy(&value, payload(type).data(), sizeof value);
        return value;
    }
    std::optional<Ipv4> address(std::size_t type) const {
        if (payload(type).size() < 4) return std::nullopt;
        return Ipv4{Reader{payload(type)}.u32()};
    }
    std::string text(std::size_t type) const {
        const std::string_view whole = text_of(payload(type));
        return std::string{whole.substr(0, whole.find('\0'))};
    }

private:
    std::array<const nlattr*, N> by_type_{};
};

template <class Header>
const Header* header_of(const nlmsghdr& message) {
    if (mnl_nlmsg_get_payload_len(&message) < sizeof(Header)) return nullptr;
    return static_cast<const Header*>(mnl_nlmsg_get_payload(&message));
}

void put_address(nlmsghdr* message, std::uint16_t type, Ipv4 address) {
    std::array<std::byte, 4> octets;
    Writer{octets}.u32(address.value);
    mnl_attr_put(message, type, octets.size(), octets.data());
}

nlmsghdr* put_address_header(void* at, std::uint16_t type, std::uint16_t flags, const AddressKey& key) {
    nlmsghdr* message = mnl_nlmsg_put_header(at);
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    auto* header = static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifaddrmsg)));
    header->ifa_family = AF_INET;
    header->ifa_prefixlen = static_cast<std::uint8_t>(key.bits);
    header->ifa_scope = RT_SCOPE_UNIVERSE;
    header->ifa_index = static_cast<std::uint32_t>(key.ifindex);
    put_address(message, IFA_LOCAL, key.address);
    put_address(message, IFA_ADDRESS, key.address);
    return message;
}

void put_lifetime(nlmsghdr* message, Duration lifetime) {
    constexpr std::uint32_t for_ever = 0xffffffff;
    ifa_cacheinfo times{};
    times.ifa_valid =
        lifetime == 0s
            ? for_ever
            : static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(lifetime).count());
    times.ifa_prefered = times.ifa_valid;
    mnl_attr_put(message, IFA_CACHEINFO, sizeof times, &times);
}

template <class Header>
nlmsghdr& put_dump(void* at, std::uint16_t type) {
    nlmsghdr* message = mnl_nlmsg_put_header(at);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    mnl_nlmsg_put_extra_header(message, sizeof(Header));
    return *message;
}

/// One hop of a multipath route.
struct Hop {
    int ifindex = 0;
    bool dead = false, direct = true;
    Ipv4 gateway{};
};
std::vector<Hop> hops_of(Bytes all) {
    std::vector<Hop> out;
    while (all.size() >= sizeof(rtnexthop)) {
        rtnexthop hop;
        std::memcpy(&hop, all.data(), sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > all.size()) return out;
        Hop& read = out.emplace_back();
        read.ifindex = hop.rtnh_ifindex;
        read.dead = (hop.rtnh_flags & RTNH_F_DEAD) != 0;
        for_each_in(all.subspan(sizeof hop, hop.rtnh_len - sizeof hop), [&read](const nlattr& attribute) {
            const auto type = mnl_attr_get_type(&attribute);
            if (type == RTA_GATEWAY || type == RTA_VIA) read.direct = false;
            if (type == RTA_GATEWAY && mnl_attr_get_payload_len(&attribute) >= 4)
                read.gateway =
                    Ipv4{Reader{{static_cast<const std::byte*>(mnl_attr_get_payload(&attribute)), 4}}.u32()};
        });
        all = all.subspan(std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), all.size()));
    }
    return out;
}

/// The first living hop of a multipath route names its interface.
void take_hops(const std::vector<Hop>& hops, Route& route) {
    for (const Hop& hop : hops) {
        if (!hop.direct) route.direct = false;
        if (route.ifindex == 0 && !hop.dead) route.ifindex = hop.ifindex;
    }
}

std::vector<std::string> altnames_of(Bytes properties) {
    std::vector<std::string> names;
    for_each_in(properties, [&names](const nlattr& attribute) {
        if (mnl_attr_get_type(&attribute) != IFLA_ALT_IFNAME) return;
        const std::string_view text(static_cast<const char*>(mnl_attr_get_payload(&attribute)),
                                    mnl_attr_get_payload_len(&attribute));
        names.emplace_back(text.substr(0, text.find('\0')));
    });
    return names;
}

}  // namespace

void encode_add(void* at, const NewAddress& address) {
    nlmsghdr* message = put_address_header(at, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address.key);
    if (address.broadcast.value != 0) put_address(message, IFA_BROADCAST, address.broadcast);
    if (!address.label.empty()) mnl_attr_put_strz(message, IFA_LABEL, std::string{address.label}.c_str());
    static_cast<ifaddrmsg*>(mnl_nlmsg_get_payload(message))->ifa_scope = address.scope;
    if (address.mark != 0) mnl_attr_put_u8(message, ifa_proto, address.mark);
    if (address.lifetime != 0s) put_lifetime(message, address.lifetime);
}

void encode_prolong(void* at, const AddressKey& key, Duration lifetime) {
    nlmsghdr* message = put_address_header(at, RTM_NEWADDR, NLM_F_REPLACE, key);
    mnl_attr_put_u8(message, ifa_proto, our_mark);
    put_lifetime(message, lifetime);
}

void encode_remove(void* at, const AddressKey& key) { put_address_header(at, RTM_DELADDR, 0, key); }

nlmsghdr& encode_link_dump(void* at) {
    nlmsghdr& message = put_dump<ifinfomsg>(at, RTM_GETLINK);
    mnl_attr_put_u32(&message, IFLA_EXT_MASK, skip_statistics);
    return message;
}

nlmsghdr& encode_address_dump(void* at) {
    nlmsghdr& message = put_dump<ifaddrmsg>(at, RTM_GETADDR);
    static_cast<ifaddrmsg*>(mnl_nlmsg_get_payload(&message))->ifa_family = AF_INET;
    return message;
}

nlmsghdr& encode_route_dump(void* at) {
    nlmsghdr& message = put_dump<rtmsg>(at, RTM_GETROUTE);
    static_cast<rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_family = AF_INET;
    mnl_attr_put_u32(&message, RTA_TABLE, RT_TABLE_MAIN);
    return message;
}

nlmsghdr& encode_gateway_dump(void* at) {
    nlmsghdr& message = put_dump<rtmsg>(at, RTM_GETROUTE);
    static_cast<rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_family = AF_INET;
    return message;
}

nlmsghdr& encode_route_question(void* at, Ipv4 address, int ifindex) {
    nlmsghdr* message = mnl_nlmsg_put_header(at);
    message->nlmsg_type = RTM_GETROUTE;
    message->nlmsg_flags = NLM_F_REQUEST;
    auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(rtmsg)));
    header->rtm_family = AF_INET;
    header->rtm_dst_len = 32;
    header->rtm_flags = RTM_F_LOOKUP_TABLE | RTM_F_FIB_MATCH;
    put_address(message, RTA_DST, address);
    if (ifindex != 0) mnl_attr_put_u32(message, RTA_OIF, static_cast<std::uint32_t>(ifindex));
    return *message;
}

nlmsghdr& encode_up(void* at, int ifindex) {
    nlmsghdr* message = mnl_nlmsg_put_header(at);
    message->nlmsg_type = RTM_NEWLINK;
    message->nlmsg_flags = NLM_F_REQUEST;
    auto* header = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg)));
    header->ifi_family = AF_UNSPEC;
    header->ifi_index = ifindex;
    header->ifi_flags = IFF_UP;
    header->ifi_change = IFF_UP;
    return *message;
}

std::optional<Interface> decode_link(const nlmsghdr& message) {
    const auto* header = header_of<ifinfomsg>(message);
    if (header == nullptr || header->ifi_family != AF_UNSPEC) return std::nullopt;
    const Attributes attributes(message, sizeof(ifinfomsg));
    Interface out;
    out.index = header->ifi_index;
    out.name = attributes.text(IFLA_IFNAME);
    out.up = (header->ifi_flags & IFF_UP) != 0;
    out.carrier = (header->ifi_flags & IFF_LOWER_UP) != 0;
    out.ethernet = header->ifi_type == ARPHRD_ETHER && (header->ifi_flags & IFF_NOARP) == 0;
    out.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
    out.altnames = altnames_of(attributes.payload(IFLA_PROP_LIST));
    const std::uint32_t event = attributes.number(IFLA_EVENT);
    out.failed_over = event == IFLA_EVENT_NOTIFY_PEERS || event == IFLA_EVENT_BONDING_FAILOVER;
    const Bytes mac = attributes.payload(IFLA_ADDRESS);
    if (mac.size() == out.mac.octets.size()) std::memcpy(out.mac.octets.data(), mac.data(), mac.size());
    if (out.name.empty()) return std::nullopt;
    return out;
}

std::optional<KernelAddress> decode_address(const nlmsghdr& message) {
    const auto* header = header_of<ifaddrmsg>(message);
    if (header == nullptr || header->ifa_family != AF_INET) return std::nullopt;
    const Attributes attributes(message, sizeof(ifaddrmsg));
    const auto peer = attributes.address(IFA_ADDRESS);
    const auto local = attributes.address(IFA_LOCAL);
    if (!peer && !local) return std::nullopt;
    KernelAddress out;
    out.key = {local.value_or(*peer), static_cast<int>(header->ifa_index), header->ifa_prefixlen};
    out.peer = peer.value_or(out.key.address);
    out.broadcast = attributes.address(IFA_BROADCAST).value_or(Ipv4{});
    out.label = attributes.text(IFA_LABEL);
    const std::uint32_t flags = header->ifa_flags | attributes.number(IFA_FLAGS);
    out.secondary = (flags & IFA_F_SECONDARY) != 0;
    out.permanent = (flags & IFA_F_PERMANENT) != 0;
    out.scope = header->ifa_scope;
    const Bytes mark = attributes.payload(ifa_proto);
    out.mark = mark.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(mark[0]);
    return out;
}

std::optional<Route> decode_route(const nlmsghdr& message) {
    const auto* header = header_of<rtmsg>(message);
    if (header == nullptr || header->rtm_family != AF_INET || header->rtm_type != RTN_UNICAST)
        return std::nullopt;
    if ((header->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD)) != 0) return std::nullopt;
    const Attributes attributes(message, sizeof(rtmsg));
    Route out;
    out.table = attributes.payload(RTA_TABLE).empty() ? header->rtm_table : attributes.number(RTA_TABLE);
    out.prefix = attributes.address(RTA_DST).value_or(Ipv4{});
    out.bits = header->rtm_dst_len;
    out.metric = attributes.number(RTA_PRIORITY);
    out.gateway = attributes.address(RTA_GATEWAY).value_or(Ipv4{});
    out.direct = attributes.payload(RTA_GATEWAY).empty() && attributes.payload(RTA_VIA).empty();
    out.ifindex = static_cast<int>(attributes.number(RTA_OIF));
    take_hops(hops_of(attributes.payload(RTA_MULTIPATH)), out);
    if (out.ifindex == 0 || out.bits > 32) return std::nullopt;
    return out;
}

void for_each_gateway(const nlmsghdr& message, const std::function<void(Ipv4)>& each) {
    const auto* header = header_of<rtmsg>(message);
    if (header == nullptr || header->rtm_family != AF_INET || header->rtm_type != RTN_UNICAST) return;
    const Attributes attributes(message, sizeof(rtmsg));
    if (const auto gateway = attributes.address(RTA_GATEWAY)) each(*gateway);
    for (const Hop& hop : hops_of(attributes.payload(RTA_MULTIPATH)))
        if (hop.gateway != Ipv4{}) each(hop.gateway);
}

bool keeps_marks(std::string_view release) {
    unsigned major = 0, minor = 0;
    const char* end = release.data() + release.size();
    const auto first = std::from_chars(release.data(), end, major);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return false;
    if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc{}) return false;
    return major > 5 || (major == 5 && minor >= 18);
}

}  // namespace hb::net
