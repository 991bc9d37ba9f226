// Which groups have an address without carrier, and since when.
#include "core/self/carriers.hpp"

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using News = Carriers::News;

constexpr GroupId one{0}, two{1};
Instant at(Duration since_start) { return Instant{} + 1000s + since_start; }

/// Group one: an address, a script, an address. Group two: an address.
config::Config table() {
    config::Config config;
    config.groups.resize(2);
    config.resources.resize(4);
    for (std::size_t r = 0; r < 4; ++r) {
        config.resources[r].kind = r == 1 ? config::Resource::Kind::script : config::Resource::Kind::address;
        config.resources[r].group = r < 3 ? one : two;
    }
    return config;
}

TEST(Carriers, are_lost_with_the_first_address_of_a_group_and_back_with_the_last) {
    Carriers carriers{table()};
    EXPECT_FALSE(carriers.any());
    EXPECT_EQ(carriers.changed(ResourceId{0}, false, at(1s)), News::lost);
    EXPECT_TRUE(carriers.is_bare(one));
    EXPECT_TRUE(carriers.is_partly_bare(one));
    EXPECT_FALSE(carriers.is_bare(two));
    EXPECT_EQ(carriers.changed(ResourceId{2}, false, at(2s)), News::nothing);
    EXPECT_TRUE(carriers.is_bare(one));
    EXPECT_FALSE(carriers.is_partly_bare(one));
    EXPECT_EQ(carriers.bare_since(one), at(1s));
    EXPECT_EQ(carriers.changed(ResourceId{0}, true, at(3s)), News::nothing);
    EXPECT_EQ(carriers.back_since(one), Instant{});
    EXPECT_EQ(carriers.changed(ResourceId{2}, true, at(4s)), News::returned);
    EXPECT_FALSE(carriers.is_bare(one));
    EXPECT_FALSE(carriers.any());
    EXPECT_EQ(carriers.back_since(one), at(4s));
}

TEST(Carriers, of_one_address_are_counted_once) {
    Carriers carriers{table()};
    EXPECT_EQ(carriers.changed(ResourceId{3}, true, at(0s)), News::nothing);  // it was there
    EXPECT_EQ(carriers.changed(ResourceId{3}, false, at(1s)), News::lost);
    EXPECT_EQ(carriers.changed(ResourceId{3}, false, at(2s)), News::nothing);
    EXPECT_FALSE(carriers.is_partly_bare(two));
    EXPECT_TRUE(carriers.any());
    EXPECT_EQ(carriers.changed(ResourceId{3}, true, at(3s)), News::returned);
    EXPECT_EQ(carriers.changed(ResourceId{3}, false, at(4s)), News::lost);
    EXPECT_EQ(carriers.bare_since(two), at(4s));
    EXPECT_EQ(carriers.back_since(two), at(3s));
}

TEST(Carriers, of_what_is_no_address_mean_nothing) {
    Carriers carriers{table()};
    EXPECT_EQ(carriers.changed(ResourceId{1}, false, at(0s)), News::nothing);
    EXPECT_EQ(carriers.changed(ResourceId{9}, false, at(0s)), News::nothing);
    EXPECT_FALSE(carriers.any());
}

}  // namespace
}  // namespace hb::core
