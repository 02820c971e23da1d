// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/owned.hpp>
#include <weir/core/rejected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// A line of a text: a std::string_view, without the end of the line, that knows where it stands. It lives until the source is
/// asked for more; an operator that keeps it keeps a std::string.
class Line : public std::string_view {
public:
    constexpr Line() = default;
    constexpr Line(std::string_view text, const std::string* file, std::uint64_t number, std::uint64_t byte) noexcept
        : std::string_view(text), file_(file), number_(number), byte_(byte) {}

    /// Another text that stands in its place.
    [[nodiscard]] constexpr Line with_text(std::string_view text) const noexcept { return Line(text, file_, number_, byte_); }
    [[nodiscard]] constexpr std::uint64_t number() const noexcept { return number_; } ///< the first is 1
    [[nodiscard]] constexpr std::uint64_t byte() const noexcept { return byte_; }     ///< of its first character
    [[nodiscard]] Position position() const { return {file_ ? *file_ : std::string(), number_, 0, byte_}; }

private:
    const std::string* file_ = nullptr;
    std::uint64_t number_ = 0;
    std::uint64_t byte_ = 0;
};

template <>
struct Owned<Line> {
    using type = std::string;
};

} // namespace weir
