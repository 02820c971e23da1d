// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/feed.hpp>
#include <weir/core/watched.hpp>
#include <weir/run/build.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

namespace weir::detail {

template <typename L>
inline constexpr std::size_t links_of = 0;
template <IsLink L>
inline constexpr std::size_t links_of<L> = 1 + links_of<typename L::next_type>;

/// Which calls of one kind are timed: at random distances, so that they do not fall in step with what repeats itself in the stream, and so
/// many that the looks at the clock take 1 % of the time at most.
struct Draws {
    std::uint64_t left = 0;   // until the next that is timed
    std::uint64_t passed = 0; // since the last one; before the first none
    std::uint64_t gap = 64;
    std::uint32_t random = 1;
    Timestamp last{};

    static constexpr std::int64_t share = 128; // of the time, for looks

    /// How many of the next n go by without.
    [[nodiscard]] std::size_t pass(std::size_t n) noexcept {
        const std::size_t go_by = static_cast<std::size_t>(std::min<std::uint64_t>(n, left));
        left -= go_by;
        passed += go_by;
        return go_by;
    }
    void take_back(std::size_t n) noexcept {
        left += n;
        passed -= n;
    }
    /// n were timed, which took so long, and looks so long. How many calls each of them stands for.
    double timed(std::size_t n, std::int64_t work, std::int64_t looks, Timestamp begun, Timestamp ended) noexcept {
        const auto timed = static_cast<double>(std::max<std::size_t>(n, 1));
        double stands_for = (static_cast<double>(passed) + timed) / timed;
        if (passed != 0) { // all together took no longer than there was
            const double there_was = static_cast<double>((begun - last).count() + work);
            if (static_cast<double>(work) * stands_for > there_was) stands_for = std::max(there_was / static_cast<double>(work), 1.0);
        }
        // A call that is not timed takes as long as those since the last one did, if that was no wait.
        double each = 2 * static_cast<double>(std::max<std::int64_t>(work, looks)) / timed;
        if (passed != 0) each = std::min(each, static_cast<double>((begun - last).count()) / static_cast<double>(passed));
        const double most = 8 * static_cast<double>(gap) + 8;
        gap = static_cast<std::uint64_t>(std::min(static_cast<double>(looks * share) / std::max(each, 0.1), most));
        random = random * 1664525U + 1013904223U;
        left = gap / 2 + (gap == 0 ? 0 : (random >> 8U) % (gap + 1));
        passed = 0;
        last = ended;
        return stands_for;
    }
};

/// A task's chain, of whose calls some are timed.
template <typename L>
class Sampled {
    static constexpr std::size_t n = links_of<L>;
    using LapsOf = Laps<n>;
    enum Kind : std::size_t { events, spans, watermarks, deadlines, resumes, ends, kinds };

public:
    using op_type = typename L::op_type;
    using next_type = typename L::next_type;
    static constexpr bool sampled = true;
    static constexpr Hears hears = L::hears;
    static constexpr bool can_finish = L::can_finish;
    static constexpr bool bounded_room = L::bounded_room;
    static constexpr bool has_deadline = L::has_deadline;
    static constexpr bool can_suspend = L::can_suspend;
    static constexpr bool takes_timed_span = L::takes_timed_span;
    static constexpr bool takes_merged_span = L::takes_merged_span;

    Sampled(L chain, const Clock& clock) : chain_(std::move(chain)), laps_(clock) {}

    /// Of n events, how many go by as ever before the next that is timed.
    [[nodiscard]] std::size_t pass(std::size_t events_there) noexcept { return kinds_[events].pass(events_there); }
    void take_back(std::size_t some) noexcept { kinds_[events].take_back(some); }
    /// call(chain) gives how many events it has handed on.
    template <typename Call>
    std::size_t watch_events(const Call& call) { return watch(events, call); }

