// SPDX-License-Identifier: BSL-1.0
#include <weir/core/time_text.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using weir::TimeFormat;
template <typename Length>
using Time = sys_time<Length>;

template <typename Length = nanoseconds>
std::optional<Time<Length>> parsed(std::string_view text, TimeFormat format = {}) {
    Time<Length> value{};
    return weir::TextValue<Time<Length>>::parse(text, value, format) ? std::optional<Time<Length>>(value) : std::nullopt;
}
template <typename Length>
std::string written(Time<Length> value, TimeFormat format = {}) {
    std::string text;
    weir::TextValue<Time<Length>>::append(text, value, format);
    return text;
}

constexpr auto day = sys_days(2001y / January / 31);

TEST_CASE("ISO 8601 is read with and without seconds, fractions and offsets") {
    CHECK(parsed("2001-01-31") == day);
    CHECK(parsed("2001-01-31T23:59") == day + 23h + 59min);
    CHECK(parsed("2001-01-31 23:59:58") == day + 23h + 59min + 58s);
    CHECK(parsed("2001-01-31T23:59:58.5Z") == day + 23h + 59min + 58'500ms);
    CHECK(parsed("2001-01-31T23:59:58,000000001z") == day + 23h + 59min + 58s + 1ns);
    CHECK(parsed("2001-01-31T00:30:00+01:00") == day - 30min);
    CHECK(parsed("2001-01-31T00:30-0130") == day + 2h);
    CHECK(parsed("2001-01-31T00:30+02") == day - 90min);
    CHECK(parsed("1969-12-31T23:59:59.999999999Z") == Time<nanoseconds>(-1ns));
    CHECK(parsed("2000-02-29") == sys_days(2000y / February / 29));
    CHECK(parsed<seconds>("0000-01-01T00:00:00Z") == sys_days(0y / January / 1));
    CHECK_FALSE(parsed<seconds>("0000-01-01T00:30:00+01:00")); // the year before has no four digits,
    CHECK_FALSE(parsed<seconds>("9999-12-31T23:30:00-01:00")); // nor has the one behind
    for (const std::string_view bad : {"", "2001", "2001-1-31", "2001-02-29", "2001-13-01", "2001-01-31T", "2001-01-31T24:00", "2001-01-31T23:60", "2001-01-31T23:59:60",
                                       "2001-01-31T23:59:58.", "2001-01-31T23:59:58.1234567890", "2001-01-31T23:59 ", "2001-01-31T23:59+1", "2001-01-31T23:59+01:0",
                                       "2001-01-31T23:59+25:00", "2001-01-31T23:59ZZ", "x2001-01-31", "2001-01-31x", "3001-01-31"}) {
        CAPTURE(bad);
        CHECK_FALSE(parsed(bad));
    }
}

TEST_CASE("a time that the field's unit cannot hold without rounding is none") {
    CHECK(parsed<minutes>("2001-01-31T23:59:00") == day + 23h + 59min);
    CHECK_FALSE(parsed<minutes>("2001-01-31T23:59:58"));
    CHECK(parsed<days>("2001-01-31") == day);
    CHECK_FALSE(parsed<days>("2001-01-31T01:00"));
    CHECK_FALSE(parsed<milliseconds>("2001-01-31T23:59:58.0001"));
    CHECK(parsed<seconds>("3001-01-31") == sys_days(3001y / January / 31));
}

TEST_CASE("numbers since the epoch, of any unit and with decimals") {
    CHECK(parsed("86400", weir::epoch_seconds) == Time<nanoseconds>(24h));
    CHECK(parsed("1.5", weir::epoch_seconds) == Time<nanoseconds>(1'500ms));
    CHECK(parsed("-0.25", weir::epoch_seconds) == Time<nanoseconds>(-250ms));
    CHECK(parsed("-1", weir::epoch_milliseconds) == Time<nanoseconds>(-1ms));
    CHECK(parsed("1700000000123.000001", weir::epoch_milliseconds) == Time<nanoseconds>(1'700'000'000'123ms + 1ns));
    CHECK(parsed("7", weir::epoch_microseconds) == Time<nanoseconds>(7us));
    CHECK(parsed("7", weir::epoch_nanoseconds) == Time<nanoseconds>(7ns));
    CHECK(parsed<seconds>("9223372036854775807", weir::epoch_seconds).has_value());
    for (const std::string_view bad : {"", "x", "1.", "1.0000000001", "1e3", "9223372036854775808", "9223372036854775807"}) CHECK_FALSE(parsed(bad, weir::epoch_seconds));
    CHECK_FALSE(parsed("1.5", weir::epoch_nanoseconds));
    CHECK(written(Time<milliseconds>(-250ms), weir::epoch_seconds) == "-0.250");
    CHECK(written(Time<milliseconds>(1'500ms), weir::epoch_milliseconds) == "1500");
    CHECK(written(Time<nanoseconds>(1ns), weir::epoch_milliseconds) == "0.000001");
}

TEST_CASE("a pattern of one's own") {
    CHECK(parsed("31.01.2001 7:05", "%d.%m.%Y %H:%M") == day + 7h + 5min);
    CHECK(parsed("[31/Jan/2001:07:05:09 +0100]", "[%d/%b/%Y:%H:%M:%S %z]") == day + 6h + 5min + 9s);
    CHECK(parsed("31/Jan/2001:07:05:09.25 +0100", "%d/%b/%Y:%H:%M:%S %z") == day + 6h + 5min + 9'250ms);
    CHECK(parsed("010131 100%", "%y%m%d 100%%") == day);
    CHECK(parsed("690131", "%y%m%d") == sys_days(1969y / January / 31));
    CHECK_FALSE(parsed("31.anJ.2001", "%d.%b.%Y"));
    CHECK_FALSE(parsed("31.01.2001", "%d.%m.%Y "));
    CHECK(written(Time<seconds>(day + 7h + 5min), "%d.%b.%y %H:%M:%S %z %%") == "31.Jan.01 07:05:00 +00:00 %");
}

TEST_CASE("the ends of the range are written rightly and read again, what lies beyond a format is refused") {
    using Nanoseconds = Time<nanoseconds>;
    CHECK(written(Nanoseconds::max()) == "2262-04-11T23:47:16.854775807Z");
    CHECK(written(Nanoseconds::min()) == "1677-09-21T00:12:43.145224192Z");
    for (const Nanoseconds time : {Nanoseconds::min(), Nanoseconds::min() + 1ns, Nanoseconds::min() + 1s, Nanoseconds::max() - 1s, Nanoseconds::max()})
        for (const TimeFormat& format : {weir::iso_8601, weir::epoch_seconds, weir::epoch_milliseconds, weir::epoch_nanoseconds}) CHECK(parsed(written(time, format), format) == time);
    CHECK_FALSE(parsed("2262-04-11T23:47:16.854775808Z"));
    CHECK_FALSE(parsed("1677-09-21T00:12:43.145224191Z"));
    CHECK_FALSE(parsed<milliseconds>("-9223372036854775808.5", weir::epoch_seconds));

    CHECK(written(Time<seconds>(sys_days(10000y / January / 1)) - 1s) == "9999-12-31T23:59:59Z");
    CHECK(written(Time<days>(sys_days(0y / January / 1))) == "0000-01-01T00:00:00Z");
    for (const auto time : {Time<milliseconds>::max(), Time<milliseconds>::min(), Time<milliseconds>(sys_days(10000y / January / 1)), Time<milliseconds>(sys_days(0y / January / 1)) - 1ms})
        CHECK_THROWS_AS(written(time), std::out_of_range);
    CHECK_THROWS_AS(written(Time<minutes>::max()), std::out_of_range);
    CHECK_THROWS_AS(written(Time<milliseconds>::max(), weir::epoch_nanoseconds), std::out_of_range);
    CHECK(written(Time<milliseconds>::min(), weir::epoch_milliseconds) == "-9223372036854775808");
}

TEST_CASE("what is written is read as the same time") {
    CHECK(written(Time<days>(day)) == "2001-01-31T00:00:00Z");
    CHECK(written(Time<nanoseconds>(day + 1ms)) == "2001-01-31T00:00:00.001Z");
    CHECK(written(Time<nanoseconds>(day + 10us)) == "2001-01-31T00:00:00.000010Z");
    std::mt19937_64 random(1);
    for (int i = 0; i < 10'000; ++i) {
        const Time<nanoseconds> time{nanoseconds(static_cast<std::int64_t>(random()) >> random() % 50)};
        for (const TimeFormat& format : {weir::iso_8601, weir::epoch_seconds, weir::epoch_milliseconds, weir::epoch_microseconds, weir::epoch_nanoseconds, TimeFormat("%S,%M %H %d%b%Y%z")}) {
            CAPTURE(written(time, format));
            REQUIRE(parsed(written(time, format), format) == time);
        }
    }
}

} // namespace
