// SPDX-License-Identifier: BSL-1.0
#include "fuzz/input.hpp"

#include <weir/core/time_text.hpp>

#include <array>
#include <chrono>

/// Times that are read are written so that the same are read again, and in a form that is read whole.
void fuzz::times(std::string_view bytes) {
    Input input(bytes);
    static constexpr std::array<weir::TimeFormat, 6> formats{weir::iso_8601, weir::epoch_seconds, weir::epoch_milliseconds, weir::epoch_nanoseconds, "%d.%m.%Y %H:%M:%S%z", "%y%b%d %H%M%S %%"};
    const std::size_t chosen = input.choose(formats.size());
    const auto check = [&]<typename Length>(std::chrono::sys_time<Length> time) {
        using Text = weir::TextValue<std::chrono::sys_time<Length>>;
        if (not Text::parse(input.rest(), time, formats[chosen])) return;
        if (chosen == 5 && (time < std::chrono::sys_days(std::chrono::year(1969) / 1 / 1) || time >= std::chrono::sys_days(std::chrono::year(2069) / 1 / 1))) return; // %y says no century
        std::string written;
        Text::append(written, time, formats[chosen]);
        std::chrono::sys_time<Length> again{};
        must(Text::parse(written, again, formats[chosen]), "what is written is read");
        must(again == time, "and is the same time");
    };
    check(std::chrono::sys_time<std::chrono::nanoseconds>{});
    check(std::chrono::sys_time<std::chrono::milliseconds>{});
    check(std::chrono::sys_time<std::chrono::seconds>{});
}
