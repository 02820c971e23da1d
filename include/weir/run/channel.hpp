// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fifo.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/queue.hpp>
#include <weir/run/figures.hpp>
#include <weir/run/lossy_ring.hpp>
#include <weir/run/peer_wait.hpp>
#include <weir/run/portion.hpp>
#include <weir/run/signal_lane.hpp>
#include <weir/run/wait.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Between two tasks: events in a ring, in place and in spans, and signals beside it with their positions.
template <typename E>
class Channel {
    const Overflow overflow_;
    const Wait wait_;

public:
    Channel(std::size_t capacity, Overflow overflow, Wait how = Wait::sleep)
        : overflow_(overflow), wait_(how), ring(capacity, overflow == Overflow::fail ? Overflow::block : overflow, memory_source) {
        if (discards()) lossy = std::make_unique<LossyRing<E>>(capacity, overflow);
    }
    [[nodiscard]] bool discards() const noexcept { return overflow_ == Overflow::drop_oldest || overflow_ == Overflow::keep_latest; }
    [[nodiscard]] Overflow overflow() const noexcept { return overflow_; }
    [[nodiscard]] Wait wait() const noexcept { return wait_; }

    /// A Claim of the ring that can be kept in an optional.
    struct HeldClaim {
        Claim<SpscQueue<E>> claim;
        HeldClaim(SpscQueue<E>& ring, std::size_t n) : claim(ring.claim(n)) {}
    };
    /// What the writing end keeps. Events that it builds in the claim without a look here are counted when that is looked at.
    struct Writer {
        std::optional<HeldClaim> claim;
        JobVector<E> over;       // what one event gave beyond the room there was
        Fifo<Signal> late_signals; // given behind some of those
        SomeSignals marks;         // behind events of the claim that are not published yet
        std::uint64_t placed = 0;  // of them so far
        std::string name;
        std::uint64_t in = 0;
        std::uint64_t dropped = 0;
        Portion<> portion;
        std::chrono::steady_clock::time_point woke{}; // the reader, when that need not be at once
        enum class Patience : unsigned char { none, some, much /**< no clock ends it */ } patience = Patience::none;
        bool fresh = false; // what the reader has not been told of, unless it was seen to wait
        bool full = false;  // waits for room
        bool end_said = false;
        bool failed = false; // it was full, by its policy
    };

    SpscQueue<E> ring;
    std::unique_ptr<LossyRing<E>> lossy; // instead of the ring where the policy drops what was written first
    SignalLane<> lane;      // a reader that finds nothing looks at it again and again,
    alignas(64) Writer out; // and the writer writes here for each event
    PeerWait reader; // each on a cache line of its own: what notifies looks at it all the time
    std::atomic<bool> reader_left{false};
    PeerWait writer;
    alignas(64) std::atomic<std::uint64_t> taken{0}; // by the reader: for the stage's row in the Report
    std::atomic<std::uint64_t> given{0};             // by the writer, where the reader reports
    std::atomic<std::uint64_t> most{0};              // events that the reader has found in it at once
    std::atomic<std::int64_t> watermark{min_time.time_since_epoch().count()}; // that the reader was told last

    /// What any thread can see of it, as it is now.
    [[nodiscard]] QueueFigures figures() const {
        const std::size_t fill = lossy ? lossy->size() : ring.size();
        return {ring.capacity(), fill, static_cast<std::size_t>(most.load(std::memory_order_relaxed)), Timestamp(Duration(watermark.load(std::memory_order_relaxed)))};
    }
};

/// What all ends of chains in channels have in common.
struct OutletTraits {
    static constexpr bool can_finish = false; // it may, when the readers leave; that is looked at once per span
    static constexpr bool bounded_room = true;
    static constexpr bool has_deadline = false;
    static constexpr bool can_suspend = false;
    static constexpr bool takes_span = false;
    void on_time(Timestamp) noexcept {} // the next task keeps its own deadlines
    void on_outcome(std::uint64_t, bool) noexcept {} // each task is told by itself
    [[nodiscard]] Timestamp deadline() const noexcept { return max_time; }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return 0; }
};

/// The writing end: where the chain of a task ends. The channel is kept by the reading end. Small and plain, so that the loop over a
/// span has it at hand (see on_local_copy).
template <typename E>
class ChannelOutlet : public OutletTraits {
    using Writer = typename Channel<E>::Writer;

public:
    static constexpr Hears hears{.idle = true, .own_mark = true};
    static constexpr std::size_t enough = 1024; // for a span: room for more need not be found

    ChannelOutlet(const std::shared_ptr<Channel<E>>& channel, std::uint32_t id, std::string name) : channel_(channel.get()), id_(id) {
        channel_->out.name = std::move(name);
    }

