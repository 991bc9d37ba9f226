#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "hb/config/config.hpp"
#include "hb/ipc/message.hpp"
#include "hb/kernel/addresses.hpp"
#include "hb/tools/journal.hpp"

namespace hb::supervisor {

/// The interfaces that the service addresses belong on. The engine is told which address belongs where and
/// whether there is carrier, and is lent a socket that hears ARP there.
class ServiceLinks {
public:
    /// Hands a notice to the engine; a descriptor goes with it or is empty.
    using Tell = std::function<void(const ipc::Notice&, Fd)>;
    ServiceLinks(tools::Journal& journal, Tell tell) : journal_(journal), tell_(std::move(tell)) {}

    /// Both must live until the next call. Tells nothing yet.
    void use(const config::Config& config, kernel::Addresses& addresses);
    /// To a new engine, which knows nothing: everything.
    void begin();
    /// What has changed since, if anything.
    void look();

private:
    void forget();
    void tell();
    void lend(const std::vector<kernel::Addresses::Home>& homes);
    void lend(const net::Link& link);
    void place(const std::vector<kernel::Addresses::Home>& homes);
    void place(std::size_t first, std::size_t last, const kernel::Addresses::Home& home);
    /// All but these.
    void withdraw(const std::map<int, net::Link>& usable);
    void say_carrier(const std::vector<kernel::Addresses::Home>& homes);
    const char* why_without(const std::string& name) const;
    bool is_address(std::size_t resource) const;

    tools::Journal& journal_;
    Tell tell_;
    const config::Config* config_ = nullptr;
    kernel::Addresses* addresses_ = nullptr;
    Ipv4 lowest_, highest_;                        ///< of all service addresses
    std::vector<kernel::Addresses::Home> placed_;  ///< by ResourceId, as told
    std::vector<bool> told_;                       ///< by ResourceId
    std::map<int, net::Link> lent_;                ///< by interface, as told
    std::map<std::string, bool> carrier_;          ///< by interface, as said in the log
    std::set<int> failure_said_;
};

}  // namespace hb::supervisor
