#include "say.hpp"

namespace hb::engine {

LogRecord line_of(const Kind& kind, std::initializer_list<Fact> facts) {
    LogRecord record;
    record.id = kind.id;
    record.level = kind.level;
    record.program = "heartbeat";
    const Fact* fact = facts.begin();
    for (std::size_t i = 0; i < kind.text.size(); ++i) {
        if (kind.text[i] == '%' && fact != facts.end())
            record.text.append((fact++)->view());
        else
            record.text.append(kind.text.substr(i, 1));
    }
    return record;
}

}  // namespace hb::engine
