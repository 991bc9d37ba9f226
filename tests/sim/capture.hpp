#pragma once
#include <cstdio>
#include <string>

#include "sim/network.hpp"

namespace hb::sim {

/// Writes what hosts send as a pcap file: Ethernet, IPv4, UDP; nanosecond stamps; time starts at the epoch.
class Capture {
public:
    explicit Capture(const std::string& path);
    ~Capture();
    Capture(const Capture&) = delete;
    void write(const Frame& frame);

private:
    std::FILE* file_;
    std::uint16_t identification_ = 0;
};

}  // namespace hb::sim
