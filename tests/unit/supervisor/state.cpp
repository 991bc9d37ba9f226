#include "supervisor/state/state.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace hb;
using namespace hb::supervisor;

namespace {

constexpr std::uint64_t clock_now = 1'700'000'000;

class Directory {
public:
    Directory() {
        char name[] = "/tmp/hb-state-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    std::string file(const char* name) const { return path_ + "/" + name; }
    void write(const char* name, std::string_view text) const {
        std::ofstream(file(name), std::ios::binary) << text;
    }
    std::string read(const char* name) const {
        std::ifstream in(file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    std::string path_;
};

}  // namespace

TEST(Generation, the_next_one_is_one_more_than_the_file_says) {
    const auto next = next_generation("     1795337345\n", clock_now);
    EXPECT_EQ(next.first, 1795337346u);
    EXPECT_TRUE(next.readable);
}

TEST(Generation, is_written_right_aligned_in_fifteen_columns_with_a_newline) {
    EXPECT_EQ(generation_text(1795337345), "     1795337345\n");
    EXPECT_EQ(generation_text(4294967295u).size(), 16u);
}

TEST(Generation, a_file_far_below_the_clock_is_believed) {
    EXPECT_EQ(next_generation("              7\n", clock_now).first, 8u);
}

TEST(Generation, a_torn_number_never_goes_backwards) {
    const auto next = next_generation("     1995", clock_now);
    EXPECT_EQ(next.first, clock_now + 1);
    EXPECT_FALSE(next.readable);
}

TEST(Generation, a_number_without_its_newline_that_is_above_the_clock_counts) {
    EXPECT_EQ(next_generation("     1795337345", clock_now).first, 1795337346u);
}

TEST(Generation, garbage_nothing_negative_and_huge_go_by_the_clock) {
    for (const char* text : {"", "\n", "hello\n", "             -5\n", "99999999999999999999999\n",
                             "     5000000000\n", "              0\n", "     4294967295\n"}) {
        const auto next = next_generation(text, clock_now);
        EXPECT_EQ(next.first, clock_now + 1) << text;
        EXPECT_FALSE(next.readable) << text;
    }
}

TEST(Generation, two_are_reserved_and_the_first_is_given_out) {
    const Directory directory;
    directory.write("hb_generation", "            100\n");
    const auto reserved = reserve_generations(directory.file("hb_generation"), clock_now);
    ASSERT_TRUE(reserved);
    EXPECT_EQ(reserved->first, 101u);
    EXPECT_EQ(directory.read("hb_generation"), "            102\n");
    EXPECT_FALSE(reserved->missing);
    EXPECT_FALSE(reserved->damaged);
}

TEST(Generation, without_a_file_it_begins_one_above_the_clock) {
    const Directory directory;
    const auto reserved = reserve_generations(directory.file("hb_generation"), clock_now);
    ASSERT_TRUE(reserved);
    EXPECT_EQ(reserved->first, clock_now + 1);
    EXPECT_TRUE(reserved->missing);
    EXPECT_FALSE(reserved->damaged);
}

TEST(Generation, a_directory_in_its_place_is_an_error) {
    const Directory directory;
    std::filesystem::create_directory(directory.file("hb_generation"));
    EXPECT_FALSE(reserve_generations(directory.file("hb_generation"), clock_now));
}

TEST(Generation, a_fifo_in_its_place_does_not_block_and_is_replaced) {
    const Directory directory;
    ASSERT_EQ(::mkfifo(directory.file("hb_generation").c_str(), 0600), 0);
    const auto reserved = reserve_generations(directory.file("hb_generation"), clock_now);
    ASSERT_TRUE(reserved);
    EXPECT_TRUE(reserved->damaged);
    EXPECT_EQ(reserved->first, clock_now + 1);
}

TEST(Generation, an_unwritable_directory_is_an_error_that_names_the_file) {
    const auto reserved = reserve_generations("/proc/nothing/hb_generation", clock_now);
    ASSERT_FALSE(reserved);
    EXPECT_NE(reserved.error().what.find("/proc/nothing/hb_generation"), std::string::npos);
}

TEST(Uuid, is_made_once_with_mode_0644) {
    const Directory directory;
    const auto first = load_uuid(directory.file("hb_uuid"));
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->made);
    struct stat info {};
    ASSERT_EQ(::stat(directory.file("hb_uuid").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0644u);
    EXPECT_EQ(info.st_size, 16);
    const auto second = load_uuid(directory.file("hb_uuid"));
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->made);
    EXPECT_EQ(first->uuid, second->uuid);
}

TEST(Uuid, of_a_wrong_size_is_made_anew) {
    const Directory directory;
    directory.write("hb_uuid", "short");
    const auto node = load_uuid(directory.file("hb_uuid"));
    ASSERT_TRUE(node);
    EXPECT_TRUE(node->made);
    EXPECT_EQ(directory.read("hb_uuid").size(), 16u);
}

TEST(Leftovers, what_is_held_is_written_and_read_back) {
    config::Config config;
    config.groups.resize(2);
    config.groups[0] = {"a 10.0.0.1 apache2", "10.0.0.1", id_of<NodeId>(0), id_of<ResourceId>(0), 2, false};
    config.groups[1] = {"b 10.0.0.2", "10.0.0.2", id_of<NodeId>(1), id_of<ResourceId>(2), 1, true};
    config.resources.resize(3);
    config.resources[0].group = config.resources[1].group = id_of<GroupId>(0);
    config.resources[2].group = id_of<GroupId>(1);
    policy::Holdings holdings(config);
    EXPECT_EQ(holdings_text(config, holdings), "");
    holdings.starting(id_of<ResourceId>(0));
    holdings.starting(id_of<ResourceId>(1));
    const std::string text = holdings_text(config, holdings);
    EXPECT_EQ(text, "0,1 a 10.0.0.1 apache2\n");
    const auto leftovers = parse_holdings(text);
    ASSERT_EQ(leftovers.size(), 1u);
    EXPECT_EQ(leftovers[0].line, "a 10.0.0.1 apache2");
    EXPECT_EQ(leftovers[0].words, (std::vector<std::size_t>{0, 1}));
}

TEST(Leftovers, lines_that_cannot_be_read_are_left_out) {
    EXPECT_TRUE(parse_holdings("garbage\n,1 a x\n0,, a x\n99999999 a x\n0 torn").empty());
    EXPECT_EQ(parse_holdings("x\n0 a 10.0.0.1\n").size(), 1u);
}

TEST(Leftovers, become_a_configuration_although_nobody_configures_them_any_more) {
    const auto parsed =
        config_of({{"old-node 10.0.0.1/24/eth0 apache2", {0, 1}}, {"a logres::one", {0}}}, "a");
    ASSERT_TRUE(parsed.ok());
    ASSERT_EQ(parsed.config.groups.size(), 2u);
    EXPECT_EQ(parsed.config.resources.size(), 3u);
}

TEST(Leftovers, are_found_among_the_resources_and_words_that_do_not_exist_are_left_out) {
    const std::vector<Leftover> leftovers{{"old-node 10.0.0.1/24/eth0 apache2", {1, 7}},
                                          {"a logres::one", {0}}};
    const auto parsed = config_of(leftovers, "a");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(resources_of(leftovers, parsed.config),
              (std::vector<ResourceId>{id_of<ResourceId>(2),
                                       id_of<ResourceId>(0)}));  // those of this node are the first groups
}
