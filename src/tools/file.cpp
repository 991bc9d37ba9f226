#include "hb/tools/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "hb/base/fd.hpp"

namespace hb::tools {
namespace {

Error failed(const char* act, const std::string& path, int code = errno) {
    return Error{std::string("cannot ") + act + " " + path, code};
}

Result<Done> write_all(int fd, std::string_view content, const std::string& path) {
    while (!content.empty()) {
        const ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("write", path);
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    return Done{};
}

Result<Done> sync_directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    Fd fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd || ::fsync(fd.get()) != 0) return failed("sync", directory);
    return Done{};
}

}  // namespace

Result<std::optional<std::string>> read_file(const std::string& path, std::size_t limit) {
    Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (!fd && errno == ENOENT) return std::optional<std::string>{};
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return failed("open", path);
    if (!S_ISREG(info.st_mode)) return Error{path + " is no regular file", 0};
    std::string text;
    char block[4096];
    for (;;) {
        const ssize_t n = ::read(fd.get(), block, sizeof block);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed("read", path);
        if (n == 0) return std::optional<std::string>{std::move(text)};
        text.append(block, static_cast<std::size_t>(n));
        if (text.size() > limit) return Error{path + " is larger than expected", 0};
    }
}

Result<Done> replace_file(const std::string& path, std::string_view content, mode_t mode,
                          Durability durability) {
    const std::string fresh = path + ".new";
    Fd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode)};
    if (!fd) return failed("create", fresh);
    ::fchmod(fd.get(), mode);
    if (auto written = write_all(fd.get(), content, fresh); !written) return written.error();
    if (durability == Durability::durable && ::fsync(fd.get()) != 0) return failed("sync", fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("replace", path);
    if (durability == Durability::durable) return sync_directory_of(path);
    return Done{};
}

Result<Done> make_directory(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return failed("make directory", path);
    const Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!fd && errno == ENOTDIR) return Error{path + " is no directory", 0};
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return failed("look at", path);
    // A file system that refuses this, over a network, say, is no reason to stop here.
    [[maybe_unused]] const bool ours =
        info.st_uid == ::geteuid() || ::fchown(fd.get(), ::geteuid(), ::getegid()) == 0;
    if ((info.st_mode & 07777) != mode) ::fchmod(fd.get(), mode);
    return Done{};
}

}  // namespace hb::tools
