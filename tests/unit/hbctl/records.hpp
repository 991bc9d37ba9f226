#pragma once
#include <string>

namespace hb::hbctl::test {

/// Two nodes, one group on each, all well.
inline const std::string records =
    "heartbeat\t4.0.0\ta\t1795337345\t7380000\trunning\t22000\n"
    "node\ta\tself\tactive\t7370000\t100\t30000\tours\t-\t-\n"
    "link\ta\teth0\tup\t100\n"
    "node\tb\tpeer\tactive\t7300000\t400\t30000\tours\tsession\t320\n"
    "link\tb\teth0\tup\t400\n"
    "link\tb\teth1\tup\t450\n"
    "group\t10.0.0.1\ta\towned\ta\t3\t7200000\tclaimed after initdead\ta 10.0.0.1 apache2\tat-most-one\n"
    "group\t10.0.0.2\tb\tforeign\tb\t1\t7100000\treleased\tb 10.0.0.2\tat-least-one\n"
    "counter\tframes received\t3600\n"
    "end\n";

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

}  // namespace hb::hbctl::test
