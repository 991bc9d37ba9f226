#include "supervisor/users/fifo.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "unit/scripts/script_world.hpp"

namespace hb::supervisor {
namespace {

using core::OperatorAsked;

std::vector<policy::FifoParser::Item> items_of(std::initializer_list<std::string_view> writes) {
    policy::FifoParser parser;
    std::vector<policy::FifoParser::Item> items;
    for (const std::string_view octets : writes) {
        parser.feed(octets);
        while (auto item = parser.next()) items.push_back(std::move(*item));
    }
    return items;
}
policy::FifoDecision decision_of(std::string_view text) {
    const auto items = items_of({text});
    if (items.size() != 1 || !items[0].fault.empty()) return {};
    return decide(items[0].message);
}

TEST(FifoParser, takes_what_hb_standby_of_3_0_6_writes) {
    const auto items = items_of({">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n"});
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].fault, "");
    EXPECT_EQ(items[0].message.get("t"), "ask_resources");
    EXPECT_EQ(items[0].message.get("rsc_hold"), "all");
}

TEST(FifoParser, takes_a_message_octet_by_octet_with_type_digits_blank_lines_and_a_nul_behind) {
    policy::FifoParser parser;
    constexpr char octets[] = "\n>>>\n(0)t=hello\n\nempty=\nvalue=a=b\n<<<\n\0>>>\n";
    const std::string_view text{octets, sizeof octets - 1};
    std::vector<policy::FifoParser::Item> items;
    for (const char c : text) {
        parser.feed({&c, 1});
        while (auto item = parser.next()) items.push_back(std::move(*item));
    }
    ASSERT_EQ(items.size(), 1u);
    EXPECT_EQ(items[0].fault, "");
    EXPECT_EQ(items[0].message.get("t"), "hello");
    EXPECT_EQ(items[0].message.get("value"), "a=b");
}

TEST(FifoParser, says_what_is_wrong_and_takes_the_next_message) {
    const std::string good = ">>>\nt=hello\n<<<\n";
    const struct {
        std::string text;
        const char* says;
    } cases[] = {
        {"hb_standby all\n", "text outside of a message, \"hb_standby all\""},
        {"one\ntwo\n<<<\nthree\n", "\"one\""},
        {">>>\nt=hello\n", "has no end"},
        {">>>\nno field\n<<<\n", "\"no field\""},
        {">>>\n=value\n<<<\n", "is no field"},
        {">>>\n t=hello\n<<<\n", "without blanks"},
        {">>>\nrsc_hold=all\n<<<\n", "has no type"},
        {">>>\n<<<\n", "has no type"},
        {">>>\nt=a\x1b[31m\n<<<\n", "control characters, \"t=a?[31m\""},
        {">>>\n(1)t=binary\n<<<\n", "is no field"},
        {">>>\nt=x\na=" + std::string(5000, 'a') + "\n<<<\n", "longer than 4096"},
        {std::string(20000, 'a') + "\n", "text outside"},
    };
    for (const auto& c : cases) {
        const auto items = items_of({c.text, good});
        ASSERT_EQ(items.size(), 2u) << c.says;
        EXPECT_NE(items[0].fault.find(c.says), std::string::npos) << items[0].fault;
        EXPECT_EQ(items[1].fault, "") << c.says;
        EXPECT_EQ(items[1].message.get("t"), "hello") << c.says;
    }
}

TEST(FifoParser, counts_the_whole_message_and_its_fields) {
    std::string many = ">>>\nt=x\n";
    for (int i = 0; i < 40; ++i) many += "a=b\n";
    EXPECT_NE(items_of({many + "<<<\n"})[0].fault.find("more than 32 fields"), std::string::npos);
    std::string large = ">>>\nt=x\n";
    for (int i = 0; i < 10; ++i) large += "a=" + std::string(500, 'b') + "\n";
    EXPECT_NE(items_of({large + "<<<\n"})[0].fault.find("longer than 4096"), std::string::npos);
}

