#pragma once
#include "hb/base/log.hpp"

/// What is logged of the service addresses in the kernel.
namespace hb::kernel::say {

using log::Kind;

constexpr Kind promotes_now{
    604, Level::info,
    "promote_secondaries of % set to 1, so that an address that is given up takes no other one with it"};
constexpr Kind promotes_never{
    605, Level::warning,
    "promote_secondaries of % cannot be set to 1: addresses are added there with 32 bits"};
constexpr Kind loopback_kept{606, Level::warning,
                             "% of % is left there, because what is taken away cannot be written down"};
constexpr Kind loopback_taken{607, Level::info, "% of % is taken away while this node serves it"};
constexpr Kind loopback_lost{608, Level::warning, "cannot put % back on the loopback interface: %"};
constexpr Kind old_address_left{609, Level::error, "%"};
constexpr Kind routes_unread{610, Level::error, "%"};
constexpr Kind network_unread{616, Level::error, "%"};
constexpr Kind brought_up{617, Level::info,
                          "interface % was down; it is brought up for its service addresses"};
constexpr Kind not_brought_up{618, Level::warning, "interface % is down and cannot be brought up: %"};
constexpr Kind not_prolonged{611, Level::warning, "cannot prolong %: %"};
constexpr Kind stands_behind{612, Level::info,
                             "an address of this host came back to %; the service addresses stand behind it"};

}  // namespace hb::kernel::say
