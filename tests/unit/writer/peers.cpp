#include "writer/peers.hpp"

#include "files.hpp"
#include "writer/writer.hpp"

namespace hb::writer {
namespace {

struct Peers : WithDirectory {
    PeersFile file{path("peers")};
};

TEST_F(Peers, the_highest_generation_of_each_is_kept) {
    ASSERT_TRUE(file.remember("b", 7));
    ASSERT_TRUE(file.remember("a.example.org", 1'795'337'344));
    ASSERT_TRUE(file.remember("b", 6));
    EXPECT_EQ(content(path("peers")), "a.example.org 1795337344\nb 7\n");
    PeersFile next{path("peers")};
    ASSERT_TRUE(next.remember("b", 9));
    EXPECT_EQ(content(path("peers")), "a.example.org 1795337344\nb 9\n");
}

TEST_F(Peers, a_line_that_is_none_is_left_out_and_a_torn_one_is_none) {
    std::ofstream(path("peers")) << "b 7\nnonsense\nc x\n../../etc 4\n 5\nd 3 3\ne 12";
    ASSERT_TRUE(file.remember("f", 1));
    EXPECT_EQ(content(path("peers")), "b 7\nf 1\n");
}

TEST_F(Peers, names_without_end_are_forgotten_lowest_first) {
    for (std::uint32_t i = 1; i <= 100; ++i) ASSERT_TRUE(file.remember("n" + std::to_string(i), i));
    const std::string text = content(path("peers"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 32);
    EXPECT_NE(text.find("n100 100\n"), text.npos);
    EXPECT_EQ(text.find("n1 1\n"), text.npos);
}

TEST_F(Peers, a_name_or_a_number_that_no_node_has_is_refused) {
    WriterStart start;
    start.logfile = path("ha-log");
    start.node_name = "a";
    start.peers_file = path("peers");
    Writer writer{start};
    const auto remember = [&](std::string_view name, std::uint32_t generation) {
        Envelope envelope;
        envelope.kind = Envelope::Kind::remember_peer;
        envelope.generation = generation;
        envelope.record.text = name;
        writer.handle(envelope);
    };
    for (const char* name : {"", "b\nc 4294967295", "b c", "../b"}) remember(name, 5);
    remember("b", 0xffffffff);
    remember("b", 0xfffeffff);  // no node could ever live above it
    remember("b", 0);
    EXPECT_EQ(content(path("peers")), "");
    remember("b", 5);
    EXPECT_EQ(content(path("peers")), "b 5\n");
}

TEST_F(Peers, a_directory_that_is_gone_is_a_reason_and_no_crash) {
    PeersFile lost{path("gone/peers")};
    const auto done = lost.remember("b", 5);
    ASSERT_FALSE(done);
    EXPECT_NE(to_text(done.error()).find("gone/peers"), std::string::npos);
}

}  // namespace
}  // namespace hb::writer
