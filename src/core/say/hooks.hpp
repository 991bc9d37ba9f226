#pragma once
#include <algorithm>
#include <string_view>

#include "hb/base/fixed.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/time.hpp"

namespace hb::core {

/// What do the administrator's scripts (rc.d) get to read, and how often? Lines NAME=VALUE; those of what peers send at most 32 at
/// once and then one each 10 ms.
class Hooks {
public:
    class Text {
    public:
        /// Not what no shell could read, nor what finds no room.
        void add(std::string_view name, std::string_view value);
        /// The last line: the state of this node. There is always room for it.
        void end(std::string_view own_state);
        std::string_view view() const { return text_.view(); }

    private:
        FixedString<limits::hook_text> text_;
    };

    /// A text for one run; it stays until forget(). Null: there is no room for one more in this step.
    [[nodiscard]] Text* begin();
    void forget() { texts_.clear(); }  ///< none of them is still to be given out
    /// Whether what a peer sent runs scripts now.
    [[nodiscard]] bool may_run(Instant now);

private:
    FixedVector<Text, 12> texts_;
    Instant paced_;  ///< as far as they are spread out
};

}  // namespace hb::core
