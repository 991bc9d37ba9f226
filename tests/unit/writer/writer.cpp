#include "writer/writer.hpp"

#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <cstring>

#include "files.hpp"

namespace hb::writer {
namespace {

struct Writing : WithDirectory {
    Writing() {
        ::setenv("TZ", "UTC", 1);
        start.logfile = path("ha-log");
        start.debugfile = path("ha-debug");
        start.node_name = "a";
        start.generation_file = path("hb_generation");
        envelope.pid = 21;
        envelope.realtime_ns = 1'795'337'344'000'000'000;  // 2026-11-22 08:49:04 UTC
        envelope.record.level = Level::info;
        envelope.record.program = "heartbeat";
        envelope.record.text = "Link b:eth0 up.";
    }
    WriterStart start;
    Envelope envelope;
};
constexpr auto stamp = "Nov 22 08:49:04 a heartbeat: [21]: ";

TEST_F(Writing, gives_everything_to_the_debug_file_and_all_but_debug_to_the_log_file) {
    Writer writer{start};
    writer.handle(envelope);
    envelope.record.level = Level::debug;
    envelope.record.text = "detail";
    writer.handle(envelope);
    EXPECT_EQ(content(start.logfile), std::string{stamp} + "info: Link b:eth0 up.\n");
    EXPECT_EQ(content(start.debugfile),
              std::string{stamp} + "info: Link b:eth0 up.\n" + stamp + "debug: detail\n");
}

TEST_F(Writing, says_how_many_records_its_sender_lost_before_the_one_that_came) {
    envelope.dropped = 17;
    Writer{start}.handle(envelope);
    EXPECT_EQ(content(start.logfile),
              std::string{stamp} + "WARN: 17 log lines lost\n" + stamp + "info: Link b:eth0 up.\n");
}

TEST_F(Writing, reserves_generations) {
    envelope.kind = Envelope::Kind::reserve_generation;
    envelope.generation = 44;
    Writer{start}.handle(envelope);
    EXPECT_EQ(content(start.generation_file), "             44\n");
    EXPECT_EQ(content(start.logfile), "");
}

TEST_F(Writing, says_why_a_generation_could_not_be_reserved) {
    start.generation_file = path("none/hb_generation");
    envelope.kind = Envelope::Kind::reserve_generation;
    envelope.generation = 44;
    Writer{start}.handle(envelope);
    EXPECT_NE(content(start.logfile).find("ERROR: cannot create"), std::string::npos);
}

TEST_F(Writing, survives_a_record_whose_level_is_no_level) {
    envelope.record.level = static_cast<Level>(200);
    Writer{start}.handle(envelope);
    EXPECT_EQ(content(start.debugfile), std::string{stamp} + "debug: Link b:eth0 up.\n");
}

/// What a captured engine can send: a text that says it is longer than its room.
template <std::size_t N>
void say_size(FixedString<N>& text, std::size_t size) {
    std::memcpy(reinterpret_cast<char*>(&text) + sizeof text - sizeof size, &size, sizeof size);
}

TEST_F(Writing, refuses_texts_that_say_they_are_longer_than_their_room) {
    for (const std::size_t size :
         {std::size_t{401}, std::size_t{600}, std::size_t{1} << 40, ~std::size_t{0}}) {
        std::filesystem::remove(start.logfile);
        Envelope text = envelope, program = envelope;
        say_size(text.record.text, size);
        say_size(program.record.program, size);
        Writer writer{start};
        writer.handle(text);
        writer.handle(program);
        writer.handle(envelope);
        EXPECT_EQ(content(start.logfile),
                  std::string{stamp} + "ERROR: A record that no part of heartbeat writes is ignored\n" +
                      stamp + "info: Link b:eth0 up.\n")
            << size;
    }
}

TEST_F(Writing, refuses_unknown_kinds) {
    envelope.kind = static_cast<Envelope::Kind>(7);
    Writer{start}.handle(envelope);
    EXPECT_EQ(content(start.logfile),
              std::string{stamp} + "ERROR: A record that no part of heartbeat writes is ignored\n");
}

TEST_F(Writing, refuses_generations_that_leave_none_for_later_lives) {
    std::ofstream{start.generation_file} << "     1795337344\n";
    envelope.kind = Envelope::Kind::reserve_generation;
    Writer writer{start};
    for (const std::uint32_t generation : {0xffffffffu, 0xfffeffffu, 0xc0000000u}) {
        envelope.generation = generation;
        writer.handle(envelope);
        EXPECT_EQ(content(start.generation_file), "     1795337344\n") << generation;
    }
    EXPECT_EQ(content(start.logfile),
              std::string{stamp} +
                  "ERROR: Generation 4294967295 is not reserved: no life of this node can have it\n");
    envelope.generation = 1795337345;
    writer.handle(envelope);
    EXPECT_EQ(content(start.generation_file), "     1795337345\n");
}

TEST(Generation, may_go_up_by_a_thousand_at_once_and_by_one_a_second) {
    constexpr std::uint32_t high = 0xa0000000;
    EXPECT_EQ(highest_generation(high, std::chrono::seconds{0}, 0), high + 1000);
    EXPECT_EQ(highest_generation(high, std::chrono::hours{1}, 0), high + 1000 + 3600);
}

TEST(Generation, may_be_learned_below_the_clock_and_where_there_is_room_above) {
    EXPECT_EQ(highest_generation(7, std::chrono::seconds{0}, 0), 0x7fffffffu);
    EXPECT_EQ(highest_generation(7, std::chrono::seconds{0}, 0xa0000000), 0xa0000000u);
    EXPECT_LT(highest_generation(0xfffffff0, std::chrono::hours{1}, 0), 0xffffffffu);
}

TEST_F(Writing, ends_with_its_channel_after_writing_what_was_sent) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        start.fd = ends[1];
        ::_exit(run_writer(start));
    }
    ::close(ends[1]);
    Client client{ends[0]};
    for (int i = 0; i < 50; ++i) client.log(envelope.record);
    client.reserve(5);
    ::close(ends[0]);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    const std::string text = content(start.logfile);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 50);
    EXPECT_EQ(content(start.generation_file), "              5\n");
}

TEST(Client, counts_what_a_full_channel_does_not_take_and_tells_it_with_the_next_that_passes) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    Client client{ends[0]};
    LogRecord record;
    std::uint32_t sent = 0;
    for (; client.dropped() == 0; ++sent) client.log(record);
    client.log(record);
    client.reserve(9);
    EXPECT_EQ(client.dropped(), 2u);
    Envelope got;
    for (std::uint32_t i = 1; i < sent; ++i) ASSERT_GT(::recv(ends[1], &got, sizeof got, MSG_DONTWAIT), 0);
    EXPECT_LT(::recv(ends[1], &got, sizeof got, MSG_DONTWAIT), 0);
    client.log(record);
    EXPECT_EQ(client.dropped(), 0u);
    ASSERT_GT(::recv(ends[1], &got, sizeof got, MSG_DONTWAIT), 0);
    EXPECT_EQ(got.dropped, 2u);
    EXPECT_EQ(got.pid, ::getpid());
    // The reservation was kept and follows.
    ASSERT_GT(::recv(ends[1], &got, sizeof got, MSG_DONTWAIT), 0);
    EXPECT_EQ(got.kind, Envelope::Kind::reserve_generation);
    EXPECT_EQ(got.generation, 9u);
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace hb::writer
