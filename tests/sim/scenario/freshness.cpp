// Who is believed: recordings of earlier lives, second lives of a name, numbers that are lost or near their end.
#include <algorithm>

#include "hb/base/bounds.hpp"
#include "sim/story.hpp"

using namespace hb::sim;
using namespace hb;
using core::MemberState;
using Life = Attacker::Life;
using Verb = core::OperatorAsked::Verb;
using Set = core::OperatorAsked::Set;

namespace {

constexpr Life lives[] = {Life::same_table, Life::other_table, Life::linux_ha, Life::this_one};
constexpr std::size_t gamma = 2;

void with_earlier_lives(Settings& s) {
    s.first_generation = 0x40;
    s.media = 2;
    s.odd.recordings = true;
}

std::vector<std::string> types_of(World& world, std::size_t of, Life life) {
    std::vector<std::string> types;
    for (const auto& recording : world.attacker.tape(of, life))
        if (std::find(types.begin(), types.end(), recording.type) == types.end())
            types.push_back(recording.type);
    return types;
}

/// A status, and then one of each type, of each kind of life; after each pair `look`.
template <class Look>
void play_all(World& world, std::size_t of, std::size_t to, Look&& look) {
    for (const Life life : lives)
        for (const std::string& type : types_of(world, of, life)) {
            const auto statuses = world.attacker.tape(of, life, "status"),
                       special = world.attacker.tape(of, life, type);
            if (statuses.empty()) continue;
            const MediumId medium = id_of<MediumId>(world.random.below(world.settings.media));
            world.attacker.play(statuses[world.random.below(statuses.size())], to, medium);
            world.attacker.play(special[world.random.below(special.size())], to, medium, 1ms);
            world.run_for(world.between(2ms, world.settings.deadtime));
            look();
        }
}

bool has_any_address(World& world, std::size_t node) {
    const auto& addresses = world.host(node).kernel.addresses;
    return std::find(addresses.begin(), addresses.end(), 1) != addresses.end();
}

}  // namespace

// The sole survivor, in the life in which it saw its peer die, and in a new one that never heard it.
static const Teller recordings_beside_a_sole_survivor(
    {"recordings_beside_a_sole_survivor", with_earlier_lives, [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         world.settle();
         for (const bool fresh : {false, true}) {
             if (fresh) world.host(beta).power_cut(), world.host(beta).power_on(), world.settle();
             world.oracle.watch(true);
             play_all(world, alpha, beta,
                      [&] { expect(world, owns_all(world, beta), "beta goes on to own all"); });
             world.oracle.watch(false);
         }
     }});

// While the node boots: it takes what nobody has as soon as it would without them.
static const Teller recordings_delay_no_boot(
    {"recordings_delay_no_boot", with_earlier_lives, [](World& world) {
         boot_all(world);
         world.host(alpha).power_cut();
         world.host(beta).power_cut();
         world.host(beta).power_on();
         for (const Life life : {Life::same_table, Life::other_table}) {
             const auto tape = world.attacker.tape(alpha, life);
             for (std::size_t i = 0; i < tape.size(); ++i)
                 world.attacker.play(tape[i], beta, MediumId{0},
                                     world.between(0s, 2 * world.settings.initdead));
         }
         world.run_for(world.settings.initdead + world.settings.deadtime);
         expect(world, owns_all(world, beta), "beta owns all after initdead");
         world.settle();
     }});

// They lie in the socket of a new engine before its first turn, after a crash and after a reload.
static const Teller recordings_await_a_new_engine(
    {"recordings_await_a_new_engine", with_earlier_lives, [](World& world) {
         boot_all(world);
         for (const Life life : lives)
             for (const std::string& type : types_of(world, alpha, life)) {
                 const auto statuses = world.attacker.tape(alpha, life, "status"),
                            special = world.attacker.tape(alpha, life, type);
                 if (statuses.empty()) continue;
                 world.attacker.keep_for_engine(
                     beta, {statuses[world.random.below(statuses.size())], special.front()});
                 world.host(beta).reload();
                 world.run_for(2 * world.settings.deadtime);
                 expect(world, owns_home(world), "every group is at home");
             }
         world.settle();
     }});

// Both own all, and hear nothing of each other but what was.
static const Teller recordings_beside_a_partition(
    {"recordings_beside_a_partition", with_earlier_lives, [](World& world) {
         boot_all(world);
         world.network.cut(alpha, beta);
         world.network.cut(beta, alpha);
         world.run_for(3 * world.settings.deadtime);
         play_all(world, alpha, beta, [&] {
             for (const std::size_t node : {alpha, beta})
                 expect(world, world.host(node).group(0).state == core::GroupState::owned, "both own on");
         });
         world.network.mend_all();
         world.settle();
         expect(world, owns_home(world), "every group is at home");
     }});

