#pragma once
#include <vector>

#include "hb/base/result.hpp"
#include "hb/config/config.hpp"
#include "hb/core/core.hpp"
#include "hb/ipc/page.hpp"
#include "hb/policy/holdings.hpp"

namespace hb::supervisor {

/// Shared with every engine that is forked afterwards; lives as long as the process.
Result<ipc::Page*> make_page();

/// What the next engine begins with: the registers as the last one left them. A group stays owned only if the
/// page says so and all of it may be there; one of which anything else may be there is `releasing` (the
/// supervisor stops it).
std::vector<core::Inherited> inherit(const config::Config& config, const ipc::Page& page,
                                     const policy::Holdings& holdings);
std::vector<bool> peers_dead(const config::Config& config, const ipc::Page& page);
std::vector<core::KnownLife> known_lives(const config::Config& config, const ipc::Page& page);
/// What the disk knows of the nodes, before the first engine: "NAME GENERATION" lines. A line that cannot be read is left out.
void recall_lives(std::string_view text, const config::Config& config, ipc::Page& page);

/// Where each group, node and resource of the old configuration stands in the new one: groups by canonical
/// line, nodes by name.
struct Mapping {
    std::vector<GroupId> groups;  ///< by old id; one that does not exist: no longer configured
    std::vector<NodeId> nodes;
    std::vector<ResourceId> resources;
};
Mapping map_configurations(const config::Config& from, const config::Config& to);
/// Rewrites the page for the new configuration. No engine may run.
void remap_page(ipc::Page& page, const Mapping& mapping);

}  // namespace hb::supervisor