    void on_watermark(Timestamp t) {
        const auto tell = [t](auto& chain) { chain.on_watermark(t); };
        if (t == max_time) always(tell);
        else maybe(watermarks, tell);
    }
    void on_time(Timestamp now) {
        maybe(deadlines, [now](auto& chain) { chain.on_time(now); });
    }
    void on_end() {
        always([](auto& chain) { chain.on_end(); });
    }
    void end_span() {
        if constexpr (an_operator_ends_spans<L>) maybe(spans, [](auto& chain) { chain.end_span(); });
        else chain_.end_span();
    }
    bool resume() {
        bool through = true;
        maybe(resumes, [&through](auto& chain) { through = chain.resume(); });
        return through;
    }
    void on_idle() { chain_.on_idle(); }
    void on_own_mark(Timestamp t) { chain_.on_own_mark(t); }
    void on_barrier(std::uint64_t epoch) { chain_.on_barrier(epoch); }
    void on_outcome(std::uint64_t epoch, bool committed) { chain_.on_outcome(epoch, committed); }
    [[nodiscard]] bool done() const { return chain_.done(); }
    [[nodiscard]] std::size_t room() const { return chain_.room(); }
    [[nodiscard]] Timestamp deadline() const { return chain_.deadline(); }
    [[nodiscard]] Timestamp resume_at() const { return chain_.resume_at(); }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return chain_.interrupted(); }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { chain_.for_each_outlet(fn); }
    void report(ReportWalk& walk, std::uint64_t given) const {
        chain_.report(walk, given);
        say<0>(walk, chain_);
    }
    void save(SaveWalk& walk) const { chain_.save(walk); }
    void load(LoadWalk& walk) { chain_.load(walk); }
    [[nodiscard]] L& chain() noexcept { return chain_; }
    op_type& op() noexcept { return chain_.op(); }
    next_type& next() noexcept { return chain_.next(); }

private:
    template <typename Call>
    std::size_t watch(Kind kind, const Call& call) {
        laps_.begin();
        Watched<0, L, LapsOf> watched(chain_, laps_);
        const std::size_t handed = call(watched);
        laps_.end();
        std::int64_t work = 0;
        for (std::size_t i = 0; i < n; ++i) work += laps_.own(i);
        const auto calls = static_cast<double>(kinds_[kind].passed + std::max<std::size_t>(handed, 1));
        const double stands_for = kinds_[kind].timed(handed, work, laps_.cost(), laps_.begun(), laps_.last());
        for (std::size_t i = 0; i < n; ++i) {
            const double time = static_cast<double>(laps_.own(i)) * stands_for;
            time_[i] += time;
            if (kind == events) each_[i] = time / calls;
        }
        return handed;
    }
    template <typename Call>
    void maybe(Kind kind, const Call& call) {
        if (kinds_[kind].pass(1) == 1) return call(chain_);
        watch(kind, [&call](auto& chain) { return call(chain), std::size_t{1}; });
    }
    /// A call that comes once.
    template <typename Call>
    void always(const Call& call) {
        const auto rest = static_cast<double>(std::exchange(kinds_[events].passed, 0));
        kinds_[ends] = {};
        watch(ends, [&call](auto& chain) { return call(chain), std::size_t{1}; });
        // Events since the last that was timed: as those before it; all together took no longer than there was.
        const double there_was = std::max(static_cast<double>((laps_.begun() - kinds_[events].last).count()), 0.0); // clocks are set back at times
        const double took = rest * std::accumulate(each_.begin(), each_.end(), 0.0);
        const double stands_for = took > there_was ? rest * (there_was / took) : rest;
        for (std::size_t i = 0; i < n; ++i) time_[i] += each_[i] * stands_for;
    }
    template <std::size_t I, typename At>
    void say(ReportWalk& walk, const At& link) const {
        walk.time(link.id(), Duration(static_cast<Duration::rep>(std::max(time_[I], 0.0))));
        if constexpr (I + 1 < n) say<I + 1>(walk, link.next());
    }

