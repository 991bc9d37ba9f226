#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "hb/config/config.hpp"

namespace golden {

/// One line of tests/golden/keys.txt.
struct Capture {
    std::string file;
    std::size_t heartbeats = 0;
    hb::config::Keys keys;
};
/// The whole table; empty if it cannot be read (tests run at the top of the checkout).
std::vector<Capture> captures();
std::string path_of(const std::string& file);
bool is_serial(const Capture& capture);

/// Every frame of a .pcap.
std::vector<std::string> frames(const std::string& path);
/// The data of every ICMP echo request and reply; "" for what is something else.
std::string echo_data(const std::string& frame);
/// The complete messages in the bytes of a serial line.
std::vector<std::string> serial_messages(const std::string& path);

/// What is signed and sent: heartbeats over UDP or serial, and the pings' data apart.
struct Datagrams {
    std::vector<std::string> heartbeats, pings;
};
Datagrams datagrams(const Capture& capture);

}  // namespace golden
