#pragma once
#include <cstdint>

namespace hb::core {

/// What has a change made necessary? It stays so until it is done, over steps if need be.
class Due {
public:
    void decide_again() { what_ |= decision; }  ///< placement looks at the groups again
    void say() { what_ |= status; }             ///< a status goes out in this step
    void say_change() {
        what_ |= status | change;
    }  ///< it carries a change, and is said again until it is echoed
    void ask_for_answer() { what_ |= status | answer; }  ///< it asks each peer for a status at once
    void bequeath() { what_ |= heritage; }               ///< a next engine would begin with something else

    bool decides() const { return what_ & decision; }
    bool says() const { return what_ & status; }
    bool says_change() const { return what_ & change; }
    bool asks_for_answer() const { return what_ & answer; }

    void decided() { what_ &= ~decision; }
    void said() { what_ &= ~(status | change | answer); }
    void say_nothing() { what_ &= ~status; }  ///< nobody is to hear this node now; a change waits
    [[nodiscard]] bool take_heritage() {
        const bool is_due = what_ & heritage;
        what_ &= ~heritage;
        return is_due;
    }

private:
    static constexpr unsigned decision = 1, status = 2, change = 4, answer = 8, heritage = 16;
    unsigned what_ = decision | heritage;
};

}  // namespace hb::core
