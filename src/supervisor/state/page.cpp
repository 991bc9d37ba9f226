#include "supervisor/state/page.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <new>

#include "hb/base/bounds.hpp"

namespace hb::supervisor {
namespace {

using core::GroupState;

bool holds_all(const config::Group& group, const policy::Holdings& holdings) {
    for (std::size_t i = 0; i < group.count; ++i)
        if (!holdings.may_hold(id_of<ResourceId>(group.first.index() + i))) return false;
    return true;
}

GroupState inherited_state(GroupState last, const config::Group& group, GroupId id,
                           const policy::Holdings& holdings) {
    if (holdings.releasing(id)) return GroupState::releasing;
    if (last == GroupState::blocked) return GroupState::blocked;
    if (last == GroupState::owned && holds_all(group, holdings)) return GroupState::owned;
    return holdings.may_hold_any(id) ? GroupState::releasing : GroupState::foreign;
}

}  // namespace

Result<ipc::Page*> make_page() {
    void* const memory =
        ::mmap(nullptr, sizeof(ipc::Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return Error{"cannot make the shared page", errno};
    return new (memory) ipc::Page;
}

std::vector<core::Inherited> inherit(const config::Config& config, const ipc::Page& page,
                                     const policy::Holdings& holdings) {
    std::vector<core::Inherited> groups;
    for (std::size_t g = 0; g < config.groups.size(); ++g) {
        const ipc::Page::Group& last = page.groups[g];
        // Written by a process without rights: what it says is checked, not believed.
        const auto state = static_cast<GroupState>(
            std::min<std::uint8_t>(last.state, static_cast<std::uint8_t>(GroupState::blocked)));
        NodeId holder{last.holder};
        if (holder.exists() && holder.index() >= config.nodes.size()) holder = NodeId{};
        groups.push_back(
            {inherited_state(state, config.groups[g], id_of<GroupId>(g), holdings), holder, last.epoch});
    }
    return groups;
}

std::vector<bool> peers_dead(const config::Config& config, const ipc::Page& page) {
    std::vector<bool> dead;
    const std::uint32_t bits = page.peers_dead;
    for (std::size_t n = 0; n < config.nodes.size(); ++n) dead.push_back((bits >> n & 1) != 0);
    return dead;
}

std::vector<core::KnownLife> known_lives(const config::Config& config, const ipc::Page& page) {
    std::vector<core::KnownLife> lives;
    for (std::size_t n = 0; n < config.nodes.size(); ++n) {
        const ipc::Page::Life& life = page.lives[n];
        lives.push_back(
            {std::min<Generation>(life.generation, bounds::generation), life.sequence, life.met != 0});
    }
    return lives;
}

void recall_lives(std::string_view text, const config::Config& config, ipc::Page& page) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t blank = line.rfind(' ');
        if (blank == line.npos) continue;
        const auto node = std::find(config.nodes.begin(), config.nodes.end(), line.substr(0, blank));
        Generation generation = 0;
        const char* const last = line.data() + line.size();
        const auto [end, fault] = std::from_chars(line.data() + blank + 1, last, generation);
        if (node == config.nodes.end() || fault != std::errc{} || end != last ||
            generation > bounds::generation)
            continue;
        page.lives[node - config.nodes.begin()].generation = generation;
    }
}

Mapping map_configurations(const config::Config& from, const config::Config& to) {
    Mapping mapping;
    mapping.resources.resize(from.resources.size());
    for (const config::Group& old : from.groups) {
        const auto at = std::find_if(to.groups.begin(), to.groups.end(),
                                     [&](const auto& group) { return group.line == old.line; });
        if (at == to.groups.end()) {
            mapping.groups.push_back(GroupId{});
            continue;
        }
        mapping.groups.push_back(id_of<GroupId>(static_cast<std::size_t>(at - to.groups.begin())));
        for (std::size_t i = 0; i < old.count; ++i)
            mapping.resources[old.first.index() + i] = id_of<ResourceId>(at->first.index() + i);
    }
    for (const std::string& name : from.nodes) {
        const auto at = std::find(to.nodes.begin(), to.nodes.end(), name);
        mapping.nodes.push_back(
            at == to.nodes.end() ? NodeId{} : id_of<NodeId>(static_cast<std::size_t>(at - to.nodes.begin())));
    }
    return mapping;
}

static void remap_lives(ipc::Page& page, const Mapping& mapping) {
    std::vector<core::KnownLife> lives(limits::nodes);
    for (std::size_t n = 0; n < mapping.nodes.size(); ++n)
        if (mapping.nodes[n].exists())
            lives[mapping.nodes[n].index()] = {page.lives[n].generation, page.lives[n].sequence,
                                               page.lives[n].met != 0};
    for (std::size_t n = 0; n < lives.size(); ++n) {
        page.lives[n].generation = lives[n].generation;
        page.lives[n].sequence = lives[n].sequence;
        page.lives[n].met = lives[n].met ? 1 : 0;
    }
}

void remap_page(ipc::Page& page, const Mapping& mapping) {
    struct Values {
        std::uint32_t epoch = 0;
        std::uint16_t holder = NodeId{}.value;
        std::uint8_t state = 0;
    };
    remap_lives(page, mapping);
    std::vector<Values> groups(limits::groups);
    for (std::size_t g = 0; g < mapping.groups.size(); ++g) {
        if (!mapping.groups[g].exists()) continue;
        const NodeId holder{page.groups[g].holder};
        const NodeId node = holder.exists() && holder.index() < mapping.nodes.size()
                                ? mapping.nodes[holder.index()]
                                : NodeId{};
        groups[mapping.groups[g].index()] = {page.groups[g].epoch, node.value, page.groups[g].state};
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
        page.groups[g].epoch = groups[g].epoch;
        page.groups[g].holder = groups[g].holder;
        page.groups[g].state = groups[g].state;
    }
    const std::uint32_t before = page.peers_dead;
    std::uint32_t dead = 0;
    for (std::size_t n = 0; n < mapping.nodes.size(); ++n)
        if (mapping.nodes[n].exists() && (before >> n & 1))
            dead |= std::uint32_t{1} << mapping.nodes[n].index();
    page.peers_dead = dead;
}

}  // namespace hb::supervisor
