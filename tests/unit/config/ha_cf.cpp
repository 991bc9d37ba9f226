#include <gtest/gtest.h>

#include <algorithm>

#include "make.hpp"

namespace hb::config {
namespace {

using namespace test;

bool has(const std::vector<std::string>& environment, const std::string& entry) {
    return std::find(environment.begin(), environment.end(), entry) != environment.end();
}

TEST(HaCf, of_the_walk_through_has_no_problem_but_its_key_and_gives_what_it_says) {
    Sources sources{
        "logfile /var/log/ha-log\nlogfacility local0\nkeepalive 2\ndeadtime 30\ninitdead 120\nbcast "
        "eth0\nudpport 694\n"
        "auto_failback on\nnode craig-02.vm.xeriom.net\nnode craig-03.vm.xeriom.net\n",
        "auth 2\n2 sha1 your-password-here\n", "craig-02.vm.xeriom.net 193.219.108.238 apache2\n",
        "craig-03.vm.xeriom.net"};
    const Parsed parsed = parse(sources);
    EXPECT_EQ(problems_of(parsed),
              "authkeys:2:8: warning: this key stands in manuals and samples: it keeps nobody out\n"
              "    take a random one: head -c 30 /dev/urandom | base64\n");
    const Config& c = parsed.config;
    EXPECT_EQ(c.nodes, (std::vector<std::string>{"craig-02.vm.xeriom.net", "craig-03.vm.xeriom.net"}));
    EXPECT_EQ(c.self, NodeId{1});
    EXPECT_EQ(c.keepalive, 2s);
    EXPECT_EQ(c.deadtime, 30s);
    EXPECT_EQ(c.initdead, 120s);
    EXPECT_EQ(c.warntime, 15s);
    EXPECT_EQ(c.udpport, 694);
    EXPECT_EQ(c.auto_failback, AutoFailback::on);
    EXPECT_EQ(c.logfile, "/var/log/ha-log");
    EXPECT_EQ(c.logfacility, "local0");
    ASSERT_EQ(c.media.size(), 1u);
    EXPECT_EQ(c.media[0].interface, "eth0");
    ASSERT_EQ(c.keys.all.size(), 1u);
    EXPECT_EQ(c.keys.signing, 2u);
    EXPECT_EQ(c.keys.all[0].method, Key::Method::sha1);
    EXPECT_EQ(c.keys.all[0].text, "your-password-here");
}

TEST(HaCf, has_the_defaults_of_3_0_6) {
    const Config c = with_ha_cf(rest).config;
    EXPECT_EQ(c.keepalive, 1s);
    EXPECT_EQ(c.deadtime, 30s);
    EXPECT_EQ(c.warntime, 15s);
    EXPECT_EQ(c.initdead, 30s);
    EXPECT_EQ(c.deadping, 30s);
    EXPECT_EQ(c.max_rexmit_delay, 250ms);
    EXPECT_EQ(c.udpport, 694);
    EXPECT_EQ(c.hopfudge, 1u);
    EXPECT_TRUE(c.syslogmsgfmt);
    EXPECT_TRUE(c.log_badpack);
    EXPECT_TRUE(c.realtime);
    EXPECT_FALSE(c.use_logd);
    EXPECT_EQ(c.debug, 0u);
}

TEST(HaCf, derives_initdead_from_a_short_or_middle_deadtime) {
    EXPECT_EQ(with_ha_cf(std::string(rest) + "deadtime 5\nkeepalive 500ms\n").config.initdead, 12s);
    EXPECT_EQ(with_ha_cf(std::string(rest) + "deadtime 6\nkeepalive 500ms\n").config.initdead, 12s);
    EXPECT_EQ(with_ha_cf(std::string(rest) + "deadtime 10\nkeepalive 500ms\n").config.initdead, 20s);
    EXPECT_EQ(with_ha_cf(std::string(rest) + "deadtime 10.001\nkeepalive 500ms\n").config.initdead, 10001ms);
}

TEST(HaCf, does_not_care_about_the_order_of_lines) {
    const Parsed a =
        with_ha_cf(std::string(rest) + "udpport 700\nkeepalive 100ms\ndeadtime 1\ninitdead 10\n");
    const Parsed b =
        with_ha_cf(std::string("initdead 10\ndeadtime 1\nkeepalive 100ms\nudpport 700\n") + rest);
    EXPECT_TRUE(a.ok() && b.ok()) << problems_of(a);
    EXPECT_EQ(a.config.udpport, b.config.udpport);
    EXPECT_EQ(a.config.deadtime, b.config.deadtime);
    EXPECT_EQ(a.config.environment, b.config.environment);
}

TEST(HaCf, takes_several_nodes_and_interfaces_on_a_line_and_commas_between) {
    const Parsed parsed =
        with_ha_cf("logfile /l\nauto_failback off\nbcast eth0,eth1 # both\nudp eth2\nnode A,b c\n");
    EXPECT_EQ(problems_of(parsed), "");
    EXPECT_EQ(parsed.config.nodes, (std::vector<std::string>{"a", "b", "c"}));
    ASSERT_EQ(parsed.config.media.size(), 3u);
    EXPECT_EQ(parsed.config.media[2].interface, "eth2");
    EXPECT_EQ(parsed.config.auto_failback, AutoFailback::off);
}

TEST(HaCf, treats_legacy_and_absence_of_auto_failback_as_on) {
    EXPECT_EQ(with_ha_cf("logfile /l\nbcast eth0\nnode a b\n").config.auto_failback, AutoFailback::on);
    EXPECT_EQ(with_ha_cf("logfile /l\nbcast eth0\nnode a b\nauto_failback LEGACY\n").config.auto_failback,
              AutoFailback::on);
}

TEST(HaCf, takes_the_lifetime_of_addresses_from_the_deadtime_unless_it_is_written) {
    const auto lifetime = [](const std::string& more) {
        return with_ha_cf(more + rest).config.address_lifetime;
    };
    EXPECT_EQ(lifetime("keepalive 100ms\ndeadtime 1\n"), 2s);
    EXPECT_EQ(lifetime("deadtime 7\n"), 3s);
    EXPECT_EQ(lifetime("deadtime 7\naddress_lifetime AUTO\n"), 3s);
    EXPECT_EQ(lifetime("deadtime 300\ninitdead 300\n"), 20s);
    EXPECT_EQ(lifetime("deadtime 7\naddress_lifetime off\n"), 0s);
    EXPECT_EQ(lifetime("deadtime 7\naddress_lifetime 3600\n"), 3600s);
}

TEST(HaCf, prolongs_many_addresses_less_often) {
    Sources sources = good();
    sources.ha_cf = std::string("deadtime 8\n") + rest;
    sources.haresources = "a";
    for (int i = 1; i <= 63; ++i) sources.haresources += " 10.0.0." + std::to_string(i) + "/24/eth0";
    EXPECT_EQ(parse(sources).config.address_lifetime, 4s);
    sources.haresources += " 10.0.0.64/24/eth0";
    EXPECT_EQ(parse(sources).config.address_lifetime, 10s);
}

TEST(HaCf, logs_to_syslog_where_no_log_is_named) {
    EXPECT_EQ(with_ha_cf("bcast eth0\nnode a b\nauto_failback on\n").config.logfacility, "daemon");
    EXPECT_EQ(with_ha_cf("bcast eth0\nnode a b\nauto_failback on\nlogfacility none\n").config.logfacility,
              "");
}

TEST(HaCf, gives_scripts_every_value_as_written_or_its_default) {
    const auto environment =
        with_ha_cf(std::string(rest) + "keepalive 1500ms\ndeadtime 20\nenv COLOUR=blue\nlogfacility local3\n")
            .config.environment;
    for (const char* entry :
         {"HA_keepalive=1500ms", "HA_deadtime=20", "HA_warntime=10000ms", "HA_deadping=20000ms",
          "HA_auto_failback=on", "HA_udpport=694", "HA_COLOUR=blue", "HA_CURHOST=a",
          "HA_LOGFILE=/var/log/ha-log", "HA_LOGFACILITY=local3", "HA_logfacility=local3",
          "HA_NICEFAILBACK=yes", "OCF_ROOT=/usr/lib/ocf", "HA_DIR=" HB_SYSCONFDIR "/ha.d", "HA_LOGD=no"})
        EXPECT_TRUE(has(environment, entry)) << entry;
}

TEST(HaCf, names_each_variable_of_the_environment_once) {
    std::vector<std::string> names;
    for (const std::string& entry :
         with_ha_cf(std::string(rest) + "env DIR=/tmp CURHOST=x\n").config.environment)
        names.push_back(entry.substr(0, entry.find('=')));
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(HaCf, of_garbage_gives_a_bounded_number_of_problems_and_still_is_faulty) {
    std::string garbage;
    for (int i = 0; i < 5000; ++i) garbage += "bogus line\n";
    const Parsed parsed = with_ha_cf(garbage);
    EXPECT_FALSE(parsed.ok());
    EXPECT_LT(parsed.problems.size(), 250u);
}

TEST(HaCf, with_many_warnings_still_tells_the_error_behind_them) {
    std::string text = rest;
    for (int i = 0; i < 1000; ++i) text += "ping 10.0.0.1\n";
    EXPECT_TRUE(with_ha_cf(text).ok());
    EXPECT_FALSE(with_ha_cf(text + "foo\n").ok());
}

}  // namespace
}  // namespace hb::config
