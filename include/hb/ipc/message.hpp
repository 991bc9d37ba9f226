#pragma once
#include <cstdint>
#include <type_traits>

#include "hb/base/id.hpp"

/// Between engine and supervisor: fixed structures on SOCK_SEQPACKET, both ends non-blocking, one machine, one build.
namespace hb::ipc {

/// Engine to supervisor. Names things by runs of ids; nothing else can be asked for. hook: a text is in Page::hooks.
struct Request {
    enum class Kind : std::uint8_t { start, stop, announce, cancel, leave, monitor, fence, hook };
    Kind kind = Kind::start;
    OperationId operation = 0;
    ResourceId first, last;
    std::uint32_t limit_ms = 0;
    NodeId node;  ///< of fence
};

/// Supervisor to engine.
struct Notice {
    enum class Kind : std::uint8_t {
        done,    ///< operation, first, last, outcome (core::Outcome)
        medium,  ///< medium index; carries a packet socket (SCM_RIGHTS) and ifindex, mac, address, broadcast
        medium_gone,   ///< medium index: interface down or deleted
        address_gone,  ///< first; flag 1: already put back
        stop,          ///< SIGTERM
        arp,  ///< a packet socket for ARP about service addresses (sender, or target of a probe) on a service
              ///< interface: carries it, and ifindex, mac, address, broadcast; replaces an older one
        arp_gone,  ///< ifindex
        place,  ///< first, last: the addresses among these belong on ifindex (0: none known); flag 1: it has carrier
        fenced,   ///< node, outcome
        operate,  ///< a script asks as an operator: flag (core::OperatorAsked::Verb), outcome (Set)
        message,  ///< one is in Page::messages
    };
    Kind kind = Kind::done;
    std::uint8_t outcome = 0;
    std::uint8_t flag = 0;
    std::uint8_t mac[6] = {};
    OperationId operation = 0;
    ResourceId first, last;
    MediumId medium;
    NodeId node;
    std::int32_t ifindex = 0;
    std::uint32_t address = 0;    ///< of the interface, host order; 0: none, then source 0.0.0.0 is sent
    std::uint32_t broadcast = 0;  ///< host order; 255.255.255.255 where none is set
};

static_assert(sizeof(Request) <= 64 && sizeof(Notice) <= 64);
static_assert(std::is_trivially_copyable_v<Request> && std::is_trivially_copyable_v<Notice>);

}  // namespace hb::ipc
