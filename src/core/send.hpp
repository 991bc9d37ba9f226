#pragma once
#include "impl.hpp"

/// How every message of this node begins and ends; what stands between is its maker's.
namespace hb::core {

template <class Fill>
void Core::Impl::send(std::string_view type, NodeId destination, Fill&& fill) {
    const Sequence number = ++sequence_;
    const std::size_t slot = store_.take(number, now_);
    wire::Builder builder(store_.space(slot).first(limits::datagram - limits::signature));
    builder.text(wire::field::t, type);
    if (destination.exists()) builder.text(wire::field::dest, name(destination));
    fill(builder);
    finish_message(builder, destination, number);
    const Bytes body = builder.finish();
    invariant(!body.empty());
    store_.set_size(slot, body.size());
    if (type == wire::type::resource) store_.set_tells_resources(slot);
    emit(SendFrame{body});
}

template <class Fill>
void Core::Impl::send_unsequenced(std::string_view type, NodeId destination, Fill&& fill) {
    if (!unsequenced_.try_push({})) return;  // such messages are repeated by their makers
    wire::Builder builder(unsequenced_.back());
    builder.text(wire::field::t, type);
    fill(builder);
    finish_message(builder, destination, 0);
    const Bytes body = builder.finish();
    if (!body.empty()) emit(SendFrame{body});
}

}  // namespace hb::core
