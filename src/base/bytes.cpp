#include "hb/base/bytes.hpp"

#include <cstring>

namespace hb {

Bytes Reader::take(std::size_t n) {
    if (!ok_ || n > bytes_.size()) {
        ok_ = false;
        bytes_ = {};
        return {};
    }
    const Bytes taken = bytes_.first(n);
    bytes_ = bytes_.subspan(n);
    return taken;
}

std::uint64_t Reader::number(std::size_t n) {
    std::uint64_t value = 0;
    for (const std::byte octet : take(n)) value = value << 8 | std::to_integer<std::uint64_t>(octet);
    return value;
}

void Writer::put(Bytes bytes) {
    if (!ok_ || bytes.size() > out_.size() - size_) {
        ok_ = false;
        return;
    }
    // memcpy must not see a null pointer, not even for 0 octets.
    if (!bytes.empty()) std::memcpy(out_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
}

void Writer::number(std::uint64_t v, std::size_t n) {
    if (!ok_ || n > out_.size() - size_) {
        ok_ = false;
        return;
    }
    for (std::size_t shift = n; shift-- > 0;) out_[size_++] = static_cast<std::byte>(v >> (8 * shift) & 0xff);
}

}  // namespace hb
