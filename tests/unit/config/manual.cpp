#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/ha_cf.hpp"
#include "make.hpp"

namespace hb::config {
namespace {

std::string read(const std::string& name) {
    const char* top = std::getenv("HB_TOP");
    std::ifstream in((top ? std::string(top) : ".") + "/" + name);
    EXPECT_TRUE(in) << name;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}
bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The sample with its examples taken out of their comments.
std::string uncommented(const std::string& sample) {
    std::istringstream in(sample);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        const bool is_example = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '-';
        out += (is_example ? line.substr(1) : line) + '\n';
    }
    return out;
}

TEST(Manual, has_each_directive_with_its_default_and_an_example) {
    const std::string manual = read("man/ha.cf.5");
    for (const std::string_view name : known_directives()) {
        if (name == "udp") continue;
        const std::size_t at = manual.find(".It Ic " + std::string(name) + " Ar ");
        ASSERT_NE(at, std::string::npos) << name;
        const std::string entry = manual.substr(at, manual.find("\n.It", at + 1) - at);
        EXPECT_TRUE(contains(entry, "\nDefault: ")) << name;
        EXPECT_TRUE(contains(entry, "\n.Dl " + std::string(name) + " ")) << name;
    }
}

TEST(Sample, of_ha_cf_has_each_directive) {
    const std::string sample = read("doc/samples/ha.cf");
    for (const std::string_view name : known_directives())
        EXPECT_TRUE(name == "udp" || contains(sample, "\n#" + std::string(name) + " ")) << name;
}

TEST(Sample, of_ha_cf_has_no_error_when_every_example_is_used) {
    Sources sources = test::good();
    sources.node_name = "craig-02.vm.xeriom.net";
    sources.ha_cf = uncommented(read("doc/samples/ha.cf"));
    sources.haresources =
        "craig-02.vm.xeriom.net drbddisk::r0\ncraig-02.vm.xeriom.net 192.168.77.101 apache2\n";
    const Parsed parsed = parse(sources);
    EXPECT_TRUE(parsed.ok()) << test::problems_of(parsed);
}

TEST(Sample, of_haresources_and_authkeys_hold_only_remarks) {
    EXPECT_EQ(test::problems_of(test::with_haresources(read("doc/samples/haresources"))),
              test::problems_of(test::with_haresources("")));
    EXPECT_EQ(test::problems_of(test::with_authkeys(read("doc/samples/authkeys"))),
              test::problems_of(test::with_authkeys("")));
}

TEST(Sample, of_authkeys_gives_keys_that_everybody_knows_when_its_examples_are_used) {
    const Parsed parsed = test::with_authkeys(uncommented(read("doc/samples/authkeys")));
    EXPECT_TRUE(parsed.ok());
    const auto is_known = [](const Problem& p) { return contains(p.text, "stands in manuals and samples"); };
    EXPECT_EQ(std::count_if(parsed.problems.begin(), parsed.problems.end(), is_known), 3);
    EXPECT_EQ(parsed.problems.size(), 4u);  // and the crc
}

TEST(Sample, is_large_enough_to_be_compressed_in_a_directory_of_documents) {
    EXPECT_GT(read("doc/samples/ha.cf").size(), 4096u);
    EXPECT_GT(read("doc/samples/haresources").size(), 4096u);
}

}  // namespace
}  // namespace hb::config
