// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/aggregate.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/partitions.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

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
    JobVector<std::uint32_t> rows{};
    template <typename Past>
    void take(const JobVector<Past>& past) {
        rows.resize(past.size());
        for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = row;
        std::sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) { return past[a].order < past[b].order; });
    }
    [[nodiscard]] std::uint32_t row(std::uint32_t turn) const noexcept { return rows[turn]; }
};

/// What is known of a window that is open, but for its keys.
struct WindowTimes {
    Timestamp start{};
    Timestamp end{};
    bool fired = false;           // at its end
    Timestamp tick = max_time;    // the least of its keys' ticks, and this:
    Timestamp again = max_time;   // where it has no end: when all that it has given is given once more,
    Timestamp until = min_time;   // which ends here
    bool repeats = false;         // there is something to give once more
    std::uint32_t cursor = 0;     // while it is given out: the next row
    static constexpr auto fields() {
        using Self = WindowTimes;
        return weir::fields("start", &Self::start, "end", &Self::end, "fired", &Self::fired, "tick", &Self::tick, "again", &Self::again, "until", &Self::until,
                            "repeats", &Self::repeats, "cursor", &Self::cursor);
    }
};

/// A window that is open, with a table of its keys in the order of their first events.
///     Past: what there is of each row besides, where windows are not plain
template <typename Rows, typename Past, bool Forgets>
struct OpenWindow : WindowTimes {
    Rows rows{};
    JobVector<Past> past{};       // for each row, where windows are not plain
    JobVector<std::uint64_t> given{}; // where they are, and may be given again, if rows do not say it: how often each of the first ones has been
    WEIR_NO_UNIQUE_ADDRESS Turns<Forgets> turns{};

    void begin(std::uint32_t row) {
        cursor = row;
        turns.take(past);
    }
    /// The same of saved state, which may be gone on with under another lateness. Plain: see Panes.
    void go_on(bool plain) {
        turns.take(past);
        if constexpr (not rows_say) {
            if (not plain || not given.empty()) return;
            note_given();
            for (std::uint32_t row = 0; row < cursor; ++row) given[row] = has_result(rows[row].value.state) ? 1 : 0;
        }
    }

    // Of plain windows.
    [[nodiscard]] std::uint64_t times_given(std::uint32_t row) const noexcept {
        if constexpr (rows_say) return is_given(row) ? rows[row].value.n & ~was_given : 0;
        else return row < given.size() ? given[row] : 0;
    }
    [[nodiscard]] bool is_given(std::uint32_t row) const noexcept {
        if constexpr (rows_say) return (rows[row].value.n & was_given) != 0;
        else return times_given(row) != 0;
    }
    /// From here on it is noted which rows have been given.
    void note_given() {
        if constexpr (not rows_say) given.resize(rows.size());
    }
    /// A row is given: how many of its inputs were in no result before.
    std::uint64_t give(std::uint32_t row) noexcept {
        auto& entry = rows[row].value;
        if constexpr (rows_say) {
            const std::uint64_t fresh = is_given(row) ? 0 : std::exchange(entry.n, was_given);
            ++entry.n;
            return fresh;
        } else {
            const std::uint64_t fresh = is_given(row) ? 0 : entry.inputs();
            if (row < given.size()) ++given[row];
            return fresh;
        }
    }

private:
    static constexpr bool rows_say = decltype(Rows::Row::value)::counts;
    static constexpr std::uint64_t was_given = std::uint64_t{1} << 63U;
};

/// The windows that are open, by their ends, then starts. Each stays where it is until it closes; then it is used again, with the memory of
/// its table.
template <typename Rows, typename Past, bool Forgets>
class OpenWindows {
    struct Place {
        Timestamp end;
        Timestamp start;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    using Windows = std::map<Place, OpenWindow<Rows, Past, Forgets>, std::less<Place>, JobAllocator<std::pair<const Place, OpenWindow<Rows, Past, Forgets>>>>;

    /// Shows the windows alone.
    template <typename At>
    struct IteratorOf {
        At at{};
        auto& operator*() const noexcept { return at->second; }
        auto* operator->() const noexcept { return &at->second; }
        IteratorOf& operator++() noexcept { return ++at, *this; }
        IteratorOf& operator--() noexcept { return --at, *this; }
        bool operator==(const IteratorOf&) const = default;
    };

public:
    using Window = OpenWindow<Rows, Past, Forgets>;
    using Iterator = IteratorOf<typename Windows::iterator>;

