#include "config/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "hb/base/fd.hpp"
#include "hb/base/limits.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

Error system_error() { return {std::strerror(errno), errno}; }

std::string_view kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "is a directory";
    if (S_ISFIFO(mode)) return "is a FIFO";
    return S_ISSOCK(mode) ? "is a socket" : "is a device";
}

Error too_large() { return {concat("is larger than ", limits::config_file, " octets")}; }

}  // namespace

Result<File> read_file(const std::string& path) {
    const Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!fd) return errno == ENXIO ? Error{"is a socket"} : system_error();
    struct stat about {};
    if (::fstat(fd.get(), &about) != 0) return system_error();
    if (!S_ISREG(about.st_mode)) return Error{std::string{kind_of(about.st_mode)} + ", not a file"};
    if (about.st_size > static_cast<off_t>(limits::config_file)) return too_large();
    File file{{}, about.st_mode & 07777u};
    char piece[16384];
    for (;;) {
        const ssize_t n = ::read(fd.get(), piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return system_error();
        if (n == 0) return file;
        file.text.append(piece, static_cast<std::size_t>(n));
        if (file.text.size() > limits::config_file) return too_large();
    }
}

bool is_file(const std::string& path) {
    struct stat about {};
    return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

}  // namespace hb::config
