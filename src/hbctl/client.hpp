#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "hb/base/time.hpp"

namespace hb::hbctl {

struct Reply {
    enum class Fault { none, not_running, no_permission, timeout, broken };
    Fault fault = Fault::none;
    std::string text;  ///< what the daemon said, up to its end of file
};

/// One line (without its newline) to the daemon behind `socket`, and its whole answer; never longer than
/// `patience`.
Reply ask(const std::string& socket, std::string_view line, Duration patience);

}  // namespace hb::hbctl
