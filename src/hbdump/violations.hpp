#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace hb::hbdump {

/// What is wrong with one frame, each in one sentence.
class Violations {
public:
    void add(std::string_view what) { all_.emplace_back(what); }
    /// Adds `what` unless it holds.
    void require(bool holds, std::string_view what) {
        if (!holds) add(what);
    }
    /// "field NAME REASON"
    void add_field(std::string_view name, std::string_view reason) {
        all_.push_back("field " + std::string(name) + " " + std::string(reason));
    }
    const std::vector<std::string>& all() const { return all_; }

private:
    std::vector<std::string> all_;
};

}  // namespace hb::hbdump
