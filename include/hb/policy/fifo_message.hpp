#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hb/core/event.hpp"

/// Pure: what people's scripts write into the FIFO of 3.0.6, in the classic form of a message:
///   ">>>\n" (NAME "=" VALUE "\n")* "<<<\n"
namespace hb::policy {

struct FifoMessage {
    std::vector<std::pair<std::string, std::string>> fields;
    /// Value of the first field of that name; empty if there is none.
    std::string_view get(std::string_view name) const;
};

/// Cuts the octets into messages. What is no message is one fault, however long it is.
class FifoParser {
public:
    static constexpr std::size_t longest =
        4096;  ///< octets of one message; PIPE_BUF, so one write stays whole
    struct Item {
        FifoMessage message;
        std::string fault;  ///< not empty: what is wrong, and what to write instead; then there is no message
    };
    void feed(std::string_view octets) { pending_.append(octets); }
    /// nullopt: more octets are needed. All items are taken before the next feed.
    std::optional<Item> next();

private:
    enum class Where { outside, inside, garbage };
    std::optional<std::string_view> next_line();
    std::optional<Item> take(std::string_view line);
    void take_field(std::string_view line);
    Item ended();
    void begin();

    std::string pending_, line_, fault_;
    bool line_is_cut_ = false;  ///< its beginning was too long and is gone
    Where where_ = Where::outside;
    std::size_t size_ = 0;
    FifoMessage message_;
};

/// What becomes of a message.
struct FifoDecision {
    enum class Kind { operate, send, refuse };
    Kind kind = Kind::refuse;
    core::OperatorAsked asked;  ///< of operate
    std::string text;           ///< of send: "NAME=VALUE\n" lines; of refuse: why
};
FifoDecision decide(const FifoMessage& message);

}  // namespace hb::policy
