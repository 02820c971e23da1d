// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <cstdint>

namespace weir {

/// Whether a pane was given before the watermark reached the window's end, when it did, or for an event that came later.
enum class Timing : unsigned char { early, on_time, late };

/// One of the emissions of a window (the term is Beam's): the first has index 0.
struct Pane {
    std::uint64_t index = 0;
    Timing timing = Timing::on_time;
    friend bool operator==(const Pane&, const Pane&) = default;
};

/// A time range [start, end), and which of its emissions this is.
struct Window {
    Timestamp start{};
    Timestamp end{};
    Pane pane{};
    friend bool operator==(const Window&, const Window&) = default;
};

/// The key of a stream without key_by.
struct NoKey {
    friend bool operator==(const NoKey&, const NoKey&) = default;
};

/// What an aggregate gives for a window. Its event time is window.end - 1 ns, so that windows can follow windows.
template <typename K, typename V>
struct Windowed {
    K key;
    Window window;
    V value;
    friend bool operator==(const Windowed&, const Windowed&) = default;
};

/// What an aggregate without a window gives for a key, at the end of a bounded stream.
template <typename K, typename V>
struct Keyed {
    K key;
    V value;
    friend bool operator==(const Keyed&, const Keyed&) = default;
};

} // namespace weir
