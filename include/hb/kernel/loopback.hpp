#pragma once
#include <map>
#include <optional>
#include <string>

#include "hb/net/mirror.hpp"

namespace hb::kernel {

/// Copies of service addresses that were taken from the loopback interface, because the kernel would not tell the
/// network of an address that is there too. An LVS real server has them there while it does not serve them itself;
/// they are put back then. They are kept in a file, so that a successor of a killed daemon can do it.
class Loopback {
public:
    explicit Loopback(std::string file) : file_(std::move(file)) {}
    void load();
    /// Before it is taken away. False: the file cannot be written.
    bool remember(const net::KernelAddress& copy);
    /// nullptr: none was taken.
    const net::KernelAddress* find(Ipv4 address) const;
    /// It is back.
    void forget(Ipv4 address);

private:
    bool write() const;
    std::string file_;  ///< empty: none
    std::map<Ipv4, net::KernelAddress> copies_;
};

}  // namespace hb::kernel
