#include "supervisor/links/service_links.hpp"

#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "hb/wire/arp.hpp"
#include "unit/kernel/host.hpp"

namespace hb::supervisor {
namespace {

using Kind = ipc::Notice::Kind;
using kernel::run;
using kernel::spec;
using testing::ElementsAre;
using testing::IsEmpty;

/// What the engine would be told, in words: "arp eth0", "gone", "place 0-2 eth0", "place 0-2 eth0 without
/// carrier".
class ServiceLinksOf : public kernel::Host {
protected:
    void begin(std::vector<config::AddressSpec> specs) {
        configure(std::move(specs));
        start();
        links.use(config, *addresses);
        links.begin();
    }
    std::vector<std::string> take() { return std::exchange(told, {}); }
    void look() {
        addresses->drain_monitor();
        links.look();
    }
    /// The kernel tells a change of carrier some milliseconds later: waits until something is told.
    std::vector<std::string> wait() {
        pollfd waiting{addresses->monitor_fd(), POLLIN, 0};
        do look();
        while (told.empty() && ::poll(&waiting, 1, 5000) == 1);
        return take();
    }
    static std::string name(int ifindex) {
        char text[IF_NAMESIZE];
        return ifindex == 0 ? "nowhere" : ::if_indextoname(static_cast<unsigned>(ifindex), text) ? text : "?";
    }
    void note(const ipc::Notice& notice, Fd fd) {
        switch (notice.kind) {
            case Kind::arp:
                EXPECT_TRUE(fd);
                socket = std::move(fd);
                mac = Mac{std::to_array(notice.mac)};
                address = Ipv4{notice.address};
                return told.push_back("arp " + name(notice.ifindex));
            case Kind::arp_gone: return told.push_back("gone");
            case Kind::place:
                return told.push_back("place " + std::to_string(notice.first.index()) + "-" +
                                      std::to_string(notice.last.index()) + " " + name(notice.ifindex) +
                                      (notice.flag == 1 ? "" : " without carrier"));
            default: ADD_FAILURE();
        }
    }

