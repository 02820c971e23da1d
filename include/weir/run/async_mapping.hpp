// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/rejecting.hpp>
#include <weir/run/async_calls.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// The limits of async_map.
struct CallLimits {
    std::size_t calls;
    Duration timeout;
};

/// The running form of async_map. Each event has a slot until its result has gone on. The stream is kept as segments: the events of one
/// may go on in any order, behind it go its signals. Where order is kept each event is a segment of its own.
/// It gives only in resume(), with which each step of its task begins; an answer brings such a step about.
template <typename E, typename R, typename Errors, typename Calls, bool IsOrdered>
class AsyncMapping : public Rejecting<AsyncMapping<E, R, Errors, Calls, IsOrdered>, Errors> {
    using Base = Rejecting<AsyncMapping, Errors>;
    friend Base;

public:
    static constexpr bool bounded_room = true;
    /// That each event takes that is kept.
    static consteval std::size_t bytes_of_event() { return sizeof(Slot) + 2 * sizeof(std::size_t) + sizeof(Segment); }

    AsyncMapping(Calls calls, std::shared_ptr<Answers<R>> answers, Errors errors, const Clock& clock, CallLimits limits, std::shared_ptr<std::uint64_t> shown)
        : Base(std::move(errors)), calls_(std::move(calls)), answers_(std::move(answers)), clock_(&clock), limits_(limits), shown_(std::move(shown)) {}
    AsyncMapping(AsyncMapping&&) = default;
    AsyncMapping& operator=(AsyncMapping&&) = delete;
    ~AsyncMapping() {
        if (answers_) leave();
    }

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        keep(to_owned(std::forward<Given>(event)), ++this->number_, own_mark_, IsOrdered);
        start_waiting();
    }

    template <typename Next>
    bool resume(Next& next) {
        looked_ = true;
        const bool through = this->errors_.branch().resume();
        take_answers();
        look_at_clock();
        const bool all = give(next);
        lacks_room_ = Base::room(next) == 0;
        start_waiting();
        if (ending_ && (segments_.empty() || next.done())) {
            ending_ = false;
            give_last_mark(next);
            Base::signal({SignalValue::Kind::end, false, {}, 0}, next);
        }
        return through && all && not ending_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const {
        const std::size_t calls = in_flight_ + waiting_.size();
        const std::size_t kept = slots_.size() - free_.size();
        if (ending_ || calls >= limits_.calls || kept >= most_kept()) return 0;
        return std::min({Base::room(next), limits_.calls - calls, most_kept() - kept});
    }
    [[nodiscard]] Timestamp deadline() const { return std::min<Timestamp>(due_, this->errors_.branch().deadline()); }
    /// Not where what follows is not through: then nothing is looked at here.
    [[nodiscard]] Timestamp resume_at() const { return std::min<Timestamp>(looked_ ? due_ : max_time, Base::resume_at()); }

    // To its task it is an outlet too: one that answers come from.
    void attach(Task& task) { answers_->attach(task); }
    /// Where what follows is not through, or has no room, its outlets say whether that is still so: room may have come since.
    [[nodiscard]] bool waits_for_room() noexcept {
        if (not std::exchange(looked_, false) || lacks_room_) return false;
        return in_flight_ != 0 || (stuck_ != 0 && not waiting_.empty()); // a late answer is one, too
    }
    void leave() {
        answers_->close();
        calls_.close();
    }
    /// A latency marker has come: it waits for the events that are here now.
    void watch() noexcept {
        watched_ = this->number_;
        watched_left_ = slots_.size() - free_.size();
    }
    [[nodiscard]] bool keeps_watched() const noexcept { return watched_left_ != 0; }
    template <typename OnOutlet>
    void for_each_outlet(OnOutlet&& fn) {
        Base::for_each_outlet(fn);
        fn(*this);
    }

    void report(OperatorReport& row) const {
        Base::report(row);
        *shown_ = std::max(*shown_, row.in);
        row.held = slots_.size() - free_.size() + (*shown_ - row.in); // also what waits in front of it
        row.in = *shown_;
    }
    void save(StateWriter& to) const {
        Base::save(to);
        to.put(own_mark_);
        to.put(own_sent_);
        to.put(segments_.size());
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            const std::vector<std::size_t> events = events_of(first_segment_ + i);
            to.put(events.size());
            for (const std::size_t at : events) {
                to.put(*slots_[at].event);
                to.put(slots_[at].number);
                to.put(slots_[at].own_mark);
            }
            to.put(segments_.at(i).mark);
            to.put(segments_.at(i).idle);
        }
    }
    /// Its calls are made again.
    void load(StateReader& from) {
        Base::load(from);
        from.get(own_mark_);
        from.get(own_sent_);
        for (auto segments = from.get<std::size_t>(); segments > 0; --segments) {
            begin_segment();
            for (auto events = from.get<std::size_t>(); events > 0; --events) {
                E event = from.get<E>();
                const auto number = from.get<std::uint64_t>();
                keep(std::move(event), number, from.get<Timestamp>(), false);
            }
            from.get(segments_.back().mark);
            from.get(segments_.back().idle);
        }
    }

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    struct Slot {
        enum class State : unsigned char { waiting, called, backing_off, done };
        State state = State::waiting;
        unsigned tries = 0;
        std::optional<E> event{};
        typename Answers<R>::Place answer{}; // it stays where it came: each move of a result may throw
        std::exception_ptr error{};          // of a call that has failed
        std::uint64_t number = 0;  // of the event
        std::uint64_t call = 0;    // the latest; what earlier ones answer comes too late
        std::uint64_t segment = 0; // its number
        std::size_t next = none;   // of those done in the segment
        Timestamp own_mark{};
        Timestamp due{}; // of a timeout, or of the next try
    };
    struct Segment {
        std::size_t open = 0; // events that have not gone on
        std::size_t first_done = none;
        std::size_t last_done = none;
        std::optional<Timestamp> mark{};
        bool idle = false;
    };

    /// Finished ones wait for their turn behind slow ones: so many, that few callers must be idle meanwhile.
    [[nodiscard]] std::size_t most_kept() const noexcept { return std::min(limits_.calls, std::numeric_limits<std::size_t>::max() / 4) * 4; }

    void begin_segment() { segments_.push_back() = Segment{}; }
    Segment& segment(std::uint64_t number) { return segments_.back(static_cast<std::size_t>(first_segment_ + segments_.size() - 1 - number)); }

    void keep(E event, std::uint64_t number, Timestamp own_mark, bool alone) {
        if (not segments_.empty()) segments_.back().idle = false; // this one came behind it
        if (alone || segments_.empty() || segments_.back().mark) begin_segment();
        if (free_.empty()) {
            slots_.emplace_back();
            free_.push_back(slots_.size() - 1);
        }
        const std::size_t at = free_.back();
        waiting_.push_back(at);
        free_.pop_back();
        Slot& slot = slots_[at];
        slot.event.emplace(std::move(event));
        slot.number = number;
        slot.own_mark = own_mark;
        slot.state = Slot::State::waiting;
        slot.tries = this->errors_.tries();
        slot.segment = first_segment_ + segments_.size() - 1;
        ++segments_.back().open;
    }
    [[nodiscard]] std::vector<std::size_t> events_of(std::uint64_t segment) const {
        std::vector<std::size_t> events;
        for (std::size_t at = 0; at < slots_.size(); ++at)
            if (slots_[at].event && slots_[at].segment == segment) events.push_back(at);
        std::sort(events.begin(), events.end(), [this](std::size_t a, std::size_t b) { return slots_[a].number < slots_[b].number; });
        return events;
    }

    void start_waiting() {
        while (in_flight_ + stuck_ < limits_.calls && not waiting_.empty()) {
            const std::size_t at = waiting_.front();
            waiting_.pop_front();
            ++in_flight_;
            start(at);
        }
    }
    void start(std::size_t at) {
        Slot& slot = slots_[at];
        slot.state = Slot::State::called;
        slot.call = ++call_;
        slot.due = limits_.timeout == Duration::max() ? max_time : saturating_add(clock_->now(), limits_.timeout);
        due_ = std::min(due_, slot.due);
        calls_.start(at, slot.call, *slot.event, answers_);
    }
    void take_answers() {
        answers_->take(taken_);
        for (auto& answer : taken_) {
            Slot& slot = slots_[answer->slot];
            if (slot.call != answer->call || slot.state != Slot::State::called) { // it came too late
                stuck_ -= std::min<std::size_t>(stuck_, 1);
                continue;
            }
            if (not answer->outcome) {
                failed(answer->slot, abandoned());
            } else if (not *answer->outcome) {
                failed(answer->slot, answer->outcome->error());
            } else {
                finish(answer->slot, nullptr);
                std::swap(slot.answer, answer); // the empty place of one before, if any, goes back
            }
        }
        answers_->give_back(taken_);
    }
    void failed(std::size_t at, std::exception_ptr error) {
        Slot& slot = slots_[at];
        if (slot.tries == 0) return finish(at, std::move(error));
        --slot.tries;
        slot.state = Slot::State::backing_off;
        slot.due = saturating_add(clock_->now(), this->errors_.backoff());
        due_ = std::min(due_, slot.due);
    }
    void finish(std::size_t at, std::exception_ptr error) {
        Slot& slot = slots_[at];
        slot.error = std::move(error);
        slot.state = Slot::State::done;
        slot.next = none;
        --in_flight_;
        Segment& own = segment(slot.segment);
        (own.last_done == none ? own.first_done : slots_[own.last_done].next) = at;
        own.last_done = at;
    }
    /// Calls that have taken too long, and those to be made once more.
    void look_at_clock() {
        if (due_ == max_time) return;
        const Timestamp now = clock_->now();
        if (now < due_) return;
        due_ = max_time;
        for (std::size_t at = 0; at < slots_.size(); ++at) {
            Slot& slot = slots_[at];
            if (not slot.event || (slot.state != Slot::State::called && slot.state != Slot::State::backing_off)) continue;
            if (slot.due > now) {
                due_ = std::min(due_, slot.due);
            } else if (slot.state == Slot::State::backing_off) {
                if (in_flight_ + stuck_ <= limits_.calls) {
                    start(at);
                } else { // no caller is free: its time does not begin
                    slot.state = Slot::State::waiting;
                    waiting_.push_back(at);
                    --in_flight_;
                }
            } else {
                if (not calls_.cancel(slot.call)) ++stuck_;
                failed(at, std::make_exception_ptr(TimedOut("no answer within " + text_of_timeout())));
            }
        }
    }
    [[nodiscard]] std::string text_of_timeout() const {
        const auto n = limits_.timeout.count();
        return n % 1'000'000 == 0 ? std::to_string(n / 1'000'000) + " ms" : std::to_string(n) + " ns";
    }

    /// Gives what may go on; false where there was no room for all of it.
    template <typename Next>
    bool give(Next& next) {
        while (not segments_.empty()) {
            while (segments_.front().first_done != none) {
                if (next.done()) return true;
                if (Base::room(next) == 0) return false;
                const std::size_t at = segments_.front().first_done;
                if (slots_[at].error) reject(at);
                else give(at, next);
            }
            if (segments_.front().open != 0) return true;
            const Segment over = segments_.front();
            segments_.pop_front();
            ++first_segment_;
            if (over.mark) Base::signal({SignalValue::Kind::watermark, false, *over.mark, 0}, next);
            if (over.idle) pass_idle(next);
        }
        return true;
    }
    /// Where what follows needs no more events, those that are kept stand in the way of no mark.
    template <typename Next>
    void give_last_mark(Next& next) {
        std::optional<Timestamp> last{};
        for (std::size_t i = 0; i < segments_.size(); ++i) {
            const std::optional<Timestamp> mark = std::exchange(segments_.at(i).mark, std::nullopt);
            if (mark) last = std::max(last.value_or(min_time), *mark);
            segments_.at(i).idle = false;
        }
        if (last) Base::signal({SignalValue::Kind::watermark, false, *last, 0}, next);
    }
    template <typename Next>
    void give(std::size_t at, Next& next) {
        Slot& slot = slots_[at];
        bool is_made = false;
        try {
            auto event = with_value(*slot.event, **std::move(slot.answer->outcome));
            is_made = true;
            if (slot.own_mark != own_sent_) {
                own_sent_ = slot.own_mark;
                Base::signal({SignalValue::Kind::own_mark, false, own_sent_, 0}, next);
            }
            release(at);
            next.on_event(std::move(event));
        } catch (...) {
            if (is_made) throw;
            slot.answer->outcome.reset();
            unlink(slot);
            ++in_flight_;
            failed(at, std::current_exception());
        }
    }
    void reject(std::size_t at) {
        Slot& slot = slots_[at];
        const std::uint64_t before = this->errors_.rejected();
        try {
            this->errors_.reject(std::move(*slot.event), slot.error, slot.number);
        } catch (...) {
            if (this->errors_.rejected() != before) release(at); // else it counts as held
            throw;
        }
        release(at);
    }
    void release(std::size_t at) {
        Slot& slot = slots_[at];
        if (slot.number <= watched_) --watched_left_;
        unlink(slot);
        --segments_.front().open;
        free_.push_back(at);
        if (slot.answer) slot.answer->outcome.reset();
        slot.error = nullptr;
        slot.event.reset();
    }
    /// The first that is done is not, or no more.
    void unlink(const Slot& slot) {
        Segment& first = segments_.front();
        first.first_done = slot.next;
        if (slot.next == none) first.last_done = none;
    }

    template <typename Next>
    void pass_idle(Next& next) { send({SignalValue::Kind::idle, false, {}, 0}, next); }
    template <typename Next>
    void signal(const SignalValue& signal, Next& next) {
        using Kind = SignalValue::Kind;
        if (signal.kind == Kind::own_mark) {
            own_mark_ = signal.time;
        } else if (signal.kind == Kind::end && not segments_.empty()) {
            ending_ = true;
        } else if (signal.kind == Kind::watermark && not segments_.empty()) {
            Segment& last = segments_.back();
            last.mark = std::max(last.mark.value_or(min_time), signal.time);
            last.idle = false; // it is over before anybody was told
        } else if (signal.kind == Kind::idle) {
            if (segments_.empty()) pass_idle(next);
            else segments_.back().idle = true;
        } else { // what is kept is part of a checkpoint, so a barrier and its outcome need not wait; neither does the clock
            if (signal.kind == Kind::barrier) calls_.barrier(signal.epoch);
            Base::signal(signal, next);
        }
    }

    Calls calls_;
    std::shared_ptr<Answers<R>> answers_;
    const Clock* clock_;
    CallLimits limits_;
    std::shared_ptr<std::uint64_t> shown_; // as in by the Report: with what waits in the queue in front
    JobVector<Slot> slots_;
    JobVector<std::size_t> free_;
    Fifo<std::size_t> waiting_; // to be called
    Fifo<Segment> segments_;
    std::vector<typename Answers<R>::Place> taken_;
    std::uint64_t first_segment_ = 0; // its number
    std::uint64_t call_ = 0;
    std::size_t in_flight_ = 0; // called, or waiting for another try
    std::size_t stuck_ = 0;     // callers that are still in a call whose time is over
    Timestamp due_ = max_time;  // nothing has to be done before; it may be too early
    Timestamp own_mark_ = min_time;
    Timestamp own_sent_ = min_time;
    std::uint64_t watched_ = 0;     // number of the last event before a latency marker
    std::size_t watched_left_ = 0; // of those up to it
    bool looked_ = false;
    bool lacks_room_ = false; // behind what was given last
    bool ending_ = false;
};

} // namespace weir::detail
