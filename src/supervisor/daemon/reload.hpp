#pragma once
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "hb/config/config.hpp"

namespace hb::supervisor {

/// Contents of the three files, as digests: what SIGHUP compares.
struct FileMarks {
    std::string ha_cf{}, authkeys{}, haresources{};
    bool operator==(const FileMarks&) const = default;
};

/// Pure: another configuration on its way. It takes the place of the present one when nothing is under way and what it no longer has
/// is released. Until then the engine, which would start them again, does not hear of these releases.
///
///   idle ── begin ──► waiting ── begin_release ──► releasing ── finish, give_up ──► idle
///                        ▲────── engine_starts ────────┘
class Reload {
public:
    enum class Phase { idle, waiting, releasing };
    Phase phase() const { return phase_; }
    bool is_under_way() const { return phase_ != Phase::idle; }
    /// What the files said that the present configuration was read from.
    const FileMarks& marks() const { return marks_; }
    void begin_with(FileMarks marks) { marks_ = std::move(marks); }

    void ask() { asked_ = true; }
    /// One was asked for, and none is under way.
    bool is_due() const { return asked_ && !is_under_way(); }
    void take_up() { asked_ = false; }
    /// The files are read again whatever they say.
    void ask_for_the_same() {
        marks_ = {};
        asked_ = true;
    }

    void begin(std::unique_ptr<config::Config> config, FileMarks marks) {
        phase_ = Phase::waiting;
        next_ = std::move(config);
        next_marks_ = std::move(marks);
    }
    /// Only while one is under way.
    const config::Config& next() const { return *next_; }
    /// False: it was begun before; the engine may have gone on to start a group after its release.
    bool begin_release() { return std::exchange(phase_, Phase::releasing) == Phase::waiting; }
    /// Whether the engine is not told of this release.
    bool keeps_back(GroupId group) {
        if (phase_ != Phase::releasing) return false;
        untold_.insert(group);
        return true;
    }
    /// Another engine may start what was released.
    void engine_starts() {
        if (is_under_way()) phase_ = Phase::waiting;
        untold_.clear();
    }
    /// The releases that the engine is to hear of after all.
    std::set<GroupId> give_up() {
        end();
        return std::exchange(untold_, {});
    }
    /// The configuration that is the present one from now on.
    std::unique_ptr<config::Config> finish() {
        marks_ = std::move(next_marks_);
        std::unique_ptr<config::Config> config = std::move(next_);
        end();
        untold_.clear();
        return config;
    }
    /// The daemon stops.
    void forget() {
        end();
        untold_.clear();
        asked_ = false;
    }

private:
    void end() {
        phase_ = Phase::idle;
        next_.reset();
        next_marks_ = {};
    }
    bool asked_ = false;
    Phase phase_ = Phase::idle;
    FileMarks marks_, next_marks_;
    std::unique_ptr<config::Config> next_;
    std::set<GroupId> untold_;
};

}  // namespace hb::supervisor
