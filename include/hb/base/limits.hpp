#pragma once
#include <cstddef>

/// Every maximum of the house, with its reason.
namespace hb::limits {

constexpr std::size_t nodes = 8;  ///< ordered preference; extension `hb4e` stays under 400 octets
constexpr std::size_t media = 16;
constexpr std::size_t groups = 2048;  ///< 1000 one-address groups is the measured case
constexpr std::size_t resources = 4096;
constexpr std::size_t witnesses = 16;  ///< ping and ping_group lines together; each is asked once a keepalive
constexpr std::size_t witness_hosts = 16;   ///< of one ping_group
constexpr std::size_t interfaces = 32;      ///< distinct device names in media lines
constexpr std::size_t node_name = 64;       ///< HOST_NAME_MAX of Linux
constexpr std::size_t datagram = 1400;      ///< what we send: below every usual MTU
constexpr std::size_t signature = 80;       ///< octets kept free behind a body: "67:15 " and 64 digits
constexpr std::size_t datagram_in = 65536;  ///< what UDP can deliver
constexpr std::size_t fields = 64;          ///< of one received message; 3.0.6 sends at most 17
constexpr std::size_t store = 500;          ///< sent messages kept for retransmission, as 3.0.6
constexpr std::size_t missing = 250;     ///< numbers of one peer that are asked for; beyond: forget, as 3.0.6
constexpr std::size_t actions = 64;      ///< of one step; what is more follows in the next one
constexpr std::size_t log_text = 400;    ///< octets of one log line's text
constexpr std::size_t clients = 8;       ///< operators connected at once
constexpr std::size_t hook_text = 1022;  ///< octets of the fields of a message given to or by a script
constexpr std::size_t reply = 512 * 1024;         ///< octets of one reply to an operator
constexpr std::size_t config_file = 1024 * 1024;  ///< octets; larger files are refused

}  // namespace hb::limits
