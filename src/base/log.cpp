#include "hb/base/log.hpp"

namespace hb::log {

LogRecord make(const Kind& kind, std::initializer_list<Fact> facts) {
    LogRecord record{.id = kind.id, .level = kind.level, .program = "heartbeat", .text = {}};
    auto fact = facts.begin();
    std::string_view rest = kind.text;
    for (std::size_t at; (at = rest.find('%')) != rest.npos; rest.remove_prefix(at + 1)) {
        record.text.append(rest.substr(0, at));
        if (fact != facts.end()) record.text.append((fact++)->view());
    }
    record.text.append(rest);
    return record;
}

}  // namespace hb::log