    template <typename Given>
    WEIR_INLINE void on_event(Given&& event) {
        // By value, so that a copy of this outlet that a loop has keeps them in registers.
        if (place_ == last_) [[unlikely]] std::tie(place_, last_) = make_room(*channel_, place_, last_);
        if (place_ != last_) [[likely]] {
            write(std::forward<Given>(event));
        } else if constexpr (std::is_trivially_copyable_v<std::remove_cvref_t<Given>> && std::is_copy_constructible_v<std::remove_cvref_t<Given>>) {
            auto copy = event; // or it would be written to the stack each time, for this reference
            find_no_room(*channel_, std::move(copy));
        } else {
            find_no_room(*channel_, std::forward<Given>(event));
        }
    }
    /// Makes an event of these where there is room at hand; false: that has to be looked for, by on_event.
    template <typename... Args>
    WEIR_INLINE bool build(Args&&... args) {
        if (place_ == last_) return false;
        std::construct_at(place_, std::forward<Args>(args)...);
        ++place_;
        return true;
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        for (Given& event : events) on_event(pass(event));
    }
    /// Copies the first events to where there is room for them, and gives how many: the others go one by one.
    template <typename Given>
        requires(std::is_same_v<std::remove_const_t<Given>, E> && std::is_trivially_copyable_v<E>)
    std::size_t put_block(std::span<Given> events) noexcept {
        std::size_t put = 0;
        while (put != events.size()) {
            if (place_ == last_) std::tie(place_, last_) = make_room(*channel_, place_, last_);
            const std::size_t n = std::min(events.size() - put, static_cast<std::size_t>(last_ - place_));
            if (n == 0) break;
            copy_in_order(events.data() + put, n, place_);
            place_ += n;
            put += n;
        }
        return put;
    }
    void on_watermark(Timestamp t) { mark(Signal::Kind::watermark, t); }
    void on_own_mark(Timestamp t) { mark(Signal::Kind::own_mark, t); }
    void on_idle() { signal({Signal::Kind::idle, 0, {}, 0}); }
    void on_barrier(std::uint64_t epoch) { signal({Signal::Kind::barrier, 0, {}, epoch}); }
    void on_end() { signal({Signal::Kind::end, 0, {}, 0}); }
    /// What came before has been handled, here and before.
    void marker(const LatencyMarker& marker) {
        if (not done()) signal(Signal::of(marker));
    }
    /// It is the next channel's turn, where several are read in turn.
    void turn() { signal({Signal::Kind::turn, 0, {}, 0}); }
    /// Here stands what goes to the reader by another way: see BlockLine.
    void block() { signal({Signal::Kind::block, 0, {}, 0}); }
    void end_span() {
        if (channel_->out.patience == Writer::Patience::none) return flush();
        Writer& out = channel_->out;
        if (place_ != nullptr && settle() != 0) publish();
        else if (out.fresh && is_time()) flush();
    }
    /// Whose task says before each pause that it will make one (by flush): to wake a reader costs as much as to process hundreds of events,
    /// so one that sleeps is left to it until there is something worth it, or for some time where time goes by.
    void be_patient(bool by_time) noexcept { channel_->out.patience = by_time ? Writer::Patience::some : Writer::Patience::much; }
    /// More may be long in coming: gives the reader what there is, and wakes it. The claim goes on.
    void flush() {
        Writer& out = channel_->out;
        out.portion.interrupted();
        if (place_ != nullptr && settle() != 0) publish();
        if (not out.fresh) return;
        out.fresh = false;
        channel_->reader.notify();
    }
    /// The same, behind a watermark that may be followed by another with the next event: where the reader does not wait, it costs no signal.
    void flush_under(Timestamp t) {
        Writer& out = channel_->out;
        out.portion.interrupted();
        if (place_ != nullptr && settle() != 0) publish();
        if (out.over.empty()) channel_->lane.reach(t); // else it stands behind events that are not in the ring yet
        out.fresh = false;
        channel_->reader.notify();
    }
    /// Puts what one event gave too much into the ring as room comes; true: nothing is left over.
    bool resume() {
        Writer& out = channel_->out;
        if (done()) { // nobody will take them: they stay held
            out.placed += out.over.size();
            out.over.clear();
        }
        std::size_t placed = 0;
        for (;; ++placed, ++out.placed, --out.in) { // each signal behind the events that it stood behind; built again, it counts again
            while (not out.late_signals.empty() && out.late_signals.front().at <= out.placed) {
                const Signal signal = out.late_signals.front();
                out.late_signals.pop_front();
                put(signal);
            }
            if (placed == out.over.size() || not place(std::move(out.over[placed]))) break;
        }
        const auto first = out.over.begin() + static_cast<std::ptrdiff_t>(placed);
        if constexpr (std::is_move_assignable_v<E>) out.over.erase(out.over.begin(), first);
        else JobVector<E>(std::make_move_iterator(first), std::make_move_iterator(out.over.end()), out.over.get_allocator()).swap(out.over);
        end_span();
        if (out.over.empty() && room() != 0) return true;
        // Look again after saying so: the reader may have made room in between.
        channel_->writer.announce();
        return out.over.empty() && room() == 0; // nothing is unfinished; the task sees that there is no room
    }
    /// Tells the reader that we wait for it; true: it will wake us.
    [[nodiscard]] bool waits_for_room() {
        channel_->writer.announce();
        return channel_->out.full = room() == 0 && in_ring() == capacity() && not done(); // events left over wait for the ring too
    }
    /// After that: whether there is room now.
    [[nodiscard]] bool has_room_again() const { return channel_->out.full && (channel_->ring.room(1) != 0 || done()); }
    /// For who has several: says that we wait for the reader of this one.
    void announce() noexcept { channel_->writer.announce(); }
    /// What one event gave beyond the room there was is still here.
    [[nodiscard]] bool has_over() const noexcept { return not channel_->out.over.empty(); }
    /// Events that wait in the ring.
    [[nodiscard]] std::size_t in_ring() const noexcept { return channel_->ring.size() + in_claim(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return channel_->ring.capacity(); }
    /// Events that the reader has taken.
    [[nodiscard]] std::uint64_t taken() const noexcept { return channel_->taken.load(std::memory_order_relaxed); }
    [[nodiscard]] Wait wait() const noexcept { return channel_->wait(); }
    [[nodiscard]] bool done() const noexcept { return channel_->reader_left.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t room() const noexcept {
        if (channel_->overflow() != Overflow::block) return unlimited;
        const std::size_t left = channel_->out.over.empty() ? channel_->ring.room(enough) - in_claim() : 0;
        return left == 0 && done() ? unlimited : left; // what nobody takes needs no room
    }
    [[nodiscard]] std::uint64_t interrupted() const noexcept { return channel_->out.failed; }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return channel_->out.in + uncounted(); }

    void report(ReportWalk& walk, std::uint64_t) const {
        const std::uint64_t in = arrived(0), dropped = channel_->out.dropped;
        OperatorReport& row = walk.cleared_row(id_);
        row.in = in;
        row.dropped(Drop::overflow) = dropped;
        row.out = row.passed = std::min(taken(), in - dropped);
        row.held = in - dropped - row.passed;
        if (channel_->out.failed) walk.thrown = {id_, in, in};
    }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }
    void save(SaveWalk& walk) const {
        walk.section(id_, [this](StateWriter& to) { save_own(to); });
    }
    void load(LoadWalk& walk) {
        walk.section(id_, [this](StateReader& from) { load_own(from); });
    }
    void save_own(StateWriter& to) const {
        to.put(arrived(0));
        to.put(channel_->out.dropped);
    }
    void load_own(StateReader& from) {
        from.get(channel_->out.in);
        from.get(channel_->out.dropped);
    }

