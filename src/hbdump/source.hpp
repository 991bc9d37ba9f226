#pragma once
#include <pcap/pcap.h>

#include <memory>

#include "hb/base/result.hpp"
#include "options.hpp"

namespace hb::hbdump {

struct PcapClose {
    void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};
using Pcap = std::unique_ptr<pcap_t, PcapClose>;

/// A capture file or a live interface; Ethernet alone. Stamps are in microseconds.
Result<Pcap> open_source(const Options& options);

/// Keys of an authkeys file.
Result<config::Keys> read_keys(const std::string& path);

/// Microseconds since 1970 of a frame. A pcap file has 32 bits for the seconds, and libpcap reads them with a sign: what comes
/// out below 1970 is a stamp of 2038 or later.
std::int64_t stamp_us(const timeval& stamp);

}  // namespace hb::hbdump
