// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/partitions.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weir::detail {

/// In which turn the rows of a window are given: as they lie, or, where keys can be taken out, by their first events: rows that went
/// have left others in their places.
template <bool Forgets>
struct Turns {
    void take(const auto&) const noexcept {}
    [[nodiscard]] std::uint32_t row(std::uint32_t turn) const noexcept { return turn; }
};
template <>
struct Turns<true> {
    std::vector<std::uint32_t> rows{};
    template <typename Past>
    void take(const std::vector<Past>& past) {
        rows.resize(past.size());
        for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = row;
        std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) { return past[a].order < past[b].order; });
    }
    [[nodiscard]] std::uint32_t row(std::uint32_t turn) const noexcept { return rows[turn]; }
};

/// A window that is open, with a table of its keys in the order of their first events.
///     Past: what there is of each row besides, where windows are not plain
template <typename Rows, typename Past, bool Forgets>
struct OpenWindow {
    Timestamp start;
    Timestamp end;
    bool fired = false;           // at its end
    Timestamp tick = max_time;    // the least of its keys' ticks, and this:
    Timestamp again = max_time;   // where it has no end: when all that it has given is given once more,
    Timestamp until = min_time;   // which ends here
    bool repeats = false;         // there is something to give once more
    std::uint32_t cursor = 0;     // while it is given out: the next row
    std::unique_ptr<Rows> rows{}; // where it stays while the windows are sorted
    std::vector<Past> past{};     // for each row, where windows are not plain
    WEIR_NO_UNIQUE_ADDRESS Turns<Forgets> turns{};

    void begin(std::uint32_t row) {
        cursor = row;
        turns.take(past);
    }
};

/// The windows that are open, by their ends, then starts. They are few, or close from the front; the tables of closed ones are used again.
template <typename Rows, typename Past, bool Forgets>
class OpenWindows {
public:
    using Window = OpenWindow<Rows, Past, Forgets>;

    [[nodiscard]] Window* begin() noexcept { return windows_.data() + gone_; }
    [[nodiscard]] Window* end() noexcept { return windows_.data() + windows_.size(); }
    [[nodiscard]] const Window* begin() const noexcept { return windows_.data() + gone_; }
    [[nodiscard]] const Window* end() const noexcept { return windows_.data() + windows_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return windows_.size() - gone_; }
    /// About how much memory they take.
    [[nodiscard]] std::size_t bytes() const noexcept {
        using Row = typename Rows::Row;
        std::size_t bytes = size() * (sizeof(Window) + sizeof(Rows));
        for (const Window& window : *this) {
            bytes += window.rows->bytes() + window.past.capacity() * sizeof(Past);
            if constexpr (owns_memory<decltype(Row::key)>() || owns_memory<decltype(Row::value.state)>())
                for (const Row& row : std::as_const(*window.rows)) bytes += bytes_beside(row.key) + bytes_beside(row.value.state);
        }
        return bytes;
    }
    [[nodiscard]] Window& operator[](std::size_t i) noexcept { return begin()[i]; }
    [[nodiscard]] const Window& operator[](std::size_t i) const noexcept { return begin()[i]; }
    void clear() noexcept {
        windows_.clear();
        gone_ = 0;
    }
    Window& push_back(Window window) { return windows_.emplace_back(std::move(window)); }

    [[nodiscard]] Window* find(Timestamp start, Timestamp end) noexcept {
        const std::size_t at = place_of(start, end);
        return is_at(at, start, end) ? &windows_[at - 1] : nullptr;
    }
    /// And whether it is new.
    std::pair<Window*, bool> find_or_open(Timestamp start, Timestamp end) {
        const std::size_t at = place_of(start, end);
        if (is_at(at, start, end)) return {&windows_[at - 1], false};
        Window made{start, end};
        if (spare_.empty()) {
            made.rows = std::make_unique<Rows>();
        } else {
            made.rows = std::move(spare_.back().rows);
            made.past = std::move(spare_.back().past);
            made.turns = std::move(spare_.back().turns);
            spare_.pop_back();
        }
        return {&*windows_.insert(windows_.begin() + static_cast<std::ptrdiff_t>(at), std::move(made)), true};
    }
    /// Of those that are due first the one that ends first; null: there is none.
    ///     in_order: those that have fired come before those that have not, and both are due as they end
    template <typename DueOf>
    [[nodiscard]] Window* first_due(bool in_order, const DueOf& due) noexcept {
        Window* first = nullptr;
        const auto look_at = [&](Window* window) {
            if (window != end() && (not first || due(*window) < due(*first))) first = window;
        };
        if (in_order) {
            look_at(begin());
            look_at(std::partition_point(begin(), end(), [](const Window& window) { return window.fired; }));
        } else {
            for (Window& window : *this) look_at(&window);
        }
        return first;
    }
    void close(Window& window) {
        window.rows->clear();
        window.past.clear();
        spare_.push_back(std::move(window));
        if (&window != begin()) {
            windows_.erase(windows_.begin() + (&window - windows_.data()));
        } else if (++gone_ > size()) { // then it is worth moving the others
            windows_.erase(windows_.begin(), windows_.begin() + static_cast<std::ptrdiff_t>(gone_));
            gone_ = 0;
        }
    }

private:
    /// Behind the window, or where it would be.
    [[nodiscard]] std::size_t place_of(Timestamp start, Timestamp end) const noexcept {
        std::size_t at = windows_.size();
        for (int near = 0; at > gone_ && after(windows_[at - 1], start, end); --at) // most events belong to the latest windows
            if (++near == 8) {
                const auto is_before = [&](const Window& window) { return not after(window, start, end); };
                return static_cast<std::size_t>(std::partition_point(begin(), windows_.data() + at, is_before) - windows_.data());
            }
        return at;
    }
    [[nodiscard]] bool is_at(std::size_t at, Timestamp start, Timestamp end) const noexcept {
        return at > gone_ && windows_[at - 1].start == start && windows_[at - 1].end == end;
    }
    static bool after(const Window& window, Timestamp start, Timestamp end) noexcept {
        return window.end > end || (window.end == end && window.start > start);
    }

    std::vector<Window> windows_;
    std::size_t gone_ = 0; // of the first of them
    std::vector<Window> spare_;
};

} // namespace weir::detail
