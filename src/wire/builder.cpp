#include <array>
#include <charconv>

#include "netstring.hpp"

namespace hb::wire {
namespace {

/// The digits of a number, kept in place.
class Digits {
public:
    Digits(std::uint64_t value, int base)
        : size_(static_cast<std::size_t>(
              std::to_chars(text_.data(), text_.data() + text_.size(), value, base).ptr - text_.data())) {}
    std::string_view view() const { return {text_.data(), size_}; }

private:
    std::array<char, 20> text_{};  // 2^64 has 20 decimal digits
    std::size_t size_;
};

}  // namespace

Builder::Builder(std::span<std::byte> out) : writer_(out) { writer_.put(netstring_begin); }

Builder& Builder::field(const Field& field) {
    writer_.put(Digits(field.name.size() + field.value.size() + 4, 10).view());
    writer_.put(":(");
    writer_.u8(static_cast<std::uint8_t>('0' + static_cast<int>(field.type)));
    writer_.put(")");
    writer_.put(field.name);
    writer_.put("=");
    writer_.put(field.value);
    writer_.put(",");
    return *this;
}

Builder& Builder::text(std::string_view name, std::string_view value) {
    return field({name, value, FieldType::text});
}
Builder& Builder::binary(std::string_view name, Bytes value) {
    return field({name, text_of(value), FieldType::binary});
}
Builder& Builder::hex(std::string_view name, std::uint64_t value) {
    return text(name, Digits(value, 16).view());
}
Builder& Builder::decimal(std::string_view name, std::uint64_t value) {
    return text(name, Digits(value, 10).view());
}

Bytes Builder::finish() {
    writer_.put(netstring_end);
    return writer_.ok() ? writer_.written() : Bytes{};
}

std::size_t append_signature(std::string_view signature, std::span<std::byte> out) {
    Writer writer(out);
    writer.put(Digits(signature.size(), 10).view());
    writer.put(":");
    writer.put(signature);
    writer.put(",");
    return writer.ok() ? writer.size() : 0;
}

}  // namespace hb::wire
