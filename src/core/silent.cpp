// Without the supervisor nothing can be started or stopped.
#include "impl.hpp"

namespace hb::core {

void Core::Impl::on(const SupervisorGone&) {}

}  // namespace hb::core
