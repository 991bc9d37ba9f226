// What must never run twice waits until its last owner is cut off.
#include "impl.hpp"

namespace hb::core {

void Core::Impl::on(const FenceDone&) {}

}  // namespace hb::core
