#pragma once
#include <string_view>

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
    /// False: none like it is kept. What is has to be told first, and then this one begins a line.
    [[nodiscard]] bool joins(GroupState was, GroupState now, std::string_view cause);
    void begin(GroupId group, GroupState was, GroupState now, std::string_view cause);
    /// False: what is kept is given to another node, and has to be told first. Then it is to be said again.
    [[nodiscard]] bool granted(GroupId group, NodeId to);
    /// What is to be told, once.
    Change take_change();
    Grant take_grant();

private:
    Change change_;
    Grant grant_;
};

}  // namespace hb::core
