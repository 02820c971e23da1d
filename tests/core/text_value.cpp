// SPDX-License-Identifier: BSL-1.0
#include <weir/core/text_value.hpp>
#include <weir/core/utf8.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

enum class Side : std::uint8_t { buy = 1, sell = 2 };
struct Other {};
enum class Weekday : signed char { monday = -1, sunday = 6, unnamed };

} // namespace

template <>
struct weir::EnumNames<Weekday> {
    static constexpr auto names() { return weir::enum_names("Mon", Weekday::monday, "Sun", Weekday::sunday, "Sunday", Weekday::sunday); }
};

namespace {

template <typename T>
std::optional<T> parsed(std::string_view text) {
    T value{};
    return weir::TextValue<T>::parse(text, value) ? std::optional<T>(value) : std::nullopt;
}
template <typename T>
std::string written(const T& value) {
    std::string text;
    weir::TextValue<T>::append(text, value);
    return text;
}

TEST_CASE("each type has its form in text, both ways") {
    CHECK(parsed<bool>("true") == true);
    CHECK(parsed<bool>("F") == false);
    CHECK(parsed<bool>("Yes") == true);
    CHECK(parsed<bool>("0") == false);
    CHECK_FALSE(parsed<bool>("2"));
    CHECK_FALSE(parsed<bool>(""));
    CHECK_FALSE(parsed<bool>("\x10")); // no 0, though it has the bits of one
    CHECK(parsed<char>("x") == 'x');
    CHECK_FALSE(parsed<char>("xy"));
    CHECK(parsed<Side>("2") == Side::sell);
    CHECK_FALSE(parsed<Side>("256"));
    CHECK(parsed<std::chrono::minutes>("-5") == std::chrono::minutes(-5));
    CHECK(parsed<std::string>("") == "");
    CHECK(parsed<std::optional<int>>("5") == std::optional<std::optional<int>>(5));
    CHECK_FALSE(parsed<std::optional<int>>("x"));
    CHECK(written(true) == "true");
    CHECK(written('x') == "x");
    CHECK(written(Side::sell) == "2");
    CHECK(written(std::chrono::duration<double>(1.5)) == "1.5");
    CHECK(written(std::optional<int>()).empty());
    CHECK(written(std::optional<int>(7)) == "7");
    STATIC_REQUIRE(weir::Textual<std::string_view>);
    STATIC_REQUIRE_FALSE(weir::Textual<Other>);
    STATIC_REQUIRE_FALSE(weir::Textual<std::optional<Other>>);
    STATIC_REQUIRE_FALSE(weir::Textual<char16_t>);
    STATIC_REQUIRE_FALSE(weir::Textual<std::optional<std::optional<int>>>);
}

TEST_CASE("an enum whose values have names stands in text by them alone, one without as its number") {
    CHECK(parsed<Weekday>("Mon") == Weekday::monday);
    CHECK(parsed<Weekday>("Sunday") == Weekday::sunday);
    CHECK(parsed<std::optional<Weekday>>("Sun") == std::optional(std::optional(Weekday::sunday)));
    for (const std::string_view text : {"", "mon", "Su", "Sundays", "6", "-1"}) CHECK_FALSE(parsed<Weekday>(text));
    CHECK(written(Weekday::sunday) == "Sun");
    CHECK(written(Weekday::monday) == "Mon");
    CHECK_THROWS_WITH(written(Weekday::unnamed), "the value 7 of an enum has no name (weir::EnumNames); it is not one of Mon, Sun, Sunday");
    CHECK_THROWS_AS(written(Weekday::unnamed), std::out_of_range);
    STATIC_REQUIRE(weir::TextValue<Weekday>::expected == "one of Mon, Sun, Sunday");
    STATIC_REQUIRE(weir::TextValue<std::optional<Weekday>>::expected == "one of Mon, Sun, Sunday");
}

/// One code point after the other, as the table of RFC 3629 has them.
bool is_utf8_by_table(std::string_view text) {
    const auto in = [&text](std::size_t i, unsigned least, unsigned most) {
        return i < text.size() && static_cast<unsigned char>(text[i]) >= least && static_cast<unsigned char>(text[i]) <= most;
    };
    while (not text.empty()) {
        std::size_t n = 0;
        if (in(0, 0, 0x7f)) n = 1;
        else if (in(0, 0xc2, 0xdf) && in(1, 0x80, 0xbf)) n = 2;
        else if (in(2, 0x80, 0xbf) && ((in(0, 0xe0, 0xe0) && in(1, 0xa0, 0xbf)) || ((in(0, 0xe1, 0xec) || in(0, 0xee, 0xef)) && in(1, 0x80, 0xbf)) ||
                                       (in(0, 0xed, 0xed) && in(1, 0x80, 0x9f))))
            n = 3;
        else if (in(2, 0x80, 0xbf) && in(3, 0x80, 0xbf) &&
                 ((in(0, 0xf0, 0xf0) && in(1, 0x90, 0xbf)) || (in(0, 0xf1, 0xf3) && in(1, 0x80, 0xbf)) || (in(0, 0xf4, 0xf4) && in(1, 0x80, 0x8f))))
            n = 4;
        if (n == 0) return false;
        text.remove_prefix(n);
    }
    return true;
}

TEST_CASE("UTF-8 is told from what is none, for every start of a character and wherever it stands") {
    for (const std::string before : {"", "abcdefg", "abcdefgh", "\xc3\xa4"})
        for (unsigned first = 0; first < 256; ++first)
            for (unsigned second = 0; second < 256; second += 1)
                for (const std::string_view rest : {std::string_view(""), std::string_view("\x80"), std::string_view("\x80\x80"), std::string_view("\xbf\xbfz"), std::string_view("a\x80")}) {
                    const std::string text = before + static_cast<char>(first) + static_cast<char>(second) + std::string(rest);
                    if (weir::detail::is_utf8(text) != is_utf8_by_table(text)) FAIL(first << ' ' << second);
                }
    CHECK(weir::detail::is_utf8(""));
    CHECK_FALSE(weir::detail::is_utf8("\xe2\x82"));
}

} // namespace
