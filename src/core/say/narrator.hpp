#pragma once
#include <string_view>

#include "core/log.hpp"
#include "hb/base/address.hpp"
#include "hb/base/id.hpp"
#include "hb/core/status.hpp"

namespace hb::core {

/// Which changes of groups are one line of the log? Neighbours in time that are alike: a thousand groups that move are one line.
class Narrator {
public:
    struct Change {
        std::size_t count = 0;  ///< 0: there is none
        GroupId first;
        GroupState was{}, now{};
        std::string_view cause;  ///< of text that stays
    };
    struct Grant {
        std::size_t count = 0;
        GroupId first;
        NodeId to;
    };
    struct Both {
        std::size_t count = 0;
        GroupId first;
        NodeId other;
        bool kept = false;
    };
    struct Answer {
        std::size_t count = 0;
        GroupId first;
        const log::Kind* kind = nullptr;
        Mac mac;
        std::int64_t ms = 0;  ///< of the first
    };
    /// False: none like it is kept. What is has to be told first, and then this one begins a line.
    [[nodiscard]] bool joins(GroupState was, GroupState now, std::string_view cause);
    void begin(GroupId group, GroupState was, GroupState now, std::string_view cause);
    /// False: what is kept is given to another node, and has to be told first. Then it is to be said again.
    [[nodiscard]] bool granted(GroupId group, NodeId to);
    /// Two nodes had this group at once. False: what is kept is of another node, and has to be told first.
    [[nodiscard]] bool both(GroupId group, NodeId other, bool kept);
    /// Somebody answers for its address before a claim. False: what is kept is of another kind or MAC, and has to be told first.
    [[nodiscard]] bool answered(GroupId group, const log::Kind& kind, const Mac& mac, std::int64_t ms);
    /// What is to be told, once.
    Change take_change();
    Grant take_grant();
    Both take_both();
    Answer take_answer();

private:
    Change change_;
    Grant grant_;
    Both both_;
    Answer answer_;
};

}  // namespace hb::core
