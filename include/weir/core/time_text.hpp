// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/number_text.hpp>
#include <weir/core/text_value.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ratio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weir {

/// How times stand in text: iso_8601, a number since 1970-01-01T00:00:00Z, or a pattern of one's own such as "%d.%m.%Y %H:%M".
///     In a pattern: %Y year of four digits, %m %d %H %M %S of two (read: or one; %S also with a fraction), %y year of two digits
///     (69 to 99: 19..), %b month as Jan, %z offset as +01:00, +0100 or Z (without one the time is taken for UTC), %% a percent sign.
///     The pattern is kept by reference: a literal, or what outlives its use.
class TimeFormat {
public:
    enum class Kind : unsigned char { iso_8601, epoch, pattern };
    constexpr TimeFormat() = default;
    constexpr TimeFormat(const char* pattern) : pattern_(pattern), kind_(Kind::pattern) {}
    constexpr explicit TimeFormat(std::int64_t units_per_second) : units_(units_per_second), kind_(Kind::epoch) {}

    [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
    [[nodiscard]] constexpr std::string_view pattern() const noexcept { return pattern_; }
    [[nodiscard]] constexpr std::int64_t units_per_second() const noexcept { return units_; }

private:
    std::string_view pattern_{};
    std::int64_t units_ = 1;
    Kind kind_ = Kind::iso_8601;
};

/// 2001-01-31T23:59:59.25Z, read also with a blank for the T, an offset instead of the Z or neither (then it is UTC), without seconds
/// or without a time of day.
inline constexpr TimeFormat iso_8601{};
/// A number since 1970-01-01T00:00:00Z, which may have decimals.
inline constexpr TimeFormat epoch_seconds{1};
inline constexpr TimeFormat epoch_milliseconds{1'000};
inline constexpr TimeFormat epoch_microseconds{1'000'000};
inline constexpr TimeFormat epoch_nanoseconds{1'000'000'000};

namespace detail {

/// A time as seconds since 1970-01-01T00:00:00Z and nanoseconds behind them.
struct TimeParts {
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
};

inline constexpr std::int64_t year_0 = -62'167'219'200, year_10000 = 253'402'300'800; // in seconds: what four digits can say

/// n * by + more, where 64 bits hold it; both parts have one sign, so that there is no less on the way.
[[nodiscard]] constexpr bool times_plus(std::int64_t n, std::int64_t by, std::int64_t more, std::int64_t& sum) noexcept {
    constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max(), least = std::numeric_limits<std::int64_t>::min();
    if (n > greatest / by || n < least / by) return false;
    if (more > 0 ? n * by > greatest - more : n * by < least - more) return false;
    sum = n * by + more;
    return true;
}

/// The same time, before 1970 with both parts negative.
[[nodiscard]] constexpr TimeParts of_one_sign(TimeParts parts) noexcept {
    return parts.seconds < 0 ? TimeParts{parts.seconds + 1, parts.nanoseconds - 1'000'000'000} : parts;
}

inline constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// Reads a time from the front of a text. A template, as what follows, so that it costs only those who have times.
template <typename Text = std::string_view>
class TimeReader {
public:
    explicit TimeReader(Text text) : text_(text) {}

    bool read(const TimeFormat& format, TimeParts& to) {
        const bool understood = format.kind() == TimeFormat::Kind::iso_8601 ? iso() : format.kind() == TimeFormat::Kind::epoch ? epoch(format, to) : like(format.pattern());
        if (not understood || not text_.empty()) return false;
        if (format.kind() == TimeFormat::Kind::epoch) return true;
        const std::chrono::year_month_day date{std::chrono::year(year_), std::chrono::month(static_cast<unsigned>(month_)), std::chrono::day(static_cast<unsigned>(day_))};
        if (not date.ok() || hour_ > 23 || minute_ > 59 || second_ > 59) return false;
        const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
        to = {days * 86'400 + hour_ * 3'600 + minute_ * 60 + second_ - offset_, nanoseconds_};
        return to.seconds >= year_0 && to.seconds < year_10000; // also where the offset leads out of what four digits can say
    }

private:
    bool skip(char c) noexcept {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool digits(std::size_t least, std::size_t most, int& value) noexcept {
        std::size_t n = 0;
        value = 0;
        for (; n < most && n < text_.size() && text_[n] >= '0' && text_[n] <= '9'; ++n) value = value * 10 + (text_[n] - '0');
        text_.remove_prefix(n);
        return n >= least;
    }
    bool fraction() noexcept {
        std::size_t n = 0;
        for (std::int64_t unit = 100'000'000; n < text_.size() && text_[n] >= '0' && text_[n] <= '9'; ++n, unit /= 10) nanoseconds_ += (text_[n] - '0') * unit;
        text_.remove_prefix(n);
        return n >= 1 && n <= 9;
    }
    bool offset() noexcept {
        if (skip('Z') || skip('z')) return true;
        const bool west = not text_.empty() && text_.front() == '-';
        if (not skip('-') && not skip('+')) return false;
        int hours = 0, minutes = 0;
        if (not digits(2, 2, hours)) return false;
        if (skip(':') || not text_.empty())
            if (not digits(2, 2, minutes)) return false;
        offset_ = (hours * 3'600 + minutes * 60) * (west ? -1 : 1);
        return hours < 24 && minutes < 60;
    }
    bool iso() noexcept {
        if (not digits(4, 4, year_) || not skip('-') || not digits(2, 2, month_) || not skip('-') || not digits(2, 2, day_)) return false;
        if (text_.empty()) return true;
        if (not skip('T') && not skip(' ') && not skip('t')) return false;
        if (not digits(2, 2, hour_) || not skip(':') || not digits(2, 2, minute_)) return false;
        if (skip(':')) {
            if (not digits(2, 2, second_)) return false;
            if ((skip('.') || skip(',')) && not fraction()) return false;
        }
        return text_.empty() || offset();
    }
    bool epoch(const TimeFormat& format, TimeParts& to) noexcept {
        const bool negative = text_.starts_with('-');
        const std::size_t point = text_.find('.');
        std::int64_t whole = 0;
        if (not parse_number(text_.substr(0, point), whole)) return false;
        const std::int64_t units = format.units_per_second();
        to = {whole / units, whole % units * (1'000'000'000 / units)};
        text_ = point == text_.npos ? Text() : text_.substr(point + 1);
        if (point != text_.npos && not fraction()) return false;
        if (nanoseconds_ % units != 0) return false; // finer than nanoseconds
        to.nanoseconds += (negative ? -1 : 1) * nanoseconds_ / units;
        if (to.nanoseconds < 0) {
            if (to.seconds == std::numeric_limits<std::int64_t>::min()) return false;
            to.nanoseconds += 1'000'000'000;
            --to.seconds;
        }
        return true;
    }
    bool like(std::string_view pattern) noexcept {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] != '%' || i + 1 == pattern.size()) {
                if (not skip(pattern[i])) return false;
            } else if (not directive(pattern[++i])) {
                return false;
            }
        }
        return true;
    }
    bool directive(char c) noexcept {
        switch (c) {
        case 'Y': return digits(4, 4, year_);
        case 'y':
            if (not digits(2, 2, year_)) return false;
            year_ += year_ < 69 ? 2'000 : 1'900;
            return true;
        case 'm': return digits(1, 2, month_);
        case 'd': return digits(1, 2, day_);
        case 'H': return digits(1, 2, hour_);
        case 'M': return digits(1, 2, minute_);
        case 'S': return digits(1, 2, second_) && (not skip('.') || fraction());
        case 'b': {
            const std::size_t at = text_.size() < 3 ? month_names.npos : month_names.find(text_.substr(0, 3));
            if (at == month_names.npos || at % 3 != 0) return false;
            month_ = static_cast<int>(at / 3) + 1;
            text_.remove_prefix(3);
            return true;
        }
        case 'z': return offset();
        default: return c == '%' && skip('%');
        }
    }

    Text text_;
    int year_ = 1970, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0;
    int offset_ = 0;
    std::int64_t nanoseconds_ = 0;
};

[[noreturn]] inline void refuse_time() {
    throw std::out_of_range("a time lies beyond what its TimeFormat can say: the years 0000 to 9999, or as a number what 64 bits hold of its unit");
}

/// Adds a time to a text. Throws std::out_of_range where the format has no text for it.
template <typename To>
void append_time(To& to, const TimeFormat& format, TimeParts parts) {
    const auto padded = [&to](std::int64_t n, std::size_t width) {
        To text;
        if (n < 0) to += '-';
        append_number(text, n < 0 ? -n : n);
        if (text.size() < width) to.append(width - text.size(), '0');
        to += text;
    };
    const auto fraction = [&](std::int64_t n, std::size_t width) {
        if (n == 0) return;
        for (; n % 1'000 == 0; n /= 1'000) width -= 3;
        to += '.';
        padded(n, width);
    };
    if (format.kind() == TimeFormat::Kind::epoch) {
        const std::int64_t units = format.units_per_second(), per_unit = 1'000'000'000 / units;
        const TimeParts from_zero = of_one_sign(parts);
        const std::int64_t rest = from_zero.nanoseconds % per_unit;
        std::int64_t whole = 0;
        if (not times_plus(from_zero.seconds, units, from_zero.nanoseconds / per_unit, whole)) refuse_time();
        if (whole == 0 && rest < 0) to += '-';
        append_number(to, whole);
        fraction((rest < 0 ? -rest : rest) * units, 9);
        return;
    }
    if (parts.seconds < year_0 || parts.seconds >= year_10000) refuse_time();
    constexpr std::int64_t day = 86'400; // by hand, as what <chrono> has for it costs all who include this
    const std::int64_t days = parts.seconds / day - (parts.seconds % day < 0 ? 1 : 0), second = parts.seconds - days * day;
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    const auto year = static_cast<int>(date.year());
    const auto month = static_cast<unsigned>(date.month());
    const std::string_view pattern = format.kind() == TimeFormat::Kind::iso_8601 ? std::string_view("%Y-%m-%dT%H:%M:%SZ") : format.pattern();
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%' || i + 1 == pattern.size()) {
            to += pattern[i];
            continue;
        }
        switch (pattern[++i]) {
        case 'Y': padded(year, 4); break;
        case 'y': padded((year % 100 + 100) % 100, 2); break;
        case 'm': padded(month, 2); break;
        case 'd': padded(static_cast<unsigned>(date.day()), 2); break;
        case 'H': padded(second / 3'600, 2); break;
        case 'M': padded(second / 60 % 60, 2); break;
        case 'S':
            padded(second % 60, 2);
            fraction(parts.nanoseconds, 9);
            break;
        case 'b': to += month_names.substr(3 * (month - 1), 3); break;
        case 'z': to += "+00:00"; break;
        default: to += pattern[i]; break;
        }
    }
}

template <typename Length>
concept TimeInText = std::integral<typename Length::rep> && (Length::period::den == 1 || (Length::period::num == 1 && 1'000'000'000 % Length::period::den == 0));

} // namespace detail

/// Read and written as a TimeFormat says; what the unit of the field cannot hold without rounding is no such time.
template <detail::TimeInText Length>
struct TextValue<std::chrono::sys_time<Length>> {
    static constexpr std::string_view expected = "a time in the format that is expected, within what the field's unit can hold";
    using Count = typename Length::rep;
    using Period = typename Length::period;

    static bool parse(std::string_view text, std::chrono::sys_time<Length>& value, const TimeFormat& format = {}) noexcept {
        detail::TimeParts parts;
        if (not detail::TimeReader<>(text).read(format, parts)) return false;
        std::int64_t count = parts.seconds / Period::num;
        if constexpr (Period::den == 1) {
            if (parts.nanoseconds != 0 || parts.seconds % Period::num != 0) return false;
        } else {
            constexpr std::int64_t each = 1'000'000'000 / Period::den;
            parts = detail::of_one_sign(parts);
            if (parts.nanoseconds % each != 0 || not detail::times_plus(parts.seconds, Period::den, parts.nanoseconds / each, count)) return false;
        }
        if (static_cast<std::int64_t>(static_cast<Count>(count)) != count) return false;
        value = std::chrono::sys_time<Length>(Length(static_cast<Count>(count)));
        return true;
    }
    /// Throws std::out_of_range for a time that the format has no text for.
    static void append(std::string& to, std::chrono::sys_time<Length> value, const TimeFormat& format = {}) {
        const auto count = static_cast<std::int64_t>(value.time_since_epoch().count());
        if constexpr (Period::den == 1) {
            std::int64_t seconds = 0;
            if (not detail::times_plus(count, Period::num, 0, seconds)) detail::refuse_time();
            detail::append_time(to, format, {seconds, 0});
        } else {
            const std::int64_t below = count % Period::den, borrowed = below < 0 ? 1 : 0;
            detail::append_time(to, format, {count / Period::den - borrowed, (below + borrowed * Period::den) * (1'000'000'000 / Period::den)});
        }
    }
};

} // namespace weir
