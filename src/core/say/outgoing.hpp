#pragma once
#include <vector>

#include "core/log.hpp"
#include "hb/core/core.hpp"

namespace hb::core {

/// Where do a step's actions go? To the caller; what finds no room there goes out with the next step, in its order. When that room is
/// short as well, log lines are dropped first: the rest of it is for requests and frames. How many were lost is said.
class Outgoing {
public:
    Outgoing();

    /// From here on actions go there. What waited goes first; true: nothing waits any more.
    bool begin(Actions& out);
    void end() { out_ = nullptr; }
    void emit(const Action& action);
    void log(const log::Kind& kind, std::initializer_list<log::Fact> facts);

    bool waits() const { return used_ > 0; }
    /// So many more actions can wait; who has more to say says the rest in the next step.
    bool has_room_for(std::size_t actions) const { return used_ + actions <= kept_.size(); }

private:
    Actions* out_ = nullptr;
    std::vector<Action> kept_;
    std::size_t used_ = 0, lost_ = 0;
};

}  // namespace hb::core
