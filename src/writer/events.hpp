#pragma once
#include "hb/base/log.hpp"

/// Every event the writer itself logs.
namespace hb::writer::event {

using log::Kind;

constexpr Kind peer_unwritten{39, Level::warning, "%"};
constexpr Kind lines_lost{240, Level::warning, "% log lines lost: %"};
constexpr Kind records_lost{241, Level::warning, "% log lines lost"};
constexpr Kind file_refused{242, Level::error, "cannot write %: %"};
constexpr Kind record_refused{330, Level::error, "A record that no part of heartbeat writes is ignored"};
constexpr Kind generation_refused{331, Level::error,
                                  "Generation % is not reserved: no life of this node can have it"};
constexpr Kind generation_unwritten{332, Level::error, "%"};

}  // namespace hb::writer::event
