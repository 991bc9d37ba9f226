#pragma once
#include <cstdint>
#include <vector>

#include "core/in_place.hpp"
#include "core/parts.hpp"
#include "hb/core/core.hpp"

namespace hb::core {

/// How do the registers of all groups stand in a status? `hb4g` is SERIAL:DIGEST:RUNS, a run FIRST[-LAST]:STATE HOLDER:EPOCH for
/// neighbours that are equal. Where the runs do not fit into a datagram, a window of them moves on with every status
/// (heartbeat-protocol(7), EXTENSION).
class Registers {
public:
    Registers(std::size_t groups, Digest digest);

    /// Some register is another one now.
    void changed() { is_valid_ = false; }
    /// The next status tells a change.
    void next_serial() { ++serial_; }
    /// Makes the text again if something has changed. at(i): the register of group i; index_of(node): as a text names it.
    template <class At, class IndexOf>
    void make(At&& at, IndexOf&& index_of) {
        if (is_valid_) return;
        begin();
        for (std::size_t first = 0; first < groups_;) {
            const Register& r = at(first);
            std::size_t last = first;
            while (last + 1 < groups_ && at(last + 1) == r) ++last;
            add(r, first, last, index_of(r.holder));
            first = last + 1;
        }
        end();
    }
    /// Of the runs at most so many octets; where that is not all, those that follow stand in the next status.
    void write(Text& out, std::size_t space);

    /// Gives each register of SERIAL:DIGEST:RUNS to f(group, register). node(index): who that is; one that does not exist is a
    /// fault. False: it cannot be read, and what came before the fault was given.
    template <class Node, class F>
    static bool read(std::string_view text, std::size_t groups, Node&& node, F&& f) {
        take(text, ':');
        take(text, ':');
        if (text.starts_with('+')) text.remove_prefix(1);
        while (!text.empty()) {
            Run run;
            if (!read_run(take(text, ','), groups, run)) return false;
            if (run.held) {
                run.heard.holder = node(run.holder);
                if (!run.heard.holder.exists()) return false;
            }
            for (std::size_t g = run.first; g <= run.last; ++g) f(g, run.heard);
        }
        return true;
    }

private:
    struct Run {
        std::uint32_t first = 0, last = 0, holder = 0;
        bool held = false;
        Register heard;
    };
    static bool read_run(std::string_view text, std::size_t groups, Run& run);
    void begin();
    void add(const Register& r, std::size_t first, std::size_t last, std::size_t holder);
    void end();

    std::size_t groups_;
    Digest digest_;
    std::uint32_t serial_ = 1;
    std::uint32_t runs_digest_ = 0;
    std::vector<char> runs_;  ///< text of all runs
    std::vector<std::uint32_t> ends_;
    std::size_t count_ = 0, cursor_ = 0, size_ = 0;
    bool is_valid_ = false;
};

}  // namespace hb::core
