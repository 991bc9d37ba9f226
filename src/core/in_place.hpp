#pragma once
#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

#include "hb/base/invariant.hpp"

namespace hb::core {

/// Text in place, cut never: every user knows its bound.
class Text {
public:
    explicit Text(std::span<char> out) : out_(out) {}
    Text& put(std::string_view text) {
        invariant(text.size() <= out_.size() - size_);
        std::copy(text.begin(), text.end(), out_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += text.size();
        return *this;
    }
    Text& put(char c) { return put(std::string_view{&c, 1}); }
    Text& hex(std::uint64_t number, int digits = 1) {
        char text[17];
        const auto end = std::to_chars(text, text + sizeof text, number, 16).ptr;
        for (auto have = end - text; have < digits; ++have) put('0');
        return put(std::string_view{text, static_cast<std::size_t>(end - text)});
    }
    std::string_view view() const { return {out_.data(), size_}; }
    std::size_t size() const { return size_; }

private:
    std::span<char> out_;
    std::size_t size_ = 0;
};

/// Takes what stands before the separator; the rest stays.
inline std::string_view take(std::string_view& rest, char separator) {
    const std::size_t at = rest.find(separator);
    const std::string_view part = rest.substr(0, at);
    rest = at == rest.npos ? std::string_view{} : rest.substr(at + 1);
    return part;
}

/// All of it is one hexadecimal number.
template <class T>
bool read_hex(std::string_view text, T& out) {
    if (text.empty()) return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace hb::core
