// An address is of no use on an interface without carrier.
#include "impl.hpp"

namespace hb::core {

void Core::Impl::on(const CarrierChanged&) {}

}  // namespace hb::core
