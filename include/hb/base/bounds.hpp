#pragma once
#include "hb/base/id.hpp"

/// What the numbers of the wire may be at most. A peer that says more is damaged or lies; every bound leaves room to go on.
namespace hb::bounds {

constexpr Generation generation =
    0xfffeffff;  ///< generations begin as Unix time at most, and go up by one a life
constexpr Generation learned =
    0x7fffffff;  ///< what a peer, or the engine, may say of a life: Unix time until 2038
constexpr Sequence sequence =
    0xf0000000;  ///< from here on the next generation is begun: then 268 million messages are left
constexpr unsigned lifetime_s = 3600;  ///< of an address in the kernel: the longest that ha.cf takes

}  // namespace hb::bounds
