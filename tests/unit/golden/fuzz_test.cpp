#include <gtest/gtest.h>

#include "capture.hpp"
#include "fuzz/heartbeat.cpp"
#include "hb/base/random.hpp"

namespace golden {
namespace {

/// Every heartbeat, ping and frame of all captures.
std::vector<std::string> corpus() {
    std::vector<std::string> all;
    for (const Capture& capture : captures()) {
        const Datagrams found = datagrams(capture);
        all.insert(all.end(), found.heartbeats.begin(), found.heartbeats.end());
        all.insert(all.end(), found.pings.begin(), found.pings.end());
        if (is_serial(capture)) continue;
        const auto whole = frames(path_of(capture.file));
        all.insert(all.end(), whole.begin(), whole.end());
    }
    return all;
}

/// Deterministic changes of an input, of the kinds that hurt a parser of lengths.
class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}
    std::string next() {
        std::string input = any();
        for (std::uint64_t changes = 1 + random_.below(4); changes > 0; --changes) change(input);
        return input;
    }

private:
    const std::string& any() { return corpus_[random_.below(corpus_.size())]; }
    void change(std::string& input) {
        const std::size_t at = random_.below(input.size() + 1), n = random_.below(16);
        switch (random_.below(7)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << random_.below(8)));
                break;
            case 1: input.resize(at); break;
            case 2: input.erase(at, n); break;
            case 3: input.insert(at, input.substr(random_.below(input.size() + 1), n)); break;
            case 4: change_mark(input, at); break;
            case 5: input = input.substr(0, at) + any().substr(0, random_.below(400)); break;
            case 6: input.insert(at, n, static_cast<char>(random_.below(256))); break;
        }
    }
    /// The next digit or mark of the grammar becomes another one.
    void change_mark(std::string& input, std::size_t at) {
        constexpr std::string_view marks("0123456789:,()=\n#%<>\0\x13", 22);
        at = input.find_first_of(marks, at);
        if (at != std::string::npos) input[at] = marks[random_.below(marks.size())];
    }
    const std::vector<std::string>& corpus_;
    hb::Random random_{694};
};

/// In memory of exactly its own size, so that a sanitizer sees a read of one octet too much.
void feed(const std::string& input) {
    const std::vector<std::uint8_t> octets(input.begin(), input.end());
    LLVMFuzzerTestOneInput(octets.data(), octets.size());
}

TEST(Fuzz, two_hundred_thousand_changed_datagrams_break_nothing) {
    const std::vector<std::string> inputs = corpus();
    ASSERT_GT(inputs.size(), 1000u);
    Mutator mutator(inputs);
    for (int i = 0; i < 200000; ++i) feed(mutator.next());
}

TEST(Fuzz, every_beginning_of_a_datagram_breaks_nothing) {
    const std::vector<std::string> inputs = corpus();
    for (std::size_t i = 0; i < inputs.size(); i += 97)
        for (std::size_t n = 0; n <= inputs[i].size(); ++n) feed(inputs[i].substr(0, n));
}

}  // namespace
}  // namespace golden
