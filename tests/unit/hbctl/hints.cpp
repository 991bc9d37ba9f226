#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <vector>

#include "daemon.hpp"
#include "hb/control/command.hpp"
#include "hbctl/show.hpp"
#include "records.hpp"

namespace hb::hbctl {
namespace {

using namespace test;

const std::string own = "group\t10.0.0.1\ta\towned\ta\t3\t7200000\tclaimed after initdead";
std::string group_is(const std::string& state, const std::string& holder, const std::string& cause) {
    return replaced(records, own, "group\t10.0.0.1\ta\t" + state + "\t" + holder + "\t3\t7200000\t" + cause);
}

/// The states that a hint is about.
std::vector<std::string> situations() {
    return {
        group_is("blocked", "a", "stop failed"),
        group_is("not-here", "a", "start failed"),
        group_is("foreign", "", "start"),
        group_is("foreign", "b", "waiting for fencing of b"),
        group_is("owned", "b", "claimed"),
        replaced(records, "group\t10.0.0.2\tb\tforeign\tb", "group\t10.0.0.2\tb\towned\ta"),
        replaced(records, "session\t320", "-\t320"),
        replaced(records, "node\tb\tpeer\tactive", "node\tb\tpeer\tdead"),
        replaced(records, "link\tb\teth1\tup", "link\tb\teth1\tlost"),
    };
}

std::vector<std::string> commands_in(const std::string& hint) {
    std::vector<std::string> out;
    const std::string begin = "hbctl ";
    for (std::size_t at = hint.find(begin); at != std::string::npos; at = hint.find(begin, at + 1))
        out.push_back(hint.substr(at + begin.size(), hint.find_first_of("`.,;", at) - at - begin.size()));
    return out;
}

TEST(StatusHints, name_commands_that_hbctl_takes_and_the_daemon_understands) {
    std::set<std::string> named;
    for (const std::string& records_now : situations()) {
        const auto status = parse_status(records_now);
        ASSERT_TRUE(status) << records_now;
        for (const std::string& hint : hints(*status))
            for (const std::string& command : commands_in(hint)) {
                named.insert(command);
                std::istringstream in(command);
                std::vector<std::string> words;
                for (std::string word; in >> word;) words.push_back(word);
                const std::vector<std::string_view> views(words.begin(), words.end());
                Daemon daemon;
                daemon.answer("ok\tdone\n");
                const Outcome outcome = run("hbctl", views, daemon.surroundings());
                EXPECT_EQ(outcome.code, 0) << hint << outcome.err;
                EXPECT_TRUE(control::parse_command(daemon.asked())) << hint;
            }
    }
    EXPECT_GE(named.size(), 4u) << "unblock, takeover, fenced, standby";
}

}  // namespace
}  // namespace hb::hbctl
