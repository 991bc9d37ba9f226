#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hb/base/result.hpp"
#include "hb/config/parse.hpp"
#include "hb/core/core.hpp"
#include "hb/policy/holdings.hpp"

namespace hb::supervisor {

/// What the text of the generation file says. It holds the highest generation ever reserved, as 3.0.6 writes
/// it: 16 octets, decimal, right-aligned in 15 columns, newline.
struct NextGeneration {
    Generation first = 0;  ///< to begin with; higher than every one used
    bool readable = true;  ///< false: the file was damaged, and the clock helped out
};
NextGeneration next_generation(std::string_view text, std::uint64_t unix_seconds);
std::string generation_text(Generation generation);

struct Reserved {
    Generation first = 0;  ///< this one and the next are ours
    bool missing = false, damaged = false;
};
/// Reads the file and reserves two generations, durably. An error: nothing may be started, a peer would shut
/// out a node that came back with a lower generation.
Result<Reserved> reserve_generations(const std::string& path, std::uint64_t unix_seconds);

struct NodeUuid {
    core::Uuid uuid{};
    bool made = false;
};
/// 16 raw octets, made once from the kernel's random source.
Result<NodeUuid> load_uuid(const std::string& path);

/// What an earlier supervisor held when it wrote the file: per group its canonical line and which of its
/// words.
struct Leftover {
    std::string line;
    std::vector<std::size_t> words;  ///< from 0: the word behind the node name
};
/// One line a group: the numbers joined by ',', a blank, the canonical line.
std::string holdings_text(const config::Config& config, const policy::Holdings& holdings);
/// Lines that cannot be read are left out.
std::vector<Leftover> parse_holdings(std::string_view text);
/// A configuration that has exactly these groups, so that they can be released although nobody configures
/// them any more.
config::Parsed config_of(const std::vector<Leftover>& leftovers, const std::string& self);
/// Which resources of that configuration they are; words that do not exist are left out.
std::vector<ResourceId> resources_of(const std::vector<Leftover>& leftovers, const config::Config& config);

}  // namespace hb::supervisor
