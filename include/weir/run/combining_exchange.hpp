// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/bind.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/pack.hpp>
#include <weir/run/block_line.hpp>
#include <weir/run/combining_way.hpp>
#include <weir/run/exchange_outlet.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Calls fn(op, stream) with the first operator of a chain that is no clause, and the stream as it comes to it.
template <std::size_t I = 0, typename S, typename Ops, typename Fn>
constexpr auto with_first(const S& stream, const Ops& ops, Fn&& fn) {
    const auto& op = detail::nth<I>(ops);
    using Op = std::remove_cvref_t<decltype(op)>;
    if constexpr (Marker<Op>) return with_first<I + 1>(stream, ops, std::forward<Fn>(fn));
    else if constexpr (Clause<Op>) return with_first<I + 1>(stream_behind(op, stream), ops, std::forward<Fn>(fn));
    else return fn(op, stream);
}
/// Whether it is an aggregate whose events may be combined before they are divided.
template <typename S, typename Ops>
consteval bool first_combines() {
    using Answer = decltype(with_first(std::declval<const S&>(), std::declval<const Ops&>(), []<typename Op, typename T>(const Op&, const T&) {
        if constexpr (requires { Op::template combines<T>(); }) return std::bool_constant<Op::template combines<T>()>();
        else return std::false_type();
    }));
    return Answer::value;
}

/// How much is combined at a time.
struct CombiningRule {
    std::uint64_t rows = 4096;      ///< that are kept at most: they should stay near the processor;
    std::uint64_t wide = 1 << 20;   ///< or where it is combined in a wide table;
    std::uint64_t early = 1 << 17;  ///< and at so many of those keys should have begun to come again
    std::uint64_t trial = 1024;     ///< events after which there should have been some hits, and that may come before rows are looked at
    std::uint64_t block = 128;      ///< events that each block should stand for: to hand one over costs as much as some of them do one by one
    std::uint64_t block_rows = 8192; ///< that it has at most
    std::uint64_t span = 128;       ///< events that may come at once
    static constexpr std::size_t tables = 3; ///< on their way at a time, beside those that are filled: each copy may have one, and one that waits
    /// Small ones, so that all that can happen happens among few events.
    static CombiningRule drawn(std::uint64_t from) noexcept {
        const std::uint64_t h = fold(from + 1, golden);
        return {.rows = 1 + h % 7, .wide = 1 + (h >> 16U) % 13, .early = 1 + (h >> 32U) % 11, .trial = 1 + (h >> 8U) % 11, .block_rows = 1 + (h >> 24U) % 5, .span = 1};
    }
    /// Rows that there may be before it is looked at again.
    [[nodiscard]] constexpr std::uint64_t most(bool is_wide) const noexcept { return (is_wide ? wide : rows) + trial + span; }
    /// Blocks that so many of those fill, divided between copies.
    [[nodiscard]] constexpr std::uint64_t blocks(bool is_wide, std::size_t copies) const noexcept { return most(is_wide) / block_rows + copies; }
};

/// A KeyedExchange in front of windows that also combines: of the events of a key and window that come soon one after the other one row is
/// made here, by the means of the window itself, and given to the copy. What comes of it is the same to the row and bit, and its counts.
///     It steps aside, and events go their own way, for some time where windows have few events, or keys seldom come again: between processors that share a cache an event
///     that finds its row costs a third to a half of what it would on its way to the copy, and there, one that makes a row twice as much, so
///     three of four should find theirs. Where fewer do, whole windows are combined, or the other way is faster: see CombiningWay.
///     Gather: a WindowAggregate on CombiningWindows. Block: CombinedRows.
template <typename Slot, typename Key, typename Gather, typename Block>
class CombiningExchange : public KeyedExchange<Slot, false, Key> {
    using Base = KeyedExchange<Slot, false, Key>;
    using V = value_t<decltype(Slot::event)>;
    using Shared = typename Block::Shared;

public:
    using Lines = std::vector<std::shared_ptr<BlockLine<Block>>>;

