// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/weir.hpp>

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

/// The watermarks that come, in seconds.
struct WatchMarks {
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    static constexpr std::string_view name = "watch_marks";
    std::vector<double>* to;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        to->push_back(t == weir::max_time ? 1e9 : std::chrono::duration<double>(t.time_since_epoch()).count());
        next.on_watermark(t);
    }
};
