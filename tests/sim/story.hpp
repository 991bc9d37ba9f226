#pragma once
#include <span>

#include "sim/host.hpp"
#include "sim/world.hpp"

namespace hb::sim {

/// One named scenario. Settings that differ from the default are made by `prepare`.
struct Story {
    const char* name;
    void (*prepare)(Settings&);  ///< may be null
    void (*tell)(World&);
};

/// Registers a story: one static object in its file.
struct Teller {
    explicit Teller(const Story& story);
};
std::span<const Story> stories();

// What stories say often.
void expect(World& world, bool holds, const char* what);
/// Both hosts are switched on and all is settled.
void boot_all(World& world);
/// So many times alpha gives all to beta, and beta gives it back.
void give_there_and_back(World& world, int times);
/// The node that owns a group; size() if there is none.
std::size_t owner(const World& world, std::size_t group);
/// True when that node owns every group.
bool owns_all(const World& world, std::size_t node);
bool owns_home(const World& world);  ///< every group is where it is preferred
core::MemberState seen(const World& world, std::size_t by, std::size_t peer);
constexpr std::size_t alpha = 0, beta = 1;

}  // namespace hb::sim
