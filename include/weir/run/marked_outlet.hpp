// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/channel.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What travels between the tasks of parallel: where events have times, each with the watermark before it, so that a watermark that
/// rises with each event costs no signal for each.
template <typename S>
using slot_t = std::conditional_t<S::timed, Marked<owned_t<typename S::event>>, owned_t<typename S::event>>;
template <typename>
inline constexpr bool is_marked = false;
template <typename E>
inline constexpr bool is_marked<Marked<E>> = true;

/// The marks of a stream, where it is written to such channels.
///     Merged: its events have marks of their own, which may be ahead of its watermark; that is told by signals then.
template <bool Merged>
class WrittenMarks {
public:
    void watermark(Timestamp t) noexcept { mark_ = std::max(mark_, t); }
    void own_mark(Timestamp t) noexcept { own_ = t; }
    /// Of an event that is written now.
    [[nodiscard]] Timestamp of_event() const noexcept {
        if constexpr (Merged) return std::max(own_, mark_);
        else return mark_;
    }
    [[nodiscard]] Timestamp told() const noexcept { return told_; }
    /// Calls tell(watermark) if it has not been told.
    template <typename Tell>
    void tell(Tell&& tell) {
        if (told_ >= mark_) return;
        told_ = mark_;
        tell(mark_);
    }
    /// Calls show(watermark) if it has not been told or shown. It is still to be told: what is shown stands before no barrier.
    template <typename Show>
    bool show(Show&& show) {
        if (std::max(told_, shown_) >= mark_) return false;
        shown_ = mark_;
        show(mark_);
        return true;
    }
    void save(StateWriter& to) const {
        to.put(mark_);
        to.put(own_);
        to.put(told_);
    }
    void load(StateReader& from) {
        from.get(mark_);
        from.get(own_);
        from.get(told_);
    }

private:
    Timestamp mark_ = min_time;
    Timestamp own_ = min_time;
    Timestamp told_ = min_time;
    Timestamp shown_ = min_time;
};

/// Of a task that says before each pause that it will make one: whether it is time to tell others how far the stream is, though no event
/// says it. (They have nothing to do but to look at it, and are woken for it, which takes time from those that have: so one that is busy
/// for long tells it at longer and longer intervals, up to a millisecond.)
template <typename Atomics = StdAtomics>
class TellingTime {
public:
    void be_patient(bool by_time) noexcept {
        patient_ = true;
        by_time_ = by_time;
    }
    [[nodiscard]] bool has_come() noexcept {
        if (not patient_ || not by_time_) return not patient_;
        const auto now = Atomics::now();
        if (now - told_ < interval_) return false;
        told_ = now;
        interval_ = std::min(2 * interval_, longest);
        return true;
    }
    /// All has been told: there is a pause.
    void pause() noexcept { interval_ = shortest; }
    /// Whether a time will come, and need not be looked for at the end of each step.
    [[nodiscard]] bool comes_by_itself() const noexcept { return patient_ && by_time_; }

private:
    static constexpr std::chrono::microseconds shortest{100};
    static constexpr std::chrono::microseconds longest{1000};

    std::chrono::steady_clock::time_point told_{};
    std::chrono::microseconds interval_ = shortest;
    bool patient_ = false;
    bool by_time_ = true; // else never
};

template <typename Slot, typename Given, bool Merged>
WEIR_INLINE auto make_slot(Given&& event, const WrittenMarks<Merged>& marks) {
    if constexpr (is_marked<Slot>) return Slot(to_owned(std::forward<Given>(event)), marks.of_event());
    else return to_owned(std::forward<Given>(event));
}

/// Where the chain of a copy ends: writes its events, with their marks, to the task that collects, which also reports them.
template <typename Slot, bool Merged>
class MarkedOutlet : public OutletTraits {
public:
    static constexpr Hears hears{.idle = true, .own_mark = Merged};

    MarkedOutlet(std::shared_ptr<Channel<Slot>> channel, const std::string& name) : channel_(channel), out_(std::move(channel), 0, name), name_(name) {}

    template <typename Given>
    void on_event(Given&& event) { out_.on_event(make_slot<Slot>(std::forward<Given>(event), marks_)); }
    /// Events may be made where they go, by make().
    static constexpr bool makes_in_place = is_marked<Slot>;
    template <typename Make>
    WEIR_INLINE void on_made(const Make& make) {
        if (out_.build(std::in_place, make, marks_.of_event())) [[likely]] return;
        out_.on_event(Slot(std::in_place, make, marks_.of_event()));
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        for (Given& event : events) on_event(pass(event));
    }
    void on_watermark(Timestamp t) {
        marks_.watermark(t);
        if constexpr (Merged) tell();
    }
    void on_own_mark(Timestamp t) { marks_.own_mark(t); }
    void on_idle() {
        tell();
        out_.on_idle();
    }
    void on_barrier(std::uint64_t epoch) {
        tell();
        out_.on_barrier(epoch);
    }
    void on_end() {
        tell();
        out_.on_end();
    }
    void turn() {
        tell();
        out_.turn();
    }
    void marker(const LatencyMarker& marker) { out_.marker(marker); }
    void end_span() {
        if (time_.has_come()) tell();
        out_.end_span();
        count();
    }
    void be_patient(bool by_time) noexcept {
        time_.be_patient(by_time);
        out_.be_patient(by_time);
    }
    /// The task will pause: what was put off is done now.
    void catch_up() {
        time_.pause();
        tell();
        out_.flush();
        count();
    }
    /// Its step is over, but there is more to come: nobody is woken who would find nothing but a watermark.
    void end_step() {
        if (not time_.comes_by_itself()) return catch_up();
        out_.flush();
        count();
    }
    bool resume() { return out_.resume(); }
    [[nodiscard]] bool waits_for_room() { return out_.waits_for_room(); }
    [[nodiscard]] bool done() const noexcept { return out_.done(); }
    [[nodiscard]] std::size_t room() const noexcept { return out_.room(); }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t given) const noexcept { return out_.arrived(given); }
    void report(ReportWalk&, std::uint64_t) const { count(); }
    template <typename Fn>
    void for_each_outlet(Fn&& fn) { fn(*this); }
    void save(SaveWalk& walk) const {
        walk.section(name_, [this](StateWriter& to) {
            out_.save_own(to);
            marks_.save(to);
        });
    }
    void load(LoadWalk& walk) {
        walk.section(name_, [this](StateReader& from) {
            out_.load_own(from);
            marks_.load(from);
        });
        count();
    }
    void attach(Task& task) noexcept { out_.attach(task); }
    void give_up() { out_.give_up(); }
    void leave() {
        tell();
        out_.leave();
    }

private:
    void tell() {
        marks_.tell([this](Timestamp t) { out_.on_watermark(t); });
    }
    void count() const noexcept { channel_->given.store(out_.arrived(0), std::memory_order_relaxed); }

    std::shared_ptr<Channel<Slot>> channel_;
    ChannelOutlet<Slot> out_;
    std::string name_;
    WrittenMarks<Merged> marks_{};
    TellingTime<> time_{};
};

} // namespace weir::detail
