#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hb/base/address.hpp"
#include "hb/base/id.hpp"
#include "hb/base/time.hpp"

namespace hb::config {

/// How a heartbeat leaves. Only bcast is built so far; the others are accepted with a named warning
/// (and are an error when no bcast line is left).
struct Medium {
    enum class Kind { bcast, ucast, mcast };
    Kind kind = Kind::bcast;
    std::string interface;            ///< "eth0"
    std::optional<Ipv4> destination;  ///< ucast peer, mcast group
};

/// authkeys(5): number 0..15, method, key text.
struct Key {
    enum class Method { crc, md5, sha1, sha256 };
    unsigned number = 0;
    Method method = Method::crc;
    std::string text;
};
struct Keys {
    std::vector<Key> all;
    unsigned signing = 0;  ///< number of the one that signs

    /// crc has no key, so anybody can sign with it: beside a key it verifies only where it signs as well.
    bool verifies(const Key& key) const {
        const auto has_key = [](const Key& each) { return each.method != Key::Method::crc; };
        return has_key(key) || key.number == signing || std::none_of(all.begin(), all.end(), has_key);
    }
};

/// The argument of IPaddr and IPaddr2: ADDRESS[/BITS[/IF[:LABEL][/BROADCAST]]] or ADDRESS/BITS/BROADCAST.
/// What is absent comes from the route to the address when it is added.
struct AddressSpec {
    Ipv4 address;
    std::optional<unsigned> bits;  ///< 0..32
    std::string interface;         ///< empty: from the route
    std::string label;             ///< after "IF:"; empty: none
    std::optional<Ipv4> broadcast;
    bool alias_label = true;  ///< IPaddr: label IF:0, IF:1, ... (first free); IPaddr2: only `label`
};

/// One word of a haresources line.
struct Resource {
    enum class Kind { address, script };
    GroupId group;
    Kind kind = Kind::script;
    std::string word;               ///< as written: "IPaddr::10.0.0.1/24", "10.0.0.1", "apache2"
    std::string script;             ///< "IPaddr", "apache2"
    std::vector<std::string> args;  ///< between the `::`
    AddressSpec address;            ///< of Kind::address
    Duration monitor_interval{};    ///< its `status` is asked that often while it is owned; 0: never
    Duration monitor_limit{};       ///< no answer after that: failed
};

/// `ping HOST` or `ping_group NAME HOST...`: somebody else on the network, who is asked whether it can be reached.
struct Witness {
    std::string name;             ///< as written: the host, or the name of the group
    std::vector<Ipv4> addresses;  ///< one of them suffices
    bool group = false;
};

/// `stonith`, `stonith_host` (through stonith(8) of cluster-glue) or `fence` (a fence_* agent): how one node is
/// cut off before what must never run twice is claimed from it.
struct FenceDevice {
    NodeId victim;        ///< does not exist: serves every node
    bool agent = false;   ///< a fence_* program with name=value on its standard input
    std::string program;  ///< stonith device type, or the path of the agent
    std::vector<std::string> parameters;
    std::string file;  ///< of `stonith`: the parameters stand there
};

/// Where programs that cut nodes off are looked for, in this order.
constexpr std::string_view fence_directories[] = {"/usr/sbin", "/usr/bin",        "/sbin",
                                                  "/bin",      "/usr/local/sbin", "/usr/local/bin"};

/// One line of haresources. Groups stand in the byte order of their canonical lines (words joined by one
/// blank, comments gone, preferred node lower case), so that the order of lines does not matter to peers.
struct Group {
    std::string line;  ///< canonical line
    std::string key;   ///< first resource as written: names the group in messages and commands
    NodeId preferred;
    ResourceId first;  ///< its resources are consecutive
    std::uint16_t count = 0;
    bool addresses_only = false;
    bool exclusive = false;  ///< at most one: never started beside a node that may still run it
};

enum class AutoFailback { off, on, legacy };

struct Config {
    std::vector<std::string> nodes;  ///< lower case, in ha.cf order
    NodeId self;
    std::vector<Medium> media;
    std::vector<Group> groups;
    std::vector<Resource> resources;
    Keys keys;

    Duration keepalive = 1s;
    Duration warntime = 15s;
    Duration deadtime = 30s;
    Duration initdead = 60s;
    Duration deadping = 30s;
    Duration max_rexmit_delay = 250ms;
    std::uint16_t udpport = 694;
    unsigned hopfudge = 1;
    AutoFailback auto_failback = AutoFailback::legacy;
    Duration
        address_lifetime{};  ///< of every service address in the kernel (valid_lft), whole seconds; 0: for ever
    std::vector<Witness> witnesses;
    std::vector<std::string>
        unknown_hosts;    ///< ping nodes without an address in /etc/hosts: they are waited for
    bool quorum = false;  ///< who reaches neither a peer nor a witness holds nothing
    std::vector<FenceDevice> fences;
    std::string watchdog;  ///< device; empty: none
    std::vector<Ipv4>
        neighbours;  ///< told of a takeover by an ordinary ARP request, besides the default gateway
    unsigned moves_per_hour = 6;  ///< of one group for failed monitors; then it stays where it is

    std::string logfile, debugfile, logfacility;  ///< empty: none
    bool syslogmsgfmt = true;
    bool log_badpack = true;
    bool realtime = true;
    bool use_logd = false;
    unsigned debug = 0;
    std::vector<std::string>
        environment;  ///< "HA_keepalive=2", for scripts: every directive recorded or defaulted

    std::uint64_t table_digest =
        0;  ///< first 8 octets (big endian) of SHA-256 over the sorted canonical lines, each with newline
    std::uint32_t nodes_digest =
        0;  ///< first 4 octets of SHA-256 over the sorted node names, each with newline
};

}  // namespace hb::config
