// Whole engines, sandbox included, on the loopback interface of a network namespace of their own. The test is
// their supervisor and their writer.
#include "engine/engine.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "hb/auth/digest.hpp"
#include "hb/base/clock.hpp"
#include "hb/config/load.hpp"
#include "hb/ipc/channel.hpp"
#include "hb/wire/packet.hpp"
#include "hb/writer/client.hpp"

namespace hb::engine {
namespace {

constexpr auto patience = 20s;

bool enter_own_network() {
    static const bool entered = [] {
        if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) return false;
        Fd fd{::socket(AF_INET, SOCK_DGRAM, 0)};
        ifreq request{};
        std::snprintf(request.ifr_name, IFNAMSIZ, "lo");
        request.ifr_flags = IFF_UP;
        return ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
    }();
    return entered;
}

Fd packet_socket() {
    Fd fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL))};
    const int on = 1;
    ::setsockopt(fd.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    return fd;
}

/// One node: an engine in a process of its own.
class Host {
public:
    Host(const std::string& name, const std::string& key, const std::string& directory) : name_(name) {
        config::Sources sources;
        sources.ha_cf =
            "keepalive 50ms\nwarntime 200ms\ndeadtime 500ms\ninitdead 1000ms\nbcast lo\nlogfacility none\n"
            "auto_failback on\nnode a\nnode b\n";
        sources.authkeys = "auth 1\n1 sha1 " + key + "\n";
        sources.haresources = "a 10.9.9.1/24/lo\n";
        sources.node_name = name;
        auto parsed = config::parse(sources);
        for (const auto& problem : parsed.problems)
            if (problem.level == config::Problem::Level::error) ADD_FAILURE() << config::to_text(problem);
        config_ = std::move(parsed.config);
        config_.address_lifetime = 2s;  // without the supervisor addresses would stay for ever
        config::seal(config_);
        auto channel = std::move(*ipc::make_channel());
        auto records = std::move(*ipc::make_record_channel());
        channel_ = std::move(channel.supervisor);
        records_ = std::move(records.other);
        page_ = static_cast<ipc::Page*>(
            ::mmap(nullptr, sizeof(ipc::Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        control_path_ = directory + "/" + name;
        start(std::move(channel.other), std::move(records.supervisor), directory);
    }
    ~Host() {
        kill();
        ::munmap(page_, sizeof(ipc::Page));
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    void signal(int number) { ::kill(pid_, number); }
    void close_channel() { channel_.reset(); }
    /// The exit code; -1: ended by a signal, -2: still running when patience ran out.
    int wait_for_exit(rusage* usage = nullptr) {
        for (const Instant end = boot_now() + patience; boot_now() < end; serve()) {
            int status = 0;
            if (::wait4(pid_, &status, WNOHANG, usage) != pid_) continue;
            pid_ = -1;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        return -2;
    }
    bool runs() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

    /// What a supervisor does, without doing it: every start and stop succeeds.
    void serve() {
        ::pollfd ready[2] = {{channel_.get(), POLLIN, 0}, {records_.get(), POLLIN, 0}};
        ::poll(ready, 2, 5);
        ipc::Request request;
        while (channel_ && ipc::receive(channel_.get(), request) == ipc::Got::message) {
            if (request.kind == ipc::Request::Kind::start) holds = true;
            if (request.kind == ipc::Request::Kind::stop) holds = false;
            if (request.kind == ipc::Request::Kind::leave) left = true;
            if (request.kind != ipc::Request::Kind::start && request.kind != ipc::Request::Kind::stop)
                continue;
            ipc::Notice done;
            done.operation = request.operation;
            done.first = request.first;
            done.last = request.last;
            ipc::send(channel_.get(), done);
        }
        writer::Envelope envelope;
        while (::recv(records_.get(), &envelope, sizeof envelope, MSG_DONTWAIT) == sizeof envelope) {
            log += std::string{envelope.record.text.view()} + "\n";
            ++log_lines;
        }
    }
    void notify(ipc::Notice::Kind kind, int lent = -1) {
        ipc::Notice notice;
        notice.kind = kind;
        notice.medium = id_of<MediumId>(0);
        notice.ifindex = static_cast<int>(::if_nametoindex("lo"));
        notice.broadcast = 0x7fffffff;
        ipc::send(channel_.get(), notice, lent);
    }
    std::string ask(std::string_view line) {
        Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(control_path_.begin(), control_path_.end(), address.sun_path);
        if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            return "no connection";
        const timeval limit{20, 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL);
        std::string text;
        char piece[4096];
        for (ssize_t n = 0; (n = ::recv(fd.get(), piece, sizeof piece, 0)) > 0;)
            text.append(piece, static_cast<std::size_t>(n));
        return text;
    }
    const ipc::Page& page() const { return *page_; }
    /// How often the engine has waited.
    long waits() const {
        std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
        for (std::string word; status >> word;)
            if (long number = 0; word == "voluntary_ctxt_switches:" && status >> number) return number;
        return -1;
    }

    bool holds = false, left = false;
    std::string log;
    int log_lines = 0;

private:
    void start(Fd channel, Fd records, const std::string& directory) {
        Fd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(control_path_.begin(), control_path_.end(), address.sun_path);
        ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(listener.get(), 8), 0);
        EngineStart start;
        start.config = &config_;
        start.origin.digest = auth::sha256_head;
        start.origin.generation = 100;
        start.origin.uuid[0] = std::byte{static_cast<unsigned char>(name_[0])};
        start.channel_fd = channel.release();
        start.writer_fd = records.release();
        start.control_listen_fd = listener.release();
        start.page = page_;
        MediumStart medium;
        medium.medium = id_of<MediumId>(0);
        medium.fd = packet_socket().release();
        medium.ifindex = static_cast<int>(::if_nametoindex("lo"));
        medium.broadcast = 0x7fffffff;
        start.media.push_back(medium);
        start.empty_dir = directory + "/empty";
        start.daemon_started = boot_now();
        pid_ = ::fork();
        if (pid_ == 0) {
            channel_.reset();
            records_.reset();
            ::_exit(run_engine(start));
        }
        for (const int fd : {start.channel_fd, start.writer_fd, start.control_listen_fd, medium.fd})
            ::close(fd);
    }

    std::string name_, control_path_;
    config::Config config_;
    Fd channel_, records_;
    ipc::Page* page_ = nullptr;
    pid_t pid_ = -1;
};

struct Engines : testing::Test {
    Engines() {
        char name[] = "/tmp/hb-engine-XXXXXX";
        directory = ::mkdtemp(name);
        std::filesystem::create_directory(directory + "/empty");
    }
    ~Engines() override { std::filesystem::remove_all(directory); }
    void SetUp() override {
        if (!enter_own_network()) GTEST_SKIP() << "needs root";
    }
    Host host(const std::string& name, const std::string& key = "secret") {
        return Host{name, key, directory};
    }
    static bool until(const std::vector<Host*>& hosts, const std::function<bool()>& reached) {
        for (const Instant end = boot_now() + patience; boot_now() < end;) {
            if (reached()) return true;
            for (Host* const h : hosts) h->serve();
        }
        return false;
    }
    std::string directory;
};

TEST_F(Engines, form_a_cluster_start_the_group_once_and_take_it_over_from_a_dead_one) {
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    EXPECT_FALSE(b.holds);
    EXPECT_NE(a.page().engine_turn_ms.load(), 0u);
    a.kill();
    ASSERT_TRUE(until({&b}, [&] { return b.holds; })) << b.log;
    // The request leaves in the middle of a turn, the page is written at its end.
    EXPECT_TRUE(until({&b}, [&] { return b.page().peers_dead.load() == 1u; })) << b.log;
    EXPECT_TRUE(until({&b}, [&] { return b.log.find("node a: is dead") != std::string::npos; })) << b.log;
    EXPECT_TRUE(b.runs());
}

TEST_F(Engines, answer_operators_from_inside_the_sandbox) {
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    const std::string status = a.ask("status\n");
    EXPECT_TRUE(status.starts_with("heartbeat\t")) << status;
    EXPECT_TRUE(status.ends_with("end\n")) << status;
    EXPECT_EQ(a.ask("nonsense\n"), "refused\tunknown command\n");
    const std::string answer = a.ask("standby all\n");
    EXPECT_TRUE(answer.starts_with("ok\t")) << answer;
    EXPECT_TRUE(until({&a, &b}, [&] { return b.holds && !a.holds; })) << a.log << b.log;
}

TEST_F(Engines, hand_over_and_end_with_0_when_they_are_asked_to_stop) {
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    a.notify(ipc::Notice::Kind::stop);
    EXPECT_TRUE(until({&a, &b}, [&] { return b.holds; })) << a.log << b.log;
    EXPECT_EQ(a.wait_for_exit(), 0) << a.log;
    a.serve();  // its last word may still be unread
    EXPECT_TRUE(a.left);
    EXPECT_FALSE(a.holds);
}

TEST_F(Engines, go_on_for_a_while_when_the_supervisor_is_gone_and_end_with_3) {
    Host a = host("a");
    ASSERT_TRUE(until({&a}, [&] { return a.page().engine_turn_ms.load() != 0; }));
    a.close_channel();
    const auto gone = ipc::page_ms(boot_now());
    EXPECT_TRUE(
        until({&a}, [&] { return static_cast<std::int32_t>(a.page().engine_turn_ms.load() - gone) > 500; }));
    EXPECT_EQ(a.wait_for_exit(), exit_without_supervisor);
    a.serve();
    EXPECT_NE(a.log.find("the supervisor died"), std::string::npos) << a.log;
}

TEST_F(Engines, survive_being_stopped_and_continued) {
    Host a = host("a");
    ASSERT_TRUE(until({&a}, [&] { return a.holds; })) << a.log;
    a.signal(SIGSTOP);
    const Instant stopped = boot_now();
    ASSERT_TRUE(until({}, [&] { return boot_now() - stopped > 300ms; }));
    a.signal(SIGCONT);
    const auto before = ipc::page_ms(boot_now());
    EXPECT_TRUE(
        until({&a}, [&] { return static_cast<std::int32_t>(a.page().engine_turn_ms.load() - before) > 0; }));
    EXPECT_TRUE(a.runs());
}

TEST_F(Engines, go_on_over_a_new_descriptor_after_a_medium_was_gone) {
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    b.notify(ipc::Notice::Kind::medium_gone);
    ASSERT_TRUE(until({&a, &b}, [&] { return a.log.find("node b: is dead") != std::string::npos; })) << a.log;
    const Fd lent = packet_socket();
    b.notify(ipc::Notice::Kind::medium, lent.get());
    EXPECT_TRUE(until({&a, &b}, [&] { return a.page().peers_dead.load() == 0; })) << a.log << b.log;
    EXPECT_TRUE(b.runs());
}

TEST_F(Engines, with_different_keys_say_in_one_line_what_to_compare) {
    Host a = host("a", "one"), b = host("b", "another");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.log.find("/etc/ha.d/authkeys") != std::string::npos; }))
        << a.log;
    ASSERT_TRUE(until({&a, &b}, [&] { return a.log.find("Dropped ") != std::string::npos; })) << a.log;
    EXPECT_EQ(a.log.find("authkeys"), a.log.rfind("authkeys"));
}

/// Sends what is no message but begins as one.
class Flood {
public:
    Flood() {
        wire::UdpFlow flow;
        flow.destination_mac = broadcast_mac;
        flow.destination = Ipv4{0x7fffffff};
        flow.destination_port = 694;
        size_ = wire::build_udp_frame(flow, 1, bytes_of("###\n9999999999:(0)t=status,"), frame_);
    }
    void send(int frames) {
        for (int i = 0; i < frames; ++i)
            if (::send(out_.get(), frame_.data(), size_, 0) < 0) ::poll(nullptr, 0, 1);
    }

private:
    Fd out_ = packet_socket();
    std::array<std::byte, 200> frame_;
    std::size_t size_ = 0;
};

TEST_F(Engines, lose_nothing_in_a_flood_of_garbage_and_say_little_about_it) {
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    const int lines = b.log_lines;
    Flood flood;
    for (int i = 0; i < 200; ++i) {
        flood.send(100);
        a.serve(), b.serve();
    }
    ASSERT_TRUE(until({&a, &b}, [&] { return b.log.find("Dropped ") != std::string::npos; })) << b.log;
    EXPECT_LE(b.log_lines - lines, 20) << b.log;
    EXPECT_TRUE(a.holds && !b.holds) << a.log << b.log;
    EXPECT_TRUE(a.runs() && b.runs());
}

TEST_F(Engines, find_a_node_dead_in_a_flood_that_fills_their_socket_for_ever) {
    constexpr int room = 1;  // the kernel makes it two frames
    Host a = host("a"), b = host("b");
    ASSERT_TRUE(until({&a, &b}, [&] { return a.holds; })) << a.log;
    const Fd narrow = packet_socket();
    ASSERT_EQ(::setsockopt(narrow.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room), 0);
    b.notify(ipc::Notice::Kind::medium, narrow.get());
    Flood flood;
    const auto flooded = [&](const std::function<bool()>& reached) {
        return until({&a, &b}, [&] {
            flood.send(200);
            return reached();
        });
    };
    ASSERT_TRUE(flooded([&] { return b.log.find("because a receive socket was full") != std::string::npos; }))
        << b.log;
    a.kill();
    EXPECT_TRUE(flooded([&] { return b.log.find("node a: is dead") != std::string::npos; })) << b.log;
    EXPECT_TRUE(flooded([&] { return b.holds; })) << b.log;
}

TEST_F(Engines, make_no_pause_in_a_flood_while_frames_are_left) {
    constexpr int frames = 20'000, room = 64 << 20;
    Host a = host("a");
    const Fd wide = packet_socket();
    ASSERT_EQ(::setsockopt(wide.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room), 0);
    a.notify(ipc::Notice::Kind::medium, wide.get());
    ASSERT_TRUE(until({&a}, [&] { return a.holds; })) << a.log;
    a.signal(SIGSTOP);
    Flood{}.send(frames);
    const long before = a.waits();
    a.signal(SIGCONT);
    const std::string all = "bad length\t" + std::to_string(frames);
    ASSERT_TRUE(until({&a}, [&] { return a.ask("status\n").find(all) != std::string::npos; }))
        << a.ask("status\n");
    EXPECT_LT(a.waits() - before, 200);  // with a pause in each turn it would be one for every 64 frames
}

}  // namespace
}  // namespace hb::engine
