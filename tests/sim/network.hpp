#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "hb/base/address.hpp"
#include "hb/base/bytes.hpp"
#include "hb/base/id.hpp"
#include "sim/settings.hpp"
#include "sim/timeline.hpp"

namespace hb::sim {

class World;

/// One datagram on its way. The octets are signed.
struct Frame {
    std::size_t from = 0;
    MediumId medium;
    Moment sent{};
    std::vector<std::byte> octets;
    bool damaged = false, replayed = false;
    Mac source{};
    /// By name: for how long the sender had not heard it, in truth; 0: this is no fresh status.
    std::vector<Duration> silences;
};
using FramePtr = std::shared_ptr<const Frame>;

/// All media between all hosts. A medium is a broadcast segment; each direction of each pair can be cut by
/// itself.
class Network {
public:
    Network(World& world, std::size_t nodes, std::size_t media, Quality quality);

    /// On every medium of `media` that the sender can use; to all others.
    void send(std::size_t from, Bytes octets, const std::vector<Duration>& silences);
    void cut(std::size_t from, std::size_t to, std::size_t medium);
    void cut(std::size_t from, std::size_t to);  ///< all media
    void mend(std::size_t from, std::size_t to, std::size_t medium);
    void mend_all();
    /// Sends recorded frames of `from` again, to all others: at most `count`, oldest first.
    void replay(std::size_t from, std::size_t count);
    /// No medium leads from one to the other, be it cut or be an interface down.
    bool severed(std::size_t from, std::size_t to) const;
    bool cut_anywhere() const;
    bool has_recorded(std::size_t from) const { return !recordings_[from].empty(); }
    bool is_cut(std::size_t from, std::size_t to, std::size_t medium) const {
        return cut_[index(from, to, medium)] != 0;
    }

    /// What became of the frames of one direction: when the newest that arrived over any medium, and the
    /// newest that arrived over none, were sent. `warned`: since when the receiver could know that it is not
    /// heard itself: a status arrived whose sender had not heard it for more than two keepalives, and has not since
    /// (`heard_back`: when it last did).
    struct Passage {
        Moment delivered{}, lost{}, warned = no_moment, heard_back{};
        Duration gap{};  ///< how many frames in a row were lost last, as time
        void hears_back(Moment now) { heard_back = now, warned = no_moment; }
    };
    Passage& passage(std::size_t from, std::size_t to) { return passages_[from * nodes_ + to]; }

    /// What becomes of a frame on its way to one host: so many copies, each so much later than the one before.
    struct Fate {
        unsigned copies = 1;
        Duration late{}, apart{};
    };

    Quality quality;
    std::function<Fate(const Frame&, std::size_t to)> fate;  ///< may be empty
    bool recording = true;
    std::function<void(const FramePtr&)>
        tap;  ///< hears every datagram once, on the first medium it goes out on

private:
    void lost(std::size_t from, std::size_t to);
    bool carry(const FramePtr& frame, std::size_t to);
    void deliver_later(const FramePtr& frame, std::size_t to, Duration late = {});
    void arrived(const Frame& frame, std::size_t to);
    FramePtr damaged(const Frame& frame);
    void record(const FramePtr& frame);
    std::size_t index(std::size_t from, std::size_t to, std::size_t medium) const {
        return (from * nodes_ + to) * media_ + medium;
    }

    World& world_;
    std::size_t nodes_, media_;
    std::vector<char> cut_;
    std::vector<Passage> passages_;
    std::vector<std::vector<FramePtr>> recordings_;
    std::uint64_t recorded_ = 0;
};

}  // namespace hb::sim
