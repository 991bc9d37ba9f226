#pragma once
#include <string>

#include "hb/config/parse.hpp"

namespace hb::config::test {

/// A good configuration of nodes a and b, seen from a.
inline Sources good() {
    return {
        "keepalive 2\ndeadtime 30\ninitdead 120\nlogfile /var/log/ha-log\nbcast eth0\nauto_failback on\nnode "
        "a b\n",
        "auth 1\n1 sha1 key-of-the-tests\n", "a 192.168.77.100 apache2\n", "a"};
}
inline Parsed with_ha_cf(const std::string& text) {
    Sources sources = good();
    sources.ha_cf = text;
    return parse(sources);
}
inline Parsed with_haresources(const std::string& text) {
    Sources sources = good();
    sources.haresources = text;
    return parse(sources);
}
inline Parsed with_authkeys(const std::string& text) {
    Sources sources = good();
    sources.authkeys = text;
    return parse(sources);
}
inline std::string problems_of(const Parsed& parsed) {
    std::string out;
    for (const Problem& problem : parsed.problems) out += to_text(problem);
    return out;
}
constexpr const char* rest = "logfile /var/log/ha-log\nbcast eth0\nauto_failback on\nnode a b\n";

}  // namespace hb::config::test
