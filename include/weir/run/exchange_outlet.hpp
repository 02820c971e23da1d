// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/clock.hpp>
#include <weir/core/fetch_ahead.hpp>
#include <weir/core/key_groups.hpp>
#include <weir/run/marked_outlet.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// How long copies take for an event: tells how many make up a block.
class DealPace {
public:
    explicit DealPace(const Clock& clock) : clock_(clock) {}
    [[nodiscard]] const Clock& clock() const noexcept { return clock_; }

    void took(Duration time, std::uint64_t events) noexcept {
        if (events == 0) return;
        const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / events + 1;
        const std::uint64_t before = each_.load(std::memory_order_relaxed);
        each_.store(before == 0 ? now : (3 * before + now) / 4, std::memory_order_relaxed);
    }
    /// Events that take the copy about 50 us: a hand-over between threads costs far less, and no copy has much more to do than another.
    [[nodiscard]] std::size_t block() const noexcept {
        if (not clock_.runs()) return 3;
        const std::uint64_t each = each_.load(std::memory_order_relaxed);
        return each == 0 ? 1 : static_cast<std::size_t>(std::clamp<std::uint64_t>(50'000 / each, 1, 1024));
    }

private:
    const Clock& clock_;
    std::atomic<std::uint64_t> each_{0}; // nanoseconds; 0: not known
};

using Results = std::vector<std::shared_ptr<const std::atomic<std::uint64_t>>>;

/// Where the chain in front of copies ends: writes each event to the channel of one of them, and signals to all.
template <typename Slot, bool Merged>
class ExchangeOutlet : public OutletTraits {
public:
    static constexpr Hears hears{.idle = true, .own_mark = Merged};

    /// results: how many were taken of each copy; none: the copies end in sinks
    ExchangeOutlet(const std::vector<std::shared_ptr<Channel<Slot>>>& channels, std::uint32_t id, const std::string& name, Results results, std::string plan)
        : id_(id), plan_(std::move(plan)), results_(std::move(results)) {
        outs_.reserve(channels.size());
        for (const auto& channel : channels) outs_.emplace_back(channel, id, name);
    }

    void on_watermark(Timestamp t) {
        marks_.watermark(t);
        if constexpr (Merged) tell();
    }
    void on_own_mark(Timestamp t) { marks_.own_mark(t); }
    void on_idle() {
        tell();
        each([](auto& out) { out.on_idle(); });
    }
    void on_barrier(std::uint64_t epoch) {
        tell();
        each([epoch](auto& out) { out.on_barrier(epoch); });
    }
    void on_end() {
        tell();
        each([](auto& out) { out.on_end(); });
    }
    void end_span() {
        if (time_.has_come()) tell();
        each([](auto& out) { out.end_span(); });
    }
    /// Each goes through one of the copies, in turn.
    void marker(const LatencyMarker& marker) { outs_[marked_++ % outs_.size()].marker(marker); }
    void be_patient(bool by_time) noexcept {
        time_.be_patient(by_time);
        each([by_time](auto& out) { out.be_patient(by_time); });
    }
    /// The task will pause: what was put off is done now.
    void catch_up() {
        time_.pause();
        tell();
        each([](auto& out) { out.flush(); });
    }
    /// Its step is over, but there is more to come: nobody is woken who would find nothing but a watermark.
    void end_step() {
        if (not time_.comes_by_itself()) return catch_up();
        each([](auto& out) { out.flush(); });
    }
    /// The source may be long in giving the next event.
    void flush() {
        if (not marks_.show([this](Timestamp t) { each([t](auto& out) { out.flush_under(t); }); })) each([](auto& out) { out.flush(); });
    }
    bool resume() {
        bool all = true;
        each([&all](auto& out) { all &= out.resume(); });
        return all;
    }
    [[nodiscard]] bool done() const noexcept {
        for (const auto& out : outs_)
            if (not out.done()) return false;
        return true;
    }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return in_; }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return interrupted_; }
    void report(ReportWalk& walk, std::uint64_t) const { static_cast<void>(fill(walk)); }
    void save(SaveWalk& walk) const {
        walk.section(id_, [this](StateWriter& to) { save_own(to); });
    }
    void load(LoadWalk& walk) {
        walk.section(id_, [this](StateReader& from) { load_own(from); });
    }
    void attach(Task& task) noexcept {
        each([&task](auto& out) { out.attach(task); });
    }
    void give_up() {
        each([](auto& out) { out.give_up(); });
    }
    void leave() {
        each([](auto& out) { out.leave(); });
    }

protected:
    using Out = ChannelOutlet<Slot>;
    OperatorReport& fill(ReportWalk& walk) const {
        OperatorReport& row = walk.cleared_row(id_);
        row.in = in_;
        for (const auto& out : outs_) row.passed += out.taken();
        row.passed = std::min(row.passed, in_);
        for (const auto& taken : results_) row.out += taken->load(std::memory_order_relaxed);
        row.held = in_ - row.passed;
        row.plan = plan_;
        if (const std::uint64_t at = in_ - interrupted_ + 1; interrupted_ != 0) walk.thrown = {id_, at, at};
        return row;
    }
    void save_own(StateWriter& to) const {
        to.put(in_);
        marks_.save(to);
        for (const auto& out : outs_) out.save_own(to);
    }
    void load_own(StateReader& from) {
        from.get(in_);
        marks_.load(from);
        each([&from](auto& out) { out.load_own(from); });
    }
    template <typename Fn>
    void each(Fn&& fn) {
        for (Out& out : outs_) fn(out);
    }
    void tell() {
        marks_.tell([this](Timestamp t) { each([t](auto& out) { out.on_watermark(t); }); });
    }
    void arrive(std::size_t n) noexcept { in_ += n; }
    void interrupt(std::size_t n) noexcept { interrupted_ = n; }
    /// One event; write() gives it to a copy.
    template <typename Write>
    WEIR_INLINE void take(Write&& write) {
        ++in_;
        try {
            write();
        } catch (...) { // its key, or its copy: it is held here
            interrupted_ = 1;
            throw;
        }
    }
    /// What a span is where each event is given to take() by itself.
    template <typename Given, typename Give>
    void one_by_one(std::span<Given> events, const Give& give) {
        std::size_t begun = 0;
        try {
            while (begun != events.size()) give(pass(events[begun++]));
        } catch (...) {
            arrive(events.size() - begun);
            interrupt(events.size() - begun + 1);
            throw;
        }
    }
    template <typename Given>
    WEIR_INLINE void write(std::size_t to, Given&& event) {
        if constexpr (is_marked<Slot> && is_timed<Given>) {
            using E = decltype(Slot::event);
            if constexpr (std::is_same_v<E, std::remove_cvref_t<Given>> && std::is_trivially_copyable_v<E>) {
                // Made where it goes, and by its parts: a copy of the whole would have to wait for the stores that the event has just been made with.
                const auto make = [&event] { return E{event.value, event.time}; };
                if (outs_[to].build(std::in_place, make, marks_.of_event())) [[likely]] return;
            }
        }
        outs_[to].on_event(make_slot<Slot>(std::forward<Given>(event), marks_));
    }
    /// Says to the readers that we wait for them; true: one of them will wake us. Events that are left over wait for their rings alone.
    template <typename HasNoRoom>
    [[nodiscard]] bool waits(const HasNoRoom& has_no_room) {
        each([](auto& out) { out.announce(); });
        bool left_over = false;
        for (const Out& out : outs_) {
            if (not out.has_over() || out.done()) continue;
            if (out.in_ring() != out.capacity()) return false;
            left_over = true;
        }
        return left_over || has_no_room();
    }

