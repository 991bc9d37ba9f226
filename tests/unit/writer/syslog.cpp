#include "writer/syslog.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "files.hpp"

namespace hb::writer {
namespace {

struct Daemon : WithDirectory {
    void start() {
        std::filesystem::remove(path("log"));
        socket.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path("log").data(), path("log").size());
        ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    std::string heard() {
        char text[1024];
        const ssize_t n = ::recv(socket.get(), text, sizeof text, 0);
        return n < 0 ? "" : std::string(text, static_cast<std::size_t>(n));
    }
    Fd socket;
    Syslog syslog{path("log")};
};

TEST_F(Daemon, gets_each_line_as_one_datagram) {
    start();
    EXPECT_TRUE(syslog.send("<132>one", 1));
    EXPECT_EQ(heard(), "<132>one");
}

TEST_F(Daemon, that_is_not_there_costs_a_count_and_no_more_than_one_connection_a_second) {
    EXPECT_FALSE(syslog.send("one", 1));
    start();
    EXPECT_FALSE(syslog.send("two", 1));
    EXPECT_EQ(syslog.lost(), 2u);
    EXPECT_TRUE(syslog.send("three", 2));
    EXPECT_EQ(heard(), "three");
}

TEST_F(Daemon, is_found_again_after_its_restart) {
    start();
    ASSERT_TRUE(syslog.send("one", 1));
    start();
    EXPECT_TRUE(syslog.send("two", 2));
    EXPECT_EQ(heard(), "two");
}

TEST_F(Daemon, that_stands_still_does_not_hold_us) {
    start();
    int sent = 0;
    while (syslog.send("line", 1)) ++sent;
    EXPECT_GT(sent, 0);
    EXPECT_EQ(syslog.lost(), 1u);
    heard();
    EXPECT_TRUE(syslog.send("again", 1));
}

TEST(Facility, is_known_by_its_name_in_syslog_conf) {
    EXPECT_EQ(facility_of("daemon"), 3);
    EXPECT_EQ(facility_of("local0"), 16);
    EXPECT_EQ(facility_of("local7"), 23);
    EXPECT_EQ(facility_of("none"), std::nullopt);
    EXPECT_EQ(facility_of(""), std::nullopt);
    EXPECT_EQ(facility_of("local8"), std::nullopt);
}

}  // namespace
}  // namespace hb::writer
