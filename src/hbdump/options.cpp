#include "options.hpp"

#include <getopt.h>

#include <charconv>

namespace hb::hbdump {
namespace {

enum : int { long_json = 256, long_validate, long_partial };

const option long_options[] = {{"json", no_argument, nullptr, long_json},
                               {"validate", no_argument, nullptr, long_validate},
                               {"allow-partial-checksum", no_argument, nullptr, long_partial},
                               {"version", no_argument, nullptr, 'V'},
                               {"help", no_argument, nullptr, 'h'},
                               {nullptr, 0, nullptr, 0}};

bool read_port(std::string_view text, std::uint16_t& out) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
    return fault == std::errc{} && end == text.data() + text.size() && out != 0;
}

bool apply(int letter, Options& out) {
    switch (letter) {
        case 'r': out.file = optarg; return true;
        case 'i': out.interface = optarg; return true;
        case 'k': out.authkeys = optarg; return true;
        case 'p': return read_port(optarg, out.rules.port);
        case 'V': out.version = true; return true;
        case 'h': out.help = true; return true;
        case long_json: out.json = true; return true;
        case long_validate: out.rules.validate = true; return true;
        case long_partial: out.rules.partial = Partial::allow; return true;
        default: return false;
    }
}

}  // namespace

const char* const usage =
    "usage: hbdump {-r FILE | -i INTERFACE} [-k AUTHKEYS] [-p PORT] [--json] [--validate] "
    "[--allow-partial-checksum]\n"
    "       hbdump --version | --help\n";

Result<Options> parse_options(int argc, char** argv) {
    Options out;
    for (int letter = 0; (letter = getopt_long(argc, argv, "r:i:k:p:Vh", long_options, nullptr)) != -1;)
        if (!apply(letter, out))
            return Error{letter == 'p' ? "a port is a number from 1 to 65535" : "wrong option", 0};
    if (optind < argc) return Error{"unexpected argument \"" + std::string(argv[optind]) + "\"", 0};
    if (!out.version && !out.help && out.file.empty() == out.interface.empty())
        return Error{"give either -r FILE or -i INTERFACE", 0};
    return out;
}

}  // namespace hb::hbdump
