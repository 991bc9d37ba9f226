#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hb/auth/digest.hpp"
#include "hb/config/load.hpp"
#include "hb/control/command.hpp"

namespace hb::control {
namespace {

/// A node that has just started and heard nobody.
class StatusText : public testing::Test {
protected:
    StatusText() : config_(make()), core_(config_, origin(), start_) {}
    static config::Config make() {
        config::Parsed parsed =
            config::parse({"logfile /l\nbcast eth0\nauto_failback on\nnode a b\n", "auth 1\n1 crc\n",
                           "a 10.0.0.1 apache2::x\nb 10.0.0.2\n", "a"});
        config::seal(parsed.config);
        return parsed.config;
    }
    static core::Origin origin() {
        core::Origin origin;
        origin.digest = auth::sha256_head;
        origin.generation = 1795337345;
        return origin;
    }
    std::string text(std::size_t room = 65536, std::span<const Counter> counters = {}) {
        std::vector<char> out(room);
        return {out.data(), format_status(config_, core_, start_, start_ + 1500ms, counters, out)};
    }
    const Instant start_ = Instant{} + 1h;
    config::Config config_;
    core::Core core_;
};

TEST_F(StatusText, begins_with_the_daemon_and_ends_with_end) {
    const std::string all = text();
    EXPECT_EQ(all.find("heartbeat\t" HB_VERSION "\ta\t1795337345\t1500\trunning\t-\n"), 0u) << all;
    EXPECT_TRUE(all.ends_with("\nend\n"));
}

TEST_F(StatusText, names_every_node_link_and_group) {
    const std::string all = text();
    for (const char* record : {"\nnode\ta\tself\t", "\nnode\tb\tpeer\tinit\t",
                               "\nlink\tb\teth0\tunknown\t-\n", "\ngroup\t10.0.0.1\ta\tforeign\t",
                               "\ta 10.0.0.1 apache2::x\tat-most-one\n", "\ngroup\t10.0.0.2\tb\tforeign\t"})
        EXPECT_NE(all.find(record), std::string::npos) << record << " in\n" << all;
}

TEST_F(StatusText, gives_each_record_its_number_of_fields) {
    const std::string all = text();
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t end = all.find('\n', at);
        const std::string line = all.substr(at, end - at);
        const auto fields = 1 + std::count(line.begin(), line.end(), '\t');
        const std::string name = line.substr(0, line.find('\t'));
        EXPECT_EQ(fields, name == "heartbeat" ? 7
                          : name == "node"    ? 10
                          : name == "link"    ? 5
                          : name == "group"   ? 10
                                              : 1)
            << line;
        at = end + 1;
    }
}

TEST_F(StatusText, counts_what_it_is_given) {
    const Counter counters[] = {{"frames received", 7}, {"bad signature", 18446744073709551615u}};
    const std::string all = text(65536, counters);
    EXPECT_NE(all.find("counter\tframes received\t7\ncounter\tbad signature\t18446744073709551615\nend\n"),
              std::string::npos)
        << all;
}

TEST_F(StatusText, has_parameters_given_and_by_default) {
    EXPECT_EQ(parameter(config_, "logfile"), "/l");
    EXPECT_EQ(parameter(config_, "udpport"), "694");
    EXPECT_EQ(parameter(config_, "keepalive"), "1000ms");
    for (const char* unknown : {"", "keep", "keepalive=1000ms", "HA_keepalive", "OCF_ROOT"})
        EXPECT_EQ(parameter(config_, unknown), std::nullopt) << unknown;
}

TEST_F(StatusText, that_does_not_fit_is_not_begun) {
    const std::size_t size = text().size();
    EXPECT_EQ(text(size).size(), size);
    EXPECT_EQ(text(size - 1).size(), 0u);
    EXPECT_EQ(text(0).size(), 0u);
}

}  // namespace
}  // namespace hb::control
