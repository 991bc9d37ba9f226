#include "hb/base/result.hpp"

#include <cstring>

namespace hb {

std::string to_text(const Error& error) {
    if (error.code == 0) return error.what;
    return error.what + ": " + std::strerror(error.code);
}

}  // namespace hb
