#include "config/ha_cf.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"

namespace hb::config {

namespace {
constexpr std::size_t most_neighbours = 16;  // each is one more ARP request for each address
}

void take_neighbour(HaCf& file, const Line& line) {
    if (has_no_value(file, line)) return;
    for (const Word& word : Line(line.begin() + 1, line.end())) {
        const auto address = parse_ipv4(word.text);
        const bool of_a_host = address && address->value >> 24 != 0 && address->value >> 24 < 224;
        if (!of_a_host)
            file.report.error(word,
                              concat("neighbour [", shown(word.text), "] is not the IPv4 address of a host"),
                              "write one as in `neighbour 192.168.77.254`");
        else if (file.config.neighbours.size() == most_neighbours)
            return file.report.error(word, concat("there are more than ", most_neighbours, " neighbours"),
                                     "the default gateway is told without being named here");
        else
            file.config.neighbours.push_back(*address);
    }
}

}  // namespace hb::config
