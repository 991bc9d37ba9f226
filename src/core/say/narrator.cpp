#include "narrator.hpp"

#include <utility>

namespace hb::core {

bool Narrator::joins(GroupState was, GroupState now, std::string_view cause) {
    if (change_.count == 0 || change_.was != was || change_.now != now || change_.cause != cause)
        return false;
    ++change_.count;
    return true;
}

void Narrator::begin(GroupId group, GroupState was, GroupState now, std::string_view cause) {
    change_ = {.count = 1, .first = group, .was = was, .now = now, .cause = cause};
}

bool Narrator::granted(GroupId group, NodeId to) {
    if (grant_.count == 0) grant_ = {.count = 0, .first = group, .to = to};
    if (grant_.to != to) return false;
    ++grant_.count;
    return true;
}

bool Narrator::both(GroupId group, NodeId other, bool kept) {
    if (both_.count == 0) both_ = {.count = 0, .first = group, .other = other, .kept = kept};
    if (both_.other != other || both_.kept != kept) return false;
    ++both_.count;
    return true;
}

bool Narrator::answered(GroupId group, const log::Kind& kind, const Mac& mac, std::int64_t ms) {
    if (answer_.count == 0) answer_ = {.count = 0, .first = group, .kind = &kind, .mac = mac, .ms = ms};
    if (answer_.kind != &kind || answer_.mac != mac) return false;
    ++answer_.count;
    return true;
}

Narrator::Change Narrator::take_change() { return std::exchange(change_, {}); }
Narrator::Grant Narrator::take_grant() { return std::exchange(grant_, {}); }
Narrator::Both Narrator::take_both() { return std::exchange(both_, {}); }
Narrator::Answer Narrator::take_answer() { return std::exchange(answer_, {}); }

}  // namespace hb::core
