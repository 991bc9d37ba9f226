// The pid file, notices that wait, the service manager, and lines of problems.
#include "supervisor/engines/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "hb/tools/file.hpp"
#include "hb/tools/journal.hpp"
#include "supervisor/daemon/notify.hpp"
#include "supervisor/engines/engine_lock.hpp"
#include "supervisor/state/pidfile.hpp"
#include "tools/events.hpp"

using namespace hb;
using namespace hb::supervisor;

namespace {

class Directory {
public:
    Directory() {
        char name[] = "/tmp/hb-process-XXXXXX";
        path_ = ::mkdtemp(name);
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    std::string file(const char* name) const { return path_ + "/" + name; }
    std::string read(const char* name) const {
        std::ifstream in(file(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

private:
    std::string path_;
};

}  // namespace

TEST(PidFile, holds_the_pid_in_ten_columns_and_a_newline) {
    const Directory directory;
    auto file = PidFile::take(directory.file("pid"));
    ASSERT_TRUE(file);
    const std::string text = directory.read("pid");
    ASSERT_EQ(text.size(), 11u);
    EXPECT_EQ(std::atoi(text.c_str()), ::getpid());
    EXPECT_EQ(text.back(), '\n');
    file->remove();
    EXPECT_FALSE(std::filesystem::exists(directory.file("pid")));
}

TEST(PidFile, belongs_to_one_process) {
    const Directory directory;
    const auto file = PidFile::take(directory.file("pid"));
    const pid_t other = ::fork();
    if (other == 0) ::_exit(PidFile::take(directory.file("pid")) ? 0 : 1);
    int status = 0;
    ASSERT_EQ(::waitpid(other, &status, 0), other);
    EXPECT_EQ(WEXITSTATUS(status), 1);
}

namespace {

/// Whether another process can take it; opens and closes the file here before.
bool is_free(const std::string& path) {
    const pid_t other = ::fork();
    if (other == 0) ::_exit(PidFile::take(path) ? 0 : 1);
    int status = 0;
    ::waitpid(other, &status, 0);
    return WEXITSTATUS(status) == 0;
}

/// A process that holds a lock of that type on the file until it is killed.
class Locker {
public:
    Locker(const std::string& path, short type) {
        int ready[2];
        if (::pipe(ready) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            const int fd = ::open(path.c_str(), type == F_RDLCK ? O_RDONLY : O_RDWR);
            struct flock lock {};
            lock.l_type = type;
            ::fcntl(fd, F_SETLK, &lock);
            [[maybe_unused]] const ssize_t n = ::write(ready[1], "x", 1);
            ::pause();
            ::_exit(0);
        }
        char octet = 0;
        [[maybe_unused]] const ssize_t n = ::read(ready[0], &octet, 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Locker() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

private:
    pid_t pid_ = -1;
};

}  // namespace

TEST(PidFile, stays_locked_when_the_same_process_opens_and_closes_it) {
    const Directory directory;
    const auto file = PidFile::take(directory.file("pid"));
    ASSERT_TRUE(file);
    EXPECT_NE(directory.read("pid"), "");
    EXPECT_FALSE(is_free(directory.file("pid")));
}

TEST(PidFile, and_the_lock_of_the_engine_can_be_opened_by_nobody_else) {
    const Directory directory;
    std::ofstream(directory.file("pid"));
    std::ofstream(directory.file("engine"));
    const auto file = PidFile::take(directory.file("pid"));
    const auto lock = EngineLock::open(directory.file("engine"));
    for (const char* name : {"pid", "engine"}) {
        struct stat about {};
        ASSERT_EQ(::stat(directory.file(name).c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777u, 0600u) << name;
    }
}

TEST(PidFile, that_somebody_locks_for_reading_is_left_to_him) {
    const Directory directory;
    std::ofstream(directory.file("pid")) << "         7\n";
    const Locker nobody(directory.file("pid"), F_RDLCK);
    const auto file = PidFile::take(directory.file("pid"));
    ASSERT_TRUE(file);
    EXPECT_EQ(std::atoi(directory.read("pid").c_str()), ::getpid());
    EXPECT_FALSE(is_free(directory.file("pid")));
}

TEST(PidFile, that_another_heartbeat_locks_is_not_taken_away) {
    const Directory directory;
    std::ofstream(directory.file("pid")) << "         7\n";
    const Locker heartbeat(directory.file("pid"), F_WRLCK);
    EXPECT_FALSE(PidFile::take(directory.file("pid")));
    EXPECT_EQ(directory.read("pid"), "         7\n");
}

TEST(PidFile, is_not_needed_to_find_who_listens) {
    const Directory directory;
    EXPECT_EQ(listening_pid(directory.file("control")), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory.file("control");
    std::copy(path.begin(), path.end(), address.sun_path);
    const Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    EXPECT_EQ(listening_pid(path), ::getpid());
}

TEST(Directories, of_others_become_ours) {
    const Directory directory;
    const std::string path = directory.file("run");
    ASSERT_EQ(::mkdir(path.c_str(), 0777), 0);
    ::chmod(path.c_str(), 0777);
    const bool given_away = ::geteuid() != 0 || ::chown(path.c_str(), 65534, 65534) == 0;
    ASSERT_TRUE(given_away);
    ASSERT_TRUE(tools::make_directory(path, 0755));
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, 0755u);
    EXPECT_EQ(about.st_uid, ::geteuid());
    std::ofstream(directory.file("file"));
    EXPECT_FALSE(tools::make_directory(directory.file("file"), 0755));
}

TEST(PidFile, of_nothing_garbage_a_foreign_or_a_dead_process_is_stale) {
    const Directory directory;
    EXPECT_EQ(running_pid(directory.file("pid")), 0);
    const pid_t gone = ::fork();
    if (gone == 0) ::_exit(0);
    ::waitpid(gone, nullptr, 0);
    for (const std::string& text :
         {std::string("garbage\n"), std::string(), std::string("        -7\n"), std::string("         1\n"),
          std::to_string(::getppid()), std::to_string(gone), std::to_string(::getpid())}) {
        std::ofstream(directory.file("pid")) << text;
        EXPECT_EQ(running_pid(directory.file("pid")), 0) << text;
    }
}

TEST(PidFile, of_a_zombie_is_stale) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    EXPECT_FALSE(is_heartbeat(child));
    ::waitpid(child, nullptr, 0);
}

TEST(Engine, notices_that_do_not_fit_into_the_channel_wait_and_none_is_lost) {
    constexpr unsigned many = 2000;
    int go[2];
    ASSERT_EQ(::pipe(go), 0);
    // The engine of this test begins to read when told to, and exits 0 if all came in order.
    const EngineProcess::Entry entry = [](engine::EngineStart& start) {
        char octet = 0;
        if (::read(start.udp_fd, &octet, 1) != 1) return 2;
        for (unsigned n = 0; n < many;) {
            ipc::Notice notice;
            Fd lent;
            switch (ipc::receive(start.channel_fd, notice, lent)) {
                case ipc::Got::message:
                    if (notice.operation != n++) return 3;
                    break;
                case ipc::Got::closed: return 4;
                case ipc::Got::empty: break;
            }
        }
        return 0;
    };
    EngineProcess engine;
    engine::EngineStart start;
    start.udp_fd = go[0];
    ASSERT_TRUE(engine.start(std::move(start), entry, tools::Stdio::keep));
    for (unsigned n = 0; n < many; ++n) {
        ipc::Notice notice;
        notice.operation = n;
        engine.tell(notice);
    }
    EXPECT_FALSE(engine.flush()) << "a channel takes some hundreds";
    ASSERT_EQ(::write(go[1], "x", 1), 1);
    while (!engine.flush()) {
    }
    int status = 0;
    ASSERT_EQ(::waitpid(engine.pid(), &status, 0), engine.pid());
    EXPECT_EQ(WEXITSTATUS(status), 0);
    ::close(go[0]);
    ::close(go[1]);
}

TEST(Notify, is_one_datagram_to_the_socket_that_the_environment_names) {
    const Directory directory;
    const Fd socket{::socket(AF_UNIX, SOCK_DGRAM, 0)};
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    directory.file("notify").copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    ::setenv("NOTIFY_SOCKET", at.sun_path, 1);
    notify("READY=1\nSTATUS=Running");
    ::unsetenv("NOTIFY_SOCKET");
    notify("STOPPING=1");
    char text[100];
    const ssize_t n = ::recv(socket.get(), text, sizeof text, MSG_DONTWAIT);
    ASSERT_GT(n, 0);
    EXPECT_EQ(std::string(text, static_cast<std::size_t>(n)), "READY=1\nSTATUS=Running");
    EXPECT_LT(::recv(socket.get(), text, sizeof text, MSG_DONTWAIT), 0);
}

TEST(Journal, a_problem_becomes_one_line) {
    config::Problem problem;
    problem.file = "ha.cf";
    problem.line = 14;
    problem.column = 9;
    problem.text = "unknown interface \"eth9\"";
    problem.source = "bcast eth9";
    problem.advice = "this host has eth0";
    const LogRecord line = tools::line_of(problem);
    EXPECT_EQ(line.text.view(), "ha.cf:14:9: unknown interface \"eth9\" (this host has eth0)");
    EXPECT_EQ(line.id, tools::say::config_problem.id);
    EXPECT_EQ(line.level, Level::error);
}