    std::vector<Out> outs_;
    WrittenMarks<Merged> marks_{};
    TellingTime<> time_{};
    std::uint32_t id_;

private:
    std::uint64_t in_ = 0;
    std::uint64_t interrupted_ = 0;
    std::size_t marked_ = 0; // markers given
    std::string plan_;
    Results results_;
};

/// Each key has its copy. A copy that is slow, or whose keys come often, holds up those in front when its channel is full.
template <typename Slot, bool Merged, typename Key>
class KeyedExchange : public ExchangeOutlet<Slot, Merged> {
    using Base = ExchangeOutlet<Slot, Merged>;

public:
    template <typename V>
    static constexpr bool takes = std::is_invocable_v<const Key&, const V&>;

    KeyedExchange(const std::vector<std::shared_ptr<Channel<Slot>>>& channels, std::uint32_t id, const std::string& name, Results results, Key key)
        : Base(channels, id, name, std::move(results), "by key, " + std::to_string(channels.size()) + " copies"), key_(std::move(key)), n_(static_cast<std::uint32_t>(channels.size())) {}

    template <typename Given>
    void on_event(Given&& event) {
        this->take([&] {
            if constexpr (takes<value_t<Given>>) {
                this->write(copy_of(value_of(event)), std::forward<Given>(event));
            } else { // one that looks only at what owns its text
                auto owned = to_owned(std::forward<Given>(event));
                this->write(copy_of(value_of(owned)), std::move(owned));
            }
        });
    }
    static constexpr bool takes_span = true;
    template <typename Given>
    void on_span(std::span<Given> events) {
        if constexpr (takes<value_t<Given>>)
            write_to_copies<false>(events.size(), [&](std::size_t i) -> const auto& { return value_of(events[i]); },
                                   [&](std::size_t i, std::uint32_t to) { this->write(to, pass(events[i])); });
        else this->one_by_one(events, [this](auto&& event) { this->on_event(std::forward<decltype(event)>(event)); });
    }
    /// Times and marks beside the events: each is made where it goes.
    static constexpr bool takes_timed_span = is_marked<Slot> && not Merged;
    template <typename V>
        requires takes<std::remove_const_t<V>>
    std::size_t on_timed_span(TimedSpan<V> events) {
        using E = decltype(Slot::event);
        const std::size_t n = events.values.size();
        auto* const outs = this->outs_.data();
        write_to_copies<true>(n, [events](std::size_t i) -> const V& { return events.values[i]; }, [this, events, outs](std::size_t i, std::uint32_t to) {
            const auto make = [&value = events.values[i], time = events.times[i]] { return E{value_t<E>(pass(value)), time}; };
            if (outs[to].build(std::in_place, make, events.marks[i])) [[likely]] return;
            this->marks_.watermark(events.marks[i]);
            outs[to].on_event(Slot(std::in_place, make, events.marks[i]));
        });
        this->marks_.watermark(events.last);
        return n;
    }
    /// A channel takes a few more beside its ring, so that spans need not be cut for one that is nearly full. And none as long as it is: in
    /// step with the reader, a few events at a time, both would work for the same cache lines, and have no time for the other copies
    /// (measured: benchmarks/windows.cpp). The reader tells when half is free.
    [[nodiscard]] std::size_t room() const noexcept {
        std::size_t least = unlimited;
        for (const auto& out : this->outs_) {
            if (out.done()) continue;
            if (out.has_over()) return 0;
            least = std::min(least, out.room());
        }
        return least < std::clamp<std::size_t>(this->outs_.front().capacity() / 4, 1, Base::Out::enough) ? 0 : std::max(least, over);
    }
    [[nodiscard]] bool waits_for_room() {
        return this->waits([this] { return room() == 0; });
    }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }

