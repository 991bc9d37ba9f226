#include "hb/kernel/open.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "engine/packet.hpp"
#include "hb/wire/arp.hpp"
#include "hb/wire/message.hpp"
#include "hb/wire/packet.hpp"
#include "unit/kernel/host.hpp"

namespace hb::kernel {
namespace {

constexpr std::uint16_t port = 694;
const Mac mac_of_wire{{2, 0, 0, 0, 0, 2}};

/// Sends whole frames at one end of the cable and reads them at the other.
class Cable : public Host {
protected:
    void SetUp() override {
        Host::SetUp();
        if (IsSkipped()) return;
        sender = raw_socket("wire", 0);
    }
    static Fd raw_socket(const char* interface, std::uint16_t protocol) {
        Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(protocol);
        at.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
        EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
        return fd;
    }
    static constexpr std::string_view begin = "###\n";
    /// What begins as a message.
    static std::vector<std::byte> heartbeat(std::string_view text, std::uint16_t to = port) {
        return datagram(std::string{begin}.append(text), to);
    }
    static std::vector<std::byte> datagram(std::string_view payload, std::uint16_t to = port) {
        std::vector<std::byte> frame(1500);
        const wire::UdpFlow flow{.source_mac = mac_of_wire,
                                 .destination_mac = broadcast_mac,
                                 .source = Ipv4{0x0a000002},
                                 .destination = Ipv4{0x0a0000ff},
                                 .source_port = 40000,
                                 .destination_port = to};
        frame.resize(wire::build_udp_frame(flow, 1, bytes_of(payload), frame));
        return frame;
    }
    static std::vector<std::byte> tagged(std::vector<std::byte> frame, unsigned vlan) {
        const std::byte tag[] = {std::byte{0x81}, std::byte{0}, static_cast<std::byte>(vlan >> 8),
                                 static_cast<std::byte>(vlan)};
        frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
        return frame;
    }
    /// With so many words of options in its IPv4 header; the checksum is no longer right.
    static std::vector<std::byte> with_options(std::vector<std::byte> frame, unsigned words) {
        frame[14] = static_cast<std::byte>(0x45 + words);
        frame.insert(frame.begin() + 34, 4 * words, std::byte{1});
        return frame;
    }
    void send(const std::vector<std::byte>& frame) {
        ASSERT_EQ(::send(sender.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()))
            << std::strerror(errno);
    }
    /// What the next datagram holds, without the line that a message begins with; "" if none is there. Frames over a
    /// veth pair arrive in order.
    static std::string next_payload(const Fd& fd) {
        std::byte frame[2048];
        const ssize_t n = ::recv(fd.get(), frame, sizeof frame, 0);
        if (n < 0) return "";
        wire::UdpFrame parsed;
        const auto fault =
            wire::parse_udp_frame({frame, static_cast<std::size_t>(n)}, wire::Checksum::check, parsed);
        if (fault != wire::FrameFault::none) return "bad";
        std::string text{text_of(parsed.payload)};
        return text.starts_with(begin) ? text.substr(begin.size()) : text;
    }
    /// Sends one more frame that passes and waits for it: all before it have been judged.
    std::vector<std::string> received(const Fd& fd) {
        send(heartbeat("end"));
        std::vector<std::string> out;
        pollfd waiting{fd.get(), POLLIN, 0};
        while (::poll(&waiting, 1, 2000) == 1) {
            out.push_back(next_payload(fd));
            if (out.back() == "end") return out;
        }
        out.push_back("nothing more");
        return out;
    }
    Result<Fd> open_eth0() { return open_packet_socket(static_cast<int>(::if_nametoindex("eth0")), port); }

