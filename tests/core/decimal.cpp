// SPDX-License-Identifier: BSL-1.0
#include <weir/decimal.hpp>

#include <weir/aggregate/mean.hpp>
#include <weir/aggregate/quantile.hpp>
#include <weir/aggregate/sum.hpp>

#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using weir::Decimal;
using Tenths = Decimal<1>;

/// What both ways of reading say, where there is room before the text and where there is none.
template <typename D>
std::optional<std::int64_t> units(std::string_view text) {
    const std::string padded = "98765.4-" + std::string(text);
    D value{}, with_room{};
    const bool is_one = weir::TextValue<D>::parse(text, value);
    CHECK(weir::TextValue<D>::template parse<true>(std::string_view(padded).substr(8), with_room) == is_one);
    CHECK(with_room == value);
    return is_one ? std::optional<std::int64_t>(value.units()) : std::nullopt;
}

TEST_CASE("a decimal is an exact number of units") {
    constexpr auto price = Decimal<2>::from_units(1230);
    static_assert(price > Decimal<2>(12) && price + price == Decimal<2>::from_units(2460) && price * 3 - price == price + price && -price < price);
    static_assert(static_cast<double>(price) == 12.3 && sizeof(Decimal<2, std::int16_t>) == 2);
    CHECK(to_string(price) == "12.30");
    CHECK(to_string(Decimal<3>::from_units(-7)) == "-0.007");
    CHECK(to_string(Decimal<0>(-7)) == "-7");
    CHECK(to_string(Decimal<18>::from_units(std::numeric_limits<std::int64_t>::min())) == "-9.223372036854775808");
    CHECK(to_string(Decimal<1, std::int8_t>::from_units(-128)) == "-12.8");
    CHECK(weir::stable_hash(price) != weir::stable_hash(-price));
}

TEST_CASE("a decimal is read where the text is one and fits") {
    for (const auto& [text, expected] : std::vector<std::pair<std::string, std::optional<std::int64_t>>>{
             {"12.3", 123}, {"-12.3", -123}, {"+12.3", 123}, {"0.0", 0}, {"-0.1", -1}, {".5", 5}, {"-.5", -5}, {"5.", 50}, {"5", 50}, {"-5", -50}, {"1.50", 15},
             {"1.500000000000000000000000000", 15}, {"000000000000000000000000000001.5", 15}, {"123456.7", 1'234'567}, {"1234567.8", 12'345'678}, {"-123456.7", -1'234'567},
             {"922337203685477580.7", std::numeric_limits<std::int64_t>::max()}, {"-922337203685477580.8", std::numeric_limits<std::int64_t>::min()},
             {"922337203685477580.8", {}}, {"-922337203685477580.9", {}}, {"99999999999999999999", {}}, {"", {}}, {"-", {}}, {"+", {}}, {".", {}}, {"-.", {}}, {"--1.0", {}},
             {"1.25", {}}, {"1..5", {}}, {"1.2.3", {}}, {"1e5", {}}, {"1,5", {}}, {" 1.5", {}}, {"1.5 ", {}}, {"1.x", {}}, {"x.5", {}}, {"1-.5", {}}, {"-1.-", {}}, {"inf", {}}}) {
        CAPTURE(text);
        CHECK(units<Tenths>(text) == expected);
    }
    CHECK(units<Decimal<0>>("-12345678") == -12'345'678);
    CHECK(units<Decimal<0>>("12345678.0") == 12'345'678);
    CHECK(units<Decimal<6>>("1.000001") == 1'000'001);
    CHECK(units<Decimal<9>>("-1.000000001") == -1'000'000'001);
    CHECK(units<Decimal<18>>("9.223372036854775808") == std::nullopt);
    CHECK((units<Decimal<1, std::int8_t>>("12.7")) == 127);
    CHECK((units<Decimal<1, std::int8_t>>("12.8")) == std::nullopt);
    CHECK(weir::TextValue<Decimal<2>>::expected == "a number with at most 2 decimals in the range of the field's type");
    CHECK(weir::TextValue<Decimal<12>>::expected == "a number with at most 12 decimals in the range of the field's type");
}

/// The same in another way: the point is taken out, and what is left is an integer.
template <unsigned Scale>
std::optional<std::int64_t> as_integer(std::string text) {
    const auto point = text.find('.');
    std::size_t decimals = point == std::string::npos ? 0 : text.size() - point - 1;
    if (point != std::string::npos) text.erase(point, 1);
    for (; decimals < Scale; ++decimals) text += '0';
    for (; decimals > Scale; --decimals) {
        if (text.back() != '0') return {};
        text.pop_back();
    }
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    return error == std::errc() && end == text.data() + text.size() ? std::optional<std::int64_t>(n) : std::nullopt;
}

TEST_CASE("random texts are the decimals that integers say, also with a byte changed, and are written as they are read") {
    std::mt19937_64 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto number = Decimal<3>::from_units(static_cast<std::int64_t>(random()) >> random() % 64);
        std::string text = to_string(number);
        REQUIRE(units<Decimal<3>>(text) == number.units());
        if (random() % 4 == 0) text += '0';
        if (random() % 4 == 0) text[random() % text.size()] = ".-/:09a\xb1"[random() % 8];
        if (text.find('-', 1) != std::string::npos) continue; // where the point or zeros are taken out, it could come to the front
        CAPTURE(text);
        REQUIRE(units<Decimal<3>>(text) == as_integer<3>(text));
    }
}

TEST_CASE("what is out of range is no wrong number") {
    using Small = Decimal<1, std::int8_t>;
    const Small most = Small::from_units(127);
    CHECK_THROWS_AS(most + Small::from_units(1), std::overflow_error);
    CHECK_THROWS_AS(-most - Small::from_units(2), std::overflow_error);
    CHECK_THROWS_AS(most * 2, std::overflow_error);
    CHECK_THROWS_AS(Small(13), std::overflow_error);
    CHECK_THROWS_AS(Decimal<1>(std::numeric_limits<std::int64_t>::max()), std::overflow_error);
    CHECK_THROWS_AS(Small::from_units(std::uint64_t{128}), std::overflow_error);
}

TEST_CASE("sums and means of decimals are exact, and quantiles are theirs") {
    using aggregate_test::cut_result_of;
    using aggregate_test::result_of;
    using Small = Decimal<1, std::int8_t>;
    std::vector<Small> values;
    for (int i = 0; i < 300; ++i) values.push_back(Small::from_units(i % 50));
    CHECK(result_of<Small>(weir::sum(), values) == Tenths::from_units(7'350));
    for (unsigned seed = 0; seed < 10; ++seed) {
        CHECK(cut_result_of<Small>(weir::sum(), values, seed) == Tenths::from_units(7'350));
        CHECK(cut_result_of<Small>(weir::mean(), values, seed) == 2.45);
    }
    CHECK(result_of<Small>(weir::quantile(std::identity(), 0.5), values) == 2.45);
    static_assert(weir::Sum<std::identity>::rules<Tenths>.exact && weir::Sum<std::identity>::rules<Tenths>.commutative && weir::Mean<std::identity>::rules<Tenths>.exact);
    static_assert(weir::RemovableAggregateOn<weir::Mean<std::identity>, Tenths> && weir::RemovableAggregateOn<weir::Sum<std::identity>, Tenths>);
    const Tenths most = Tenths::from_units(std::numeric_limits<std::int64_t>::max());
    CHECK(result_of<Tenths>(weir::sum(), {most, most, -most}) == most);
    CHECK_THROWS_AS(result_of<Tenths>(weir::sum(), {most, most}), std::overflow_error);
}

} // namespace