private:
    static constexpr std::size_t over = 256;
    static constexpr std::size_t most = 128; // events of which the copies are found together
    static_assert(key_groups <= 65536);

    /// Finds the copies of some, and only then writes: else a processor reads the next key while it does not know yet where the event before
    /// goes, and may wait for that, in case it should be the same place (measured on AMD Zen 4: twice as long; benchmarks/windows.cpp).
    ///     value(i): of an event, for its key; write(i, copy): puts it there
    template <bool fetches, typename Value, typename Write>
    WEIR_INLINE void write_to_copies(std::size_t n, const Value& value, const Write& write) {
        std::array<std::uint16_t, most> to;
        std::size_t found = 0, written = 0;
        const auto write_found = [&] {
            try {
                for (; written != found; ++written) write(written, std::uint32_t{to[written % most]});
            } catch (...) { // it is held here, and what follows is not begun
                this->interrupt(n - written);
                throw;
            }
        };
        this->arrive(n);
        while (written != n) {
            try {
                for (const std::size_t last = std::min(n, written + most); found != last; ++found) {
                    if constexpr (fetches) fetch_ahead<true>(&value(found));
                    to[found % most] = static_cast<std::uint16_t>(copy_of(value(found)));
                }
            } catch (...) { // what stands before that key goes on
                write_found();
                this->interrupt(n - found);
                throw;
            }
            write_found();
        }
    }
    template <typename V>
    [[nodiscard]] WEIR_INLINE std::uint32_t copy_of(const V& value) const { return copy_of_key(std::invoke(key_, value), n_); }
    Key key_;
    std::uint32_t n_;
};

