#pragma once
#include <type_traits>

#include "hb/base/fd.hpp"
#include "hb/base/result.hpp"
#include "hb/ipc/message.hpp"

namespace hb::ipc {

/// The two ends of one SOCK_SEQPACKET pair, close-on-exec. Messages are fixed structures of at most
/// 64 octets; a descriptor may travel with a notice (SCM_RIGHTS).
struct Ends {
    Fd supervisor, other;
};
/// Both ends non-blocking.
Result<Ends> make_channel();
/// The same for records to the writer. Both ends block unless a call says otherwise: `other` is the writer's,
/// which waits in reading; writer::Client never waits on any end.
Result<Ends> make_record_channel();

/// full: not taken, offer it again later. closed: the other end is gone.
enum class Sent { ok, full, closed };
/// empty: nothing is waiting. closed: end of file, and nothing is left to read.
enum class Got { message, empty, closed };

/// Never waits. What is not `ok` was not sent at all.
Sent send(int channel, const Request& request);
/// `lent`: a descriptor that the receiver gets a duplicate of; -1: none. The caller keeps (and closes) its
/// own.
Sent send(int channel, const Notice& notice, int lent = -1);

/// Never waits. A message of another size than expected is skipped: it is no message of this build.
Got receive(int channel, Request& request);
/// `lent` owns the descriptor that came along, close-on-exec; without one it is empty.
Got receive(int channel, Notice& notice, Fd& lent);

}  // namespace hb::ipc
