#include <algorithm>

#include "hb/auth/digest.hpp"
#include "hb/config/load.hpp"

namespace hb::config {

void seal(Config& config) {
    std::string table;  // groups stand in the order of their lines
    for (const Group& group : config.groups) table += group.line + '\n';
    config.table_digest = 0;
    const auto digest = auth::sha256(bytes_of(table));
    for (std::size_t i = 0; i < sizeof config.table_digest; ++i)
        config.table_digest = config.table_digest << 8 | digest[i];
    std::vector<std::string> sorted = config.nodes;
    std::sort(sorted.begin(), sorted.end());
    std::string nodes;
    for (const std::string& node : sorted) nodes += node + '\n';
    config.nodes_digest = auth::sha256_head(bytes_of(nodes));
}

}  // namespace hb::config
