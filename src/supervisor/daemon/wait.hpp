#pragma once
#include <functional>
#include <optional>

#include "supervisor/supervisor.hpp"

namespace hb::supervisor {

/// For a host that is not ready yet.

/// `parsed` is without errors, but no `node` line names this host, which has no name yet. Says so, tells the one who
/// started us that we run, and waits until `load` gives a configuration with the name in it. nullopt: a stop was asked
/// for, or another heartbeat runs; then `code` is the exit code.
std::optional<config::Parsed> wait_for_the_name(const config::Parsed& parsed, Settings& settings,
                                                const std::function<config::Parsed()>& load, int& code);

}  // namespace hb::supervisor
