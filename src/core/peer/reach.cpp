#include "reach.hpp"

namespace hb::core {

Reach::News Reach::compare(bool comparable, std::size_t own, Instant now, Duration steady) {
    News news;
    if (!comparable || reached_ <= own) {
        more_since_ = never;
        more_ = false;
    } else if (more_since_ == never) {
        more_since_ = now;
    } else if (!more_ && now - more_since_ >= steady) {
        more_ = news.more = true;
    }
    if (comparable && reached_ < own) {
        fewer_until_ = now + steady;
    } else if (fewer_until_ != Instant{} && fewer_until_ <= now) {
        fewer_until_ = Instant{};
        news.settled = true;
    }
    return news;
}

}  // namespace hb::core
