// SPDX-License-Identifier: BSL-1.0
// How values are written as text and read: the same bytes on every machine.
#pragma once
#include "nexmark/model.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace nexmark {

/// A price with three decimals, exactly: DECIMAL(23, 3).
struct Decimal {
    std::int64_t thousandths = 0;
    friend bool operator==(const Decimal&, const Decimal&) = default;
    friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

using Day = std::chrono::sys_days;

/// Hours and minutes of a day.
struct Minute {
    std::chrono::minutes since_midnight{};
    friend bool operator==(const Minute&, const Minute&) = default;
};

[[nodiscard]] inline Day day_of(Time time) { return std::chrono::floor<std::chrono::days>(time); }
[[nodiscard]] inline Minute minute_of(Time time) { return {std::chrono::floor<std::chrono::minutes>(time - day_of(time))}; }

template <std::integral N>
void append(std::string& to, N number) {
    fmt::format_to(std::back_inserter(to), "{}", number);
}
inline void append(std::string& to, double number) { fmt::format_to(std::back_inserter(to), "{}", number); }
inline void append(std::string& to, std::string_view text) { to += text; }
inline void append(std::string& to, Decimal number) {
    const std::int64_t whole = number.thousandths / 1000, rest = number.thousandths % 1000;
    fmt::format_to(std::back_inserter(to), "{}{}.{:03}", number.thousandths < 0 ? "-" : "", whole < 0 ? -whole : whole, rest < 0 ? -rest : rest);
}
inline void append(std::string& to, Day day) {
    const std::chrono::year_month_day date(day);
    fmt::format_to(std::back_inserter(to), "{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()));
}
inline void append(std::string& to, Minute minute) {
    const auto minutes = minute.since_midnight.count();
    fmt::format_to(std::back_inserter(to), "{:02}:{:02}", minutes / 60, minutes % 60);
}
inline void append(std::string& to, Time time) {
    append(to, day_of(time));
    const auto of_day = (time - day_of(time)).count();
    fmt::format_to(std::back_inserter(to), " {:02}:{:02}:{:02}.{:03}", of_day / 3'600'000, of_day / 60'000 % 60, of_day / 1'000 % 60, of_day % 1'000);
}

/// Reads all of the text as a value; false: it is none.
inline bool parse(std::string_view text, std::int64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}
inline bool parse(std::string_view text, Text& value) {
    value = text;
    return true;
}
/// "2015-07-15 00:00:00.000", also with a T between and without fraction; or milliseconds since 1970.
inline bool parse(std::string_view text, Time& time) {
    std::int64_t number = 0;
    if (parse(text, number)) {
        time = Time(std::chrono::milliseconds(number));
        return true;
    }
    const auto digits = [text](std::size_t at, std::size_t n) -> std::optional<unsigned> {
        unsigned value = 0;
        for (std::size_t i = at; i < at + n; ++i) {
            if (i >= text.size() || text[i] < '0' || text[i] > '9') return {};
            value = 10 * value + static_cast<unsigned>(text[i] - '0');
        }
        return value;
    };
    const std::array parts{digits(0, 4), digits(5, 2), digits(8, 2), digits(11, 2), digits(14, 2), digits(17, 2)};
    for (const auto& part : parts)
        if (not part) return false;
    if (text[4] != '-' || text[7] != '-' || (text[10] != ' ' && text[10] != 'T') || text[13] != ':' || text[16] != ':') return false;
    unsigned millis = 0;
    if (text.size() > 19) {
        const auto fraction = digits(20, 3);
        if (text.size() != 23 || text[19] != '.' || not fraction) return false;
        millis = *fraction;
    }
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*parts[0])), std::chrono::month(*parts[1]), std::chrono::day(*parts[2]));
    if (not date.ok() || *parts[3] > 23 || *parts[4] > 59 || *parts[5] > 59) return false;
    time = std::chrono::sys_days(date) + std::chrono::hours(*parts[3]) + std::chrono::minutes(*parts[4]) + std::chrono::seconds(*parts[5]) +
           std::chrono::milliseconds(millis);
    return true;
}

} // namespace nexmark
