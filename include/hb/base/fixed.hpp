#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "hb/base/invariant.hpp"

namespace hb {

/// A vector that never takes memory: at most N elements, T default constructible.
template <class T, std::size_t N>
class FixedVector {
public:
    /// False, and nothing added, when full.
    [[nodiscard]] bool try_push(const T& value) {
        if (size_ == N) return false;
        items_[size_++] = value;
        return true;
    }
    void push(const T& value) { invariant(try_push(value)); }
    void pop() {
        invariant(size_ > 0);
        --size_;
    }
    /// Removes one element; the last takes its place.
    void erase_unordered(std::size_t i) {
        invariant(i < size_);
        items_[i] = items_[--size_];
    }
    void erase(std::size_t i) {
        invariant(i < size_);
        for (; i + 1 < size_; ++i) items_[i] = items_[i + 1];
        --size_;
    }
    void clear() { size_ = 0; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    bool full() const { return size_ == N; }
    T& operator[](std::size_t i) {
        invariant(i < size_);
        return items_[i];
    }
    const T& operator[](std::size_t i) const {
        invariant(i < size_);
        return items_[i];
    }
    T& back() { return (*this)[size_ - 1]; }
    T* begin() { return items_.data(); }
    T* end() { return items_.data() + size_; }
    const T* begin() const { return items_.data(); }
    const T* end() const { return items_.data() + size_; }

private:
    std::array<T, N> items_{};
    std::size_t size_ = 0;
};

/// Text of at most N octets, kept in place; what is longer is cut.
template <std::size_t N>
class FixedString {
public:
    FixedString() = default;
    FixedString(std::string_view text) { append(text); }
    FixedString(const char* text) { append(text); }
    void append(std::string_view text) {
        const std::size_t n = text.size() < N - size_ ? text.size() : N - size_;
        std::copy_n(text.data(), n, text_.data() + size_);  // an empty view may have no data at all
        size_ += n;
    }
    void clear() { size_ = 0; }
    std::string_view view() const { return {text_.data(), size_}; }
    operator std::string_view() const { return view(); }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

private:
    std::array<char, N> text_{};
    std::size_t size_ = 0;
};

}  // namespace hb
