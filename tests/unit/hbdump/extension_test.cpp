#include "hbdump/extension.hpp"

#include <gtest/gtest.h>

namespace hb::hbdump {
namespace {

std::string_view fault(std::string_view name, std::string_view value) {
    return extension_fault({name, value, wire::FieldType::text});
}

TEST(Extension, takes_values_of_its_grammar) {
    EXPECT_EQ(fault("hb4", "1.0/23/au"), "");
    EXPECT_EQ(fault("hb4", "1.a/0/-"), "");
    EXPECT_EQ(fault("hb4c", "0123456789abcdef:01234567"), "");
    EXPECT_EQ(fault("hb4t", "7d0:57e4:0"), "");
    EXPECT_EQ(fault("hb4t", "7d0:57e4:ffffffff"), "");
    EXPECT_EQ(fault("hb4e", "-"), "");
    EXPECT_EQ(fault("hb4e", "craig-03.vm.xeriom.net:6b02ac81:2e:c350"), "");
    EXPECT_EQ(fault("hb4e", "b:0:0:1f,c:1:2:3"), "");
    EXPECT_EQ(fault("hb4g", "1:00000000:"), "");
    EXPECT_EQ(fault("hb4g", "2f:89abcdef:0-1f3:o0:1a,1f4-3e7:f1:1b"), "");
    EXPECT_EQ(fault("hb4g", "2f:89abcdef:+7:fz:0"), "");
    EXPECT_EQ(fault("hb4w", "0/1"), "");
    EXPECT_EQ(fault("hb4w", "10/10"), "");
    EXPECT_EQ(fault("hb4s", "2f"), "");
    EXPECT_EQ(fault("hb4p", "1/12"), "");
}

class BadExtension : public testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(BadExtension, is_refused) {
    EXPECT_NE(fault(GetParam().first, GetParam().second), "") << GetParam().second;
}
INSTANTIATE_TEST_SUITE_P(
    Values, BadExtension,
    testing::Values(std::pair("hb4", ""), std::pair("hb4", "1.0/23/"), std::pair("hb4", "1.0/23"),
                    std::pair("hb4", "1/23/-"), std::pair("hb4", "1.0/023/-"), std::pair("hb4", "1.0/23/A"),
                    std::pair("hb4c", "123456789abcdef:01234567"),
                    std::pair("hb4c", "0123456789ABCDEF:01234567"), std::pair("hb4c", "0123456789abcdef"),
                    std::pair("hb4t", "7d0:57e4"), std::pair("hb4t", "07d0:57e4:0"),
                    std::pair("hb4t", "7d0:57e4:100000000"), std::pair("hb4e", ""),
                    std::pair("hb4e", "b:1:2"), std::pair("hb4e", ":1:2:3"), std::pair("hb4e", "b:1:2:3,"),
                    std::pair("hb4e", "b:1:2:x"), std::pair("hb4g", ""), std::pair("hb4g", "1:0:"),
                    std::pair("hb4g", "1:00000000:1"), std::pair("hb4g", "1:00000000:2-1:o0:1"),
                    std::pair("hb4g", "1:00000000:1:O0:1"), std::pair("hb4g", "1:00000000:1:o:1"),
                    std::pair("hb4g", "1:00000000:1:o0:1,"), std::pair("hb4g", "1:00000000:1-:o0:1"),
                    std::pair("hb4g", "1:00000000:1:o0:100000000"), std::pair("hb4s", ""),
                    std::pair("hb4s", "x"), std::pair("hb4w", "2/1"), std::pair("hb4w", "1"),
                    std::pair("hb4p", "0/1"), std::pair("hb4p", "2/1"), std::pair("hb4p", "a/b"),
                    std::pair("hb4p", "1")));

TEST(Extension, of_a_later_version_may_be_anything_of_the_allowed_octets) {
    EXPECT_EQ(fault("hb4zz", "what=ever"), "");
    EXPECT_NE(fault("hb4zz", "what ever"), "");
    EXPECT_NE(fault("hb4zz", "what;ever"), "");
}

TEST(Extension, is_text) { EXPECT_NE(extension_fault({"hb4s", "1", wire::FieldType::binary}), ""); }

}  // namespace
}  // namespace hb::hbdump
