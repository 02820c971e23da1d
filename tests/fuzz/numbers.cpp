// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/core/number_text.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <system_error>

namespace {

/// As std::from_chars says, of which all must be the number; a sign '+' is allowed too.
template <typename T>
void as_from_chars(std::string_view text) {
    const std::string padded = "        " + std::string(text);
    T ours{}, with_room{}, theirs{};
    const bool is_number = weir::detail::parse_number(text, ours);
    fuzz::must(weir::detail::parse_number<true>(std::string_view(padded).substr(8), with_room) == is_number, "room before a text changes nothing");
    std::string_view plain = text;
    const bool has_plus = not plain.empty() && plain.front() == '+';
    if (has_plus) plain.remove_prefix(1);
    bool expected = not(has_plus && not plain.empty() && plain.front() == '-');
    if (expected) {
        // an unsigned -0 is 0 here
        const bool is_zero = std::unsigned_integral<T> && not has_plus && plain.size() > 1 && plain.front() == '-' && plain.find_first_not_of('0', 1) == plain.npos;
        if (is_zero) plain.remove_prefix(1);
        const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), theirs);
        expected = error == std::errc() && end == plain.data() + plain.size();
    }
    fuzz::must(is_number == expected, "a text is a number here as for std::from_chars");
    if (not expected) return;
    if constexpr (std::floating_point<T>) {
        fuzz::must((std::isnan(ours) && std::isnan(theirs)) || std::bit_cast<std::uint64_t>(double(ours)) == std::bit_cast<std::uint64_t>(double(theirs)), "and the same one");
        if (std::isnan(ours)) return;
    } else {
        fuzz::must(ours == theirs, "and the same one");
    }
    fuzz::must(with_room == ours, "room before a text changes nothing");
    std::string written;
    weir::detail::append_number(written, ours);
    T again{};
    fuzz::must(weir::detail::parse_number(std::string_view(written), again) && again == ours, "what is written is read again");
}

} // namespace

void fuzz::numbers(std::string_view bytes) {
    as_from_chars<double>(bytes);
    as_from_chars<float>(bytes);
    as_from_chars<std::int64_t>(bytes);
    as_from_chars<std::uint64_t>(bytes);
    as_from_chars<std::int32_t>(bytes);
    as_from_chars<std::uint8_t>(bytes);
}
