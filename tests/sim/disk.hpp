#pragma once
#include <functional>
#include <vector>

#include "hb/base/id.hpp"

namespace hb::sim {

class World;

/// The generation file: the highest number ever reserved. Written to a new file, fsynced, renamed: after a
/// power cut it is the old one or the new one, never torn.
class Disk {
public:
    Disk(World& world, Generation durable) : world_(world), durable_(durable) {}
    Generation reserved() const { return durable_; }
    /// The file is lost, or an old one is put back.
    void restore(Generation value) { durable_ = value; }
    /// By name: the highest generation that was known of each; written beside the file, and lost with the power at times.
    std::vector<Generation> known;
    /// One write at a time; `done` when it is durable. A hung disk finishes after it is freed.
    void write(Generation value, std::function<void()> done);
    bool writing() const { return writing_; }
    void hang(bool hung);
    void power_cut();

private:
    void finish();
    World& world_;
    Generation durable_, in_flight_ = 0;
    bool writing_ = false, hung_ = false, late_ = false;
    unsigned serial_ = 0;
    std::function<void()> done_;
};

}  // namespace hb::sim
