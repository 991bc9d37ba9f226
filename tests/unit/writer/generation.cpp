#include "writer/generation.hpp"

#include "files.hpp"

namespace hb::writer {
namespace {

struct GenerationFile : WithDirectory {
    std::string file = path("hb_generation");
};

TEST_F(GenerationFile, holds_sixteen_octets_as_3_0_6_writes_them) {
    ASSERT_TRUE(reserve_generation(file, 1795337345));
    EXPECT_EQ(content(file), "     1795337345\n");
}

TEST_F(GenerationFile, is_replaced_by_a_higher_number) {
    ASSERT_TRUE(reserve_generation(file, 7));
    ASSERT_TRUE(reserve_generation(file, 4294967295u));
    EXPECT_EQ(content(file), "     4294967295\n");
    EXPECT_FALSE(std::filesystem::exists(file + ".new"));
}

TEST_F(GenerationFile, never_goes_back) {
    ASSERT_TRUE(reserve_generation(file, 9));
    ASSERT_TRUE(reserve_generation(file, 8));
    EXPECT_EQ(content(file), "              9\n");
}

TEST_F(GenerationFile, that_was_torn_is_made_whole) {
    std::ofstream{file} << "   17\xff\n";
    ASSERT_TRUE(reserve_generation(file, 18));
    EXPECT_EQ(content(file), "             18\n");
}

TEST_F(GenerationFile, in_a_directory_that_is_not_there_is_an_error_that_names_it) {
    const auto done = reserve_generation(path("none/hb_generation"), 1);
    ASSERT_FALSE(done);
    EXPECT_NE(to_text(done.error()).find("none/hb_generation"), std::string::npos);
}

}  // namespace
}  // namespace hb::writer
