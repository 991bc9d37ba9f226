#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "hbdump/frame.hpp"
#include "hbdump/options.hpp"
#include "hbdump/show.hpp"
#include "hbdump/source.hpp"

namespace hb::hbdump {
namespace {

using Octets = std::vector<std::byte>;

config::Keys keys() {
    return {.all = {{.number = 1, .method = config::Key::Method::sha1, .text = "secret"}}, .signing = 1};
}

/// The fields of a status of our own.
struct Status {
    std::vector<wire::Field> fields{
        {"t", "status"},      {"st", "active"},    {"dt", "7d0"},
        {"protocol", "1"},    {"hb4", "1.0/3/a"},  {"hb4c", "0123456789abcdef:01234567"},
        {"hb4t", "c8:5dc:0"}, {"hb4e", "b:5:6:7"}, {"hb4g", "1:89abcdef:0:o0:1"},
        {"src", "a"},         {"seq", "2e"},       {"hg", "6b02ac81"},
        {"ts", "6b02ac80"},   {"ttl", "3"}};

    wire::Field& operator[](std::string_view name) {
        return *std::find_if(fields.begin(), fields.end(),
                             [&](const auto& each) { return each.name == name; });
    }
    void erase(std::string_view name) {
        std::erase_if(fields, [&](const auto& each) { return each.name == name; });
    }
};

Octets datagram_of(const Status& status) {
    Octets out(4096);
    wire::Builder builder(out);
    for (const wire::Field& field : status.fields) builder.field(field);
    const std::size_t size = builder.finish().size();
    const auth::Signature signature = auth::Authenticator(keys()).sign(Bytes(out).first(size));
    out.resize(size + wire::append_signature(signature, std::span<std::byte>(out).subspan(size)));
    return out;
}

Octets frame_of(Bytes payload, std::uint16_t source_port = 694) {
    const wire::UdpFlow flow{.source_mac = *parse_mac("02:00:00:61:00:61"),
                             .destination_mac = broadcast_mac,
                             .source = *parse_ipv4("192.168.77.1"),
                             .destination = *parse_ipv4("192.168.77.255"),
                             .source_port = source_port,
                             .destination_port = 694};
    Octets out(wire::udp_frame_overhead + payload.size());
    EXPECT_EQ(build_udp_frame(flow, 1, payload, out), out.size());
    return out;
}
Octets frame_of(const Status& status) { return frame_of(datagram_of(status)); }

class Inspect : public testing::Test {
protected:
    const std::vector<std::string>& violations(const Octets& octets, Partial partial = Partial::refuse) {
        Inspector inspector({.port = 694, .validate = true, .partial = partial}, &authenticator);
        look(inspector, octets);
        return frame.violations.all();
    }
    void look(Inspector& inspector, const Octets& octets) {
        captured = {.octets = octets, .wire_length = octets.size(), .number = 1, .time_us = 0};
        frame = {};
        inspector.look(captured, frame);
    }
    /// Exactly one violation, with this text.
    void expect_only(const Octets& octets, const std::string& violation) {
        EXPECT_EQ(violations(octets), std::vector<std::string>{violation});
    }
    auth::Authenticator authenticator{keys()};
    Captured captured;
    Frame frame;
};

void set(Octets& frame, std::size_t at, unsigned value) { frame.at(at) = static_cast<std::byte>(value); }
void mend_ip(Octets& frame) {
    set(frame, 24, 0);
    set(frame, 25, 0);
    const std::uint16_t sum = wire::internet_checksum(Bytes(frame).subspan(14, 20));
    set(frame, 24, sum >> 8);
    set(frame, 25, sum & 0xff);
}

TEST_F(Inspect, finds_nothing_wrong_with_a_status_of_ours) {
    const Octets octets = frame_of(Status{});
    EXPECT_TRUE(violations(octets).empty());
    EXPECT_EQ(frame.kind, Frame::Kind::heartbeat);
    EXPECT_EQ(frame.signature, Frame::Signature::good);
}

TEST_F(Inspect, finds_a_wrong_signature) {
    Octets datagram = datagram_of(Status{});
    datagram[datagram.size() - 2] ^= std::byte{1};
    expect_only(frame_of(datagram), "bad signature");
}

TEST_F(Inspect, leaves_signatures_unchecked_without_a_key) {
    Octets datagram = datagram_of(Status{});
    datagram[datagram.size() - 2] ^= std::byte{1};
    const Octets octets = frame_of(datagram);
    Inspector inspector({.port = 694, .validate = true}, nullptr);
    look(inspector, octets);
    EXPECT_TRUE(frame.violations.all().empty());
    EXPECT_EQ(frame.signature, Frame::Signature::unchecked);
}

TEST_F(Inspect, finds_garbage_at_the_port) { expect_only(frame_of(bytes_of("garbage")), "unknown form"); }

TEST_F(Inspect, finds_an_unknown_field_and_an_unknown_type) {
    Status field, type;
    field.fields.insert(field.fields.begin() + 4, {"colour", "blue"});
    type["t"].value = "party";
    type.erase("hb4"), type.erase("hb4c"), type.erase("hb4t"), type.erase("hb4e"), type.erase("hb4g");
    expect_only(frame_of(field), "field colour is not known");
    expect_only(frame_of(type), "message type party is not known");
}

TEST_F(Inspect, finds_a_wrong_encoding) {
    Status status;
    status["seq"].value = "002E";
    expect_only(frame_of(status), "field seq is not lower case hex without leading zeros");
}

TEST_F(Inspect, finds_a_missing_field) {
    for (const char* name :
         {"src", "ts", "hg", "seq", "st", "dt", "protocol", "hb4c", "hb4t", "hb4e", "hb4g"}) {
        Status status;
        status.erase(name);
        expect_only(frame_of(status), "field " + std::string(name) + " is missing");
    }
}

TEST_F(Inspect, finds_an_extension_outside_its_grammar_or_place) {
    Status grammar, place, carrier;
    grammar["hb4e"].value = "b:5:6";
    std::rotate(place.fields.begin() + 4, place.fields.begin() + 5, place.fields.end());
    carrier["t"].value = "starting";
    expect_only(frame_of(grammar), "field hb4e is not a list of NODE:HG:SEQ:AGE");
    expect_only(frame_of(place), "field hb4 stands behind the fields of the sender");
    EXPECT_EQ(violations(frame_of(carrier)).size(), 5u);
}

TEST_F(Inspect, finds_a_field_that_stands_twice) {
    Status status;
    status.fields.push_back({"ttl", "3"});
    expect_only(frame_of(status), "field ttl stands twice");
}

TEST_F(Inspect, finds_a_datagram_that_is_too_long) {
    Status status;
    const std::string padding(1400, 'x');
    status.fields.insert(status.fields.begin() + 9, {"hb4x", padding});
    expect_only(frame_of(status), "datagram is longer than 1400 octets");
}

TEST_F(Inspect, finds_a_wrong_port_or_no_df_on_a_frame_of_ours_alone) {
    Octets no_df = frame_of(Status{});
    set(no_df, 20, 0);
    mend_ip(no_df);
    expect_only(no_df, "DF is not set");
    expect_only(frame_of(datagram_of(Status{}), 4000), "source port is not the heartbeat port");
    Status theirs;
    for (const char* name : {"hb4", "hb4c", "hb4t", "hb4e", "hb4g"}) theirs.erase(name);
    EXPECT_TRUE(violations(frame_of(datagram_of(theirs), 4000)).empty());
}

TEST_F(Inspect, remembers_which_nodes_are_ours) {
    Inspector inspector({.port = 694, .validate = true}, &authenticator);
    Status starting;
    for (const char* name : {"hb4", "hb4c", "hb4t", "hb4e", "hb4g"}) starting.erase(name);
    starting["t"].value = "starting";
    const Octets first = frame_of(Status{}), second = frame_of(datagram_of(starting), 4000);
    look(inspector, first);
    look(inspector, second);
    EXPECT_EQ(frame.violations.all(), std::vector<std::string>{"source port is not the heartbeat port"});
}

TEST_F(Inspect, finds_wrong_checksums) {
    Octets ip = frame_of(Status{}), udp = ip;
    set(ip, 24, std::to_integer<unsigned>(ip[24]) ^ 1);
    set(udp, 40, std::to_integer<unsigned>(udp[40]) ^ 1);
    expect_only(udp, "UDP checksum is wrong");
    EXPECT_EQ(violations(ip).at(0), "IPv4 header checksum is wrong");
}

TEST_F(Inspect, takes_an_unfinished_checksum_of_others_if_it_is_told_to) {
    Status theirs;
    for (const char* name : {"hb4", "hb4c", "hb4t", "hb4e", "hb4g"}) theirs.erase(name);
    Octets octets = frame_of(theirs), ours = frame_of(Status{});
    for (Octets* frame_octets : {&octets, &ours}) {
        const std::size_t length = frame_octets->size() - 34;
        const std::uint16_t sum = static_cast<std::uint16_t>(~wire::internet_checksum(
            {}, 2 * (0xc0a8u + 0x4d00u) + 0x01u + 0xffu + 17 + static_cast<unsigned>(length)));
        set(*frame_octets, 40, sum >> 8);
        set(*frame_octets, 41, sum & 0xff);
    }
    expect_only(octets, "UDP checksum is not finished");
    EXPECT_TRUE(violations(octets, Partial::allow).empty());
    EXPECT_EQ(violations(ours, Partial::allow),
              std::vector<std::string>{"UDP checksum of our own frame is not finished"});
}

TEST_F(Inspect, finds_a_cut_frame) {
    const Octets octets = frame_of(Status{});
    Inspector inspector({.port = 694, .validate = true}, &authenticator);
    captured = {.octets = Bytes(octets).first(60), .wire_length = octets.size(), .number = 1, .time_us = 0};
    inspector.look(captured, frame);
    EXPECT_EQ(frame.violations.all().size(), 2u);
}

Octets arp_octets(const wire::ArpFrame& frame) { return {frame.begin(), frame.end()}; }

TEST_F(Inspect, knows_the_forms_of_arp) {
    const Mac mac = *parse_mac("02:00:00:61:00:61");
    const Ipv4 address = *parse_ipv4("192.168.77.100");
    for (const auto& arp : {wire::gratuitous_arp_request(mac, address),
                            wire::gratuitous_arp_reply(mac, address), wire::arp_probe(mac, address)}) {
        const Octets octets = arp_octets(arp);
        EXPECT_TRUE(violations(octets).empty());
        EXPECT_EQ(frame.kind, Frame::Kind::arp);
    }
    Octets unicast = arp_octets(wire::gratuitous_arp_request(mac, address)), foreign = unicast,
           target = unicast;
    Octets probe_reply = arp_octets(wire::arp_probe(mac, address)),
           reply = arp_octets(wire::gratuitous_arp_reply(mac, address));
    Octets malformed = unicast;
    set(unicast, 0, 0x02);
    set(foreign, 11, 0x62);
    set(target, 32, 0xff);
    set(probe_reply, 21, 2);
    set(reply, 37, 0);
    set(malformed, 18, 7);
    expect_only(unicast, "gratuitous ARP is not broadcast");
    expect_only(foreign, "ARP sender is not the source of the frame");
    expect_only(target, "ARP announcement has a target hardware address");
    expect_only(probe_reply, "ARP probe is not a request");
    expect_only(reply, "gratuitous ARP reply is not to its own sender");
    expect_only(malformed, "ARP is not of RFC 826 for IPv4 over Ethernet");
}

TEST_F(Inspect, shows_a_heartbeat_on_one_line) {
    Status status;
    status["st"].value = "up \x1b[2J";
    const Octets octets = frame_of(status);
    violations(octets);
    EXPECT_EQ(
        text_line(captured, frame, -1500000),
        "    1     1.500000  a  status st=\"up \\x1b[2J\" dt=7d0 hb4=1.0/3/a hb4c=0123456789abcdef:01234567 "
        "hb4t=c8:5dc:0 hb4e=b:5:6:7 hb4g=1:89abcdef:0:o0:1 seq=2e hg=6b02ac81  [key 1 good]");
}

TEST_F(Inspect, shows_a_heartbeat_as_json) {
    Status status;
    status.fields.resize(1);
    status.fields.push_back({"x", "a\"\\\n\xff"});
    status.fields.push_back({"u", std::string_view("\0 ", 2), wire::FieldType::binary});
    const Octets octets = frame_of(status);
    Inspector inspector({.port = 694}, nullptr);
    look(inspector, octets);
    EXPECT_EQ(
        json_line(captured, frame),
        R"({"frame":1,"time":0.000000,"kind":"heartbeat","source_mac":"02:00:00:61:00:61",)"
        R"("source":"192.168.77.1",)"
        R"("destination":"192.168.77.255","form":"netstring",)"
        R"("fields":[["t","status"],["x","a\"\\\u000a\u00ff"],["u",1,"0020"]],"signature":"unchecked"})");
}

