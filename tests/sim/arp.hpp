#pragma once
#include "hb/core/action.hpp"
#include "sim/network.hpp"

namespace hb::sim {

class Host;

/// The interface of a node on a medium, on the wire.
Mac mac_of(std::size_t node, MediumId medium);

/// ARP probes on the segment of the service addresses, which is medium 0: each other host that has power, has its interface up
/// and one of these addresses in its kernel answers, be its daemon alive or not. Frames are lost and delayed as all others.
void probe(Host& asker, const core::ProbeAddresses& probes);

/// Gratuitous ARP for an address, if that host's kernel has it: the clients hear it, for they stand at the switch, and each
/// host that it reaches.
void announce(Host& speaker, ResourceId resource);

}  // namespace hb::sim
