#include "writer/log.hpp"

#include "files.hpp"

namespace hb::writer {
namespace {

struct Logs : WithDirectory {
    LogFile file{path("ha-log")};
    static Line said(std::uint64_t lost, int reason) {
        return Line{"lost " + std::to_string(lost) + (reason ? " because of something\n" : "\n")};
    }
    void write(std::string_view line, std::int64_t now) { file.write(line, now, said); }
};

TEST_F(Logs, makes_the_file_readable_for_all_and_appends) {
    ::umask(022);
    std::ofstream{path("ha-log")} << "before\n";
    write("one\n", 1);
    write("two\n", 1);
    EXPECT_EQ(content(path("ha-log")), "before\none\ntwo\n");
    LogFile other{path("fresh")};
    other.write("x\n", 1, said);
    struct stat s {};
    ASSERT_EQ(::stat(path("fresh").c_str(), &s), 0);
    EXPECT_EQ(s.st_mode & 0777u, 0644u);
}

TEST_F(Logs, writes_nothing_into_the_old_file_after_it_was_renamed) {
    write("one\n", 1);
    std::filesystem::rename(path("ha-log"), path("ha-log.1"));
    write("two\n", 1);
    EXPECT_EQ(content(path("ha-log.1")), "one\n");
    EXPECT_EQ(content(path("ha-log")), "two\n");
}

TEST_F(Logs, opens_the_file_again_after_it_was_removed) {
    write("one\n", 1);
    std::filesystem::remove(path("ha-log"));
    write("two\n", 2);
    EXPECT_EQ(content(path("ha-log")), "two\n");
}

TEST_F(Logs, counts_what_it_could_not_write_and_says_so_when_it_can) {
    std::filesystem::create_directory(path("ha-log"));
    write("one\n", 1);
    write("two\n", 1);
    EXPECT_EQ(file.lost(), 2u);
    EXPECT_NE(file.reason(), 0);
    std::filesystem::remove(path("ha-log"));
    write("three\n", 2);
    EXPECT_EQ(content(path("ha-log")), "lost 2 because of something\nthree\n");
    EXPECT_EQ(file.lost(), 0u);
}

TEST_F(Logs, takes_no_fifo_for_a_log_file_and_does_not_wait_for_its_reader) {
    ASSERT_EQ(::mkfifo(path("ha-log").c_str(), 0600), 0);
    write("one\n", 1);
    EXPECT_EQ(file.lost(), 1u);
}

TEST_F(Logs, follows_a_link_of_root_and_none_of_anybody_else) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    std::filesystem::create_symlink(path("elsewhere"), path("ha-log"));
    write("one\n", 1);
    EXPECT_EQ(content(path("elsewhere")), "one\n");
    ASSERT_EQ(::lchown(path("ha-log").c_str(), 65534, 65534), 0);
    LogFile other{path("ha-log")};
    other.write("two\n", 1, said);
    EXPECT_EQ(other.reason(), ELOOP);
    EXPECT_EQ(content(path("elsewhere")), "one\n");
}

TEST_F(Logs, counts_lines_for_a_full_device) {
    LogFile full{"/dev/full"};
    full.write("one\n", 1, said);
    full.write("two\n", 2, said);
    EXPECT_EQ(full.lost(), 2u);
    EXPECT_EQ(full.reason(), ENOSPC);
}

}  // namespace
}  // namespace hb::writer
