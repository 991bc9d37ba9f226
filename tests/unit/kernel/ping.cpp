#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "engine/witness.hpp"
#include "hb/base/clock.hpp"
#include "hb/kernel/open.hpp"
#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

constexpr std::uint16_t identifier = 0x1234;
constexpr std::uint64_t token = 0xfedcba9876543210;

/// This host answers pings to itself.
class PingSocket : public Host {
protected:
    void SetUp() override {
        Host::SetUp();
        if (IsSkipped()) return;
        auto opened = open_ping_socket(identifier);
        ASSERT_TRUE(opened) << to_text(opened.error());
        socket = opened->get();
        (void)opened->release();
    }
    static config::Witness witness(const char* name, std::vector<const char*> addresses) {
        config::Witness out{name, {}, addresses.size() > 1};
        for (const char* address : addresses) out.addresses.push_back(*parse_ipv4(address));
        return out;
    }
    std::optional<core::WitnessHeard> answer(engine::Witnesses& witnesses, int patience_ms = 2000) {
        pollfd waiting{socket, POLLIN, 0};
        ::poll(&waiting, 1, patience_ms);
        return witnesses.hear({boot_now(), wall_now_ns()}, buffer);
    }
    int socket = -1;
    std::array<std::byte, 2048> buffer;
};

TEST_F(PingSocket, gives_the_answer_of_each_ping_node_with_its_index_and_the_kernels_stamp) {
    const std::vector<config::Witness> all{witness("one", {"127.0.0.1"}), witness("same", {"127.0.0.1"}),
                                           witness("group", {"192.0.2.1", "127.0.0.2"})};
    engine::Witnesses witnesses(socket, identifier, token, all);
    for (std::uint8_t index = 0; index < 3; ++index) {
        const Instant before = boot_now();
        witnesses.ask(index);
        const auto heard = answer(witnesses);
        ASSERT_TRUE(heard) << int{index};
        EXPECT_EQ(heard->witness, index);
        EXPECT_GE(heard->received, before - 1ms);
        EXPECT_LE(heard->received, boot_now());
    }
    EXPECT_FALSE(answer(witnesses, 0));
}

TEST_F(PingSocket, takes_no_answer_with_another_token_or_to_a_request_long_ago) {
    const std::vector<config::Witness> all{witness("one", {"127.0.0.1"})};
    engine::Witnesses theirs(::dup(socket), identifier, token + 100, all),
        ours(socket, identifier, token, all);
    theirs.ask(0);
    ours.ask(0);  // so that it listens at all
    ASSERT_TRUE(answer(ours));
    EXPECT_FALSE(answer(ours, 0));
    for (int i = 0; i < 20; ++i) theirs.ask(0);
    EXPECT_FALSE(answer(ours, 100));
}

TEST_F(PingSocket, takes_each_answer_once_and_no_copy_of_it) {
    const std::vector<config::Witness> all{witness("one", {"127.0.0.1"})};
    engine::Witnesses witnesses(socket, identifier, token, all);
    const auto copy_of_the_answer_to = [&](std::uint16_t sequence) {
        auto packet = engine::echo_request(identifier, sequence, token);
        packet[0] = std::byte{0};  // a reply: the sum is greater by what the type was less
        const unsigned sum =
            (std::to_integer<unsigned>(packet[2]) << 8 | std::to_integer<unsigned>(packet[3])) + 0x800;
        const unsigned folded = (sum & 0xffff) + (sum >> 16);
        packet[2] = static_cast<std::byte>(folded >> 8);
        packet[3] = static_cast<std::byte>(folded & 0xff);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ASSERT_EQ(::sendto(socket, packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                           sizeof to),
                  static_cast<ssize_t>(packet.size()));
    };
    witnesses.ask(0);
    ASSERT_TRUE(answer(witnesses));
    copy_of_the_answer_to(1);
    EXPECT_FALSE(answer(witnesses, 200));
    copy_of_the_answer_to(2);
    EXPECT_FALSE(answer(witnesses, 200)) << "nobody has asked yet";
    witnesses.ask(0);
    ASSERT_TRUE(answer(witnesses));
    copy_of_the_answer_to(1);
    EXPECT_FALSE(answer(witnesses, 200));
}

TEST_F(PingSocket, lets_no_other_identifier_and_no_other_kind_through) {
    const std::vector<config::Witness> all{witness("one", {"127.0.0.1"})};
    auto other_socket = open_ping_socket(identifier + 1);
    ASSERT_TRUE(other_socket);
    engine::Witnesses other(other_socket->release(), identifier + 1, token, all);
    other.ask(0);
    engine::Witnesses witnesses(socket, identifier, token, all);
    pollfd waiting{socket, POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 50), 0);
    witnesses.ask(0);
    EXPECT_TRUE(answer(witnesses));
}

TEST_F(PingSocket, of_a_node_without_a_route_costs_nothing) {
    const std::vector<config::Witness> all{witness("far", {"198.51.100.1"})};
    engine::Witnesses witnesses(socket, identifier, token, all);
    witnesses.ask(0);
    EXPECT_FALSE(answer(witnesses, 50));
}

TEST(EchoRequest, has_the_layout_of_RFC_792_and_a_sum_that_is_right) {
    const auto packet = engine::echo_request(0x1234, 0x0102, token);
    EXPECT_EQ(std::to_integer<int>(packet[0]), 8);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < packet.size(); i += 2)
        sum += std::to_integer<std::uint32_t>(packet[i]) << 8 | std::to_integer<std::uint32_t>(packet[i + 1]);
    EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffu);
}

}  // namespace
}  // namespace hb::kernel
