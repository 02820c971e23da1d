// SPDX-License-Identifier: BSL-1.0
#include <weir/core/number_text.hpp>

#include "catch.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

namespace {

using weir::detail::append_number;
using weir::detail::parse_number;

/// What the standard library makes of the whole text; a plus sign, which it does not know, is ours.
template <typename T>
bool expected(std::string_view text, T& value) {
    if (text.starts_with('+') && not text.starts_with("+-")) text.remove_prefix(1);
    if (text == "-0" && std::is_unsigned_v<T>) text = "0";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && not text.empty();
}

template <typename T>
bool same(const std::string& text) {
    T a{}, b{};
    const bool is_number = expected(text, a);
    if (parse_number(text, b) != is_number) return false;
    const std::string padded = "12345.78" + text; // as a reader of files has it
    T c{};
    if (parse_number<true>(std::string_view(padded).substr(8), c) != is_number || (is_number && std::memcmp(&b, &c, sizeof b) != 0)) return false;
    if constexpr (std::floating_point<T>)
        return not is_number || (a == b && std::signbit(a) == std::signbit(b)) || (std::isnan(a) && std::isnan(b));
    else return not is_number || a == b;
}

template <typename T>
std::string text_of(T value) {
    std::string text;
    append_number(text, value);
    return text;
}

TEST_CASE("an integer is read where all of the text is one and fits") {
    for (const std::string text : {"0", "-0", "+0", "7", "-7", "+7", "127", "128", "-128", "-129", "255", "256", "65535", "65536", "2147483647", "2147483648",
                                   "-2147483648", "-2147483649", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
                                   "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
                                   "99999999999999999999", "100000000000000000000", "00000000000000000000000000012", "", "-", "+", "+-1", "--1", "1 ",
                                   " 1", "1.", "12a", "a12", "1234567a", "12345678:", "/2345678", "1234567890123456/", "\xb1", "1\xff"}) {
        CAPTURE(text);
        CHECK(same<std::int8_t>(text));
        CHECK(same<std::uint8_t>(text));
        CHECK(same<std::int16_t>(text));
        CHECK(same<std::uint32_t>(text));
        CHECK(same<std::int32_t>(text));
        CHECK(same<std::int64_t>(text));
        CHECK(same<std::uint64_t>(text));
    }
}

TEST_CASE("random texts are the integers that the standard library takes them for") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        std::string text = text_of(static_cast<std::int64_t>(random()) >> random() % 64);
        if (random() % 4 == 0) text[random() % text.size()] = static_cast<char>(random());
        CAPTURE(text);
        REQUIRE(same<std::int64_t>(text));
        REQUIRE(same<std::uint64_t>(text));
        REQUIRE(same<std::int32_t>(text));
    }
}

TEST_CASE("a decimal is the nearest number, however it is written") {
    for (const std::string text : {"0", "-0", "0.0", "-0.0", ".5", "5.", "-.5", ".", "-", "", "-.", "1..2", "1.2.3", "..", "1.5", "99.9", "-99.9", "0.1",
                                   "1234567.", ".1234567", "12345678.", ".12345678", "12345.678", "123456789.123", "9007199254740991", "9007199254740992",
                                   "9007199254740993", "0.30000000000000004", "2.2250738585072011e-308", "1.7976931348623157e308", "1e309", "4.9e-324",
                                   "1e-400", "1e5", "1E5", "1e", "e5", "inf", "-inf", "nan", "infinity", "0x10", "1_0", "+1.5", "+-1.5", "1.5 ", "1,5",
                                   "00000000000000000000001.5", "123456789012345678901234567890", "16777217", "16777216.5", "0.000000000000000000001",
                                   "1.0000000000000000000000000000001", "999.999999999999999", "1000.999999999999999"}) {
        CAPTURE(text);
        CHECK(same<double>(text));
        CHECK(same<float>(text));
    }
}

TEST_CASE("random decimals are the numbers that the standard library takes them for, also with a byte changed") {
    std::mt19937_64 random(2);
    for (int i = 0; i < 100'000; ++i) {
        std::string text = std::to_string(random() >> random() % 64);
        text.insert(random() % (text.size() + 1), ".");
        if (random() % 2 == 0) text.insert(0, "-");
        if (random() % 8 == 0) text[random() % text.size()] = static_cast<char>(random());
        CAPTURE(text);
        REQUIRE(same<double>(text));
        REQUIRE(same<float>(text));
    }
}

TEST_CASE("what is written is read as the same number") {
    std::mt19937_64 random(3);
    for (int i = 0; i < 50'000; ++i) {
        const std::uint64_t bits = random();
        double value = 0, again = 0;
        std::memcpy(&value, &bits, sizeof value);
        if (std::isnan(value)) continue;
        REQUIRE(parse_number(text_of(value), again));
        REQUIRE(again == value);
    }
    CHECK(text_of(0.1) == "0.1");
    CHECK(text_of(-1.5F) == "-1.5");
    CHECK(text_of(100.0) == "100");
    CHECK(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(text_of(std::int8_t{-128}) == "-128");
}

} // namespace
