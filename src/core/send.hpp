#pragma once
#include "impl.hpp"

namespace hb::core {

template <class Fill>
void Core::Impl::send(std::string_view type, NodeId destination, Fill&& fill) {
    emit(SendFrame{
        outbox_.make(type, destination.exists() ? name(destination) : std::string_view{}, now_, fill)});
}

template <class Fill>
void Core::Impl::send_unsequenced(std::string_view type, NodeId destination, Fill&& fill) {
    const Bytes body = outbox_.make_unnumbered(type, name(destination), now_, fill);
    if (!body.empty()) emit(SendFrame{body});
}

}  // namespace hb::core