    L chain_;
    LapsOf laps_;
    std::array<Draws, kinds> kinds_{};
    std::array<double, n> time_{}; // ns
    std::array<double, n> each_{}; // of an event, as of late
};

/// Where a task's events go: past those that go by as ever, piece by piece, to those that are timed.
template <typename L>
class Feed<Sampled<L>> : public Feed<L> {
    using Base = Feed<L>;
    static constexpr std::size_t piece = 32; // so that the first of them bring what is run into the cache for the others

public:
    explicit Feed(Sampled<L>& chain, std::uint64_t& handed) : Base(chain.chain(), handed), sampled_(chain), handed_(handed) {}

    template <typename E>
    void event(E&& event) {
        if (sampled_.pass(1) == 1) return Base::event(std::forward<E>(event));
        ++handed_;
        sampled_.watch_events([&event](auto& chain) { return chain.on_event(std::forward<E>(event)), std::size_t{1}; });
    }
    template <typename E>
    std::size_t span(std::span<E> events) {
        std::size_t n = 0;
        while (n != events.size()) {
            if (not this->ready()) return n;
            if (const std::size_t some = sampled_.pass(events.size() - n); some != 0) {
                const std::size_t took = Base::span(events.subspan(n, some));
                n += took;
                if (took != some) return sampled_.take_back(some - took), n;
                continue;
            }
            n += sampled_.watch_events([this, some = events.subspan(n)](auto& chain) { return this->watched_span(some, chain); });
        }
        return n;
    }
    template <typename V>
    std::size_t timed_span(const TimedSpan<V>& span) {
        return whole(span.values.size(), [&span](auto& chain) { return chain.on_timed_span(span); });
    }
    template <typename E>
    std::size_t merged_span(const MergedSpan<E>& span) {
        return whole(span.events.size(), [&span](auto& chain) { return chain.on_merged_span(span); });
    }
    void watermark(Timestamp t) { sampled_.on_watermark(t); }
    void end_span() { sampled_.end_span(); }

private:
    template <typename E, typename Chain>
    std::size_t watched_span(std::span<E> events, Chain& chain) {
        if constexpr (L::takes_span) {
            handed_ += events.size();
            chain.on_span(events);
            return events.size();
        } else {
            std::size_t n = 0;
            while (n != std::min(events.size(), piece) && this->ready()) {
                ++handed_;
                chain.on_event(pass(events[n++])); // counted before the call: an event that throws has been handed on
            }
            return n;
        }
    }
    /// A span that is not to be cut.
    template <typename Call>
    std::size_t whole(std::size_t n, const Call& call) {
        struct Handed { // if it throws, all
            std::uint64_t& total;
            std::size_t now;
            ~Handed() { total += now; }
        } handed{handed_, n};
        if (sampled_.pass(n) == n) return handed.now = call(sampled_.chain());
        return handed.now = sampled_.watch_events(call);
    }

    Sampled<L>& sampled_;
    std::uint64_t& handed_;
};

} // namespace weir::detail

namespace weir {

/// The same job, with OperatorReport::time in its Report: how long its operators were at work, so that it can be seen which of them to look at.
///     A job is compiled with this or without it; its chains are compiled twice then. A sample of events, at random distances, and of
///     watermarks, deadlines and ends, goes through calls that look at the clock between operators, for about 1 % of the time.
///     Times are those of the operators' functions in it. A chain inside an operator (a branch, late_to) is in that operator's time, and what is written
///     to a queue in that of the last operator before it. Sampled events go one by one, each operator after the one before it, where
///     others go in passes and overlap: 3 ns an event are hardly told from nothing, and what overlaps seems longer. What is seldom and long
///     is measured badly, too, as a window of many keys that fires: that is in TaskReport::busy.
///     What workers of a split source do before their results meet is not sampled; copies of parallel do not read a range in memory themselves.
///     example: tests/runtime/profile.cpp
template <typename J>
[[nodiscard]] constexpr auto profiled(J&& job) {
    return detail::Profiled<J>{std::forward<J>(job)};
}

} // namespace weir
