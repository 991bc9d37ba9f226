#pragma once
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "hb/kernel/addresses.hpp"
#include "hb/net/rtmessage.hpp"

/// A host of our own in a new network namespace: eth0, whose cable ends in "wire" in the same namespace.
/// Needs root.
namespace hb::kernel {

inline std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string text;
    char part[4096];
    for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, n);
    ::pclose(pipe);
    return text;
}

/// Runs a command that must succeed and say nothing.
inline void run(const std::string& command) { EXPECT_EQ(output_of(command), "") << command; }

inline config::AddressSpec spec(const char* address) {
    config::AddressSpec out;
    out.address = *parse_ipv4(address);
    return out;
}
inline config::AddressSpec spec(const char* address, unsigned bits, const char* interface = "") {
    config::AddressSpec out = spec(address);
    out.bits = bits;
    out.interface = interface;
    return out;
}

class Host : public testing::Test {
protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "needs root for a network namespace";
        if (::unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "no new network namespace can be made here";
        run("ip link set lo up");
        make_eth0();
        ASSERT_TRUE(announcer.open());
    }
    void make_eth0() {
        run("ip link add eth0 address 02:00:00:00:00:01 type veth peer name wire address 02:00:00:00:00:02");
        run("ip link set eth0 up");
        run("ip link set wire up");
        // Its queue takes frames only when the kernel has got round to the carrier, some milliseconds later.
        for (int tries = 5000; tries > 0 && !is_operational("eth0"); --tries) ::sched_yield();
        EXPECT_TRUE(is_operational("eth0"));
    }
    static bool is_operational(const std::string& interface) {
        return output_of("ip -o link show " + interface).find(" state UP ") != std::string::npos;
    }

    /// The service addresses of this host, by ResourceId.
    void configure(std::vector<config::AddressSpec> specs) {
        config.resources.clear();
        for (const auto& one : specs) {
            config::Resource resource;
            resource.kind = config::Resource::Kind::address;
            resource.address = one;
            config.resources.push_back(resource);
        }
    }
    Addresses& start() {
        addresses = std::make_unique<Addresses>(
            config, announcer,
            [this](const hb::log::Kind& kind, std::initializer_list<hb::log::Fact> facts) {
                log.emplace_back(hb::log::make(kind, facts).text.view());
            },
            Addresses::Files{.conf = conf, .loopback = loopback});
        const auto opened = addresses->open();
        EXPECT_TRUE(opened) << to_text(opened.error());
        return *addresses;
    }
    std::vector<ResourceId> all() const {
        std::vector<ResourceId> ids;
        for (std::size_t i = 0; i < config.resources.size(); ++i) ids.push_back(id_of<ResourceId>(i));
        return ids;
    }
    std::vector<Addresses::Answer> add(std::vector<ResourceId> ids) {
        std::vector<Addresses::Answer> out;
        addresses->add(ids, [&](auto answers) { out.insert(out.end(), answers.begin(), answers.end()); });
        return out;
    }
    std::vector<Addresses::Answer> remove(std::vector<ResourceId> ids) {
        std::vector<Addresses::Answer> out;
        addresses->remove(ids, [&](auto answers) { out.insert(out.end(), answers.begin(), answers.end()); });
        return out;
    }
    Addresses::Answer add_first() { return add({id_of<ResourceId>(0)}).at(0); }
    Addresses::Answer remove_first() { return remove({id_of<ResourceId>(0)}).at(0); }

    /// One line per address: "10.0.0.1/24 brd 10.0.0.255 eth0:0".
    static std::string addresses_of(const std::string& interface) {
        return output_of(
            "ip -o -4 addr show dev " + interface +
            " | sed -E 's/.* inet ([^ ]+)( brd [^ ]+)? scope [a-z]+ (secondary )?([^ \\\\]+).*/\\1\\2 \\4/'");
    }
    static bool keeps_marks_here() {
        utsname name{};
        return ::uname(&name) == 0 && keeps_marks(name.release);
    }
    static void set_promote(const char* value) {
        std::ofstream("/proc/sys/net/ipv4/conf/eth0/promote_secondaries") << value;
    }
    static char promote() {
        char value = '?';
        std::ifstream("/proc/sys/net/ipv4/conf/eth0/promote_secondaries") >> value;
        return value;
    }

    std::string conf = "/proc/sys/net/ipv4/conf";
    std::string loopback;  ///< file
    config::Config config;
    Announcer announcer;
    std::vector<std::string> log;
    std::unique_ptr<Addresses> addresses;
};

}  // namespace hb::kernel
