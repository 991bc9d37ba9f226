#pragma once
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "hb/base/fd.hpp"
#include "hbctl/run.hpp"

namespace hb::hbctl::test {

/// Listens in a directory of its own; answers questions with given texts, or never.
class Daemon {
public:
    Daemon() {
        char name[] = "/tmp/hb-ctl-XXXXXX";
        directory_ = ::mkdtemp(name);
        path_ = directory_ + "/control";
        listener_ = Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_un address{AF_UNIX, {}};
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            std::abort();
        ::listen(listener_.get(), 4);
    }
    ~Daemon() {
        if (thread_.joinable()) thread_.join();
        ::unlink(path_.c_str());
        ::rmdir(directory_.c_str());
    }
    void answer(std::string text) { answer(std::vector<std::string>{std::move(text)}); }
    /// One connection for each text.
    void answer(std::vector<std::string> texts) {
        thread_ = std::thread([this, texts = std::move(texts)] {
            for (const std::string& text : texts) {
                const Fd fd{::accept(listener_.get(), nullptr, nullptr)};
                for (char c = 0; c != '\n' && ::recv(fd.get(), &c, 1, 0) == 1;)
                    if (c != '\n') asked_ += c;
                ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL);
            }
        });
    }
    /// What it was asked, one question behind the other; after the answers.
    std::string asked() {
        if (thread_.joinable()) thread_.join();
        return asked_;
    }
    Surroundings surroundings() const {
        return {.socket = path_, .directory = directory_, .node = "a", .patience = 10s};
    }

private:
    std::string directory_, path_, asked_;
    Fd listener_;
    std::thread thread_;
};

}  // namespace hb::hbctl::test
