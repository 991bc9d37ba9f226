#pragma once
#include <functional>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/engine/start.hpp"
#include "hb/ipc/message.hpp"
#include "hb/kernel/addresses.hpp"
#include "hb/tools/journal.hpp"

namespace hb::supervisor {

/// The interfaces that heartbeats leave by: watched, and lent to the engine as packet sockets.
class Media {
public:
    /// Hands a notice to the engine; a descriptor goes with it or is empty.
    using Tell = std::function<void(const ipc::Notice&, Fd)>;
    Media(tools::Journal& journal, Tell tell) : journal_(journal), tell_(std::move(tell)) {}

    /// Looks at every interface of the configuration, which must live on. What cannot be used yet is waited
    /// for.
    void use(const config::Config& config, kernel::Addresses& addresses);
    /// A socket for each, opened anew: for a new engine. The caller owns the descriptors.
    std::vector<engine::MediumStart> lend();
    void heard(const kernel::Addresses::Heard& heard);
    bool all_usable() const;

private:
    struct Medium {
        std::string interface;
        net::Link link;
        bool usable = false, failure_said = false;
    };
    void learn(Medium& medium, const net::Link& link);
    void changed(std::size_t index, const net::Link& link);
    void lost(std::size_t index, const char* why);
    Fd open(Medium& medium);

    tools::Journal& journal_;
    Tell tell_;
    const config::Config* config_ = nullptr;
    std::vector<Medium> media_;
};

}  // namespace hb::supervisor
