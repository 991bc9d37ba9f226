// The pid file, notices that wait, the service manager, and lines of problems.
#include "supervisor/process.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "supervisor/journal.hpp"
#include "supervisor/notify.hpp"
#include "supervisor/pidfile.hpp"

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
                case ipc::Got::closed:
                    return 4;
                case ipc::Got::empty:
                    break;
            }
        }
        return 0;
    };
    EngineProcess engine;
    engine::EngineStart start;
    start.udp_fd = go[0];
    ASSERT_TRUE(engine.start(std::move(start), entry, Stdio::keep));
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
    EXPECT_EQ(one_line(problem), "ha.cf:14:9: unknown interface \"eth9\" (this host has eth0)");
}
