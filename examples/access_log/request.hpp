// SPDX-License-Identifier: BSL-1.0
// A line of the Combined Log Format, as Apache and nginx write it:
//     host ident user [10/Oct/2000:13:55:36 -0700] "GET /path?query HTTP/1.1" status bytes "referer" "agent" ... seconds
// What follows the bytes may be missing, as in the Common Log Format; the last word may be the time that the answer took.
#pragma once
#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace access_log {

struct Request {
    std::string host;
    std::chrono::sys_seconds time;
    std::string path; ///< without its query; "-" where somebody has sent what is no request of HTTP
    int status = 0;
    std::int64_t bytes = 0;
    double seconds = std::numeric_limits<double>::quiet_NaN(); ///< not a number: not logged

    bool failed() const { return status >= 400; }
};

namespace detail {

/// Takes the next word from the front of the text.
inline std::string_view word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const std::string_view found = text.substr(0, text.find(' '));
    text.remove_prefix(found.size());
    return found;
}

/// Takes what stands in quotes from the front of the text. In it, a quote or a backslash has a backslash before it.
inline std::string quoted(std::string_view& text, const std::string& what) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (not text.starts_with('"')) throw std::runtime_error("no \"" + what + "\"");
    std::string inside;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return inside;
        }
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
        inside += text[i];
    }
    throw std::runtime_error("the \"" + what + "\" has no end");
}

template <typename N>
bool read(std::string_view text, N& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// "10/Oct/2000:13:55:36 -0700": the local time, and how far that is ahead of UTC.
inline std::chrono::sys_seconds time_of(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view shape = "00/aaa/0000:00:00:00 +0000", months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto fits = [](char c, char in_shape) {
        if (in_shape == '0') return c >= '0' && c <= '9';
        if (in_shape == 'a') return std::isalpha(static_cast<unsigned char>(c)) != 0;
        return c == in_shape || (in_shape == '+' && c == '-');
    };
    const auto number = [text](std::size_t at, std::size_t digits) {
        int n = 0;
        for (const char c : text.substr(at, digits)) n = n * 10 + (c - '0');
        return n;
    };
    if (std::equal(text.begin(), text.end(), shape.begin(), shape.end(), fits)) {
        const auto month_at = months.find(text.substr(3, 3));
        const unsigned nth = month_at != months.npos && month_at % 3 == 0 ? static_cast<unsigned>(month_at / 3 + 1) : 0;
        const year_month_day date{year(number(7, 4)), month(nth), day(static_cast<unsigned>(number(0, 2)))};
        const hours hour(number(12, 2));
        const minutes minute(number(15, 2)), ahead(number(22, 2) * 60 + number(24, 2));
        const seconds second(number(18, 2));
        if (date.ok() && hour < 24h && minute < 60min && second <= 60s && number(24, 2) < 60)
            return sys_days(date) + hour + minute + second - (text[21] == '+' ? ahead : -ahead);
    }
    throw std::runtime_error("[" + std::string(text) + "] is no time");
}

/// "GET /path?query HTTP/1.1" -> "/path"
inline std::string path_of(std::string_view request) {
    const std::string_view method = word(request), target = word(request);
    const bool is_http = std::all_of(method.begin(), method.end(), [](unsigned char c) { return std::isupper(c) != 0; });
    return is_http && not target.empty() ? std::string(target.substr(0, target.find('?'))) : "-";
}

} // namespace detail

/// Understands a line, or throws and says what is wrong with it.
inline Request parse(std::string_view line) {
    Request request;
    std::string_view rest = line;
    request.host = detail::word(rest);
    const auto open = rest.find(" ["), close = rest.find(']', open); // the user's name may have blanks in it
    if (close == rest.npos) throw std::runtime_error("no [time]");
    request.time = detail::time_of(rest.substr(open + 2, close - open - 2));
    rest.remove_prefix(close + 1);

    request.path = detail::path_of(detail::quoted(rest, "request"));
    const std::string_view status = detail::word(rest), bytes = detail::word(rest);
    if (status.size() != 3 || not detail::read(status, request.status) || request.status < 0)
        throw std::runtime_error("'" + std::string(status) + "' is no status");
    if (bytes != "-" && (not detail::read(bytes, request.bytes) || request.bytes < 0))
        throw std::runtime_error("'" + std::string(bytes) + "' is no number of bytes");

    if (rest.empty()) return request;
    detail::quoted(rest, "referer");
    detail::quoted(rest, "agent");
    double seconds = 0;
    if (detail::read(rest.substr(rest.rfind(' ') + 1), seconds) && seconds >= 0) request.seconds = seconds;
    return request;
}

} // namespace access_log
