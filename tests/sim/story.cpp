#include "sim/story.hpp"

#include <algorithm>
#include <cstring>

namespace hb::sim {

static std::vector<Story>& registry() {
    static std::vector<Story> all;
    return all;
}

Teller::Teller(const Story& story) { registry().push_back(story); }

// In the order of their names, whatever the linker's order was.
std::span<const Story> stories() {
    std::sort(registry().begin(), registry().end(),
              [](const Story& a, const Story& b) { return std::strcmp(a.name, b.name) < 0; });
    return registry();
}

void expect(World& world, bool holds, const char* what) {
    if (!holds) world.oracle.broken("the story goes on as told", "%s", what);
}

void boot_all(World& world) {
    for (std::size_t n = 0; n < world.settings.nodes.size(); ++n) world.host(n).power_on();
    world.settle();
}

void give_there_and_back(World& world, int times) {
    using Set = core::OperatorAsked::Set;
    for (int i = 0; i < times; ++i) {
        world.host(alpha).ask(core::OperatorAsked::Verb::standby, Set::all);
        world.settle();
        expect(world, owns_all(world, beta), "beta owns all");
        world.host(beta).ask(core::OperatorAsked::Verb::standby, Set::all);
        world.settle();
        expect(world, owns_all(world, alpha), "alpha owns all");
    }
}

std::size_t owner(const World& world, std::size_t group) {
    for (std::size_t n = 0; n < world.size(); ++n)
        if (world.host(n).group(group).state == core::GroupState::owned) return n;
    return world.size();
}

bool owns_all(const World& world, std::size_t node) {
    for (std::size_t g = 0; g < world.config().groups.size(); ++g)
        if (owner(world, g) != node) return false;
    return true;
}

bool owns_home(const World& world) {
    for (std::size_t g = 0; g < world.config().groups.size(); ++g)
        if (owner(world, g) != world.config().groups[g].preferred.index()) return false;
    return true;
}

core::MemberState seen(const World& world, std::size_t by, std::size_t peer) {
    Engine* engine = world.host(by).engine();
    return engine ? engine->core().node(id_of<NodeId>(peer)).state : core::MemberState::init;
}

}  // namespace hb::sim
