#include "core/impl.hpp"
#include "sim/engine.hpp"

namespace hb::sim {
namespace {

/// An explicit instantiation may name what is private.
template <auto Member>
struct Door {
    friend std::unique_ptr<core::Core::Impl>& impl_of(core::Core& core) { return core.*Member; }
};
std::unique_ptr<core::Core::Impl>& impl_of(core::Core&);
template struct Door<&core::Core::impl_>;
template <auto Member>
struct OutboxDoor {
    friend Sequence& newest_of(core::Outbox& outbox) { return outbox.*Member; }
};
Sequence& newest_of(core::Outbox&);
template struct OutboxDoor<&core::Outbox::newest_>;

}  // namespace

// The core has no door to its numbers, and a run that uses up four thousand million of them is long.
void begin_with(core::Core& core, Sequence first) { newest_of(impl_of(core)->outbox_) = first; }

}  // namespace hb::sim