    Fd sender;
};

using testing::ElementsAre;
using PacketSocket = Cable;
using UdpPort = Cable;
using Announcements = Cable;

TEST_F(PacketSocket, hears_heartbeats_and_nothing_else) {
    const auto ear = open_eth0();
    ASSERT_TRUE(ear) << to_text(ear.error());
    send(heartbeat("one"));
    send(heartbeat("other port", 695));
    const auto arp = wire::gratuitous_arp_request(mac_of_wire, Ipv4{0x0a000002});
    send({arp.begin(), arp.end()});
    EXPECT_THAT(received(*ear), ElementsAre("one", "end"));
}

TEST_F(PacketSocket, hears_ahead_of_an_inet_input_drop) {
    run("nft add table inet wall");
    run("nft 'add chain inet wall in { type filter hook input priority 0; policy drop; }'");
    const auto ear = open_eth0();
    send(heartbeat("one"));
    EXPECT_THAT(received(*ear), ElementsAre("one", "end"));
}

TEST_F(PacketSocket, hears_ahead_of_a_netdev_ingress_drop) {
    run("nft add table netdev wall");
    run("nft 'add chain netdev wall in { type filter hook ingress device eth0 priority 0; policy drop; }'");
    const Fd one_ethertype = raw_socket("eth0", ETH_P_IP);
    const auto ear = open_eth0();
    send(heartbeat("one"));
    EXPECT_THAT(received(*ear), ElementsAre("one", "end"));
    EXPECT_EQ(next_payload(one_ethertype), "");  // the wall does stand
}

TEST_F(PacketSocket, hears_both_forms_of_a_message_and_nothing_that_begins_otherwise) {
    const auto ear = open_eth0();
    const auto is_begun = [](std::string_view text) {
        wire::Envelope envelope;
        return text.size() >= 4 &&
               wire::open_envelope(bytes_of(text), envelope) != wire::DropReason::unknown_form;
    };
    int expected = 0;
    for (const std::string_view text :
         {"###\n%%%\n", ">>>\n<<<\n", "###\n", ">>>\n", "", "#", "##\n", "###", "###\r\n", " ###\n", "####\n",
          "\n###\n", ">>\n", ">>>", "<<<\n", "%%%\n", "8:(0)a=bc,"})
        for (const unsigned tags : {0u, 1u, 2u})  // the kernel takes one away
            for (unsigned words = 0; words <= 10; ++words) {
                auto frame = with_options(datagram(text), words);
                for (unsigned i = 0; i < tags; ++i) frame = tagged(frame, 5);
                send(frame);
                const bool passes = received(*ear).size() == 2;
                EXPECT_EQ(passes, is_begun(text))
                    << text << ", " << tags << " tags, " << words << " words of options";
                expected += is_begun(text);
            }
    EXPECT_EQ(expected, 4 * 3 * 11);
}

TEST_F(PacketSocket, counts_the_frames_that_found_no_room) {
    const auto ear = open_eth0();
    EXPECT_EQ(engine::take_lost(ear->get()), 0u);
    for (int i = 0; i < 6000; ++i) send(heartbeat(std::string(1000, 'x')));
    const auto lost = engine::take_lost(ear->get());
    EXPECT_GT(lost, 0u);
    EXPECT_LT(lost, 6000u);
    EXPECT_EQ(engine::take_lost(ear->get()), 0u);  // each is counted once
}

TEST_F(PacketSocket, hears_frames_with_a_vlan_tag) {
    const auto ear = open_eth0();
    send(tagged(heartbeat("tagged"), 5));
    send(tagged(heartbeat("other port", 695), 5));
    EXPECT_THAT(received(*ear), ElementsAre("tagged", "end"));
}

TEST_F(PacketSocket, hears_a_frame_whose_second_tag_stays_in_the_octets) {
    const auto ear = open_eth0();
    send(tagged(tagged(heartbeat("twice"), 5), 6));
    EXPECT_THAT(received(*ear), ElementsAre("twice", "end"));
}

TEST_F(PacketSocket, does_not_hear_what_the_host_itself_sends) {
    const auto ear = open_eth0();
    const Fd same_side = raw_socket("eth0", 0);
    const auto frame = heartbeat("own");
    ASSERT_GT(::send(same_side.get(), frame.data(), frame.size(), 0), 0);
    EXPECT_THAT(received(*ear), ElementsAre("end"));
}

TEST_F(PacketSocket, drops_fragments_and_frames_cut_within_the_headers) {
    const auto ear = open_eth0();
    auto first_fragment = heartbeat("fragment");
    first_fragment[20] = std::byte{0x20};  // more fragments
    send(first_fragment);
    auto later_fragment = heartbeat("fragment");
    later_fragment[20] = std::byte{0};
    later_fragment[21] = std::byte{4};
    send(later_fragment);
    for (std::size_t size = 14; size < 38; ++size) {
        auto cut = heartbeat("cut");
        cut.resize(size);
        send(cut);
    }
    EXPECT_THAT(received(*ear), ElementsAre("end"));
}

TEST_F(PacketSocket, follows_ip_options) {
    const auto ear = open_eth0();
    auto frame = datagram("four###\noption", 695);
    // Header of six words: the filter must find the port four octets later, and the text eight octets after it.
    frame[14] = std::byte{0x46};
    const std::byte port_694[] = {std::byte{2}, std::byte{0xb6}};
    std::memcpy(&frame[14 + 24 + 2], port_694, 2);
    send(frame);
    EXPECT_THAT(received(*ear), ElementsAre("bad", "end"));  // heard; its checksum is no longer right
}

TEST_F(PacketSocket, gives_the_receive_stamp_and_whether_the_checksum_is_filled_in) {
    const auto ear = open_eth0();
    send(heartbeat("one"));
    pollfd waiting{ear->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 2000), 1);
    char frame[2048], control[256];
    iovec part{frame, sizeof frame};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ASSERT_GT(::recvmsg(ear->get(), &message, 0), 0);
    bool stamp = false, auxiliary = false;
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        stamp = stamp || (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS);
        auxiliary = auxiliary || (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA);
    }
    EXPECT_TRUE(stamp);
    EXPECT_TRUE(auxiliary);
}

