#pragma once
#include <libmnl/libmnl.h>

#include <cstddef>
#include <span>

namespace hb::net {

/// Calls `each` for the attributes of a message behind a header of `offset` octets. (libmnl's own loop macro
/// is C.)
template <class Each>
void for_each_attribute(const nlmsghdr& message, std::size_t offset, Each each) {
    const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    const auto* at = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, offset));
    for (; mnl_attr_ok(at, static_cast<int>(end - reinterpret_cast<const char*>(at))); at = mnl_attr_next(at))
        each(*at);
}

/// The same for attributes that lie in another one.
template <class Each>
void for_each_in(std::span<const std::byte> nested, Each each) {
    const std::byte* const end = nested.data() + nested.size();
    const auto* at = reinterpret_cast<const nlattr*>(nested.data());
    for (; mnl_attr_ok(at, static_cast<int>(end - reinterpret_cast<const std::byte*>(at)));
         at = mnl_attr_next(at))
        each(*at);
}

}  // namespace hb::net
