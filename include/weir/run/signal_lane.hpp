// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/time.hpp>
#include <weir/queue/atomics.hpp>
#include <weir/run/figures.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <span>

namespace weir::detail {

/// A signal and the position it stands before: `at` events of the channel are older than it.
struct Signal {
    enum class Kind : unsigned char { watermark, own_mark, barrier, committed, aborted, idle, turn, marker, block, end };
    Kind kind;
    std::uint64_t at = 0;
    Timestamp time{};
    std::uint64_t epoch = 0;
    std::uint32_t from = 0; // of a marker: it was sent at `time`, and by its source begun at `epoch`

    static Signal of(const LatencyMarker& marker) noexcept {
        return {Kind::marker, 0, marker.sent, static_cast<std::uint64_t>(marker.begun.time_since_epoch().count()), marker.from};
    }
    [[nodiscard]] LatencyMarker marker() const noexcept { return {from, Timestamp(Duration(static_cast<Duration::rep>(epoch))), time}; }
};

/// The lane of a channel's signals. Nothing drops them and full data does not block them.
template <typename Signal = detail::Signal, typename Atomics = StdAtomics> // a template, so that it costs only jobs with stages
class SignalLane {
public:
    void put(Signal signal) { put(std::span(&signal, 1)); }
    void put(std::span<const Signal> signals) {
        const std::scoped_lock lock(mutex_);
        for (const Signal& signal : signals) {
            // Of two marks with no event between them the later says it all, of two markers the earlier; and a stream that is idle is so once.
            Signal* same = is_mark(signal) ? last_mark(signal, 0) : nullptr;
            if (same) join(*same, signal);
            else if (not says_idle_again(signal)) signals_.push_back(signal);
        }
        next_at_.store(signals_.front().at, std::memory_order_release);
    }
    /// So that the next n are put without asking for memory.
    void make_room(std::size_t n) {
        const std::scoped_lock lock(mutex_);
        signals_.make_room(n);
    }
    /// The events before `first` are gone: the signals between them are now all in one place, where few of them still say something.
    /// So a lane is never longer than its channel allows, however many events are dropped.
    void close_gap(std::uint64_t first) {
        if (next_at() >= first) return;
        const std::scoped_lock lock(mutex_);
        std::size_t end = 0;
        while (end < signals_.size() && signals_.at(end).at < first) ++end;
        std::size_t begin = end; // of those that stay, moved up to what follows
        std::array<Signal*, 3> marks{}; // by kind
        for (std::size_t i = end; i > 0; --i) {
            Signal& signal = signals_.at(i - 1);
            if (signal.kind == Signal::Kind::idle) continue; // an event came behind it
            if (is_mark(signal)) {
                Signal*& later = marks[signal.kind == Signal::Kind::watermark ? 0 : signal.kind == Signal::Kind::own_mark ? 1 : 2];
                if (later) {
                    join(signal, *later);
                    signal.at = first;
                    *later = signal;
                    continue;
                }
                later = &signals_.at(begin - 1);
            } else {
                marks = {}; // marks do not pass a barrier
            }
            Signal& to = signals_.at(--begin);
            to = signal;
            to.at = first;
        }
        signals_.pop_front(begin);
        next_at_.store(signals_.empty() ? none : signals_.front().at, std::memory_order_release);
    }
    /// The position of the first signal; the greatest number when there is none.
    [[nodiscard]] std::uint64_t next_at() const noexcept { return next_at_.load(std::memory_order_acquire); }
    /// Takes the first signal if it stands at or before `position`.
    std::optional<Signal> take(std::uint64_t position) {
        if (next_at() > position) return std::nullopt;
        const std::scoped_lock lock(mutex_);
        if (signals_.empty() || signals_.front().at > position) return std::nullopt; // a gap was closed
        const Signal signal = signals_.front();
        signals_.pop_front();
        next_at_.store(signals_.empty() ? none : signals_.front().at, std::memory_order_release);
        return signal;
    }

    /// Takes the first signals, as many as there is room for, wherever they stand; gives how many. Of a channel that drops no events.
    std::size_t take_some(std::span<Signal> into) {
        const std::scoped_lock lock(mutex_);
        const std::size_t n = std::min(into.size(), signals_.size());
        for (std::size_t i = 0; i < n; ++i) into[i] = signals_.at(i);
        if (n != 0) signals_.pop_front(n);
        next_at_.store(signals_.empty() ? none : signals_.front().at, std::memory_order_release);
        return n;
    }

    /// How far the stream is behind all that was written before, for a reader that has nothing else to read: it sees the last of these.
    void reach(Timestamp t) noexcept { reached_.store(t.time_since_epoch().count(), std::memory_order_release); }
    [[nodiscard]] Timestamp reached() const noexcept { return Timestamp(Duration(reached_.load(std::memory_order_acquire))); }

    static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

private:
    [[nodiscard]] static bool is_mark(const Signal& signal) noexcept {
        return signal.kind == Signal::Kind::watermark || signal.kind == Signal::Kind::own_mark || signal.kind == Signal::Kind::marker;
    }
    /// The mark that stands for two of the same kind is the later one; of markers the earlier, which has waited longest.
    static void join(Signal& mark, const Signal& later) noexcept {
        if (later.kind == Signal::Kind::watermark) mark.time = std::max(mark.time, later.time);
        else if (later.kind == Signal::Kind::own_mark) mark.time = later.time;
    }
    [[nodiscard]] bool says_idle_again(const Signal& signal) noexcept {
        return signal.kind == Signal::Kind::idle && not signals_.empty() && signals_.back().kind == Signal::Kind::idle && signals_.back().at == signal.at;
    }
    /// The mark of that kind among those that stand last and at the same place: there is at most one of each kind.
    Signal* last_mark(const Signal& like, std::size_t behind) noexcept {
        if (signals_.size() <= behind || behind > 2) return nullptr;
        Signal& last = signals_.back(behind);
        if (last.at != like.at || not is_mark(last)) return nullptr;
        return last.kind == like.kind ? &last : last_mark(like, behind + 1);
    }

    typename Atomics::mutex mutex_;
    Fifo<Signal> signals_;
    typename Atomics::template atomic<std::uint64_t> next_at_{none};
    typename Atomics::template atomic<Duration::rep> reached_{min_time.time_since_epoch().count()};
};

/// Some signals at one end of a lane, so that its lock is taken for many at a time: of a stream whose watermark rises with each event
/// there are as many as events.
class SomeSignals {
public:
    static constexpr std::size_t most = 16;

    [[nodiscard]] bool empty() const noexcept { return first_ == end_; }
    [[nodiscard]] const Signal& front() const noexcept { return all_[first_]; }
    void pop_front() noexcept { ++first_; }
    [[nodiscard]] std::span<const Signal> all() const noexcept { return {all_.data() + first_, end_ - first_}; }
    void clear() noexcept { first_ = end_ = 0; }

    /// A mark, written where it stays: to read at once what was just written costs more than all the rest. False: there is no room.
    bool add(Signal::Kind kind, std::uint64_t at, Timestamp time) noexcept {
        if (end_ == all_.size()) return false;
        Signal& mark = all_[end_++];
        mark.kind = kind;
        mark.at = at;
        mark.time = time;
        return true;
    }
    /// The next ones, where there is none left.
    void take_from(SignalLane<>& lane) {
        first_ = 0;
        end_ = lane.take_some(all_);
    }

private:
    std::array<Signal, most> all_;
    std::size_t first_ = 0;
    std::size_t end_ = 0;
};

} // namespace weir::detail
