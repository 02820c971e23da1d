// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/feed.hpp>
#include <weir/core/fetch_ahead.hpp>
#include <weir/core/picked_span.hpp>
#include <weir/run/exchange_outlet.hpp>
#include <weir/run/progress.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// A source in memory need not be read by one task that hands each event to a copy: each copy reads all of it and takes what is its own.
// To look at an event costs a nanosecond or two, to bring it to another processor five to ten ("sharded by key": what wins for keyed
// windows wherever it was measured).

namespace weir::detail {

/// An input that several may read at once, each all of it.
template <typename Input>
concept ScannableInput = requires(Input& input) {
    input.all().subspan(input.handed());
};

/// What is read by several, and how far.
///     Input: the input, or a reference to that of a job which the user keeps
template <typename Input>
class SharedScan {
public:
    /// rows: of the operators before the copies, in the Report
    SharedScan(Input input, std::uint32_t rows) : input_(static_cast<Input&&>(input)), begin_(input_.handed()), rows_(rows) {}

    template <typename Events>
    struct Next {
        Events events; // none: it is at the place where all stop
        bool ends;     // there are no more behind them
    };
    /// For a reader that stands at `at`: the next events, at most n.
    [[nodiscard]] auto next(std::size_t at, std::size_t n) {
        const std::scoped_lock lock(mutex_);
        const auto all = input_.all();
        const std::size_t left = (stopped_ ? input_.handed() : all.size()) - at;
        n = std::min(n, left);
        input_.handed() = std::max(input_.handed(), at + n);
        return Next<decltype(all.first(n))>{all.subspan(at, n), at + n == all.size()};
    }
    /// One has been told to stop: all read as far as the first of them has come.
    void stop() {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
    }
    [[nodiscard]] bool has_read_all() {
        const std::scoped_lock lock(mutex_);
        return input_.handed() == input_.all().size();
    }
    /// Where they begin.
    [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
    /// Those who have come furthest tell of the operators before them. Under the lock of the Report.
    void report(ReportWalk& walk, std::size_t at) noexcept {
        if (at < told_) walk.leave_out(rows_);
        else told_ = at;
    }

private:
    Input input_;
    std::size_t begin_;
    std::size_t told_ = 0;
    std::uint32_t rows_;
    bool stopped_ = false;
    std::mutex mutex_;
};

/// Of the events that an error has left unfinished, those that had come to the copy.
template <typename L>
[[nodiscard]] std::uint64_t interrupted_in_copy(const L& link) noexcept {
    if constexpr (requires { requires L::op_type::begins_copy; }) return link.interrupted();
    else return interrupted_in_copy(link.next());
}

/// The input of one of the readers.
template <typename Input>
class ScanInput {
public:
    ScanInput(std::shared_ptr<SharedScan<Input>> scan, bool is_first) : scan_(std::move(scan)), at_(scan_->begin()), is_first_(is_first) {}

    template <typename Feed>
    Drive drive(Feed& feed, std::size_t limit, Timestamp) {
        const auto next = scan_->next(at_, limit);
        const std::size_t n = hand_on(next.events, feed);
        if (next.ends && n == next.events.size()) return {Drive::State::ended, {}};
        if (next.events.empty()) return {Drive::State::nothing, Duration::max()}; // another was told to stop, and so will be this one
        return {};
    }
    template <typename Feed>
    Drive rest(Feed& feed, std::size_t limit) {
        scan_->stop();
        const auto next = scan_->next(at_, limit);
        if (next.events.empty()) return {Drive::State::ended, {}};
        hand_on(next.events, feed);
        return {};
    }
    /// A stop has come too late: one that has read all may have ended, and closed its windows, and so do the others.
    [[nodiscard]] bool has_read_all() const { return scan_->has_read_all(); }
    void report(ReportWalk& walk) const { scan_->report(walk, at_); }
    [[nodiscard]] Measured measured(std::uint64_t handed) const noexcept { return {is_first_ ? handed : 0, {}}; }

private:
    /// One that throws has come as far as the operators that all have: it may have come further than others all the same.
    template <typename Events, typename Feed>
    std::size_t hand_on(Events events, Feed& feed) {
        const std::uint64_t before = feed.handed();
        try {
            const std::size_t n = feed.span(events);
            at_ += n;
            return n;
        } catch (...) {
            const std::uint64_t begun = feed.handed() - before, in_all = feed.chain().interrupted() - std::min(feed.chain().interrupted(), interrupted_in_copy(feed.chain()));
            at_ += static_cast<std::size_t>(begun - std::min(begun, in_all));
            throw;
        }
    }

