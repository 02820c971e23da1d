// SPDX-License-Identifier: BSL-1.0
// Any text as a number or a time: integers and decimals as std::from_chars has them, times as they are written again.
#include <weir/core/number_text.hpp>
#include <weir/core/time.hpp>
#include <weir/core/time_text.hpp>

#include "fuzz/memory_files.hpp"

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace {

/// What the standard library makes of it; a '+' is taken, as weir does.
template <typename T>
bool known(std::string_view text, T& value) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return false;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && not text.empty();
}

template <typename T>
void compare(const std::string& room, std::string_view text) {
    T expected{}, plain{}, padded{};
    const bool good = known(text, expected);
    fuzz::check(weir::detail::parse_number(text, plain) == good, "a number is one for std::from_chars");
    fuzz::check(weir::detail::parse_number<true>(std::string_view(room).substr(8), padded) == good, "with room before it too");
    const auto same = [](T a, T b) {
        if constexpr (std::is_floating_point_v<T>) return a == b || (a != a && b != b);
        else return a == b;
    };
    fuzz::check(not good || (same(plain, expected) && same(padded, expected)), "it is the same number");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size), room = "01234567" + text;
    compare<std::int64_t>(room, text);
    compare<std::int8_t>(room, text);
    compare<double>(room, text);
    compare<float>(room, text);
    if (not text.starts_with('-')) compare<std::uint64_t>(room, text); // -0 is 0 here
    for (const weir::TimeFormat& format : {weir::iso_8601, weir::epoch_seconds, weir::epoch_milliseconds, weir::epoch_nanoseconds, weir::TimeFormat("%d.%b.%Y %H:%M:%S%z")}) {
        weir::Timestamp time{}, again{};
        if (not weir::TextValue<weir::Timestamp>::parse(text, time, format)) continue;
        std::string written;
        weir::TextValue<weir::Timestamp>::append(written, time, format);
        fuzz::check(weir::TextValue<weir::Timestamp>::parse(written, again, format) && again == time, "a time is written as it can be read");
    }
    return 0;
}
