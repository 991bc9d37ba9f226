#pragma once
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "hb/base/clock.hpp"
#include "hb/scripts/script.hpp"

/// A directory of scripts, the rooms that run them, and what they said.
struct ScriptWorld {
    ScriptWorld() {
        std::filesystem::create_directory(root + "/resource.d");
        std::filesystem::create_directory(root + "/init.d");
        std::filesystem::create_directory(unit_directory);
        int fds[2] = {-1, -1};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds) != 0) std::abort();
        sending.reset(fds[0]);
        receiving.reset(fds[1]);
        journal.redirect(sending.get());
        scripts.use(config);
    }
    ~ScriptWorld() { std::filesystem::remove_all(root); }

    void script(const char* path, const std::string& body) {
        const std::string file = root + "/" + path;
        std::ofstream(file) << "#!/bin/sh\n" << body << "\n";
        ::chmod(file.c_str(), 0755);
    }
    static hb::config::Config plain_config() {
        hb::config::Config config;
        config.nodes = {"a"};
        config.self = hb::id_of<hb::NodeId>(0);
        return config;
    }
    hb::config::Resource resource(const char* name, std::vector<std::string> args = {}) {
        hb::config::Resource resource;
        resource.script = resource.word = name;
        resource.args = std::move(args);
        return resource;
    }
    /// Serves the children until `done` or nothing runs any more.
    template <class Done>
    void serve_until(Done done) {
        const hb::Instant give_up = hb::boot_now() + hb::Duration{std::chrono::seconds{60}};
        while (!done() && hb::boot_now() < give_up) {
            for (const epoll_event& event : poller.wait(5)) scripts.on_readable(event.data.fd, now);
            int status = 0;
            for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
                scripts.on_exit(pid, status, now);
        }
        read_log();
    }
    void serve_to_end() {
        serve_until([this] { return !scripts.any_busy(); });
    }
    void read_log() {
        hb::writer::Envelope envelope;
        while (::recv(receiving.get(), &envelope, sizeof envelope, 0) == sizeof envelope)
            log.push_back(std::string(envelope.record.program) + ": " + std::string(envelope.record.text));
    }
    bool logged(std::string_view text) const {
        for (const std::string& line : log)
            if (line.find(text) != std::string::npos) return true;
        return false;
    }
    std::string file(const char* name) const {
        std::ifstream in(root + "/" + name);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    std::string root = make_root(), unit_directory = root + "/units";
    std::array<std::string_view, 1> units{unit_directory};
    hb::config::Config config = plain_config();
    hb::Instant now{std::chrono::seconds{1000}};
    hb::Fd sending, receiving;
    std::vector<std::string> log;
    std::vector<hb::scripts::Scripts::End> ends;
    hb::tools::Journal journal{-1};
    hb::tools::Poller poller;
    hb::scripts::Scripts scripts{journal,
                                 poller,
                                 {root + "/resource.d", root + "/init.d", units, root + "/systemctl"},
                                 root + "/scripts",
                                 [this](const hb::scripts::Scripts::End& end) {
                                     ends.push_back(end);
                                     if (on_end) on_end(end);
                                 }};
    std::function<void(const hb::scripts::Scripts::End&)> on_end;

private:
    static std::string make_root() {
        char name[] = "/tmp/hb-script-XXXXXX";
        return ::mkdtemp(name);
    }
};
