#pragma once
#include <cstdint>
#include <string_view>

#include "hb/base/address.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// A lifetime of an address that is none: valid_lft of the kernel, in milliseconds.
constexpr Duration never_expires = std::chrono::milliseconds{0xffffffff};

/// aa:bb:cc:dd:ee:ff, in place.
class MacText {
public:
    explicit MacText(const Mac& mac);
    std::string_view view() const { return {text_, sizeof text_}; }

private:
    char text_[17] = {};
};

/// An IPv4 address as text, without a heap.
class AddressText {
public:
    explicit AddressText(Ipv4 address);
    std::string_view view() const { return {text_, size_}; }

private:
    char text_[15] = {};
    std::size_t size_ = 0;
};

/// The probes ahead of one claim (decisions: the guard). They start `window` before `ready`, the earliest instant of the claim.
struct Guard {
    bool active = false;
    bool orphan = false, stranger = false;  ///< who answered: a node that is dead, anybody else
    bool waits = false;                     ///< beyond `ready`
    std::uint8_t probes = 0;                ///< of the three
    std::uint8_t unanswered = 0;            ///< the last ones in a row
    Duration window{};
    Instant ready;
    Instant due = never;      ///< of the next look, mostly a probe
    Instant asked, answered;  ///< the newest
    Instant until = never;    ///< whoever answers, the claim is made here
    Mac mac;                  ///< of the newest answer
};

}  // namespace hb::core
