#include "engine/control.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>

namespace hb::engine {
namespace {

constexpr Instant start{1000s};

struct Told final : Operations {
    std::size_t write_status(std::span<char> out) override {
        if (status.size() > out.size()) return 0;
        std::copy(status.begin(), status.end(), out.begin());
        return status.size();
    }
    std::optional<std::string_view> parameter(std::string_view name) override {
        return name == "keepalive" ? std::optional<std::string_view>{"2"} : std::nullopt;
    }
    void ask(const core::OperatorAsked& operation) override { asked.push_back(operation); }
    std::string status = "heartbeat\t4.0.0\nend\n";
    std::vector<core::OperatorAsked> asked;
};

struct Operators : testing::Test {
    Operators() {
        // An abstract address: nothing is left behind in any directory.
        address.sun_family = AF_UNIX;
        const std::string name = "hb-control-" + std::to_string(::getpid());
        std::copy(name.begin(), name.end(), address.sun_path + 1);
        Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener.get(), 32), 0);
        control.emplace(std::move(listener), poll, buffer);
    }
    Fd connect() {
        Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return fd;
    }
    /// As another user: what SO_PEERCRED says is what held when connect(2) was called.
    Fd connect_as(uid_t uid) {
        EXPECT_EQ(::seteuid(uid), 0);
        Fd fd = connect();
        EXPECT_EQ(::seteuid(0), 0);
        return fd;
    }
    Fd say(std::string_view text) { return say(text, connect()); }
    static Fd say(std::string_view text, Fd fd) {
        EXPECT_EQ(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
        return fd;
    }
    /// Serves until nothing is ready; the number of rounds is bounded, so that a busy loop is a failure.
    void settle(Instant now = start) {
        for (int round = 0; round < 200; ++round) {
            std::array<epoll_event, 16> ready;
            const std::size_t n = poll.wait(ready, 0);
            if (n == 0) return;
            for (std::size_t i = 0; i < n; ++i) {
                const Key key = Poll::key_of(ready[i]);
                if (key.kind == Key::Kind::listener) control->accept(now);
                if (key.kind == Key::Kind::client) control->serve(key.number, now, told);
            }
        }
        ADD_FAILURE() << "something is always ready and nothing is done about it";
    }
    static std::string answer(const Fd& fd) {
        std::string text;
        char piece[65536];
        ssize_t n = 0;
        while ((n = ::recv(fd.get(), piece, sizeof piece, 0)) > 0)
            text.append(piece, static_cast<std::size_t>(n));
        return n == 0 ? text : text + "(open)";
    }
    sockaddr_un address{};
    Poll poll;
    std::vector<char> buffer = std::vector<char>(limits::reply);
    std::optional<Control> control;
    Told told;
};

TEST_F(Operators, get_the_status_and_then_end_of_file) {
    const Fd fd = say("status\n");
    settle();
    EXPECT_EQ(answer(fd), told.status);
}

TEST_F(Operators, may_say_their_line_in_pieces) {
    const Fd fd = say("sta");
    settle();
    EXPECT_EQ(answer(fd), "(open)");
    ::send(fd.get(), "tus\n", 4, 0);
    settle();
    EXPECT_EQ(answer(fd), told.status);
}

TEST_F(Operators, who_half_close_after_their_line_are_answered) {
    told.status.assign(limits::reply, 'x');
    const Fd fd = say("status\n");
    ::shutdown(fd.get(), SHUT_WR);
    std::string text;
    for (int i = 0; i < 100 && text.size() < told.status.size(); ++i) {
        settle();
        text += answer(fd);
        if (text.ends_with("(open)")) text.resize(text.size() - 6);
    }
    EXPECT_EQ(text.size(), told.status.size());
}

TEST_F(Operators, who_talk_nonsense_are_refused) {
    const Fd fd = say("make me a sandwich\n");
    settle();
    EXPECT_EQ(answer(fd), "refused\tunknown command\n");
}

TEST_F(Operators, who_never_end_their_line_are_refused_at_256_octets) {
    const Fd fd = say(std::string(300, 's'));
    settle();
    EXPECT_EQ(answer(fd).substr(0, 8), "refused\t");
}

TEST_F(Operators, with_uid_0_reach_the_core_and_get_its_answer) {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    const Fd fd = say("standby all\n");
    settle();
    ASSERT_EQ(told.asked.size(), 1u);
    EXPECT_EQ(told.asked[0].verb, core::OperatorAsked::Verb::standby);
    EXPECT_EQ(answer(fd), "(open)");
    control->reply(told.asked[0].client, true, "on its way", start);
    EXPECT_EQ(answer(fd), "ok\ton its way\n");
}

TEST_F(Operators, who_left_do_not_get_their_answer_sent_to_a_successor) {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    Fd first = say("standby all\n");
    settle();
    first.reset();
    settle();
    const Fd second = say("standby all\n");
    settle();
    ASSERT_EQ(told.asked.size(), 2u);
    control->reply(told.asked[0].client, true, "for the first", start);
    EXPECT_EQ(answer(second), "(open)");
    control->reply(told.asked[1].client, false, "for the second", start);
    EXPECT_EQ(answer(second), "refused\tfor the second\n");
}

TEST_F(Operators, who_do_not_read_are_dropped_after_five_seconds_and_the_next_gets_the_buffer) {
    told.status.assign(limits::reply, 'x');
    const Fd slow = say("status\n");
    settle();
    const Fd next = say("status\n");
    settle();
    EXPECT_EQ(answer(next), "(open)");
    EXPECT_EQ(control->deadline(), start + 5s);
    told.status = "end\n";
    control->drop_slow(start + 5s, told);
    settle(start + 5s);
    EXPECT_EQ(answer(next), "end\n");
    EXPECT_EQ(control->deadline(), never);
}

TEST_F(Operators, who_say_nothing_are_dropped_after_five_seconds) {
    const Fd mute = connect();
    settle();
    control->drop_slow(start + 4999ms, told);
    EXPECT_EQ(answer(mute), "(open)");
    control->drop_slow(start + 5s, told);
    EXPECT_EQ(answer(mute), "");
}

TEST_F(Operators, who_say_an_octet_now_and_then_are_dropped_five_seconds_after_connecting) {
    const Fd slow = say("s");
    settle();
    ::send(slow.get(), "t", 1, 0);
    settle(start + 4s);
    EXPECT_EQ(control->deadline(), start + 5s);
    control->drop_slow(start + 5s, told);
    EXPECT_EQ(answer(slow), "");
}

TEST_F(Operators, who_read_an_octet_now_and_then_are_dropped_five_seconds_after_the_answer_began) {
    told.status.assign(limits::reply, 'x');
    const Fd slow = say("status\n");
    settle();
    char octets[65536];
    for (int i = 0; i < 2; ++i) EXPECT_GT(::recv(slow.get(), octets, sizeof octets, 0), 0);
    settle(start + 4s);
    EXPECT_EQ(control->deadline(), start + 5s);
    control->drop_slow(start + 5s, told);
    EXPECT_EQ(control->deadline(), never);
}

TEST_F(Operators, of_other_users_never_keep_root_from_being_served) {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    std::vector<Fd> mute;
    for (uid_t uid = 65531; uid <= 65534; ++uid)
        for (int i = 0; i < 6; ++i) mute.push_back(connect_as(uid));
    const Fd root = say("status\n");
    settle();
    EXPECT_EQ(answer(root), told.status);
}

TEST_F(Operators, of_one_user_leave_room_for_other_users) {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    std::vector<Fd> mute;
    for (std::size_t i = 0; i < Control::most_of_one_user; ++i) mute.push_back(connect_as(65534));
    const Fd one_more = connect_as(65534);
    const Fd other = say("status\n", connect_as(65533));
    settle();
    EXPECT_EQ(answer(one_more), "refused\ttoo many connections at once\n");
    EXPECT_EQ(answer(other), told.status);
    EXPECT_EQ(answer(mute[0]), "(open)");
}

TEST_F(Operators, with_uid_0_do_not_wait_for_another_user_who_reads_slowly) {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    told.status.assign(limits::reply, 'x');
    const Fd slow = say("status\n", connect_as(65534));
    settle();
    told.status = "end\n";
    const Fd root = say("status\n");
    settle();
    EXPECT_EQ(answer(root), "end\n");
}

TEST_F(Operators, beyond_the_limit_wait_until_one_leaves) {
    if (::getuid() != 0) GTEST_SKIP() << "another user has fewer";
    std::vector<Fd> mute;
    for (std::size_t i = 0; i < limits::clients; ++i) mute.push_back(connect());
    const Fd late = say("status\n");
    settle();
    EXPECT_EQ(answer(late), "(open)");
    mute.pop_back();
    settle();
    EXPECT_EQ(answer(late), told.status);
}

TEST_F(Operators, are_told_when_the_status_is_too_long) {
    told.status.assign(limits::reply + 1, 'x');
    const Fd fd = say("status\n");
    settle();
    EXPECT_EQ(answer(fd), "refused\tthe status is too long\n");
}

}  // namespace
}  // namespace hb::engine