    /// may: whether it combines at all; may_wide: whether it may take the memory of a wide table for that
    CombiningExchange(Base base, Gather gather, Lines lines, const Clock& clock, bool may, bool may_wide)
        : Base(std::move(base)), gather_(std::move(gather)), lines_(std::move(lines)), clock_(&clock), drawn_(not clock.runs()),
          way_(drawn_ ? FasterWay::Pace::drawn(lines_.size()) : FasterWay::Pace::behind(lines_.size() * this->outs_.front().capacity()),
               drawn_ ? FasterWay::Pace::drawn(lines_.size() + 1) : FasterWay::Pace::of_windows(lines_.size() * this->outs_.front().capacity()), may_wide || drawn_),
          may_(may), combines_(may) {
        if (drawn_) rule_ = CombiningRule::drawn(lines_.size());
        look_at_ = rule_.trial;
    }

    template <typename Given>
    WEIR_INLINE void on_event(Given&& event) {
        if (not combines_) return Base::on_event(std::forward<Given>(event));
        this->take([&] {
            if constexpr (std::is_same_v<value_t<Given>, V>) gather_.on_event(std::forward<Given>(event), none_);
            else gather_.on_event(to_owned(std::forward<Given>(event)), none_);
        });
        if (this->arrived(0) >= look_at_) [[unlikely]] look();
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        if (not combines_) return Base::on_span(events);
        this->one_by_one(events, [this](auto&& event) { this->on_event(std::forward<decltype(event)>(event)); });
    }
    template <typename W>
        requires(Base::template takes<std::remove_const_t<W>>)
    std::size_t on_timed_span(TimedSpan<W> events) {
        if (not combines_) return Base::on_timed_span(events);
        const std::size_t n = events.values.size();
        this->arrive(n);
        gather(events);
        Base::on_watermark(events.last);
        if (gather_.settled().has_ended()) hand_over(events.last);
        if (combines_ && this->arrived(0) >= look_at_) look();
        return n;
    }
    void on_watermark(Timestamp t) {
        Base::on_watermark(t);
        if (not combines_) return;
        const bool ends = t >= gather_.due();
        gather_.on_watermark(t, none_);
        if (ends) [[unlikely]] hand_over(t);
    }

    // At a pause rows may stay: nothing comes of them in the copy before the watermark is at the end of their window.
    void on_idle() {
        hand_over();
        Base::on_idle();
    }
    void on_barrier(std::uint64_t epoch) {
        hand_over();
        Base::on_barrier(epoch);
    }
    void on_end() {
        hand_over();
        Base::on_end();
    }
    void marker(const LatencyMarker& marker) {
        hand_over();
        Base::marker(marker);
    }
    void end_step() {
        if (not combines_) Base::end_step();
    }
    void end_span() {
        if (may_ && this->arrived(0) >= way_.next()) [[unlikely]] choose();
        Base::end_span();
    }
    /// There is nothing to read: such times say nothing of which way is faster.
    void source_waits() {
        tell_late();
        way_.pause(this->arrived(0));
        follow();
    }
    void report(ReportWalk& walk, std::uint64_t) const {
        OperatorReport& row = this->fill(walk);
        if (combines_ || (may_ && drawn_)) row.plan += is_wide_ && not drawn_ ? ", combined before (wide)" : ", combined before"; // where the clock does not run no way is the faster one
    }

    [[nodiscard]] std::size_t room() const noexcept { return is_crowded() ? 0 : Base::room(); }
    [[nodiscard]] bool waits_for_room() {
        const bool waits = Base::waits_for_room();
        return waits || is_crowded();
    }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }

    void load(LoadWalk& walk) { // at a barrier nothing is kept here
        Base::load(walk);
        way_.begin_at(this->arrived(0));
        if (combines_) begin();
    }

