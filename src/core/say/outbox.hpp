#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "hb/base/bounds.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/id.hpp"
#include "hb/base/invariant.hpp"
#include "hb/core/core.hpp"
#include "hb/wire/message.hpp"
#include "hb/wire/vocabulary.hpp"
#include "store.hpp"

namespace hb::core {

/// How does a message of this node begin and end, and what of it is kept? Each has the number behind the last one, and stays until
/// every peer has it: who has missed it may ask for it again. What stands between is its maker's. Messages that nobody counts (NS_...)
/// have no number and stay for a step only (heartbeat-protocol(7), SEQUENCE NUMBERS).
class Outbox {
public:
    struct Sender {
        FixedString<limits::node_name> name;
        Uuid uuid;
        std::size_t ttl = 0;
    };
    struct Kept {
        Bytes body;
        Instant said_again;  ///< the last time; Instant{}: never
        bool tells_resources = false;
    };
    Outbox(const Sender& sender, Generation generation);

    /// The next number; fill(builder) adds the maker's own fields. `to`: a node's name; empty: all nodes.
    template <class Fill>
    Bytes make(std::string_view type, std::string_view to, Instant now, Fill&& fill) {
        const std::size_t slot = store_.take(++newest_, now);
        if (type == wire::type::resource) store_.set_tells_resources(slot);
        const Bytes body = build(store_.space(slot).first(limits::datagram - limits::signature), type, to,
                                 now, newest_, fill);
        invariant(!body.empty());
        store_.set_size(slot, body.size());
        return body;
    }
    /// Empty: there is no room for it in this step; its maker says it again. `to`: stands in `dest` if fill() says so.
    template <class Fill>
    Bytes make_unnumbered(std::string_view type, std::string_view to, Instant now, Fill&& fill) {
        if (!unnumbered_.try_push({})) return {};
        return build(unnumbered_.back(), type, to, now, 0, fill);
    }
    void forget_unnumbered() { unnumbered_.clear(); }  ///< none of them is still to be sent

    /// The newest message is a status.
    void is_status(Instant now) { statuses_[newest_ % statuses_.size()] = {.number = newest_, .at = now}; }
    /// When the status of that number went out; nothing: it is none, or one of long ago.
    std::optional<Instant> status_sent(Sequence number) const;
    std::optional<Kept> find(Sequence number);
    void said_again(Sequence number, Instant now);
    /// Forgets what every peer has. True: it fills up all the same, which is to be said: once a minute.
    [[nodiscard]] bool free(Sequence known_to_all, Instant now);
    std::size_t kept() const { return store_.used(); }
    /// Numbers begin anew; nothing of before is said again.
    void begin(Generation generation);

    Generation generation() const { return generation_; }
    Sequence newest() const { return newest_; }  ///< 0: none yet

    // What the shell knows.
    void set_load(std::string_view load) { load_ = load.substr(0, 63); }
    void set_wall_clock(Instant now, std::uint64_t unix_seconds);

private:
    struct Status {
        Sequence number = 0;
        Instant at;
    };
    /// Order of fields as 3.0.6: the maker's own, ours, destuuid, src, srcuuid, seq, hg, ts, ld, ttl.
    template <class Fill>
    Bytes build(std::span<std::byte> space, std::string_view type, std::string_view to, Instant now,
                Sequence number, Fill&& fill) const {
        wire::Builder builder(space);
        builder.text(wire::field::t, type);
        if (number && !to.empty()) builder.text(wire::field::dest, to);
        fill(builder);
        finish(builder, !to.empty(), now, number);
        return builder.finish();
    }
    void finish(wire::Builder& builder, bool to_one, Instant now, Sequence number) const;

    Sender sender_;
    Generation generation_;
    Sequence newest_ = 0;
    Store store_;
    FixedVector<std::array<std::byte, 512>, 24> unnumbered_;
    std::array<Status, 64> statuses_{};  ///< the last ones, by number modulo 64
    FixedString<64> load_;
    Instant wall_at_;
    std::uint64_t wall_seconds_ = 1;
    Instant crowded_said_;
};

}  // namespace hb::core
