#pragma once
#include <sys/types.h>

#include <string>

#include "hb/base/fd.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/result.hpp"

namespace hb::engine {

struct SandboxOptions {
    uid_t uid = 65534;
    gid_t gid = 65534;
    std::string empty_dir;
};

/// Remarks on what this machine does not let us have; none of them ends the engine.
using Remarks = FixedVector<FixedString<120>, 4>;

/// /proc/loadavg, to be read again and again inside; empty if there is none.
Fd open_load_average();
/// /proc/net/netstat of this network namespace.
Fd open_network_counters();
/// The kernel's count of frames that came in on an interface (sysfs), also of those that no filter of ours lets through.
Fd open_frame_counter(const std::string& interface);
/// Time on the processor ahead of others: nice -20. Before the rights are dropped.
void raise_priority(Remarks& remarks);
/// Keeps a little heap at hand and never gives any back, so that nothing asks the kernel for memory from here
/// on, and locks what there is.
void settle_memory(Remarks& remarks);

/// Own uid, empty root directory, no way to new rights, not traceable, and a fixed table of system calls:
/// receive, send, read, write, wait, set the timer, accept, close, exit. Anything else ends the process.
/// There is no way back. An error means that the process must not go on.
Result<Done> enter_sandbox(const SandboxOptions& options, Remarks& remarks);

}  // namespace hb::engine
