#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "hb/base/result.hpp"

namespace hb::writer {

/// 1 to 63 letters, digits, dots, hyphens and underscores.
bool is_node_name(std::string_view text);

/// The highest generation of each peer that has proven itself, a line each: "NAME GENERATION". A host that starts anew drops what
/// was recorded of older ones.
class PeersFile {
public:
    /// An empty path: nothing is kept.
    explicit PeersFile(std::string path) : path_(std::move(path)) {}
    /// Durable when it returns. A lower generation changes nothing; beyond 32 names the lowest generation is forgotten.
    Result<Done> remember(std::string_view peer, std::uint32_t generation);

private:
    void read();
    std::string path_;
    bool read_ = false;
    std::map<std::string, std::uint32_t, std::less<>> peers_;
};

}  // namespace hb::writer
