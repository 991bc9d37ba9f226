#pragma once

namespace hb {

/// Gives back every clean page of every loaded object: the PT_LOAD segments without PF_W, which are copies of
/// files. What is still used comes back from the page cache. To be called after all set-up, before
/// lock_memory(): on locked memory it fails.
void trim_memory();

/// Locks all memory, present and to come, as it is touched (MCL_ONFAULT; kernels before 4.4: no locking,
/// because without it every page of every library would be held). False: not allowed or not known.
bool lock_memory();

/// Reads in the code and constants of this program, of libc and of libmnl, and keeps them: what runs for the first time after
/// months, at a takeover, must not wait for a disk. Every process of the program shares these pages. libcrypto is left out:
/// of its 4 MiB a few functions are used, all of them with the first heartbeats. After lock_memory(). False: not allowed.
bool hold_code();

}  // namespace hb
