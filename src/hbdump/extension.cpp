#include "extension.hpp"

#include <charconv>

#include "hb/wire/vocabulary.hpp"

namespace hb::hbdump {
namespace {

namespace field = wire::field;

/// The part before a mark, taken from the head of `rest` together with the mark. Everything if there is none.
std::string_view take(std::string_view& rest, char mark) {
    const std::size_t end = std::min(rest.find(mark), rest.size());
    const std::string_view head(rest.data(), end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return head;
}

bool is_all(std::string_view text, std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
}
bool is_hex_digits(std::string_view text, std::size_t n) {
    return text.size() == n && is_all(text, "0123456789abcdef");
}
bool is_decimal(std::string_view text) {
    return !text.empty() && text.size() <= 9 && is_all(text, "0123456789") && (text == "0" || text[0] != '0');
}
/// Hex without leading zeros, of at most n digits.
bool is_hex(std::string_view text, std::size_t n = 16) {
    return !text.empty() && is_hex_digits(text, text.size()) && text.size() <= n &&
           (text == "0" || text[0] != '0');
}
std::uint64_t value(std::string_view text, int base) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

bool is_version(std::string_view text) {
    const auto major = take(text, '.'), minor = take(text, '/'), capabilities = take(text, '/');
    const bool letters = !text.empty() && (text == "-" || is_all(text, "abcdefghijklmnopqrstuvwxyz"));
    return is_hex(major) && is_hex(minor) && is_hex(capabilities) && letters;
}

bool is_configuration(std::string_view text) {
    const auto table = take(text, ':');
    return is_hex_digits(table, 16) && is_hex_digits(text, 8);
}

bool is_times(std::string_view text) {
    const auto keepalive = take(text, ':'), lease = take(text, ':');
    return is_hex(keepalive) && is_hex(lease) && is_hex(text, 8);
}

bool is_heard(std::string_view text) {
    const auto node = take(text, ':'), generation = take(text, ':'), sequence = take(text, ':'),
               age = take(text, ':');
    return !node.empty() && is_hex(generation, 8) && is_hex(sequence, 8) && is_hex(age) &&
           (text.empty() || text == "-");
}

/// "-": there is no other node.
bool is_echo(std::string_view text) {
    if (text == "-") return true;
    if (text.empty() || text.ends_with(',')) return false;
    while (!text.empty())
        if (!is_heard(take(text, ','))) return false;
    return true;
}

/// FIRST[-LAST]:STATEHOLDER:EPOCH
bool is_run(std::string_view text) {
    std::string_view range = take(text, ':');
    const std::string_view who = take(text, ':');
    const bool is_pair = range.find('-') != std::string_view::npos;
    const auto first = take(range, '-'), last = is_pair ? range : first;
    if (!is_hex(first, 8) || !is_hex(last, 8) || value(last, 16) < value(first, 16)) return false;
    if (who.size() < 2 || who[0] < 'a' || who[0] > 'z') return false;
    const std::string_view holder = who.substr(1);
    return (holder == "z" || is_hex(holder, 4)) && is_hex(text, 8);
}

bool is_registers(std::string_view text) {
    const auto serial = take(text, ':'), digest = take(text, ':');
    if (!is_hex(serial, 8) || !is_hex_digits(digest, 8) || text.ends_with(',')) return false;
    if (text.starts_with('+')) text.remove_prefix(1);
    while (!text.empty())
        if (!is_run(take(text, ','))) return false;
    return true;
}

bool is_reach(std::string_view text) {
    const auto reached = take(text, '/');
    return is_hex(reached, 4) && is_hex(text, 4) && value(reached, 16) <= value(text, 16);
}

bool is_page(std::string_view text) {
    const auto page = take(text, '/');
    return is_decimal(page) && is_decimal(text) && value(page, 10) >= 1 && value(page, 10) <= value(text, 10);
}

}  // namespace

bool is_extension(std::string_view name) { return name.starts_with(field::hb4); }

std::string_view extension_fault(const wire::Field& field) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:,+/=-";
    if (field.type != wire::FieldType::text) return "is not of type 0";
    if (!is_all(field.value, allowed)) return "has an octet that is not allowed";
    if (field.name == field::hb4 && !is_version(field.value)) return "is not MAJOR.MINOR/CAPS/FLAGS";
    if (field.name == field::hb4c && !is_configuration(field.value)) return "is not TABLE:NODES";
    if (field.name == field::hb4t && !is_times(field.value)) return "is not KEEPALIVE:LEASE:LIFETIME";
    if (field.name == field::hb4e && !is_echo(field.value)) return "is not a list of NODE:HG:SEQ:AGE";
    if (field.name == field::hb4g && !is_registers(field.value)) return "is not SERIAL:DIGEST:RUNS";
    if (field.name == field::hb4s && !is_hex(field.value, 8)) return "is not a number";
    if (field.name == field::hb4p && !is_page(field.value)) return "is not PAGE/PAGES";
    if (field.name == field::hb4w && !is_reach(field.value)) return "is not REACHED/TOTAL";
    return {};  // a name of a later version may hold anything
}

}  // namespace hb::hbdump
