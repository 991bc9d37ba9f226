#include <gtest/gtest.h>

#include "make.hpp"

namespace hb::config {
namespace {

using namespace test;

TEST(Haresources, is_sorted_by_canonical_line_so_that_the_order_of_lines_means_nothing) {
    const Config one = with_haresources("b 10.0.0.2\nA   10.0.0.1\tapache2\n").config;
    const Config two = with_haresources("a 10.0.0.1 apache2\nB 10.0.0.2\n").config;
    ASSERT_EQ(one.groups.size(), 2u);
    EXPECT_EQ(one.groups[0].line, "a 10.0.0.1 apache2");
    EXPECT_EQ(one.groups[1].line, "b 10.0.0.2");
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(one.groups[i].line, two.groups[i].line);
}

TEST(Haresources, keeps_the_resources_of_a_group_together_and_in_order) {
    const Config c = with_haresources("b 10.0.0.2 two\na 10.0.0.1 one::x::y MailTo::root\n").config;
    ASSERT_EQ(c.resources.size(), 5u);
    EXPECT_EQ(c.groups[0].first, ResourceId{0});
    EXPECT_EQ(c.groups[0].count, 3);
    EXPECT_EQ(c.groups[1].first, ResourceId{3});
    EXPECT_EQ(c.groups[1].preferred, NodeId{1});
    EXPECT_EQ(c.resources[1].script, "one");
    EXPECT_EQ(c.resources[1].args, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(c.resources[1].word, "one::x::y");
    EXPECT_EQ(c.resources[4].group, GroupId{1});
}

TEST(Haresources, names_a_group_by_its_first_resource_as_written) {
    const Config c = with_haresources("a IPaddr::192.168.77.101/24/eth0 apache2\n").config;
    EXPECT_EQ(c.groups[0].key, "IPaddr::192.168.77.101/24/eth0");
    EXPECT_FALSE(c.groups[0].addresses_only);
    EXPECT_TRUE(with_haresources("a 10.0.0.1 IPaddr2::10.0.0.2\n").config.groups[0].addresses_only);
}

TEST(Haresources, counts_a_group_as_at_most_one_unless_it_has_only_addresses_and_announcements) {
    const auto is_exclusive = [](const std::string& line) {
        return with_haresources(line + "\n").config.groups.at(0).exclusive;
    };
    EXPECT_FALSE(is_exclusive("a 10.0.0.1 IPaddr2::10.0.0.2/24/eth0"));
    EXPECT_FALSE(is_exclusive("a 10.0.0.1 SendArp::10.0.0.1/eth0 MailTo::root Delay::1"));
    EXPECT_TRUE(is_exclusive("a 10.0.0.1 apache2"));
    EXPECT_TRUE(is_exclusive("a Filesystem::/dev/sdb1::/srv::ext4"));
}

TEST(Haresources, takes_a_bare_address_as_IPaddr_with_the_same_suffixes) {
    const Resource r = with_haresources("a 192.168.77.100/24/eth0/192.168.77.255\n").config.resources.at(0);
    EXPECT_EQ(r.kind, Resource::Kind::address);
    EXPECT_EQ(r.script, "IPaddr");
    EXPECT_EQ(r.word, "192.168.77.100/24/eth0/192.168.77.255");
    EXPECT_EQ(r.args, (std::vector<std::string>{"192.168.77.100/24/eth0/192.168.77.255"}));
    EXPECT_EQ(to_text(r.address.address), "192.168.77.100");
    EXPECT_EQ(r.address.bits, 24u);
    EXPECT_EQ(r.address.interface, "eth0");
    EXPECT_EQ(r.address.broadcast, parse_ipv4("192.168.77.255"));
    EXPECT_TRUE(r.address.alias_label);
}

TEST(Haresources, leaves_open_what_an_address_does_not_say) {
    const AddressSpec spec = with_haresources("a 10.0.0.1\n").config.resources.at(0).address;
    EXPECT_FALSE(spec.bits || spec.broadcast);
    EXPECT_TRUE(spec.interface.empty() && spec.label.empty());
}

TEST(Haresources, takes_a_third_part_that_begins_with_a_digit_as_a_broadcast) {
    const AddressSpec spec = with_haresources("a 10.0.0.1/24/10.0.0.255\n").config.resources.at(0).address;
    EXPECT_TRUE(spec.interface.empty());
    EXPECT_EQ(spec.broadcast, parse_ipv4("10.0.0.255"));
}

TEST(Haresources, gives_IPaddr2_only_the_label_that_is_written) {
    const AddressSpec spec =
        with_haresources("a IPaddr2::10.0.0.1/24/eth0:web\n").config.resources.at(0).address;
    EXPECT_EQ(spec.interface, "eth0");
    EXPECT_EQ(spec.label, "web");
    EXPECT_FALSE(spec.alias_label);
}

TEST(Haresources, strips_comments_on_continued_lines_too) {
    const Parsed parsed = with_haresources(
        "a 10.0.0.1 \\ # the address\n  one two\\\n# nothing but a remark \n  three # end\n");
    EXPECT_EQ(parsed.config.groups.at(0).line, "a 10.0.0.1 one two");
    EXPECT_NE(problems_of(parsed).find("Bad nodename"), std::string::npos)
        << "a remark line ends the continuation";
    EXPECT_EQ(with_haresources("a 10.0.0.1 \\ # x\n  one \\ # y\n  two # z\n").config.groups.at(0).line,
              "a 10.0.0.1 one two");
}

TEST(Haresources, holds_as_many_groups_as_the_limits_say) {
    std::string text;
    for (int i = 0; i < 2048; ++i) text += "a one" + std::to_string(i) + "\n";
    EXPECT_TRUE(with_haresources(text).ok());
    EXPECT_FALSE(with_haresources(text + "a more\n").ok());
}

TEST(Haresources, with_too_many_resources_in_one_group_is_an_error) {
    std::string text = "a";
    for (int i = 0; i < 4097; ++i) text += " one" + std::to_string(i);
    EXPECT_FALSE(with_haresources(text).ok());
}

TEST(Authkeys, keep_every_key_for_verifying_and_one_for_signing) {
    const Keys keys =
        with_authkeys("auth 3\n1 crc\n2 md5 two\n3 sha1 three\n15 sha256 fifteen\n").config.keys;
    ASSERT_EQ(keys.all.size(), 4u);
    EXPECT_EQ(keys.signing, 3u);
    EXPECT_EQ(keys.all[0].text, "");
    EXPECT_EQ(keys.all[3].number, 15u);
    EXPECT_EQ(keys.all[3].method, Key::Method::sha256);
    EXPECT_EQ(keys.all[3].text, "fifteen");
}

TEST(Authkeys, take_a_number_sign_inside_a_key_as_part_of_it) {
    EXPECT_EQ(with_authkeys("auth 1\n1 sha1 pass#word\n").config.keys.all.at(0).text, "pass#word");
}

/// Everything of a problem that can reach a log or a terminal.
std::string all_of(const Problem& problem) {
    return to_text(problem) + problem.text + problem.source + problem.advice;
}

TEST(Authkeys, are_never_shown_in_a_message_whichever_words_are_missing) {
    const std::vector<std::string> words{"auth", "1", "sha1", "crc", "#", "hunter2", "hunter2\x01"};
    std::vector<std::string> lines{""};
    for (int length = 0; length < 4; ++length) {
        std::vector<std::string> longer;
        for (const std::string& line : lines)
            for (const std::string& word : words) longer.push_back(line.empty() ? word : line + ' ' + word);
        for (const std::string& line : longer)
            for (const std::string& text :
                 {"auth 1\n" + line + '\n', line + "\n1 sha1 hunter2\n", "auth 1\n1 crc\n" + line})
                for (const Problem& problem : with_authkeys(text).problems)
                    ASSERT_EQ(all_of(problem).find("hunter2"), std::string::npos) << text << all_of(problem);
        lines = std::move(longer);
    }
}

TEST(Authkeys, are_not_shown_by_the_lines_around_a_fault_either) {
    for (const Problem& problem : with_authkeys("auth 1\n1 hunter2\n2 sha9 hunter2\n").problems)
        EXPECT_EQ(problem.source, "");
}

TEST(Authkeys, accept_a_crc_only_where_no_method_has_a_key_or_where_it_signs) {
    const auto verifies_crc = [](const char* text) {
        const Keys keys = with_authkeys(text).config.keys;
        return keys.verifies(keys.all.at(0));
    };
    EXPECT_TRUE(verifies_crc("auth 1\n1 crc\n"));
    EXPECT_TRUE(verifies_crc("auth 2\n1 crc\n2 crc\n"));
    EXPECT_FALSE(verifies_crc("auth 2\n1 crc\n2 sha1 key-of-the-tests\n"));
    EXPECT_TRUE(verifies_crc("auth 1\n1 crc\n2 sha1 key-of-the-tests\n"));
}

}  // namespace
}  // namespace hb::config
