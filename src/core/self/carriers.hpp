#pragma once
#include <vector>

#include "hb/config/config.hpp"

namespace hb::core {

/// Which groups have an address on an interface without carrier (*bare*), and since when?
class Carriers {
public:
    explicit Carriers(const config::Config& config);

    enum class News : std::uint8_t { nothing, lost, returned };
    /// Of the group of this address: lost with its first bare address, returned with its last one.
    [[nodiscard]] News changed(ResourceId address, bool carrier, Instant now);

    bool any() const { return bare_groups_ > 0; }
    bool is_bare(GroupId group) const { return of(group).bare > 0; }
    bool is_partly_bare(GroupId group) const {
        return is_bare(group) && of(group).bare < of(group).addresses;
    }
    Instant bare_since(GroupId group) const { return of(group).since; }
    Instant back_since(GroupId group) const {
        return of(group).back;
    }  ///< since its last address had one again; Instant{}: never lost

private:
    struct Address {
        GroupId group;  ///< does not exist: it is no address
        bool bare = false;
    };
    struct Group {
        std::size_t addresses = 0, bare = 0;
        Instant since, back;
    };
    const Group& of(GroupId group) const { return groups_[group.index()]; }

    std::vector<Address> addresses_;  ///< by ResourceId
    std::vector<Group> groups_;
    std::size_t bare_groups_ = 0;
};

}  // namespace hb::core
