#include "kernel/promote.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace hb::kernel {
namespace {

class Promote : public testing::Test {
protected:
    Promote() {
        char name[] = "/tmp/hb-promote-XXXXXX";
        conf = ::mkdtemp(name);
        write("all", '0');
        write("eth0", '0');
    }
    ~Promote() override { std::filesystem::remove_all(conf); }
    void write(const std::string& interface, char value) {
        std::filesystem::create_directory(conf + "/" + interface);
        std::ofstream(path(interface)) << value << '\n';
    }
    std::string path(const std::string& interface) const {
        return conf + "/" + interface + "/promote_secondaries";
    }
    char value(const std::string& interface) const {
        char out = '?';
        std::ifstream(path(interface)) >> out;
        return out;
    }
    std::string conf;
};

TEST_F(Promote, writes_1_where_0_stood_and_only_there) {
    EXPECT_EQ(promote_secondaries(conf, "eth0"), Promotion::set_now);
    EXPECT_EQ(value("eth0"), '1');
    EXPECT_EQ(value("all"), '0');
}

TEST_F(Promote, leaves_what_is_set) {
    write("eth0", '1');
    EXPECT_EQ(promote_secondaries(conf, "eth0"), Promotion::was_set);
}

TEST_F(Promote, is_content_when_it_is_set_for_all_interfaces) {
    write("all", '1');
    EXPECT_EQ(promote_secondaries(conf, "eth0"), Promotion::was_set);
    EXPECT_EQ(value("eth0"), '0');
}

TEST_F(Promote, is_refused_where_the_setting_is_missing) {
    EXPECT_EQ(promote_secondaries(conf, "eth9"), Promotion::refused);
    EXPECT_EQ(promote_secondaries("/nonexistent", "eth0"), Promotion::refused);
}

}  // namespace
}  // namespace hb::kernel