    tools::Journal journal{-1};
    ServiceLinks links{journal, [this](const ipc::Notice& notice, Fd fd) { note(notice, std::move(fd)); }};
    std::vector<std::string> told;
    Fd socket;
    Mac mac;
    Ipv4 address;
};

TEST_F(ServiceLinksOf, tell_a_new_engine_the_socket_first_and_then_all_addresses_at_once) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    begin({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.101", 24, "eth0"), spec("10.0.0.102", 24, "eth0")});
    EXPECT_THAT(take(), ElementsAre("arp eth0", "place 0-2 eth0"));
    EXPECT_EQ(to_text(mac), "02:00:00:00:00:01");
    EXPECT_EQ(to_text(address), "10.0.0.1");
    look();
    EXPECT_THAT(take(), IsEmpty());
    links.begin();
    EXPECT_THAT(take(), ElementsAre("arp eth0", "place 0-2 eth0"));
}

TEST_F(ServiceLinksOf, a_thousand_groups_of_an_address_and_a_script_are_one_notice) {
    std::vector<config::AddressSpec> specs;
    for (int i = 0; i < 2000; ++i) specs.push_back(spec("10.0.0.100", 24, "eth0"));
    configure(specs);
    for (std::size_t i = 1; i < 2000; i += 2) config.resources[i].kind = config::Resource::Kind::script;
    start();
    links.use(config, *addresses);
    links.begin();
    EXPECT_THAT(take(), ElementsAre("arp eth0", "place 0-1998 eth0"));
}

TEST_F(ServiceLinksOf, tell_a_cable_that_is_pulled_and_put_back_and_keep_the_socket) {
    begin({spec("10.0.0.100", 24, "eth0")});
    take();
    run("ip link set wire down");
    EXPECT_THAT(wait(), ElementsAre("place 0-0 eth0 without carrier"));
    run("ip link set wire up");
    EXPECT_THAT(wait(), ElementsAre("place 0-0 eth0"));
}

TEST_F(ServiceLinksOf, take_the_socket_of_an_interface_that_is_down_and_lend_it_again) {
    begin({spec("10.0.0.100", 24, "eth0")});
    take();
    run("ip link set eth0 down");
    EXPECT_THAT(wait(), ElementsAre("gone", "place 0-0 eth0 without carrier"));
    run("ip link set eth0 up");
    EXPECT_THAT(wait(), ElementsAre("arp eth0", testing::_));
}

TEST_F(ServiceLinksOf, follow_an_interface_that_is_deleted_and_made_again) {
    begin({spec("10.0.0.100", 24, "eth0")});
    take();
    run("ip link del eth0");
    EXPECT_THAT(wait(), ElementsAre("gone", "place 0-0 nowhere without carrier"));
    make_eth0();
    std::vector<std::string> all;
    while (all.empty() || all.back() != "place 0-0 eth0") {
        const auto more = wait();
        ASSERT_FALSE(more.empty());
        all.insert(all.end(), more.begin(), more.end());
    }
    EXPECT_THAT(all, testing::Contains("arp eth0"));
}

TEST_F(ServiceLinksOf, take_the_socket_of_a_deleted_interface_before_they_lend_the_next_one) {
    begin({spec("10.0.0.100", 24, "eth0")});
    take();
    run("ip link del eth0");
    make_eth0();  // nobody has looked meanwhile
    EXPECT_THAT(wait(), ElementsAre("gone", "arp eth0", "place 0-0 eth0"));
}

TEST_F(ServiceLinksOf, lend_a_socket_for_every_interface_however_many_there_are) {
    constexpr int interfaces = 40;
    std::vector<config::AddressSpec> specs;
    for (int i = 1; i <= interfaces; ++i) {
        const std::string number = std::to_string(i), name = "v" + number;
        run("ip link add " + name + " type veth peer name peer" + number);
        run("ip link set " + name + " up");
        specs.push_back(spec(("10.1." + number + ".100").c_str(), 24, name.c_str()));
    }
    begin(specs);
    const auto all = take();
    EXPECT_EQ(std::count_if(all.begin(), all.end(),
                            [](const std::string& word) { return word.starts_with("arp v"); }),
              interfaces);
    EXPECT_EQ(all.size(), 2u * interfaces);
    EXPECT_TRUE(all.back().starts_with("place 39-39 v40")) << all.back();
}

TEST_F(ServiceLinksOf, follow_the_route_where_no_interface_is_written) {
    begin({spec("10.0.0.100"), spec("10.9.0.100")});
    EXPECT_THAT(take(),
                ElementsAre("place 0-1 nowhere"));  // not known: whoever starts it is told why it fails
    run("ip addr add 10.0.0.1/24 dev eth0");
    EXPECT_THAT(wait(), ElementsAre("arp eth0", "place 0-0 eth0"));
    run("ip route add 10.9.0.0/16 dev eth0");
    EXPECT_THAT(wait(), ElementsAre("place 1-1 eth0"));
    run("ip route del 10.9.0.0/16 dev eth0");
    look();
    EXPECT_THAT(take(), IsEmpty());  // where it was last
    run("ip link set eth0 down");
    EXPECT_THAT(wait(), ElementsAre("gone", "place 0-1 eth0 without carrier"));
    run("ip link del eth0");
    EXPECT_THAT(wait(), ElementsAre("place 0-1 nowhere without carrier"));
}

TEST_F(ServiceLinksOf, are_not_woken_by_routes_of_other_tables) {
    run("ip addr add 10.0.0.1/24 dev eth0");
    begin({spec("10.0.0.100")});
    look();
    run("ip route add 10.0.0.0/16 dev eth0 table 77");
    pollfd waiting{addresses->monitor_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, 0), 0);
    run("ip route add 10.0.0.0/16 dev eth0");
    EXPECT_EQ(::poll(&waiting, 1, 0), 1);
}

TEST_F(ServiceLinksOf, the_socket_hears_others_speak_of_service_addresses_and_nothing_else) {
    begin({spec("10.0.0.100", 24, "eth0"), spec("10.0.0.110", 24, "eth0")});
    const auto frame_of = [](Ipv4 sender, Ipv4 target) {
        auto frame = wire::gratuitous_arp_request(Mac{{2, 0, 0, 0, 0, 2}}, target);
        Writer{std::span{frame}.subspan(28, 4)}.u32(sender.value);
        return frame;
    };
    const auto send = [](const char* interface, const auto& frame, std::size_t size) {
        const Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
        ASSERT_EQ(
            ::sendto(fd.get(), frame.data(), size, 0, reinterpret_cast<const sockaddr*>(&at), sizeof at),
            static_cast<ssize_t>(size));
    };
    const Ipv4 host{0x0a000002}, service{0x0a000064}, none{};
    send("wire", frame_of(host, service), 42);     // an ordinary question
    send("wire", frame_of(service, service), 41);  // cut
    send("eth0", frame_of(service, service), 42);  // our own
    auto tokenring = frame_of(service, service);
    tokenring[15] = std::byte{6};
    send("wire", tokenring, 42);
    send("wire", frame_of(none, host), 42);  // a probe for another address
    send("wire", frame_of(none, service), 42);
    send("wire", frame_of(Ipv4{0x0a00006e}, host), 42);
    send("wire", frame_of(Ipv4{0x0a00006f}, host), 42);
    send("wire", frame_of(service, service), 42);
    std::vector<std::string> heard;
    pollfd waiting{socket.get(), POLLIN, 0};
    while (heard.size() < 3 && ::poll(&waiting, 1, 2000) == 1) {
        std::byte frame[128];
        const ssize_t n = ::recv(socket.get(), frame, sizeof frame, 0);
        EXPECT_EQ(n, 42);
        const auto arp = wire::parse_arp({frame, static_cast<std::size_t>(n)});
        ASSERT_TRUE(arp);
        heard.push_back(to_text(arp->sender));
    }
    EXPECT_THAT(heard, ElementsAre("0.0.0.0", "10.0.0.110", "10.0.0.100"));
}

}  // namespace
}  // namespace hb::supervisor