TEST(Stamp, of_2038_and_later_is_read_without_a_sign) {
    EXPECT_EQ(stamp_us({.tv_sec = 0, .tv_usec = 5}), 5);
    EXPECT_EQ(stamp_us({.tv_sec = 0x7fffffff, .tv_usec = 999999}), 2147483647999999);
    EXPECT_EQ(stamp_us({.tv_sec = static_cast<time_t>(INT32_MIN), .tv_usec = 1}), 2147483648000001);
    EXPECT_EQ(stamp_us({.tv_sec = -1, .tv_usec = 5}), 4294967295000005);
}

TEST(Stamp, is_a_number_of_json_on_either_side_of_1970) {
    const auto time_of = [](std::int64_t us) {
        const std::string line =
            json_line({.octets = {}, .wire_length = 0, .number = 1, .time_us = us}, Frame{});
        const auto begin = line.find("\"time\":") + 7;
        return line.substr(begin, line.find(',', begin) - begin);
    };
    EXPECT_EQ(time_of(1500000), "1.500000");
    EXPECT_EQ(time_of(-1500000), "-1.500000");
    EXPECT_EQ(time_of(-5), "-0.000005");
    EXPECT_EQ(time_of(2147483648000001), "2147483648.000001");
}

TEST(Summary, counts) {
    const Counts counts{.frames = 10, .heartbeats = 5, .arp = 3, .other = 2, .violations = 1};
    EXPECT_EQ(text_summary(counts), "10 frames: 5 heartbeats, 3 ARP, 2 other, 1 violations");
    EXPECT_EQ(json_summary(counts), R"({"frames":10,"heartbeats":5,"arp":3,"other":2,"violations":1})");
}

