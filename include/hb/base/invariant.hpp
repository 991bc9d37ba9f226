#pragma once
#include <cstdlib>

namespace hb {

/// A promise of our own code. Broken, it ends the process: safe here, because the supervisor cleans
/// up after the engine. Never used on what came from a network, a file or an operator.
inline void invariant(bool holds) {
    if (!holds) [[unlikely]]
        std::abort();
}

}  // namespace hb
