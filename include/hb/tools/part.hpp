#pragma once
#include <span>

/// A process that was forked and goes on without exec.
namespace hb::tools {

/// leave: a part of a daemon holds no terminal and no pipe of the one who started it.
enum class Stdio { keep, leave };
/// stdin, stdout and stderr become /dev/null.
void leave_terminal();
/// Of a process that was forked and goes on without exec: its signals, name and priority, and no descriptor but those in `keep`.
void be_a_part(const char* name, std::span<const int> keep, Stdio stdio);

/// Closes every descriptor above 2 but those in `keep`; -1 in it counts for nothing.
void close_all_but(std::span<const int> keep);

}  // namespace hb::tools
