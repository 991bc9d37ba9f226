#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "hb/config/parse.hpp"

/// tests/golden-config/NAME.txt: sections "== node", "== ha.cf", "== authkeys", "== haresources", "==
/// expect"; a section that is missing is a good one. "escaped" behind a section's name: \xHH is an octet.
/// HB_GOLDEN_WRITE=1 writes the expectations anew.
namespace hb::config::test {

namespace fs = std::filesystem;

struct Case {
    std::string remark, input, expect;  // `input`: all lines before "== expect"
    Sources sources{
        "keepalive 2\ndeadtime 30\ninitdead 120\nlogfile /var/log/ha-log\nbcast eth0\nauto_failback on\nnode "
        "a b\n",
        "auth 1\n1 sha1 key-of-the-tests\n", "a 192.168.77.100 apache2\n", "a"};
};

inline fs::path corpus() {
    const char* top = std::getenv("HB_TOP");
    return fs::path(top ? top : ".") / "tests/golden-config";
}

inline std::string unescaped(const std::string& text) {
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

inline std::string* section(Case& c, const std::string& name) {
    if (name == "node") return &c.sources.node_name;
    if (name == "ha.cf") return &c.sources.ha_cf;
    if (name == "authkeys") return &c.sources.authkeys;
    if (name == "haresources") return &c.sources.haresources;
    return name == "expect" ? &c.expect : nullptr;
}

inline Case read_case(const fs::path& path) {
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

inline std::vector<fs::path> golden_cases() {
    std::vector<fs::path> cases;
    for (const auto& entry : fs::directory_iterator(corpus()))
        if (entry.path().extension() == ".txt") cases.push_back(entry.path());
    std::sort(cases.begin(), cases.end());
    return cases;
}

}  // namespace hb::config::test