Result<Options> parsed(std::vector<std::string> words) {
    words.insert(words.begin(), "hbdump");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    optind = 0;
    opterr = 0;
    return parse_options(static_cast<int>(words.size()), argv.data());
}

TEST(OptionsOfHbdump, are_read) {
    const auto options = parsed(
        {"-r", "x.pcap", "-k", "keys", "-p", "7000", "--json", "--validate", "--allow-partial-checksum"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->file, "x.pcap");
    EXPECT_EQ(options->authkeys, "keys");
    EXPECT_EQ(options->rules.port, 7000);
    EXPECT_TRUE(options->json && options->rules.validate);
    EXPECT_EQ(options->rules.partial, Partial::allow);
}

TEST(OptionsOfHbdump, need_no_source_for_help) {
    for (const char* word : {"--help", "-h"}) {
        const auto options = parsed({word});
        ASSERT_TRUE(options) << word;
        EXPECT_TRUE(options->help);
    }
}

TEST(KeysOfHbdump, are_named_in_errors_by_the_file_they_came_from) {
    const std::string path = testing::TempDir() + "hbdump-keys";
    for (const char* text : {"auth 2\n1 sha1 secret\n", "1 sha1 secret\n", "auth 1\n1 sha7 secret\n",
                             "auth 1\n77 sha1 secret\n"}) {
        std::FILE* file = std::fopen(path.c_str(), "w");
        ASSERT_TRUE(file);
        std::fputs(text, file);
        std::fclose(file);
        const auto keys = read_keys(path);
        ASSERT_FALSE(keys) << text;
        EXPECT_TRUE(to_text(keys.error()).starts_with(path + ":")) << to_text(keys.error());
        EXPECT_EQ(to_text(keys.error()).find("/etc/ha.d"), std::string::npos) << to_text(keys.error());
    }
    std::remove(path.c_str());
}

TEST(OptionsOfHbdump, name_exactly_one_source) {
    EXPECT_FALSE(parsed({}));
    EXPECT_FALSE(parsed({"-r", "x", "-i", "eth0"}));
    EXPECT_FALSE(parsed({"-r", "x", "more"}));
    EXPECT_FALSE(parsed({"-r", "x", "-p", "0"}));
    EXPECT_FALSE(parsed({"-r", "x", "-p", "65536"}));
    EXPECT_FALSE(parsed({"-r", "x", "--colour"}));
    EXPECT_TRUE(parsed({"--version"}));
}

TEST(SourceOfHbdump, says_what_it_cannot_open) {
    Options options;
    options.file = "tests/golden/80-serial-a.bin";
    EXPECT_FALSE(open_source(options));
    options.file = "tests/golden/absent.pcap";
    const auto source = open_source(options);
    ASSERT_FALSE(source);
    EXPECT_NE(to_text(source.error()).find("tests/golden/absent.pcap"), std::string::npos);
    EXPECT_FALSE(read_keys("tests/golden/absent"));
    EXPECT_FALSE(read_keys("tests/golden/keys.txt"));
}

}  // namespace
}  // namespace hb::hbdump
