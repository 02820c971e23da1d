// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/micro_batcher.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The running form of micro_batch and whole: a MicroBatcher whose items keep their times and the marks between them.
template <typename S, bool Whole>
class Batching {
    using T = owned_t<typename S::value>;

public:
    using kind = OperatorKind;
    static constexpr bool takes_span = true;

    Batching(const MicroBatchOptions& options, const Clock& clock)
        : batcher_(batcher(options)), clock_(&clock), pool_(std::make_shared<BatchPool<T>>()) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        add(std::forward<E>(event), 0, next);
    }

    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        while (not events.empty()) {
            const std::size_t n = std::min(events.size(), batcher_.missing());
            const std::size_t rest = events.size() - n;
            if (n == 1) {
                add(pass(events.front()), rest, next);
            } else {
                note_own_mark();
                append(events.first(n));
                if (batcher_.size() >= batcher_.most()) give(next, rest + batcher_.size() - 1);
                else begin_age(n);
            }
            events = events.last(rest);
        }
    }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (batcher_.empty()) return next.on_watermark(t);
        Buffer<BatchMark>& marks = buffer().marks;
        idle_at_ = 0;
        if (mark_ < t) {
            mark_ = t;
            if (not marks.empty() && marks.back().before == batcher_.size()) marks.back().time = t;
            else marks.emplace(BatchMark{batcher_.size(), t});
        }
        if (Whole && t == max_time) give(next, batcher_.size());
    }
    /// It stays in the batch: one whose events come from several inputs has none itself.
    template <typename Next>
    void on_own_mark(Timestamp t, Next&) noexcept { own_mark_ = t; }
    /// It stands behind the batch, unless more is added to that.
    template <typename Next>
        requires(hears_of<Next>().idle)
    void on_idle(Next& next) {
        idle_at_ = batcher_.size();
        if (not Whole && idle_at_ == 0) next.on_idle();
    }
    template <typename Next>
    void on_time(Timestamp now, Next& next) {
        if (not batcher_.empty() && now >= batcher_.deadline()) give(next, batcher_.size());
        next.on_time(now);
    }
    template <typename Next>
    void on_end(Next& next) {
        if (not Whole && not batcher_.empty()) give(next, batcher_.size());
        next.on_end();
    }
    [[nodiscard]] Timestamp deadline() const
        requires(S::traits.waits && not Whole)
    {
        return batcher_.deadline();
    }

    void report(OperatorReport& row) const {
        row.held = giving_ ? unfinished_ : batcher_.size();
        if (batcher_.keeps_pace()) row.plan = batcher_.pace_.text();
    }

    void save(StateWriter& to) const {
        to.put(batcher_.buffer_.values);
        to.put(batcher_.buffer_.times);
        to.put(batcher_.buffer_.marks);
        to.put(batcher_.deadline_);
        to.put(batcher_.oldest_);
        if (batcher_.keeps_pace()) batcher_.pace_.save(to);
        to.put(mark_);
        to.put(own_mark_);
        to.put(noted_);
        to.put(idle_at_);
    }
    void load(StateReader& from) {
        batcher_.clear();
        from.get(buffer().values);
        from.get(buffer().times);
        from.get(buffer().marks);
        from.get(batcher_.deadline_);
        from.get(batcher_.oldest_);
        if (batcher_.keeps_pace()) batcher_.pace_.load(from);
        from.get(mark_);
        from.get(own_mark_);
        from.get(noted_);
        from.get(idle_at_);
        latest_ = min_time;
        for (const Timestamp time : buffer().times.all()) latest_ = std::max(latest_, time);
        if (batcher_.options_.max_bytes != unlimited)
            for (const T& item : buffer().values.all()) batcher_.bytes_ += counted_bytes(item);
    }

private:
    static MicroBatcher<T> batcher(const MicroBatchOptions& options) {
        if constexpr (Whole) return MicroBatcher<T>(typename MicroBatcher<T>::Unlimited{});
        else return MicroBatcher<T>(options);
    }
    BatchBuffer<T>& buffer() noexcept { return batcher_.buffer_; }

    /// `rest`: how many more events came with it in one span.
    template <typename E, typename Next>
    void add(E&& event, std::size_t rest, Next& next) {
        const Timestamp time = time_of(event);
        note_own_mark();
        const bool full = batcher_.add(value_of(std::forward<E>(event)));
        if constexpr (is_timed<E>) keep_time(time);
        if (full) give(next, rest + batcher_.size() - 1);
        else begin_age(1);
    }
    /// Before an event is added.
    void note_own_mark() {
        if (own_mark_ == noted_) return;
        noted_ = own_mark_;
        buffer().marks.emplace(BatchMark{batcher_.size(), own_mark_, true});
    }
    void keep_time(Timestamp time) {
        buffer().times.emplace(time);
        latest_ = std::max(latest_, time);
    }
    /// The `added` last events have just come; were they the first of a batch, its age begins.
    void begin_age(std::size_t added) {
        batcher_.age(added, [this] { return clock_->now(); });
    }
    template <typename E>
    void append(std::span<E> events) {
        if constexpr (is_timed<E> || not std::is_same_v<std::remove_const_t<E>, T>) {
            for (E& event : events) {
                buffer().values.emplace(value_of(pass(event)));
                if constexpr (is_timed<E>) keep_time(event.time);
            }
        } else {
            buffer().values.template append<decltype(pass(std::declval<E&>()))>(events);
        }
    }

    /// `held`: what counts as held if something throws, without the event that is being handed on, which the link counts.
    template <typename Next>
    void give(Next& next, std::size_t held) {
        Buffer<BatchMark>& marks = buffer().marks;
        const Timestamp mark = std::exchange(mark_, min_time);
        const bool is_idle = std::exchange(idle_at_, 0) == batcher_.size();
        if (not marks.empty() && marks.back().before == batcher_.size()) marks.pop_back(); // it stands behind the batch, not in it
        unfinished_ = held;
        giving_ = true;
        BatchHome<T> home{buffer(), pool_};
        const Batch<T> batch(buffer().values.all(), buffer().times.all(), marks.all(), &home);
        const Timestamp from = batcher_.keeps_pace() ? clock_->now() : Timestamp();
        const std::size_t n = batcher_.size();
        if constexpr (S::timed) next.on_event(Event<Batch<T>>{batch, latest_});
        else next.on_event(Batch<T>(batch));
        giving_ = false;
        if (batcher_.keeps_pace()) batcher_.pace_.took(n, from, clock_->now());
        batcher_.clear();
        latest_ = noted_ = min_time;
        if (mark == min_time && not is_idle) return;
        next.end_span();
        if (mark != min_time) next.on_watermark(mark);
        if constexpr (hears_of<Next>().idle)
            if (is_idle) next.on_idle();
    }

    MicroBatcher<T> batcher_;
    const Clock* clock_;
    std::shared_ptr<BatchPool<T>> pool_;
    Timestamp latest_ = min_time;
    Timestamp mark_ = min_time;     // the last in the batch
    Timestamp own_mark_ = min_time; // of the input that the next event comes from,
    Timestamp noted_ = min_time;    // and as the batch knows it
    std::size_t idle_at_ = 0;    // how many events were in the batch when the stream fell idle; 0: it has not
    std::size_t unfinished_ = 0; // while a batch is given
    bool giving_ = false;
};

} // namespace weir::detail