/// A second host of alpha's name comes when all is calm. `number`: what its file says, beside the one of the original.
template <class After>
static void second_life(World& world, int number, After&& after) {
    boot_all(world);
    const std::size_t clone = world.settings.nodes.size();
    world.host(clone).restore_generation(
        static_cast<Generation>(static_cast<int>(world.host(alpha).disk.reserved()) + number));
    world.host(clone).power_on();
    world.settle();
    after(clone);
    world.host(clone).power_cut();
    world.settle();
    if (world.host(alpha).stands_aside())
        world.host(alpha).power_cut(), world.host(alpha).power_on(), world.settle();
    expect(world, owns_home(world), "every group is at home again");
}

static void with_a_clone(Settings& s) {
    s.first_generation = 0x40;
    s.clones = {alpha};
}

static void of_three_with_a_clone(Settings& s) {
    with_a_clone(s);
    s.nodes = {"alpha", "beta", "gamma"};
    s.groups = {"alpha 10.0.0.1", "beta IPaddr::10.0.0.2/24/eth0 web", "gamma 10.0.0.3"};
}

static const Teller higher_second_life({"higher_second_life", with_a_clone, [](World& world) {
                                            second_life(world, 5, [&](std::size_t) {
                                                expect(world, world.host(alpha).stands_aside(),
                                                       "the older life stands aside");
                                                expect(world, !has_any_address(world, alpha),
                                                       "and has let go of all");
                                            });
                                        }});
static const Teller lower_second_life({"lower_second_life", with_a_clone, [](World& world) {
                                           second_life(world, -20, [&](std::size_t clone) {
                                               expect(world, !has_any_address(world, clone),
                                                      "the lower one has nothing");
                                               expect(world, owns_home(world), "and nothing has moved");
                                           });
                                       }});
static const Teller equal_second_life({"equal_second_life", with_a_clone, [](World& world) {
                                           second_life(world, -2, [&](std::size_t clone) {
                                               expect(world,
                                                      !has_any_address(world, clone) ||
                                                          !has_any_address(world, alpha),
                                                      "one of them serves");
                                           });
                                       }});
static const Teller second_life_beside_three(
    {"second_life_beside_three", of_three_with_a_clone, [](World& world) {
         second_life(world, 5, [&](std::size_t) {
             expect(world, !has_any_address(world, alpha), "the older life has let go");
             expect(world, owner(world, gamma) == gamma, "the third node keeps its own");
         });
     }});

// The older life needs long to stop its service; the new one waits for that.
static const Teller second_life_waits_for_a_slow_stop({"second_life_waits_for_a_slow_stop",
                                                       [](Settings& s) {
                                                           with_a_clone(s);
                                                           s.groups = {"alpha web"};
                                                           s.script_min = s.script_max = 3 * s.deadtime;
                                                       },
                                                       [](World& world) {
                                                           second_life(world, 5, [&](std::size_t clone) {
                                                               const auto& services =
                                                                   world.host(clone).kernel.services;
                                                               expect(world, services[0] == Service::running,
                                                                      "the new life serves");
                                                           });
                                                       }});

// Its file says less than what its peer knows: it learns that.
static const Teller lost_number_is_learned(
    {"lost_number_is_learned", [](Settings& s) { s.first_generation = 0x40; },
     [](World& world) {
         boot_all(world);
         for (const Generation number : {1u, 0x3fu, 0x41u}) {
             world.host(alpha).power_cut();
             world.settle();
             world.host(alpha).restore_generation(number);
             world.host(alpha).power_on();
             const auto session = [&] { return seen(world, beta, alpha) == MemberState::active; };
             expect(world, world.run_until(session, 5s), "alpha is heard within 5 s");
             world.settle();
             expect(world, owns_home(world), "every group is at home");
         }
     }});

// The next generation is begun long before the numbers of messages end: by one, and by both at once.
static const Teller numbers_run_out(
    {"numbers_run_out", [](Settings& s) { s.first_sequence = bounds::sequence - 200; },
     [](World& world) {
         boot_all(world);
         world.oracle.watch(true);
         for (int i = 0; i < 60; ++i) {
             world.run_for(world.settings.deadtime);
             expect(world, seen(world, alpha, beta) == MemberState::active, "beta lives");
             expect(world, seen(world, beta, alpha) == MemberState::active, "alpha lives");
         }
         expect(world, owns_home(world), "nothing has moved");
         world.oracle.watch(false);
         const Generation now = world.host(alpha).engine()->core().generation();
         expect(world, now > 1, "another generation was begun");
     }});

static const Teller epochs_go_round({"epochs_go_round", [](Settings& s) { s.first_epoch = 0xfffffffb; },
                                     [](World& world) {
                                         boot_all(world);
                                         give_there_and_back(world, 4);
                                         world.host(alpha).power_cut();
                                         world.settle();
                                         world.host(alpha).power_on();
                                         world.settle();
                                         expect(world, owns_home(world), "every group is at home");
                                     }});
