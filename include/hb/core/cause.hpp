#pragma once
#include <string_view>

/// Why a group waits, as `hbctl status` shows it and finds the advice for it. Those that end with a blank or a comma go on with
/// the name of a node.
namespace hb::core::cause {

constexpr const char* no_carrier = "no carrier";
constexpr const char* no_quorum = "neither a node nor a ping node is heard (quorum)";
constexpr const char* deaf = "nothing at all is received here: deaf";
constexpr const char* supervisor_silent = "the supervisor is silent";
constexpr const char* name_twice = "another host lives under the name of this node";
constexpr const char* stop_failed = "a stop failed";
constexpr const char* stop_failed_again = "a stop failed again after an unblock";
constexpr std::string_view waits_for_fencing = "waiting for fencing of ";
constexpr std::string_view blocked_on = "blocked on ", blocked_there = ", where it could not be stopped";
constexpr std::string_view left_blocked_by = "left blocked by ", left_there = ", where it may still run";

}  // namespace hb::core::cause
