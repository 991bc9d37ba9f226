#pragma once
#include <string>
#include <utility>
#include <variant>

namespace hb {

/// Why something expected went wrong. `what` is one sentence without a full stop that names the subject
/// ("cannot open /dev/x"); `code` is an errno value or 0.
struct Error {
    std::string what;
    int code = 0;
};

/// "what: strerror(code)", or `what` alone where code is 0.
std::string to_text(const Error& error);

/// A value or an Error.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::move(value)) {}
    Result(Error error) : state_(std::move(error)) {}
    explicit operator bool() const { return state_.index() == 0; }
    T& operator*() { return *std::get_if<0>(&state_); }
    const T& operator*() const { return *std::get_if<0>(&state_); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }
    const Error& error() const { return *std::get_if<1>(&state_); }

private:
    std::variant<T, Error> state_;
};

struct Done {};  ///< Result<Done>: it worked, there is nothing to return

}  // namespace hb
