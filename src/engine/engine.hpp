#pragma once
#include "hb/engine/start.hpp"

namespace hb::engine {

/// Takes over a forked child and is the engine for the rest of its life: hears, decides, speaks. Never waits
/// for anything but the next event. The value is the exit code: 0 after everything was handed over, 1 when
/// the supervisor is gone or the engine could not be set up. With `start.sandbox` it does not return but ends
/// the process, because the way out through the destructors needs system calls that are no longer allowed.
int run_engine(EngineStart& start);

}  // namespace hb::engine