    std::shared_ptr<SharedScan<Input>> scan_;
    std::size_t at_;
    bool is_first_;
};

/// What the copies that read the source have taken of it, for the row of parallel in the Report.
struct ScanCounts {
    ScanCounts(std::size_t copies, std::string p) : taken(copies), plan(std::move(p)) {}
    std::vector<std::atomic<std::uint64_t>> taken;
    Results given{};
    std::uint64_t in = 0; // by the one who has come furthest
    std::string plan;
};

/// Which of the events that were handed back are own, so that the user's projection sees each once.
class OwnAgain {
public:
    /// Writes the places of the own ones of the next events, at most n, and gives how many events that are, and how many of them are own.
    std::pair<std::size_t, std::size_t> copy(unsigned char* places, std::size_t n) const {
        n = std::min(n, known_);
        std::size_t k = 0;
        for (; k < own_.size() && own_[k] < n; ++k) places[k] = static_cast<unsigned char>(own_[k]);
        return {n, k};
    }
    /// Of n events, k of them own, so many were taken.
    void keep(const unsigned char* places, std::size_t k, std::size_t n, std::size_t taken) {
        if (taken == n && known_ == 0) return;
        std::vector<std::size_t> left;
        for (std::size_t i = 0; i < k; ++i)
            if (places[i] >= taken) left.push_back(places[i] - taken);
        for (const std::size_t place : own_)
            if (place >= n) left.push_back(place - taken);
        known_ = std::max(n, known_) - taken;
        own_.swap(left);
    }

private:
    std::vector<std::size_t> own_; // how many events are before each
    std::size_t known_ = 0;
};

/// Before a copy that reads the source: what belongs to it goes on, owned, and all watermarks.
///     V: the values, plain
template <typename V, typename Key>
class TakeOwn {
public:
    static constexpr std::string_view name = "parallel";
    static constexpr bool takes_timed_span = true;
    static constexpr bool begins_copy = true;

    TakeOwn(Key key, std::uint32_t copy, std::shared_ptr<ScanCounts> counts)
        : key_(std::move(key)), counts_(std::move(counts)), keys_(copy, static_cast<std::uint32_t>(counts_->taken.size())), copy_(copy) {}

    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        try {
            if (not is_own(value_of(event))) return;
            next.on_event(to_owned(std::forward<E>(event)));
        } catch (...) {
            left_ = 1;
            throw;
        }
        ++taken_;
    }
    /// Events without times beside them: runs of those that are own, copied together.
    template <typename Next>
    static constexpr bool takes_span_before = true;
    using Again = OwnAgain;
    template <typename E, typename Next>
        requires(not(Next::bounded_room && Next::can_suspend))
    void on_span(std::span<E> events, Next& next) {
        struct {} none;
        on_part_of_span(events, next, none);
    }
    /// Gives how many were taken: fewer where what follows waits for room.
    template <typename E, typename Next, typename Kept>
    std::size_t on_part_of_span(std::span<E> events, Next& next, Kept& again) {
        constexpr bool may_wait = std::is_same_v<Kept, Again>;
        constexpr std::size_t most = TimedSpan<V>::most;
        using Own = owned_t<std::remove_cv_t<E>>;
        unsigned char places[most + PickedBits::behind];
        Room<Own, most> own;
        for (left_ = events.size(); left_ != 0;) {
            const std::span<E> some = events.subspan(events.size() - left_, std::min(left_, most));
            std::size_t n = 0;
            std::size_t k = 0; // of them are own
            if constexpr (may_wait) std::tie(n, k) = again.copy(places, some.size());
            const auto hand_on = [&] {
                for (std::size_t i = 0; i < k; ++i) std::construct_at(own.items + i, some[places[i]]);
                std::uint64_t handed = 0;
                const std::size_t before = left_;
                std::size_t taken = 0;
                try {
                    if (k != 0) taken = Feed<Next>(next, handed).span(std::span<Own>(own.items, k));
                } catch (...) {
                    const std::uint64_t done = handed - std::clamp<std::uint64_t>(next.interrupted(), 1, handed);
                    taken_ += done;
                    left_ = before - places[done];
                    throw;
                }
                const std::size_t of_all = taken == k ? n : std::size_t{places[taken]};
                taken_ += taken;
                left_ = before - of_all;
                if constexpr (may_wait) again.keep(places, k, n, of_all);
                return taken == k;
            };
            try {
                find_own(some, places, n, k);
            } catch (...) {
                hand_on();
                throw;
            }
            if (not hand_on()) break;
        }
        const std::size_t taken = events.size() - left_;
        left_ = 0;
        return taken;
    }

