#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hb/config/parse.hpp"

/// tests/golden-config/NAME.txt: sections "== node", "== ha.cf", "== authkeys", "== haresources", "==
/// expect"; a section that is missing is a good one. "escaped" behind a section's name: \xHH is an octet.
/// HB_GOLDEN_WRITE=1 writes the expectations anew.
namespace hb::config {
namespace {

namespace fs = std::filesystem;

struct Case {
    std::string remark, input, expect;  // `input`: all lines before "== expect"
    Sources sources{
        "keepalive 2\ndeadtime 30\ninitdead 120\nlogfile /var/log/ha-log\nbcast eth0\nauto_failback on\nnode "
        "a b\n",
        "auth 1\n1 sha1 key-of-the-tests\n", "a 192.168.77.100 apache2\n", "a"};
};

fs::path corpus() {
    const char* top = std::getenv("HB_TOP");
    return fs::path(top ? top : ".") / "tests/golden-config";
}

std::string unescaped(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "\\x") != 0)
            out += text[i];
        else {
            out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
            i += 3;
        }
    }
    return out;
}

std::string* section(Case& c, const std::string& name) {
    if (name == "node") return &c.sources.node_name;
    if (name == "ha.cf") return &c.sources.ha_cf;
    if (name == "authkeys") return &c.sources.authkeys;
    if (name == "haresources") return &c.sources.haresources;
    return name == "expect" ? &c.expect : nullptr;
}

Case read_case(const fs::path& path) {
    Case c;
    std::ifstream in(path);
    std::string* out = &c.remark;
    bool escaped = false;
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("== ", 0) == 0) {
            std::istringstream words(line.substr(3));
            std::string name, option;
            words >> name >> option;
            if (escaped) *out = unescaped(*out);
            escaped = option == "escaped";
            out = section(c, name);
            EXPECT_NE(out, nullptr) << path << ": " << line;
            out->clear();
        } else {
            *out += line + '\n';
        }
        if (out != &c.expect) c.input += line + '\n';
    }
    if (c.sources.node_name.ends_with('\n')) c.sources.node_name.pop_back();
    return c;
}

std::string problems_of(const Sources& sources) {
    std::string out;
    for (const Problem& problem : parse(sources).problems) out += to_text(problem);
    return out;
}

TEST(GoldenConfig, every_broken_configuration_is_answered_with_exactly_the_expected_lines) {
    std::vector<fs::path> cases;
    for (const auto& entry : fs::directory_iterator(corpus()))
        if (entry.path().extension() == ".txt") cases.push_back(entry.path());
    std::sort(cases.begin(), cases.end());
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
