#include "sim/disk.hpp"

#include "hb/base/invariant.hpp"
#include "sim/world.hpp"

namespace hb::sim {

void Disk::write(Generation value, std::function<void()> done) {
    invariant(!writing_);
    writing_ = true;
    in_flight_ = value;
    done_ = std::move(done);
    const unsigned serial = ++serial_;
    world_.time.after(world_.between(200us, 8ms), [this, serial] {
        if (serial != serial_ || !writing_) return;
        if (hung_)
            late_ = true;
        else
            finish();
    });
}

void Disk::finish() {
    writing_ = late_ = false;
    durable_ = in_flight_;
    const auto done = std::move(done_);
    done_ = nullptr;
    if (done) done();
}

void Disk::hang(bool hung) {
    hung_ = hung;
    if (!hung_ && late_) finish();
}

void Disk::power_cut() {
    if (writing_ && world_.chance(500)) durable_ = in_flight_;
    writing_ = late_ = hung_ = false;
    done_ = nullptr;
}

}  // namespace hb::sim