TEST(FifoParser, takes_the_rest_of_a_line_that_was_too_long_for_no_line_of_its_own) {
    const auto items = items_of({std::string(5000, 'a'), ">>>\n", ">>>\nt=hello\n<<<\n"});
    ASSERT_EQ(items.size(), 2u);
    EXPECT_NE(items[0].fault.find("text outside"), std::string::npos) << items[0].fault;
    EXPECT_EQ(items[1].message.get("t"), "hello");
}

TEST(FifoParser, quotes_sixty_octets_and_says_when_there_are_more) {
    const std::string sixty(60, 'a');
    EXPECT_NE(items_of({sixty + "\n", ">>>\n"})[0].fault.find('"' + sixty + '"'), std::string::npos);
    EXPECT_NE(items_of({sixty + "b\n", ">>>\n"})[0].fault.find('"' + sixty + "...\""), std::string::npos);
}

TEST(FifoParser, survives_any_octets_in_any_pieces) {
    const std::string_view pieces[] = {">>>\n", "<<<\n", "t=x\n", "=\n",     "\n",
                                       "(0)",   ">>>",   "\xff",  {"\0", 1}, "="};
    std::uint32_t seed = 1;
    const auto draw = [&seed](std::uint32_t below) {
        return (seed = seed * 1664525 + 1013904223) / 65536 % below;
    };
    policy::FifoParser parser;
    std::size_t messages = 0, faults = 0;
    for (int round = 0; round < 20000; ++round) {
        if (draw(500) == 0) parser.feed(std::string(4000, 'x'));
        parser.feed(pieces[draw(std::size(pieces))]);
        while (auto item = parser.next()) {
            (item->fault.empty() ? messages : faults) += 1;
            ASSERT_LE(item->fault.size(), 300u);
            if (item->fault.empty()) decide(item->message);
        }
    }
    EXPECT_GT(messages, 0u);
    EXPECT_GT(faults, 0u);
}

TEST(FifoDecision, makes_an_operator_of_hb_standby_and_hb_takeover) {
    const struct {
        const char* text;
        OperatorAsked::Verb verb;
        OperatorAsked::Set set;
    } cases[] = {
        {">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n", OperatorAsked::Verb::standby,
         OperatorAsked::Set::all},
        {">>>\nt=ask_resources\nrsc_hold=local\ninfo=me\n<<<\n", OperatorAsked::Verb::standby,
         OperatorAsked::Set::local},
        {">>>\nt=ask_resources\nrsc_hold=failback\ninfo=me\n<<<\n", OperatorAsked::Verb::standby,
         OperatorAsked::Set::foreign},
        {">>>\nt=hb_takeover\nrsc_hold=foreign\n<<<\n", OperatorAsked::Verb::takeover,
         OperatorAsked::Set::foreign},
        {">>>\nt=hb_takeover\nrsc_hold=failback\n<<<\n", OperatorAsked::Verb::takeover,
         OperatorAsked::Set::local},
    };
    for (const auto& c : cases) {
        const policy::FifoDecision decision = decision_of(c.text);
        ASSERT_EQ(decision.kind, policy::FifoDecision::Kind::operate) << c.text;
        EXPECT_EQ(decision.asked.verb, c.verb) << c.text;
        EXPECT_EQ(decision.asked.set, c.set) << c.text;
    }
}

TEST(FifoDecision, refuses_what_only_heartbeat_says_and_sets_that_do_not_exist) {
    for (const char* text :
         {">>>\nt=status\nst=dead\n<<<\n", ">>>\nt=resource\nrsc_hold=all\n<<<\n", ">>>\nt=shutdone\n<<<\n",
          ">>>\nt=NS_rexmit\n<<<\n", ">>>\nt=hbapi-signoff\n<<<\n",
          ">>>\nt=ip-request\nipaddr=10.0.0.1\n<<<\n", ">>>\nt=ask_resources\nrsc_hold=all\ninfo=done\n<<<\n",
          ">>>\nt=hb_takeover\nrsc_hold=much\n<<<\n", ">>>\nt=hb_takeover\n<<<\n"}) {
        const policy::FifoDecision decision = decision_of(text);
        EXPECT_EQ(decision.kind, policy::FifoDecision::Kind::refuse) << text;
        EXPECT_NE(decision.text, "") << text;
    }
}

