#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hb {

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads numbers in network order from a span. A short span is one failure, asked for at the end: after it
/// every read gives 0.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_(bytes) {}
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    /// The next n octets, or an empty span on failure.
    Bytes take(std::size_t n);
    void skip(std::size_t n) { take(n); }
    Bytes rest() const { return bytes_; }
    bool ok() const { return ok_; }

private:
    std::uint64_t number(std::size_t n);
    Bytes bytes_;
    bool ok_ = true;
};

/// Writes numbers in network order into a span. What does not fit is not written, and ok() turns false.
class Writer {
public:
    explicit Writer(std::span<std::byte> out) : out_(out) {}
    void u8(std::uint8_t v) { number(v, 1); }
    void u16(std::uint16_t v) { number(v, 2); }
    void u32(std::uint32_t v) { number(v, 4); }
    void put(Bytes bytes);
    void put(std::string_view text) { put(bytes_of(text)); }
    std::size_t size() const { return size_; }
    bool ok() const { return ok_; }
    Bytes written() const { return Bytes(out_.data(), size_); }

private:
    void number(std::uint64_t v, std::size_t n);
    std::span<std::byte> out_;
    std::size_t size_ = 0;
    bool ok_ = true;
};

}  // namespace hb