    void attach(Task& task) noexcept { channel_->writer.attach(task); }
    /// The task has thrown: what was not published yet never will be.
    void give_up() { give_up_claim(); }
    /// The task has ended, by itself or not: the reader must not wait for more.
    void leave() {
        give_up_claim();
        if (not channel_->out.end_said) signal({Signal::Kind::end, 0, {}, 0});
    }

private:
    ChannelOutlet(Channel<E>& channel, E* place, E* last) noexcept : channel_(&channel), place_(place), last_(last) {}

    template <typename Given>
    WEIR_INLINE void write(Given&& event) {
        if constexpr (std::is_same_v<owned_t<Given>, std::remove_cvref_t<Given>>) std::construct_at(place_, std::forward<Given>(event));
        else std::construct_at(place_, to_owned(std::forward<Given>(event)));
        ++place_;
    }
    template <typename Given>
    bool place(Given&& event) {
        if (place_ == last_ && not open_claim()) return false;
        write(std::forward<Given>(event));
        return true;
    }
    /// Where the next events go; nowhere: the same twice.
    [[gnu::noinline]] static std::pair<E*, E*> make_room(Channel<E>& channel, E* place, E* last) noexcept {
        ChannelOutlet self(channel, place, last);
        if (not channel.lossy && channel.out.over.empty()) self.open_claim();
        return {self.place_, self.last_};
    }
    template <typename Given>
    [[gnu::noinline]] static void find_no_room(Channel<E>& channel, Given&& event) {
        Writer& out = channel.out;
        ++out.in;
        if (channel.lossy) {
            const auto [dropped, first] = channel.lossy->put(to_owned(std::forward<Given>(event)));
            if (dropped != 0) channel.lane.close_gap(first);
            out.dropped += dropped;
            out.fresh = true;
            return;
        }
        if (channel.reader_left.load(std::memory_order_acquire)) return; // nobody will: it stays held
        switch (channel.overflow()) {
        case Overflow::drop_newest: ++out.dropped; return;
        case Overflow::fail:
            out.failed = true;
            throw QueueFull(out.name + ": the queue is full and its overflow policy is fail");
        default: out.over.push_back(to_owned(std::forward<Given>(event))); // one event gave more than there was room for
        }
    }
    bool open_claim() {
        Writer& out = channel_->out;
        if (place_ != nullptr && settle() != 0 && publish()) out.portion.done();
        place_ = last_ = nullptr;
        out.claim.emplace(channel_->ring, out.portion.size());
        if (out.claim->claim.is_full()) return out.claim.reset(), false;
        place_ = out.claim->claim.next();
        last_ = place_ + out.claim->claim.room();
        make_ready();
        return true;
    }
    /// The reader has been at these places a lap ago: their cache lines come from its processor all at a time, and not one by one as
    /// they are written. Of large events the first: what is too far ahead would be gone again.
    void make_ready() const noexcept {
        const char* const first = reinterpret_cast<const char*>(place_);
        const std::size_t bytes = std::min<std::size_t>(static_cast<std::size_t>(reinterpret_cast<const char*>(last_) - first), 2048);
        for (std::size_t at = 0; at < bytes; at += 64) StdAtomics::fetch_for_write(first + at);
    }
    /// Tells the claim what was built in it; how much waits there to be published.
    std::size_t settle() {
        Writer& out = channel_->out;
        const std::uint64_t n = uncounted();
        out.in += n;
        out.claim->claim.built(static_cast<std::size_t>(n));
        return out.claim->claim.size();
    }
    bool publish() {
        if (SomeSignals& marks = channel_->out.marks; not marks.empty()) { // before their events: who counts these has their marks
            channel_->lane.put(marks.all());
            marks.clear();
        }
        if (channel_->out.claim->claim.publish_some() == 0) return give_up_claim(), false; // the reader has left
        channel_->out.fresh = not(is_time() && channel_->reader.notify_if_seen()); // woken, it may be through, and wait again, before we go on here
        return true;
    }
    /// To wake the reader, if it sleeps.
    [[nodiscard]] bool is_time() {
        Writer& out = channel_->out;
        if (out.patience == Writer::Patience::none || not channel_->reader.is_seen() || 2 * channel_->ring.size() >= channel_->ring.capacity()) return true;
        if (out.patience == Writer::Patience::much) return false;
        const auto now = StdAtomics::now();
        if (now - out.woke < std::chrono::microseconds(50)) return false;
        out.woke = now;
        return true;
    }
    void give_up_claim() {
        if (place_ != nullptr) settle();
        place_ = last_ = nullptr;
        channel_->out.claim.reset();
        channel_->out.marks.clear();
    }
    [[nodiscard]] std::uint64_t uncounted() const noexcept {
        return place_ != nullptr ? static_cast<std::uint64_t>(place_ - channel_->out.claim->claim.next()) : 0;
    }
    [[nodiscard]] std::size_t in_claim() const noexcept {
        return place_ != nullptr ? channel_->out.claim->claim.size() + static_cast<std::size_t>(uncounted()) : 0;
    }
    void signal(Signal signal) {
        Writer& out = channel_->out;
        if (out.over.empty()) return put(signal);
        signal.at = out.placed + out.over.size(); // behind events that are not in the ring yet
        out.late_signals.push_back(signal);
    }
    void put(Signal signal) {
        if (place_ != nullptr && settle() != 0) publish();
        signal.at = channel_->lossy ? channel_->lossy->written() : channel_->ring.pushed();
        channel_->out.end_said |= signal.kind == Signal::Kind::end;
        channel_->lane.put(signal);
        channel_->out.fresh = false;
        channel_->reader.notify();
    }

    /// Of a watermark that rises with each event each needs to be there no sooner than the event before it.
    void mark(Signal::Kind kind, Timestamp t) {
        Writer& out = channel_->out;
        if (place_ != nullptr && out.over.empty()) {
            if (const std::size_t unpublished = in_claim(); unpublished != 0) {
                if (out.marks.empty()) channel_->lane.make_room(out.marks.most); // to publish them asks for no memory, and cannot fail
                if (out.marks.add(kind, channel_->ring.pushed() + unpublished, t)) return;
            }
        }
        signal({kind, 0, t, 0});
    }

    Channel<E>* channel_;
    E* place_ = nullptr; // where in the claim the next event goes, without a look at the rest
    E* last_ = nullptr;
    std::uint32_t id_ = 0;
};

} // namespace weir::detail
