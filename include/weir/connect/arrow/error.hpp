// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace weir::arrow {

/// What an Error knows. Empty where it does not apply.
struct ErrorInfo {
    std::string reason{};   ///< what is wrong, in our words or those of the stream's producer
    std::string column{};   ///< its name; those of nested ones behind a dot: "from.airport"
    std::uint64_t row = 0;  ///< of the stream or of the batch, counted from 1; 0: no single one
    int code = EINVAL;      ///< what a C function returns for it
};

namespace detail {

inline std::string text_of(const ErrorInfo& info) {
    std::string line;
    if (info.row != 0) line += "row " + std::to_string(info.row) + ", ";
    if (not info.column.empty()) line += "column " + info.column + ": ";
    return line + info.reason;
}

} // namespace detail

/// Anything that goes wrong with Arrow data. what() says all of info() but the code.
class Error : public std::runtime_error {
public:
    explicit Error(ErrorInfo info) : std::runtime_error("arrow: " + detail::text_of(info)), info_(std::move(info)) {}
    [[nodiscard]] const ErrorInfo& info() const noexcept { return info_; }

private:
    ErrorInfo info_;
};

} // namespace weir::arrow
