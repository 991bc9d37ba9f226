#pragma once
#include <string_view>

namespace hb::supervisor {

/// One datagram to the service manager, where NOTIFY_SOCKET names one (sd_notify(3)): "READY=1",
/// "STATUS=...", lines joined by newlines. Never waits.
void notify(std::string_view state);
/// "RELOADING=1" with MONOTONIC_USEC, which newer managers want to see.
void notify_reloading();

}  // namespace hb::supervisor
