#include <gtest/gtest.h>

#include <fstream>

#include "golden_case.hpp"

namespace hb::config {
namespace {

using namespace test;

std::string problems_of(const Sources& sources) {
    std::string out;
    for (const Problem& problem : parse(sources).problems) out += to_text(problem);
    return out;
}

TEST(GoldenConfig, every_broken_configuration_is_answered_with_exactly_the_expected_lines) {
    const std::vector<fs::path> cases = golden_cases();
    EXPECT_GE(cases.size(), 80u);
    for (const fs::path& path : cases) {
        const Case c = read_case(path);
        const std::string problems = problems_of(c.sources);
        EXPECT_EQ(problems, c.expect) << path;
        if (std::getenv("HB_GOLDEN_WRITE")) std::ofstream(path) << c.input << "== expect\n" << problems;
    }
}

TEST(GoldenConfig, what_the_sections_leave_out_is_a_configuration_without_any_problem) {
    EXPECT_EQ(problems_of(Case{}.sources), "");
}

TEST(GoldenConfig,
     a_configuration_cut_anywhere_or_with_any_octet_changed_is_parsed_or_refused_but_never_ends_the_program) {
    const Sources good = Case{}.sources;
    for (std::size_t i = 0; i < good.ha_cf.size(); ++i)
        for (const char octet : {'\0', '\\', '#', ':', '\xff', '9', '/'}) {
            Sources cut = good, changed = good;
            cut.ha_cf.resize(i);
            changed.ha_cf[i] = octet;
            if (i < changed.haresources.size()) changed.haresources[i] = octet;
            if (i < changed.authkeys.size()) changed.authkeys[i] = octet;
            for (const Problem& problem : parse(cut).problems) EXPECT_FALSE(to_text(problem).empty());
            for (const Problem& problem : parse(changed).problems) EXPECT_FALSE(to_text(problem).empty());
        }
}

}  // namespace
}  // namespace hb::config
