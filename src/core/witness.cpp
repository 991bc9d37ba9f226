// Who else on the network can be reached, and what follows when the peers reach more of them.
#include "impl.hpp"

namespace hb::core {

void Core::Impl::on(const WitnessHeard&) {}

}  // namespace hb::core
