// Before a claim: does anybody still answer for its addresses? While owned: does anybody else claim them?
#include "impl.hpp"

namespace hb::core {

void Core::Impl::on(const AddressClaimed&) {}

}  // namespace hb::core