/// Blocks of events go to the copies in turn: to the next that has not two already, or, InOrder, strictly in turn, which is said behind each.
template <typename Slot, bool Merged, bool InOrder>
class DealingExchange : public ExchangeOutlet<Slot, Merged> {
    using Base = ExchangeOutlet<Slot, Merged>;

public:
    DealingExchange(const std::vector<std::shared_ptr<Channel<Slot>>>& channels, std::uint32_t id, const std::string& name, Results results, std::shared_ptr<DealPace> pace)
        : Base(channels, id, name, std::move(results), std::string(InOrder ? "in turn, results in order, " : "in turn, ") + std::to_string(channels.size()) + " copies"), pace_(std::move(pace)) {}

    template <typename Given>
    void on_event(Given&& event) {
        if (left_ == 0) begin_block();
        this->take([&] { this->write(at_, std::forward<Given>(event)); });
        if (--left_ == 0) end_block();
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        for (Given& event : events) on_event(pass(event));
    }
    void on_watermark(Timestamp t) {
        this->marks_.watermark(t);
        if constexpr (Merged) tell();
    }
    void on_idle() {
        tell();
        if constexpr (InOrder) this->outs_[at_].on_idle();
        else this->each([](auto& out) { out.on_idle(); });
    }
    void on_barrier(std::uint64_t epoch) {
        tell();
        Base::on_barrier(epoch);
    }
    void marker(const LatencyMarker& marker) { this->outs_[at_].marker(marker); }
    void on_end() {
        tell();
        if constexpr (InOrder) // it was for the copy whose turn it is; the last is for all of them
            if (this->marks_.told() == max_time) this->each([](auto& out) { out.on_watermark(max_time); });
        Base::on_end();
    }
    void end_span() {
        tell();
        this->each([](auto& out) { out.end_span(); });
    }
    void be_patient(bool) noexcept {} // what is dealt out in blocks is work for more than one of them at once
    void catch_up() noexcept {}
    void end_step() noexcept {}

    [[nodiscard]] std::size_t room() const noexcept {
        if (this->done()) return unlimited;
        for (const auto& out : this->outs_)
            if (out.has_over() && not out.done()) return 0;
        if (left_ != 0) return left_;
        const std::size_t block = block_now();
        return next(block) == none ? 0 : block;
    }
    [[nodiscard]] bool waits_for_room() {
        return this->waits([this] { return room() == 0; });
    }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }
    void save(SaveWalk& walk) const {
        walk.section(this->id_, [this](StateWriter& to) {
            this->save_own(to);
            to.put(at_);
            to.put(left_);
        });
    }
    void load(LoadWalk& walk) {
        walk.section(this->id_, [this](StateReader& from) {
            this->load_own(from);
            from.get(at_);
            from.get(left_);
        });
    }

private:
    static constexpr std::size_t none = unlimited;

    void tell() {
        if constexpr (InOrder) this->marks_.tell([this](Timestamp t) { this->outs_[at_].on_watermark(t); });
        else Base::tell();
    }
    [[nodiscard]] std::size_t block_now() const noexcept {
        return std::min(pace_->block(), std::max<std::size_t>(this->outs_.front().capacity() / 2, 1));
    }
    [[nodiscard]] static bool has_room(const typename Base::Out& out, std::size_t block) noexcept {
        return out.in_ring() + block <= std::min(2 * block, out.capacity());
    }
    /// The copy that gets the next block.
    [[nodiscard]] std::size_t next(std::size_t block) const noexcept {
        const std::size_t n = this->outs_.size();
        if constexpr (InOrder) return has_room(this->outs_[at_], block) || this->outs_[at_].done() ? at_ : none;
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t copy = (at_ + i) % n;
            if (not this->outs_[copy].done() && has_room(this->outs_[copy], block)) return copy;
        }
        return none;
    }
    void begin_block() {
        left_ = block_now();
        if (const std::size_t copy = next(left_); copy != none) at_ = copy; // else an operator gave more than there was room for
    }
    void end_block() {
        if constexpr (InOrder) this->outs_[at_].turn();
        at_ = (at_ + 1) % this->outs_.size();
    }

    std::shared_ptr<DealPace> pace_;
    std::size_t at_ = 0;   // the copy that has the block, or gets the next one
    std::size_t left_ = 0; // events that it has room for
};

} // namespace weir::detail