TEST_F(PacketSocket, cannot_be_given_another_filter) {
    const auto ear = open_eth0();
    const int none = 0;
    EXPECT_EQ(::setsockopt(ear->get(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST_F(PacketSocket, on_an_interface_that_does_not_exist_is_an_error) {
    const auto ear = open_packet_socket(4711, port);
    ASSERT_FALSE(ear);
    EXPECT_EQ(ear.error().code, ENODEV);
    EXPECT_EQ(to_text(ear.error()), "cannot bind the packet socket on interface 4711: No such device");
}

TEST_F(UdpPort, is_held_against_everybody) {
    const auto held = open_udp_port(port);
    ASSERT_TRUE(held) << to_text(held.error());
    run("ip addr add 10.0.0.1/24 dev eth0");
    for (const std::uint32_t address : {0u, 0x0a000001u}) {
        const Fd other{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        const int on = 1;
        ::setsockopt(other.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        ::setsockopt(other.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(address);
        EXPECT_EQ(::bind(other.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), -1);
        EXPECT_EQ(errno, EADDRINUSE);
    }
}

TEST_F(UdpPort, that_another_program_holds_is_a_clear_error) {
    const auto other = open_udp_port(port);
    const auto held = open_udp_port(port);
    ASSERT_FALSE(held);
    EXPECT_EQ(held.error().what, "UDP port 694 is held by another program");
}

TEST_F(UdpPort, hears_what_the_firewall_lets_through) {
    run("ip addr add 10.0.0.1/24 brd 10.0.0.255 dev eth0");
    run("sysctl -q -w net.ipv4.conf.eth0.rp_filter=0 net.ipv4.conf.all.rp_filter=0");
    const auto held = open_udp_port(port);
    send(datagram("one"));
    pollfd waiting{held->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&waiting, 1, 2000), 1);
    char text[16];
    EXPECT_EQ(::recv(held->get(), text, sizeof text, 0), 3);
}

TEST_F(Announcements, of_an_added_address_are_both_forms_with_the_macs_of_the_interface) {
    const Fd ear = raw_socket("wire", ETH_P_ARP);
    configure({spec("10.0.0.100", 24, "eth0")});
    start();
    add_first();
    const Mac own{{2, 0, 0, 0, 0, 1}};
    for (const auto operation : {wire::Arp::Operation::request, wire::Arp::Operation::reply}) {
        pollfd waiting{ear.get(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 2000), 1);
        std::byte frame[128];
        const ssize_t n = ::recv(ear.get(), frame, sizeof frame, 0);
        const auto arp = wire::parse_arp({frame, static_cast<std::size_t>(n)});
        ASSERT_TRUE(arp);
        EXPECT_EQ(arp->operation, operation);
        EXPECT_EQ(arp->destination_mac, broadcast_mac);
        EXPECT_EQ(arp->source_mac, own);
        EXPECT_EQ(arp->sender_mac, own);
        EXPECT_EQ(arp->target_mac, operation == wire::Arp::Operation::request ? Mac{} : own);
        EXPECT_EQ(arp->sender, arp->target);
        EXPECT_EQ(to_text(arp->sender), "10.0.0.100");
    }
}

TEST_F(Announcements, are_made_for_ours_only) {
    configure({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0")});
    run("ip addr add 10.0.0.101/24 dev eth0");
    start();
    add(all());
    EXPECT_EQ(announcer.sent(), 2u);
    addresses->announce(all());
    EXPECT_EQ(announcer.sent(), 4u);
}

TEST_F(Announcements, to_a_dead_interface_are_dropped_and_counted_and_the_others_go_out) {
    const Announcer::Claim claims[] = {{4711, {}, Ipv4{1}},
                                       {static_cast<int>(::if_nametoindex("eth0")), {}, Ipv4{2}}};
    announcer.announce(claims);
    EXPECT_EQ(announcer.dropped(), 2u);
    EXPECT_EQ(announcer.sent(), 2u);
}

}  // namespace
}  // namespace hb::kernel
