#include "generation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "hb/base/fd.hpp"

namespace hb::writer {
namespace {

constexpr std::size_t file_size = 16;

bool write_all(int fd, const char* text, std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
        const ssize_t n = ::write(fd, text + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = ENOSPC;
        if (n <= 0) return false;
        done += static_cast<std::size_t>(n);
    }
    return true;
}

Result<Done> failed(const char* act, const std::string& path) {
    return Error{std::string(act) + " " + path, errno};
}

Result<Done> sync_directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd) return failed("cannot open", directory);
    // EINVAL: a file system that has nothing to synchronise for a directory.
    if (::fsync(fd.get()) != 0 && errno != EINVAL) return failed("cannot sync", directory);
    return Done{};
}

}  // namespace

std::uint32_t reserved_in(const std::string& path) {
    Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    std::array<char, file_size + 1> text{};
    if (!fd || ::read(fd.get(), text.data(), file_size) <= 0) return 0;
    const unsigned long long number = std::strtoull(text.data(), nullptr, 10);
    return static_cast<std::uint32_t>(std::min<unsigned long long>(number, UINT32_MAX));
}

Result<Done> replace_durably(const std::string& path, std::string_view content) {
    const std::string fresh = path + ".new";
    Fd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644)};
    if (!fd) return failed("cannot create", fresh);
    if (!write_all(fd.get(), content.data(), content.size())) return failed("cannot write", fresh);
    if (::fsync(fd.get()) != 0) return failed("cannot sync", fresh);
    fd.reset();
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("cannot rename to", path);
    return sync_directory_of(path);
}

Result<Done> reserve_generation(const std::string& path, std::uint32_t generation) {
    if (reserved_in(path) >= generation) return Done{};
    std::array<char, file_size + 8> text{};
    std::snprintf(text.data(), text.size(), "%15u\n", generation);
    return replace_durably(path, {text.data(), file_size});
}

}  // namespace hb::writer
