#include "hb/scripts/fence.hpp"

#include <gtest/gtest.h>

#include "unit/scripts/script_world.hpp"

using namespace hb;
using namespace hb::scripts;
using core::Outcome;

namespace {

const NodeId b = id_of<NodeId>(1), c = id_of<NodeId>(2);

/// Devices are scripts in a directory; what they are told stands in the file "told".
struct FenceWorld : ScriptWorld {
    FenceWorld() {
        config.nodes = {"a", "b", "c"};
        fencer.use(config);
    }
    void agent(const char* name, const std::string& body, NodeId victim = {},
               std::vector<std::string> parameters = {}) {
        script(name, "here=" + root + "\n" + body);
        config.fences.push_back({victim, true, root + "/" + name, std::move(parameters), {}});
        fencer.use(config);
    }
    template <class Done>
    void serve_until(Done done) {
        const Instant give_up = boot_now() + Duration{std::chrono::seconds{60}};
        while (!done() && boot_now() < give_up) {
            for (const epoll_event& event : poller.wait(5)) fencer.on_readable(event.data.fd, now);
            int status = 0;
            for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
                fencer.on_exit(pid, status, now);
        }
        read_log();
    }
    void serve() {
        serve_until([this] { return fencer.deadline() == never || fencer.deadline() <= now; });
        fencer.on_time(now);
        serve_until([this] { return fencer.deadline() == never; });
    }
    std::vector<std::pair<NodeId, Outcome>> answers;
    Fencer fencer{journal, poller, [this](NodeId node, Outcome outcome) {
                      answers.push_back({node, outcome});
                  }};
};
using Answers = std::vector<std::pair<NodeId, Outcome>>;

}  // namespace

TEST(Fencer, tells_an_agent_on_its_standard_input_what_to_do_and_nothing_on_the_command_line) {
    FenceWorld world;
    world.agent("mine", "cat > $here/told; echo $# >> $here/told; echo all well", {},
                {"ip=10.0.0.3", "password=x y"});
    world.fencer.fence(b, world.now);
    EXPECT_TRUE(world.answers.empty()) << "never from within the call";
    world.serve();
    EXPECT_EQ(world.answers, (Answers{{b, Outcome::ok}}));
    EXPECT_EQ(world.file("told"), "action=reboot\nplug=b\nport=b\nip=10.0.0.3\npassword=x y\n0\n");
    EXPECT_TRUE(world.logged("Resetting node b with [" + world.root + "/mine]"));
    EXPECT_TRUE(world.logged("all well"));
    EXPECT_TRUE(world.logged("node b now reset."));
}

TEST(Fencer, leaves_alone_what_the_options_of_an_agent_say_themselves) {
    const config::FenceDevice device{{}, true, "fence_x", {"port=7", "action=off"}, {}};
    EXPECT_EQ(fence_command(device, "b").input, "port=7\naction=off\n");
    EXPECT_EQ(fence_command(device, "b").words, (std::vector<std::string>{"fence_x"}));
}

TEST(Fencer, runs_the_stonith_of_cluster_glue_with_a_file_or_with_the_parameters_on_its_standard_input) {
    const config::FenceDevice here{{}, false, "baytech", {"10.0.0.3", "login", "secret"}, {}};
    EXPECT_EQ(fence_command(here, "b").words,
              (std::vector<std::string>{"stonith", "-t", "baytech", "-F", "/dev/stdin", "-T", "reset", "b"}));
    EXPECT_EQ(fence_command(here, "b").input, "10.0.0.3 login secret\n");
    const config::FenceDevice file{{}, false, "baytech", {}, "/etc/ha.d/conf/x"};
    EXPECT_EQ(fence_command(file, "b").words[4], "/etc/ha.d/conf/x");
    EXPECT_EQ(fence_command(file, "b").input, "");
}

TEST(Fencer, tries_the_devices_of_a_node_one_after_the_other_and_no_other_ones) {
    FenceWorld world;
    world.agent("first", "echo first >> $here/told; echo it is broken; exit 3");
    world.agent("other", "echo other >> $here/told", c);
    world.agent("second", "echo second >> $here/told", b);
    world.agent("third", "echo third >> $here/told");
    world.fencer.fence(b, world.now);
    world.serve();
    EXPECT_EQ(world.file("told"), "first\nsecond\n");
    EXPECT_EQ(world.answers, (Answers{{b, Outcome::ok}}));
    EXPECT_TRUE(world.logged("/first]: exit code 3: it is broken"));
}

TEST(Fencer, of_devices_that_all_fail_or_are_missing_fails_and_says_each) {
    FenceWorld world;
    world.agent("first", "kill -9 $$");
    world.config.fences.push_back({{}, true, "fence_that_is_nowhere", {}, {}});
    world.config.fences.push_back({{}, true, world.root + "/nowhere", {}, {}});
    world.fencer.use(world.config);
    world.fencer.fence(b, world.now);
    world.serve();
    EXPECT_EQ(world.answers, (Answers{{b, Outcome::failed}}));
    EXPECT_TRUE(world.logged("/first]: signal 9"));
    EXPECT_TRUE(world.logged("node b not reset by [fence_that_is_nowhere]: there is no such program"));
    EXPECT_TRUE(world.logged("/nowhere]: there is no such program"));
}

TEST(Fencer, ends_a_device_that_takes_more_than_a_minute_and_says_timed_out) {
    FenceWorld world;
    world.agent("slow", "trap '' TERM; echo begun > $here/told; while :; do sleep 1; done");
    world.fencer.fence(b, world.now);
    world.serve_until([&] { return world.file("told") == "begun\n"; });
    world.now += Fencer::limit;
    world.fencer.on_time(world.now);
    EXPECT_TRUE(world.answers.empty());
    world.now += 5s;
    world.fencer.on_time(world.now);  // deaf to TERM
    world.serve_until([&] { return !world.answers.empty(); });
    EXPECT_EQ(world.answers, (Answers{{b, Outcome::timed_out}}));
    EXPECT_TRUE(world.logged("no end within 60 s"));
}

TEST(Fencer, what_is_asked_again_while_it_runs_is_done_again_and_answered_once) {
    FenceWorld world;
    world.agent("mine", "echo run >> $here/told");
    world.fencer.fence(b, world.now);
    world.fencer.fence(b, world.now);
    world.serve();
    EXPECT_EQ(world.file("told"), "run\nrun\n");
    EXPECT_EQ(world.answers.size(), 1u);
}

TEST(Fencer, an_answer_that_the_engine_before_had_asked_for_is_not_given_to_the_next_one) {
    FenceWorld world;
    world.agent("mine", "echo run >> $here/told");
    world.fencer.fence(b, world.now);
    world.fencer.forget_requests();
    world.serve();
    EXPECT_TRUE(world.answers.empty());
    EXPECT_EQ(world.file("told"), "run\n");
}

TEST(Fencer, of_a_node_without_device_fails_and_of_itself_does_nothing) {
    FenceWorld world;
    world.fencer.fence(b, world.now);
    world.fencer.fence(id_of<NodeId>(0), world.now);
    world.fencer.fence(id_of<NodeId>(77), world.now);
    world.serve();
    EXPECT_EQ(world.answers, (Answers{{b, Outcome::failed}}));
}
