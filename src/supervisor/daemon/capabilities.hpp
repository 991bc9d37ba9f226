#pragma once
#include <cstdint>
#include <string>

namespace hb::supervisor {

/// What heartbeat cannot do without, with the reason; "": `effective` (bit n: capability n, capabilities(7)) has all of it.
std::string missing_capabilities(std::uint64_t effective);

/// Those of this process; all if the kernel does not say.
std::uint64_t effective_capabilities();

}  // namespace hb::supervisor
