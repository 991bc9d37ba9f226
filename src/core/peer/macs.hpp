#pragma once
#include <cstddef>
#include <cstdint>

#include "hb/base/address.hpp"
#include "hb/base/fixed.hpp"

namespace hb::core {

/// Which MACs are one node's? Its signed frames say so. Who answers ARP for what it holds only seems to be it, for anybody can answer:
/// that takes nothing away from what is known, and what finds no room leaves a doubt.
class Macs {
public:
    void signed_with(const Mac& mac);
    void answered_from(const Mac& mac);
    bool signs_with(const Mac& mac) const { return contains(signed_, mac); }
    bool seems_to_answer_from(const Mac& mac) const { return contains(answers_, mac); }
    bool has(const Mac& mac) const { return signs_with(mac) || seems_to_answer_from(mac); }
    /// Another MAC than the known ones may be its own, too.
    bool in_doubt() const { return signed_.empty() || more_answers_; }
    /// Each in turn, the first that answered first; all zero: none is known.
    Mac in_turn(std::size_t turn) const;

    /// Its frames may come over other interfaces than those with the addresses, so a few of these are asked for, until the answer
    /// comes from a MAC that signs.
    bool wants_question() const { return !answers_arp_ && asked_ < most_asked; }
    void asked() { ++asked_; }
    void begin_life() { asked_ = 0; }

private:
    using Few = FixedVector<Mac, 6>;
    static constexpr std::uint8_t most_asked = 16;
    static bool contains(const Few& macs, const Mac& mac);

    Few signed_;   ///< the newest last, which push out the oldest
    Few answers_;  ///< the first ones stay
    bool more_answers_ = false;
    bool answers_arp_ = false;  ///< one of `signed_` did
    std::uint8_t asked_ = 0;
};

}  // namespace hb::core