    /// Of values that lie in a row, each is asked for once.
    static constexpr bool picks_by_value = true;
    [[nodiscard]] WEIR_INLINE bool picks(const V& value) const {
        fetch_ahead<true>(&value);
        return is_own(value);
    }
    template <typename Next>
    std::size_t on_picked_span(const PickedSpan<V>& picked, Next& next) {
        const TimedSpan<V>& own = picked.events;
        const std::size_t owns = own.values.size();
        const auto taken = [&](std::size_t k) { // the event that has to come again, or all
            taken_ += k;
            if (k != owns) return std::size_t{picked.at[k]};
            mark_ = std::max(mark_, own.last);
            return picked.all;
        };
        const auto thrown = [&](std::size_t from) {
            taken_ += from;
            left_ = picked.all - picked.at[from];
        };
        if constexpr (requires { requires Next::takes_timed_span; }) {
            if (owns != 0) {
                try {
                    return taken(next.on_timed_span(own));
                } catch (...) {
                    thrown(owns - std::clamp<std::size_t>(next.interrupted(), 1, owns));
                    throw;
                }
            }
        } else {
            for (std::size_t k = 0; k < owns; ++k) {
                raise(own.marks[k], next);
                if constexpr (Next::bounded_room && Next::can_suspend)
                    if (next.room() == 0) return taken(k);
                try {
                    next.on_event(Event<V>{own.values[k], own.times[k]});
                } catch (...) {
                    thrown(k);
                    throw;
                }
            }
        }
        raise(own.last, next);
        return taken(owns);
    }
    template <typename T, typename Next>
    std::size_t on_timed_span(TimedSpan<T> events, Next& next) {
        constexpr std::size_t most = TimedSpan<T>::most;
        const std::size_t n = events.values.size();
        unsigned char own[most + PickedBits::behind];
        std::size_t found = 0;
        std::size_t owns = 0;
        try {
            find_own(events.values, own, found, owns);
        } catch (...) {
            left_ = n;
            throw;
        }
        Room<V, most> values;
        Room<Timestamp, most> times;
        Room<Timestamp, most> marks;
        for (std::size_t k = 0; k < owns; ++k) {
            std::construct_at(values.items + k, events.values[own[k]]);
            times.items[k] = events.times[own[k]];
            marks.items[k] = events.marks[own[k]];
        }
        return on_picked_span(PickedSpan<V>{{{values.items, owns}, times.items, marks.items, events.last}, own, n}, next);
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_; }
    template <typename Next>
    void on_watermark(Timestamp t, Next& next) { raise(t, next); }
    template <typename Next>
    void end_span(Next&) {
        counts_->taken[copy_].store(taken_, std::memory_order_relaxed);
    }
    void report(OperatorReport& row) const {
        counts_->taken[copy_].store(taken_, std::memory_order_relaxed);
        row.in = counts_->in = std::max(counts_->in, row.in);
        row.passed = row.out = 0;
        for (const auto& taken : counts_->taken) row.passed += taken.load(std::memory_order_relaxed);
        row.held = row.in - std::min(row.in, row.passed); // by copies that are behind,
        row.held -= std::min<std::uint64_t>(row.held, left_); // and interrupted ones, which are added to it
        for (const auto& given : counts_->given) row.out += given->load(std::memory_order_relaxed);
        row.plan = counts_->plan;
    }

private:
    /// From the n-th on, and k are before that. By itself, so that a compiler has registers for all of it. No branch: which of them are own
    /// cannot be foretold.
    template <typename E>
    [[gnu::noinline]] void find_own(std::span<E> events, unsigned char* places, std::size_t& n, std::size_t& k) const {
        while (n < events.size()) {
            PickedBits own;
            const std::size_t first = n;
            const auto note = [&](std::size_t end) {
                k = own.write(places, k, first);
                n = end;
            };
            std::size_t i = first;
            try {
                for (const std::size_t last = std::min(events.size(), first + own.most); i < last; ++i) own.add(i - first, picks(value_of(events[i])));
            } catch (...) {
                note(i);
                throw;
            }
            note(i);
        }
    }
    template <typename T>
    [[nodiscard]] WEIR_INLINE bool is_own(const T& value) const { return keys_.has(std::invoke(key_, value)); }
    template <typename Next>
    void raise(Timestamp t, Next& next) {
        if (t <= mark_) return;
        mark_ = t;
        next.on_watermark(t);
    }

    WEIR_NO_UNIQUE_ADDRESS const Key key_;
    std::shared_ptr<ScanCounts> counts_;
    std::uint64_t taken_ = 0; // and finished
    std::size_t left_ = 0; // unfinished where one threw
    Timestamp mark_ = min_time;
    KeysOfCopy keys_;
    std::uint32_t copy_;
};

} // namespace weir::detail
