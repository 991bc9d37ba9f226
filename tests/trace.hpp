#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hb/core/core.hpp"

/// What a core says in one step, field by field. Traces of two trees are compared: code that was only moved says the same.
namespace hb::trace {

inline void put(const core::SendFrame& a, auto&& sink) { sink(text_of(a.body)); }
inline void put(const core::Operate& a, auto&& sink) {
    sink(static_cast<std::uint64_t>(a.verb));
    sink(std::uint64_t{a.operation});
    sink(std::uint64_t{a.first.value});
    sink(std::uint64_t{a.last.value});
    sink(static_cast<std::uint64_t>(a.limit.count()));
}
inline void put(const core::ReplyToOperator& a, auto&& sink) {
    sink(std::uint64_t{a.client});
    sink(std::uint64_t{a.accepted});
    sink(a.text.view());
}
inline void put(const LogRecord& a, auto&& sink) {
    sink(std::uint64_t{a.id});
    sink(static_cast<std::uint64_t>(a.level));
    sink(a.text.view());
}
inline void put(const core::Leave&, auto&&) {}
inline void put(const core::ProbeAddresses& a, auto&& sink) {
    sink(std::uint64_t{a.first.value});
    sink(std::uint64_t{a.last.value});
    for (const std::uint8_t octet : a.also.octets) sink(std::uint64_t{octet});
}
inline void put(const core::PingWitness& a, auto&& sink) { sink(std::uint64_t{a.witness}); }
inline void put(const core::Fence& a, auto&& sink) { sink(std::uint64_t{a.node.value}); }
inline void put(const core::RunHook& a, auto&& sink) { sink(a.text); }

/// All of one step: sink(std::uint64_t) and sink(std::string_view) for each field.
void put_step(const core::Core& core, const core::Event& event, const core::Actions& actions, auto&& sink) {
    sink(std::uint64_t{event.index()});
    for (const core::Action& action : actions) {
        sink(std::uint64_t{action.index()});
        std::visit([&](const auto& one) { put(one, sink); }, action);
    }
    sink(static_cast<std::uint64_t>(core.deadline().time_since_epoch().count()));
    sink(static_cast<std::uint64_t>(core.hold_until().time_since_epoch().count()));
}

/// As one line behind `head`, in the file that HB_TRACE names; without it nothing.
inline void write_step(std::string_view head, const core::Core& core, const core::Event& event,
                       const core::Actions& actions) {
    static std::FILE* const file = [] {
        const char* name = std::getenv("HB_TRACE");
        return name ? std::fopen(name, "a") : nullptr;
    }();
    if (!file) return;
    struct Text {
        std::string line;
        void operator()(std::uint64_t value) { line += ' ' + std::to_string(value); }
        void operator()(std::string_view text) {
            line += " \"";
            for (const char c : text) line += c == '\n' ? '|' : c;
            line += '"';
        }
    };
    Text text{std::string(head)};
    put_step(core, event, actions, text);
    text.line += '\n';
    std::fwrite(text.line.data(), 1, text.line.size(), file);
}

}  // namespace hb::trace
