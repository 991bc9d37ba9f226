#include "hb/config/load.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fake_host.hpp"
#include "hb/base/fd.hpp"
#include "hb/config/unit.hpp"
#include "make.hpp"

namespace hb::config {
namespace {

namespace fs = std::filesystem;

/// A directory of its own with a good configuration; the node's name comes from nodeinfo, the medium is
/// loopback.
class Load : public testing::Test {
protected:
    Load() {
        char name[] = "/tmp/hb-load-XXXXXX";
        directory_ = ::mkdtemp(name);
        write("nodeinfo", "A\n");
        write("ha.cf",
              "keepalive 2\ndeadtime 30\nlogfile /tmp/ha-log\nbcast eth0\nauto_failback on\nnode a b\n");
        write("authkeys", "auth 1\n1 sha1 key-of-the-tests\n");
        write("haresources", "a 192.168.77.100/24/eth0 web\n");
        fs::create_directory(directory_ / "resource.d");
        write("resource.d/web", "#!/bin/sh\n");
        ::chmod((directory_ / "authkeys").c_str(), 0600);
        ::chmod((directory_ / "resource.d/web").c_str(), 0755);
    }
    ~Load() override { fs::remove_all(directory_); }
    void write(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
    Parsed load_it() { return load_it(unit_directories); }
    Parsed load_it(std::span<const std::string_view> units) { return load(directory_, units, &host_); }
    void expect_problem(const std::string& text) {
        const std::string all = test::problems_of(load_it());
        EXPECT_NE(all.find(text), std::string::npos) << all;
    }
    void expect_error(const std::string& text) {
        EXPECT_FALSE(load_it().ok());
        expect_problem(text);
    }
    fs::path directory_;
    test::FakeHost fake_;
    HostNetwork host_ = fake_.network();
};

TEST_F(Load, of_a_good_directory_finds_nothing_to_say_and_seals_it) {
    const Parsed parsed = load_it();
    EXPECT_EQ(test::problems_of(parsed), "");
    EXPECT_NE(parsed.config.table_digest, 0u);
    EXPECT_NE(parsed.config.nodes_digest, 0u);
}

TEST_F(Load, takes_the_name_of_the_node_from_nodeinfo_and_folds_it) {
    EXPECT_EQ(load_it().config.self, NodeId{0});
}

TEST_F(Load, takes_a_long_name_from_nodeinfo_and_nothing_but_its_first_line) {
    const std::string name = "craig-02.vm.with-a-long-name.example.org";
    write("nodeinfo", "  " + name + " \nother\n");
    write("ha.cf", "logfile /tmp/l\nauto_failback on\nbcast eth0\nnode a b " + name + "\n");
    EXPECT_EQ(load_it().config.self, NodeId{2});
}

TEST_F(Load, gives_the_name_of_the_node_without_what_a_line_of_another_system_ends_with) {
    write("nodeinfo", "Alpha\r\nother\r\n");
    EXPECT_EQ(node_name(directory_), "alpha");
}

TEST_F(Load, takes_the_name_of_the_host_without_nodeinfo) {
    fs::remove(directory_ / "nodeinfo");
    char name[256] = {};
    ::gethostname(name, sizeof name - 1);
    write("ha.cf", std::string("logfile /tmp/l\nauto_failback on\nbcast eth0\nnode a b ") + name + "\n");
    EXPECT_TRUE(load_it().ok()) << test::problems_of(load_it());
    EXPECT_EQ(load_it().config.self, NodeId{2});
}

TEST_F(Load, looks_names_of_ping_nodes_up_in_etc_hosts_and_nowhere_else) {
    const std::string good =
        "keepalive 2\ndeadtime 30\nlogfile /tmp/ha-log\nbcast eth0\nauto_failback on\nnode a b\n";
    write("ha.cf", good + "ping LocalHost\nping_group two 127.0.0.2 localhost\n");
    const Config config = load_it().config;
    ASSERT_EQ(config.witnesses.size(), 2u);
    EXPECT_EQ(config.witnesses[0].addresses, std::vector{*parse_ipv4("127.0.0.1")});
    EXPECT_EQ(config.witnesses[1].addresses.size(), 2u);
    write("ha.cf", good + "ping no-such-host.example\n");
    expect_error("[no-such-host.example] has no address in /etc/hosts");
}

TEST_F(Load, refuses_keys_that_group_or_others_can_read) {
    for (const mode_t mode : {0640, 0604, 0644}) {
        ::chmod((directory_ / "authkeys").c_str(), mode);
        expect_error("Bad permissions on keyfile [" + directory_.string() + "/authkeys], 600 recommended.");
        expect_problem("chmod 600 " + directory_.string() + "/authkeys");
    }
}

TEST_F(Load, accepts_keys_that_group_or_others_could_only_write) {
    ::chmod((directory_ / "authkeys").c_str(), 0622);
    EXPECT_TRUE(load_it().ok());
}

TEST_F(Load, warns_of_each_file_that_everybody_can_write) {
    for (const char* name : {"ha.cf", "authkeys", "haresources"}) {
        ::chmod((directory_ / name).c_str(), 0602);
        expect_problem("chmod go-w " + (directory_ / name).string());
        ::chmod((directory_ / name).c_str(), 0600);
    }
}

TEST_F(Load, names_each_missing_file_in_the_words_of_3_0_6) {
    for (const char* name : {"ha.cf", "authkeys", "haresources"}) fs::remove(directory_ / name);
    expect_error("Cannot open config file [" + directory_.string() + "/ha.cf]: No such file or directory");
    expect_problem("Cannot open keyfile [" + directory_.string() + "/authkeys].  Stop.");
    expect_problem("Cannot open resources file [" + directory_.string() + "/haresources]");
    EXPECT_EQ(load_it().problems.size(), 3u);
}

TEST_F(Load, of_a_directory_that_is_not_there_is_an_error) { EXPECT_FALSE(load("/nonexistent/ha.d").ok()); }

TEST_F(Load, does_not_wait_at_a_fifo) {
    fs::remove(directory_ / "ha.cf");
    ASSERT_EQ(::mkfifo((directory_ / "ha.cf").c_str(), 0600), 0);
    expect_error("is a FIFO, not a file");
}

TEST_F(Load, refuses_a_directory_where_a_file_should_be) {
    fs::remove(directory_ / "authkeys");
    fs::create_directory(directory_ / "authkeys");
    expect_error("is a directory, not a file");
}

TEST_F(Load, refuses_a_socket_and_a_device) {
    fs::remove(directory_ / "haresources");
    const Fd fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{AF_UNIX, {}};
    const std::string path = directory_ / "haresources";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    expect_error("is a socket");
    fs::remove(path);
    fs::create_symlink("/dev/zero", path);
    expect_error("is a device, not a file");
}

TEST_F(Load, refuses_a_file_that_is_too_large_without_reading_it) {
    fs::resize_file(directory_ / "ha.cf", 1ull << 40);
    expect_error("is larger than 1048576 octets");
}

TEST_F(Load, reads_a_file_of_exactly_the_largest_size) {
    const std::string text = "a 192.168.77.100/24/eth0 web\n";
    write("haresources", text + std::string(1024 * 1024 - text.size(), '#'));
    EXPECT_TRUE(load_it().ok());
    write("haresources", text + std::string(1024 * 1024 - text.size() + 1, '#'));
    EXPECT_FALSE(load_it().ok());
}

TEST_F(Load, of_an_empty_haresources_only_warns) {
    write("haresources", "");
    EXPECT_TRUE(load_it().ok());
    expect_problem("nothing will be served");
}

TEST_F(Load, names_an_interface_that_is_not_there) {
    write("ha.cf", "logfile /tmp/l\nauto_failback on\nbcast eth0 hb-none0\nnode a b\n");
    write("haresources", "a 10.0.0.9/8/hb-none1\n");
    expect_error("ha.cf:3:12: error: IP interface [hb-none0] does not exist");
    expect_error("haresources:1:3: error: IP interface [hb-none1] does not exist");
}

TEST_F(Load, waits_for_a_host_that_is_not_ready_yet_but_not_for_a_file_to_mend_itself) {
    const std::string rest = "logfile /tmp/l\nauto_failback on\nnode a b\n";
    write("ha.cf", rest + "bcast hb-none0\nping no-such-host.example\nwatchdog /dev/no-such-watchdog\n");
    write("haresources", "a 127.77.0.9/8/hb-none1\n");
    Parsed parsed = load_it();
    EXPECT_FALSE(parsed.ok());
    wait_for_the_host(parsed);
    EXPECT_TRUE(parsed.ok()) << test::problems_of(parsed);
    EXPECT_NE(
        test::problems_of(parsed).find("warning: IP interface [hb-none1] does not exist; waiting for it"),
        std::string::npos);
    EXPECT_EQ(parsed.config.unknown_hosts, std::vector<std::string>{"no-such-host.example"});
    EXPECT_TRUE(parsed.config.witnesses.empty()) << "what cannot be asked would count as lost";
    write("ha.cf", rest + "bcast hb-none0\ndeadtme 3\n");
    parsed = load_it();
    wait_for_the_host(parsed);
    EXPECT_FALSE(parsed.ok());
}

TEST_F(Load, waits_for_an_interface_with_more_addresses_than_problems_are_shown) {
    std::string lines;
    for (int i = 1; i < 250; ++i) lines += "a 127.77.0." + std::to_string(i) + "/8/hb-none1\n";
    write("haresources", lines);
    Parsed parsed = load_it();
    EXPECT_FALSE(parsed.ok());
    wait_for_the_host(parsed);
    EXPECT_TRUE(parsed.ok());
}

TEST_F(Load, knows_when_a_name_has_an_address_at_last) {
    const std::string names[] = {"no-such-host.example", "LocalHost"};
    EXPECT_FALSE(any_is_known({names, 1}));
    EXPECT_TRUE(any_is_known(names));
}

TEST_F(Load, names_a_script_that_is_nowhere_and_where_it_searched) {
    write("haresources", "a 192.168.77.100/24/eth0 hb-no-such-script hb-no-such-script\n");
    expect_error("haresources:1:26: error: Cannot locate resource script hb-no-such-script");
    expect_problem(directory_.string() + "/resource.d, /etc/init.d, and hb-no-such-script.service");
}

TEST_F(Load, suggests_the_built_in_name_for_one_that_is_nearly_it) {
    write("haresources", "a IPAddr::127.77.0.9/8/lo web\n");
    expect_error("haresources:1:3: error: Cannot locate resource script IPAddr");
    expect_problem("did you mean `IPaddr`?");
    write("haresources", "a IPv6addr::2001:db8:0:0:0:0:0:1 web\n");
    expect_problem("searched: ");
}

TEST_F(Load, only_warns_of_a_script_that_is_a_link_to_a_file_system_which_is_not_mounted_yet) {
    fs::create_symlink("/nonexistent/replicated/disk/db", directory_ / "resource.d/hb-db");
    write("haresources", "a 192.168.77.9/8/eth0 hb-db\n");
    EXPECT_TRUE(load_it().ok());
    expect_problem(
        "haresources:1:23: warning: " + directory_.string() +
        "/resource.d/hb-db is a link to nothing at the moment: it is looked for when it is needed");
}

TEST_F(Load, warns_of_a_unit_that_does_not_remain_and_does_not_watch_it) {
    fs::create_directory(directory_ / "units");
    write("units/once.service", "[Service]\nType=simple\nType = oneshot\n");
    write("units/stays.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\n");
    const std::string units = directory_ / "units";
    const std::string_view only[] = {units};
    write("haresources", "a 192.168.77.9/8/eth0 once stays\n");
    const Parsed parsed = load(directory_, only);
    const std::string problems = test::problems_of(parsed);
    EXPECT_NE(problems.find("haresources:1:23: warning: once.service is of Type=oneshot"), problems.npos)
        << problems;
    EXPECT_EQ(problems.find("stays.service"), problems.npos) << problems;
    EXPECT_EQ(parsed.config.resources.at(1).monitor_interval, 0s);
    EXPECT_EQ(parsed.config.resources.at(2).monitor_interval, 10s);
}

TEST_F(Load, knows_what_starts_a_service_at_boot_as_well) {
    const std::string etc = directory_ / "etc";
    fs::create_directories(etc + "/systemd/system/multi-user.target.wants");
    fs::create_directories(etc + "/systemd/system/cluster.target.requires");
    fs::create_directories(etc + "/rc2.d");
    fs::create_symlink("/lib/systemd/system/hb-db.service",
                       etc + "/systemd/system/multi-user.target.wants/hb-db.service");
    fs::create_symlink("/lib/systemd/system/hb-x.service",
                       etc + "/systemd/system/cluster.target.requires/hb-x.service");
    fs::create_symlink("../init.d/hb-old", etc + "/rc2.d/S01hb-old");
    fs::create_symlink("../init.d/hb-off", etc + "/rc2.d/K01hb-off");
    EXPECT_EQ(enabled_by("hb-db", etc), etc + "/systemd/system/multi-user.target.wants/hb-db.service");
    EXPECT_EQ(enabled_by("hb-x", etc), etc + "/systemd/system/cluster.target.requires/hb-x.service");
    EXPECT_EQ(enabled_by("hb-old", etc), etc + "/rc2.d/S01hb-old");
    EXPECT_EQ(enabled_by("hb-off", etc), "");
    EXPECT_EQ(enabled_by("db", etc), "");
    EXPECT_EQ(enabled_by("hb-db", "/nonexistent"), "");
}

TEST_F(Load, says_that_a_script_is_not_executable) {
    ::chmod((directory_ / "resource.d/web").c_str(), 0644);
    expect_error("web is not executable");
}

TEST_F(Load, needs_no_script_for_the_built_in_addresses) {
    write("haresources", "a IPaddr::192.168.77.100/24/eth0 IPaddr2::192.168.77.101/24/eth0\n");
    EXPECT_EQ(test::problems_of(load_it()), "");
}

TEST_F(Load, warns_of_a_log_file_without_a_directory) {
    write("ha.cf", "logfile /nonexistent/dir/log\nauto_failback on\nbcast eth0\nnode a b\n");
    EXPECT_TRUE(load_it().ok());
    expect_problem("ha.cf:1:9: warning: there is no directory /nonexistent/dir");
}

TEST_F(Load, asks_a_unit_for_its_state_every_ten_seconds_unless_a_line_says_otherwise_and_a_script_never) {
    fs::create_directory(directory_ / "units");
    write("units/db.service", "[Service]\n");
    const std::string units = directory_ / "units";
    const std::string_view only[] = {units};
    write("haresources", "a 192.168.77.100/24/eth0 web db\n");
    Config config = load_it(only).config;
    ASSERT_EQ(config.resources.size(), 3u);
    EXPECT_EQ(config.resources[1].monitor_interval, 0s);
    EXPECT_EQ(config.resources[2].monitor_interval, 10s);
    EXPECT_EQ(config.resources[2].monitor_limit, 20s);
    write("ha.cf",
          "logfile /tmp/l\nauto_failback on\nbcast eth0\nnode a b\nmonitor web 3 4\nmonitor db off\n");
    config = load_it(only).config;
    EXPECT_EQ(config.resources[1].monitor_interval, 3s);
    EXPECT_EQ(config.resources[1].monitor_limit, 4s);
    EXPECT_EQ(config.resources[2].monitor_interval, 0s);
}

TEST_F(Load, finds_the_template_of_a_unit_that_has_instances) {
    fs::create_directory(directory_ / "units");
    write("units/db@.service", "[Service]\n");
    const std::string units = directory_ / "units";
    const std::string_view only[] = {units};
    EXPECT_TRUE(is_unit("db@main", only));
    EXPECT_FALSE(is_unit("db", only));
    EXPECT_FALSE(is_unit("web@main", only));
    write("haresources", "a 192.168.77.100/24/eth0 db@main\n");
    EXPECT_EQ(load_it(only).config.resources.at(1).monitor_interval, 10s);
}

TEST_F(Load, refuses_a_watchdog_that_is_not_there_and_doubts_one_that_is_no_device) {
    const std::string rest = "logfile /tmp/l\nauto_failback on\nbcast eth0\nnode a b\n";
    write("ha.cf", rest + "watchdog /dev/no-such-watchdog\n");
    expect_error("ha.cf:5:10: error: watchdog /dev/no-such-watchdog does not exist");
    expect_problem("modprobe softdog");
    write("ha.cf", rest + "watchdog /etc/passwd\n");
    EXPECT_TRUE(load_it().ok());
    expect_problem("/etc/passwd is not a device: it resets nothing");
}

TEST_F(Load, names_a_program_for_fencing_that_is_not_there) {
    const std::string rest = "logfile /tmp/l\nauto_failback on\nbcast eth0\nnode a b\n";
    write("ha.cf",
          rest + "fence b fence_that_is_nowhere\nfence b " + directory_.string() + "/resource.d/web\n");
    EXPECT_TRUE(load_it().ok());
    expect_problem(
        "ha.cf:5:1: warning: there is no program fence_that_is_nowhere: no node can be cut off with it");
    EXPECT_EQ(load_it().problems.size(), 1u);
}

TEST(Seal, does_not_depend_on_the_order_of_lines_but_on_every_word) {
    Config one = test::with_haresources("a 10.0.0.1\nb 10.0.0.2\n").config;
    Config two = test::with_haresources("B   10.0.0.2 # x\na 10.0.0.1\n").config;
    Config three = test::with_haresources("a 10.0.0.1\nb 10.0.0.3\n").config;
    for (Config* c : {&one, &two, &three}) seal(*c);
    EXPECT_EQ(one.table_digest, two.table_digest);
    EXPECT_NE(one.table_digest, three.table_digest);
    EXPECT_EQ(one.nodes_digest, three.nodes_digest);
}

/// printf 'a 10.0.0.1\n' | sha256sum; printf 'a\nb\n' | sha256sum
TEST(Seal, is_the_head_of_sha256_over_lines_with_newlines) {
    Config c = test::with_haresources("a 10.0.0.1\n").config;
    seal(c);
    EXPECT_EQ(c.table_digest, 0x83999e06b2b3c33full);
    EXPECT_EQ(c.nodes_digest, 0x911169ddu);
}

}  // namespace
}  // namespace hb::config
