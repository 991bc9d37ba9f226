#include "capture.hpp"

#include <pcap/pcap.h>

#include <fstream>
#include <sstream>

#include "hb/wire/packet.hpp"

namespace golden {
namespace {

hb::config::Key key_of(const std::string& word) {
    std::istringstream in(word);
    std::string number, method, text;
    std::getline(in, number, ':');
    std::getline(in, method, ':');
    std::getline(in, text);
    using Method = hb::config::Key::Method;
    const Method m = method == "md5" ? Method::md5 : method == "sha1" ? Method::sha1 : Method::crc;
    return {.number = static_cast<unsigned>(std::stoul(number)), .method = m, .text = text};
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::vector<Capture> captures() {
    std::vector<Capture> all;
    std::ifstream table(path_of("keys.txt"));
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        Capture capture;
        words >> capture.file >> capture.heartbeats;
        for (std::string word; words >> word;) capture.keys.all.push_back(key_of(word));
        capture.keys.signing = capture.keys.all.at(0).number;
        all.push_back(capture);
    }
    return all;
}

std::string path_of(const std::string& file) { return "tests/golden/" + file; }
bool is_serial(const Capture& capture) { return capture.file.ends_with(".bin"); }

std::vector<std::string> frames(const std::string& path) {
    std::vector<std::string> all;
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* const in = pcap_open_offline(path.c_str(), error);
    if (!in) return all;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    while (pcap_next_ex(in, &header, &data) == 1)
        all.emplace_back(reinterpret_cast<const char*>(data), header->caplen);
    pcap_close(in);
    return all;
}

std::string echo_data(const std::string& frame) {
    hb::Reader in(hb::bytes_of(frame));
    in.skip(12);
    const bool ipv4 = in.u16() == 0x0800;
    in.skip(2);
    const std::size_t total = in.u16();
    in.skip(5);
    const bool icmp = in.u8() == 1;
    in.skip(10);
    const std::uint8_t type = in.u8();
    in.skip(7);
    if (!in.ok() || !ipv4 || !icmp || (type != 0 && type != 8) || total < 28) return "";
    return std::string(hb::text_of(in.take(total - 28)));
}

std::vector<std::string> serial_messages(const std::string& path) {
    const std::string bytes = read_file(path);
    std::vector<std::string> all;
    for (std::size_t at = 0; (at = bytes.find(">>>\n", at)) != std::string::npos;) {
        const std::size_t end = bytes.find("\n<<<\n", at);
        if (end == std::string::npos) break;  // cut
        all.push_back(bytes.substr(at, end + 5 - at));
        at = end + 5;
    }
    return all;
}

Datagrams datagrams(const Capture& capture) {
    Datagrams all;
    if (is_serial(capture)) {
        all.heartbeats = serial_messages(path_of(capture.file));
        return all;
    }
    for (const std::string& frame : frames(path_of(capture.file))) {
        hb::wire::UdpFrame udp;
        if (hb::wire::parse_udp_frame(hb::bytes_of(frame), hb::wire::Checksum::not_ready, udp) ==
                hb::wire::FrameFault::none &&
            udp.flow.destination_port == 694)
            all.heartbeats.emplace_back(hb::text_of(udp.payload));
        else if (const std::string echo = echo_data(frame); !echo.empty())
            all.pings.push_back(echo);
    }
    return all;
}

}  // namespace golden