private:
    /// A copy has more to do than it has begun, or, where a wide table is given by its rows, all together have as much as one has. One that has
    /// left needs nothing.
    [[nodiscard]] bool is_crowded() const noexcept {
        std::size_t waiting = 0;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (this->outs_[i].done()) continue;
            const std::size_t size = lines_[i]->size();
            if (size >= 2 && (Shared::is_safe || not is_wide_)) return true;
            waiting += size;
        }
        return waiting >= rule_.blocks(true, lines_.size());
    }

    template <typename W>
    void gather(TimedSpan<W> events) {
        if constexpr (Gather::takes_timed_span && std::is_same_v<std::remove_const_t<W>, V>) {
            gather_.on_timed_span(events, none_);
        } else {
            for (std::size_t i = 0; i < events.values.size(); ++i) {
                gather_.on_watermark(events.marks[i], none_);
                gather_.on_event(Event<V>{V(pass(events.values[i])), events.times[i]}, none_);
            }
            gather_.on_watermark(events.last, none_);
        }
    }

    [[gnu::noinline]] void look() {
        look_at_ = this->arrived(0) + rule_.trial;
        const std::uint64_t rows = gather_.settled().rows();
        if (not is_tried_ && (not is_wide_ || rows >= rule_.early)) {
            is_tried_ = true;
            if (not hits(is_wide_ ? (way_.is_timed() ? 1 : 8) : 4, rows)) return step_aside(); // wide: that of some 2 million keys, else 300 thousand
        }
        if (rows < (is_wide_ ? rule_.wide : rule_.rows)) return tell_late();
        if (is_wide_ && not hits(8, rows)) return step_aside(); // keys that come once: there is no need for more of them to know it
        hand_over();
    }
    /// Events that came too late are in no row: the copies learn of them at once.
    void tell_late() {
        if (not combines_) return;
        for (const auto& line : lines_)
            if (line->next().events != 0) return hand(min_time);
    }
    /// Whether of the events since first_, but for late ones, so many in 32 found their row; rows: that are here.
    [[nodiscard]] bool hits(std::uint64_t in_32, std::uint64_t rows) const noexcept {
        const std::uint64_t events = this->arrived(0) - first_ - (gather_.late() - first_late_);
        return 32 * (events - std::min(events, handed_ + rows - here_)) >= in_32 * events;
    }
    [[gnu::noinline]] void choose() {
        const std::uint64_t events = this->arrived(0);
        const Timestamp now = drawn_ ? Timestamp(Duration(static_cast<std::int64_t>(fold(events + 5, golden) >> 40U))) : clock_->now();
        if (not drawn_ && way_.leaves_wide() && is_behind()) return way_.still_leaves(events, now);
        way_.look(events, now);
        follow();
    }
    /// Whether a copy has not begun all that it was given.
    [[nodiscard]] bool is_behind() const noexcept {
        for (std::size_t i = 0; i < lines_.size(); ++i)
            if (lines_[i]->size() != 0 && not this->outs_[i].done()) return true;
        return false;
    }
    void follow() {
        const auto way = may_ ? way_.now() : CombiningWay::Way::apart;
        const bool combines = way != CombiningWay::Way::apart;
        if (combines != combines_ || (way == CombiningWay::Way::wide) != is_wide_) {
            if (combines_) hand();
            combines_ = combines;
            is_wide_ = way == CombiningWay::Way::wide;
            if (combines) begin();
        }
        if (way_.has_left_wide()) give_back();
    }
    void begin() {
        is_tried_ = false;
        handed_ = here_ = blocks_ = 0;
        first_ = this->arrived(0);
        first_late_ = gather_.late();
        if (drawn_) rule_ = CombiningRule::drawn(first_);
        look_at_ = first_ + rule_.trial;
        gather_.on_watermark(this->marks_.of_event(), none_);
    }
    void step_aside(bool seldom = true) {
        way_.give_up(this->arrived(0), seldom);
        follow();
    }
    /// Now and then it is looked at whether what was handed over was worth it.
    ///     until: of windows that end by then
    void hand_over(Timestamp until = max_time) {
        if (not combines_) return;
        hand(until);
        if (this->arrived(0) - first_ < (is_wide_ ? rule_.early : rule_.trial)) return; // what is new in a window comes at its begin
        const std::uint64_t rows = gather_.settled().rows();
        if (not hits(is_wide_ ? 8 : way_.is_timed() ? 16 : 24, rows)) return step_aside();
        if (not drawn_ && this->arrived(0) - first_ < rule_.block * blocks_) return step_aside(false);
        if (not is_wide_) way_.pays(hits(28, rows));
        handed_ = blocks_ = 0;
        here_ = rows;
        first_ = this->arrived(0);
        first_late_ = gather_.late();
    }
    /// What these windows have goes to the copies, with the watermark as it is now.
    [[gnu::noinline]] void hand(Timestamp until = max_time) {
        const auto copies = static_cast<std::uint32_t>(lines_.size());
        gather_.settled().drain([&](Timestamp start, Timestamp end, auto& rows) {
            handed_ += rows.size();
            if (share(start, end, rows)) return;
            for (std::uint32_t i = 0; i < rows.size(); ++i) {
                const std::uint32_t copy = copy_of_key(rows[i].key, copies);
                if (lines_[copy]->next().size() >= rule_.block_rows) put(copy, min_time); // the windows are not over yet
                lines_[copy]->next().add(start, end, rows.hash_of(i), rows[i].key, rows[i].value);
            }
        }, until);
        for (std::uint32_t i = 0; i < copies; ++i)
            if (not lines_[i]->next().empty()) put(i, this->marks_.of_event());
    }
    /// Gives many rows to all copies at once, for whose tables they are too many to be written twice; false: they go by blocks.
    template <typename Rows>
    bool share(Timestamp start, Timestamp end, Rows& rows) {
        if constexpr (not Shared::is_safe) {
            return false;
        } else {
            if (not is_wide_ || rows.size() <= rule_.block_rows) return false;
            const auto free = std::find_if(shared_.begin(), shared_.end(), [](const auto& one) { return not one || one->is_free(); });
            if (free == shared_.end()) return false; // as many as may wait, or more windows than these at once
            if (not *free) {
                const MemoryScope scope(rows.source()); // its table will be one of these
                *free = std::allocate_shared<Shared>(JobAllocator<Shared>());
                (*free)->rows.reserve(rows.size()); // the next window has as many, it may be
            }
            (*free)->rows.clear(); // here: there it would take the lines of its index, which they do not look at, from this processor
            (*free)->rows.swap(rows);
            const auto copies = static_cast<std::uint32_t>(lines_.size());
            (*free)->give(copies);
            for (std::uint32_t i = 0; i < copies; ++i) lines_[i]->next().share(start, end, *free, i, copies);
            return true;
        }
    }
    void give_back() {
        for (auto& shared : shared_) shared.reset();
    }
    /// Gives a copy its block; mark: the watermark behind it.
    void put(std::uint32_t copy, Timestamp mark) {
        Block& block = lines_[copy]->next();
        block.mark = mark;
        if (this->outs_[copy].done()) return block.clear(); // nobody will take it: it stays held
        lines_[copy]->put();
        lines_[copy]->next().clear();
        this->outs_[copy].block();
        ++blocks_;
    }

    Gather gather_;
    Lines lines_;
    std::array<std::shared_ptr<Shared>, CombiningRule::tables> shared_{};
    CombiningRule rule_{};
    End none_{}; // behind what is gathered
    std::uint64_t look_at_ = 0; // when so many events have arrived
    std::uint64_t first_ = 0;  // how many events had arrived when it was last worth it, or it began,
    std::uint64_t first_late_ = 0; // and of them too late:
    std::uint64_t here_ = 0;   // and how many rows were here;
    std::uint64_t handed_ = 0; // so many have gone to the copies since,
    std::uint64_t blocks_ = 0; // in so many blocks
    const Clock* clock_;
    bool drawn_;    // what else the clock decides
    CombiningWay way_;
    bool is_tried_ = false;
    bool is_wide_ = false;
    bool may_;
    bool combines_;
};

} // namespace weir::detail
