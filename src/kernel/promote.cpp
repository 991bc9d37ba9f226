#include "kernel/promote.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "hb/base/fd.hpp"

namespace hb::kernel {
namespace {

std::string setting(const std::string& conf, const std::string& interface) {
    return conf + "/" + interface + "/promote_secondaries";
}

bool is_set(const std::string& path) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    char digit = '0';
    return fd && ::read(fd.get(), &digit, 1) == 1 && digit == '1';
}

}  // namespace

Promotion promote_secondaries(const std::string& conf, const std::string& interface) {
    const std::string path = setting(conf, interface);
    if (is_set(path) || is_set(setting(conf, "all"))) return Promotion::was_set;
    const Fd fd{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!fd || ::write(fd.get(), "1\n", 2) != 2) return Promotion::refused;
    return Promotion::set_now;
}

}  // namespace hb::kernel