    [[nodiscard]] Iterator begin() noexcept { return {windows_.begin()}; }
    [[nodiscard]] Iterator end() noexcept { return {windows_.end()}; }
    [[nodiscard]] auto begin() const noexcept { return IteratorOf<typename Windows::const_iterator>{windows_.begin()}; }
    [[nodiscard]] auto end() const noexcept { return IteratorOf<typename Windows::const_iterator>{windows_.end()}; }
    [[nodiscard]] std::size_t size() const noexcept { return windows_.size(); }
    [[nodiscard]] std::size_t rows() const noexcept {
        std::size_t rows = 0;
        for (const Window& window : *this) rows += window.rows.size();
        return rows;
    }
    /// About how much memory they take.
    [[nodiscard]] std::size_t bytes() const noexcept {
        using Row = typename Rows::Row;
        std::size_t bytes = size() * (sizeof(typename Windows::value_type) + 4 * sizeof(void*));
        for (const Window& window : *this) {
            bytes += window.rows.bytes() + window.past.capacity() * sizeof(Past) + window.given.capacity() * sizeof(std::uint64_t);
            if constexpr (owns_memory<decltype(Row::key)>() || owns_memory<decltype(Row::value.state)>())
                for (const Row& row : window.rows) bytes += bytes_beside(row.key) + bytes_beside(row.value.state);
        }
        return bytes;
    }
    void clear() noexcept {
        windows_.clear();
        fired_until_ = min_time;
    }

    [[nodiscard]] Window* find(Timestamp start, Timestamp end) noexcept {
        const auto next = behind({end, start});
        return is_before(next, {end, start}) ? &std::prev(next)->second : nullptr;
    }
    /// And whether it is new.
    WEIR_INLINE std::pair<Window*, bool> find_or_open(Timestamp start, Timestamp end) {
        const Place place{end, start};
        const auto next = behind(place);
        if (is_before(next, place)) return {&std::prev(next)->second, false};
        return {&open(next, place), true};
    }
    void fire(Window& window) noexcept {
        window.fired = true;
        fired_until_ = std::max(fired_until_, window.end);
    }
    /// Of those that are due first the one that ends first; end(): there is none.
    ///     in_order: none that ends later has fired before one that has not, and both are due as they end
    template <typename DueOf>
    [[nodiscard]] Iterator first_due(bool in_order, const DueOf& due) noexcept {
        Iterator first = end();
        const auto look_at = [&](Iterator window) {
            if (window != end() && (first == end() || due(*window) < due(*first))) first = window;
        };
        if (in_order) {
            look_at(begin());
            if (first != end() && first->fired) look_at(not_before(saturating_add(fired_until_, Duration(1))));
        } else {
            for (Iterator window = begin(); window != end(); ++window) look_at(window);
        }
        return first;
    }
    /// The first one that ends then or later.
    [[nodiscard]] Iterator not_before(Timestamp end) noexcept { return {windows_.lower_bound({end, min_time})}; }
    /// As saved state names them: how many come before it.
    [[nodiscard]] std::size_t number_of(Iterator window) const noexcept {
        return static_cast<std::size_t>(std::distance(windows_.begin(), typename Windows::const_iterator(window.at)));
    }
    [[nodiscard]] Iterator at(std::size_t number) noexcept { return {std::next(windows_.begin(), static_cast<std::ptrdiff_t>(number))}; }
    /// Gives the next one.
    Iterator close(Iterator window) {
        window->rows.clear();
        window->past.clear();
        window->given.clear();
        const Iterator next{std::next(window.at)};
        spare_.push_back(windows_.extract(window.at));
        return next;
    }

private:
    [[gnu::noinline]] Window& open(typename Windows::iterator next, Place place) {
        Window* made = nullptr;
        if (spare_.empty()) {
            const MemoryScope scope(spare_.get_allocator().source); // its table's, too
            made = &windows_.try_emplace(next, place)->second;
        } else {
            spare_.back().key() = place;
            made = &windows_.insert(next, std::move(spare_.back()))->second;
            spare_.pop_back();
        }
        static_cast<WindowTimes&>(*made) = {place.start, place.end};
        return *made;
    }
    /// Where what lies behind this place begins.
    [[nodiscard]] auto behind(Place place) noexcept {
        auto at = windows_.end();
        for (int near = 0; at != windows_.begin() && std::prev(at)->first > place; --at) // most events belong to the latest windows
            if (++near == 8) return windows_.upper_bound(place);
        return at;
    }
    [[nodiscard]] bool is_before(typename Windows::iterator next, Place place) noexcept {
        return next != windows_.begin() && std::prev(next)->first == place;
    }

    Windows windows_;
    Timestamp fired_until_ = min_time; // the latest end of one that has
    JobVector<typename Windows::node_type> spare_;
};

} // namespace weir::detail
