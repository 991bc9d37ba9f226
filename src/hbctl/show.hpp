#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "hbctl/status.hpp"

namespace hb::hbctl {

enum class Detail { runs, every_group };

/// For a terminal of 80 columns.
std::string show(const Status& status, Detail detail);
/// For programs: one object, "schema": "heartbeat-status/1" (hbctl(8)).
std::string to_json(const Status& status);
/// What an operator may want to do about it, one sentence or two each; most pressing first.
std::vector<std::string> hints(const Status& status);

/// In lines of at most 80 columns, each after the first behind `indent` blanks; ends with a newline.
std::string wrap(std::string_view text, std::size_t indent);

/// "450 ms", "3.2 s", "5 min 10 s", "2 h 3 min", "4 d 6 h".
std::string duration_text(Milliseconds ms);

}  // namespace hb::hbctl