/// A FIFO in a directory of its own.
struct FifoWorld : testing::Test, ScriptWorld {
    FifoWorld() { fifo.open(path, now); }
    void write(std::string_view text) {
        const Fd fd{::open(path.c_str(), O_WRONLY | O_NONBLOCK)};
        ASSERT_TRUE(fd);
        ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    /// Serves until nothing is left to do; time passes as the FIFO wants it.
    void serve() {
        for (int quiet = 0; quiet < 3;) {
            const auto events = poller.wait(0);
            for (const epoll_event& event : events) fifo.on_readable(event.data.fd, now);
            if (fifo.deadline() == never) {
                quiet += events.empty();
                continue;
            }
            quiet = 0;
            now = std::max(now, fifo.deadline());
            fifo.on_time(now);
        }
        read_log();
    }

    std::string path = root + "/fifo";
    std::vector<policy::FifoDecision> taken;
    Fifo fifo{journal, poller, [this](const policy::FifoDecision& decision) { taken.push_back(decision); }};
};

constexpr std::string_view standby = ">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n";

TEST_F(FifoWorld, is_made_for_its_owner_only) {
    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_TRUE(S_ISFIFO(info.st_mode));
    EXPECT_EQ(info.st_mode & 07777, 0600u);
    read_log();
    EXPECT_TRUE(logged("Creating FIFO " + path + "."));
}

TEST_F(FifoWorld, hears_one_writer_after_the_other) {
    for (std::size_t n = 1; n <= 3; ++n) {
        write(standby);
        serve();
        EXPECT_EQ(taken.size(), n);
    }
}

TEST_F(FifoWorld, takes_one_message_in_ten_milliseconds) {
    const Instant begin = now;
    std::string many;
    for (int i = 0; i < 20; ++i) many += standby;
    write(many);
    serve();
    EXPECT_EQ(taken.size(), 20u);
    EXPECT_GE(now - begin, Duration{190ms});
}

TEST_F(FifoWorld, garbage_is_one_line_in_ten_seconds) {
    for (int i = 0; i < 50; ++i) {
        write("garbage\n>>>\nt=\n<<<\n");
        serve();
    }
    const auto lines = [this] {
        return std::count_if(log.begin(), log.end(),
                             [](const std::string& line) { return line.find("FIFO: ") != line.npos; });
    };
    EXPECT_EQ(lines(), 1);
    EXPECT_TRUE(logged("text outside of a message"));
    now += 10s;
    write("garbage\n");
    serve();
    EXPECT_EQ(lines(), 2);
    EXPECT_TRUE(logged("(and 99 before it)"));
    EXPECT_TRUE(taken.empty());
}

TEST_F(FifoWorld, what_stands_in_its_place_is_named_and_left_alone) {
    const std::string file = root + "/file";
    std::ofstream(file) << "text";
    Fifo other{journal, poller, [](const policy::FifoDecision&) {}};
    other.open(file, now);
    read_log();
    EXPECT_TRUE(logged(file + " is no FIFO of root"));
    EXPECT_EQ(this->file("file"), "text");
    EXPECT_FALSE(other.on_readable(-1, now));
}

TEST_F(FifoWorld, that_everybody_could_write_to_is_closed_to_others) {
    const std::string open_to_all = root + "/open";
    ASSERT_EQ(::mkfifo(open_to_all.c_str(), 0600), 0);
    ASSERT_EQ(::chmod(open_to_all.c_str(), 0666), 0);
    Fifo other{journal, poller, [](const policy::FifoDecision&) {}};
    other.open(open_to_all, now);
    struct stat info {};
    ASSERT_EQ(::stat(open_to_all.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
}

}  // namespace
}  // namespace hb::supervisor
