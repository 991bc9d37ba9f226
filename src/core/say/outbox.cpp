#include "outbox.hpp"

#include <algorithm>

namespace hb::core {

namespace field = wire::field;

namespace {
constexpr Duration kept_at_least = 2500ms;  // a peer may not know yet what it has missed
constexpr std::size_t crowded = 375;        // of the 500 that find room
constexpr Duration crowded_line = 60s;
}  // namespace

Outbox::Outbox(const Sender& sender, Generation generation) : sender_(sender), generation_(generation) {}

void Outbox::finish(wire::Builder& builder, bool to_one, Instant now, Sequence number) const {
    const Uuid unknown{};
    if (to_one) builder.binary(field::destuuid, unknown);  // zero: `dest` decides
    builder.text(field::src, sender_.name);
    builder.binary(field::srcuuid, sender_.uuid);
    if (number) builder.hex(field::seq, number);
    builder.hex(field::hg, generation_);
    const auto passed = std::chrono::floor<std::chrono::seconds>(now - wall_at_).count();
    builder.hex(field::ts, wall_seconds_ + static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0)));
    if (number && !load_.empty()) builder.text(field::ld, load_);
    builder.decimal(field::ttl, sender_.ttl);
}

std::optional<Instant> Outbox::status_sent(Sequence number) const {
    const Status& status = statuses_[number % statuses_.size()];
    if (number == 0 || status.number != number) return std::nullopt;
    return status.at;
}

std::optional<Outbox::Kept> Outbox::find(Sequence number) {
    const Store::Slot* slot = store_.find(number);
    if (!slot) return std::nullopt;
    return Kept{.body = store_.body(store_.index_of(slot)),
                .said_again = slot->sent_again,
                .tells_resources = slot->tells_resources};
}

void Outbox::said_again(Sequence number, Instant now) {
    if (Store::Slot* slot = store_.find(number)) slot->sent_again = now;
}

bool Outbox::free(Sequence known_to_all, Instant now) {
    store_.release(known_to_all, now - kept_at_least);
    if (store_.used() <= crowded || (crowded_said_ != Instant{} && now - crowded_said_ < crowded_line))
        return false;
    crowded_said_ = now;
    return true;
}

void Outbox::begin(Generation generation) {
    generation_ = generation;
    newest_ = 0;
    store_.clear();
    statuses_.fill({});
}

void Outbox::set_wall_clock(Instant now, std::uint64_t unix_seconds) {
    wall_at_ = now;
    wall_seconds_ = std::max<std::uint64_t>(unix_seconds, 1);
}

}  // namespace hb::core
