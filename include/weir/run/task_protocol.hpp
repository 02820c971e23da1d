// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/graph.hpp>
#include <weir/run/outlet_calls.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail {

/// What is the same for every task: messages, barriers, markers, pauses and the end, around what reads its input into its chain. Not a
/// template, so that a compiler sees it once, however many pipelines there are.
class TaskProtocol : public Task {
protected:
    using State = Step::State;
    enum class Phase : unsigned char { reading, rest, flushing, ended };
    /// What is known of it by the types of its input and chain.
    struct Traits {
        bool has_source;
        bool merged;       // several inputs in one, which is told of stops and barriers, and ends by itself
        bool bounded_room; // the chain may have to wait for room
        bool has_deadline; // or for a time
        bool asks_no_time; // of the input: times only say whether a step has been long, or counts are to be published
        bool tells_progress;
    };

public:
    Step step(Budget budget) final {
        const Step step = go_on(budget);
        if (figures_ && step.state == State::ran && not polls_) figures_->rest(); // who has a thread of its own comes at once
        return step;
    }
    /// Not while it is paused, when only a message can change something.
    [[nodiscard]] bool waits_outside() const noexcept final { return phase_ == Phase::reading && not paused_ && input_waits_outside(); }
    [[nodiscard]] News news(State state) noexcept final {
        if (has_mail()) return News::some;
        if (paused_ || state == State::idle_until) return News::unknown;
        if (state != State::waiting_output) return input_news();
        if (not full_) return News::unknown;
        News found = News::none;
        for (const AnyOutlet& outlet : outlets_) {
            if (not outlet.calls->has_room_again) found = News::unknown;
            else if (found == News::none && outlet.calls->has_room_again(outlet.outlet)) found = News::some;
        }
        return found;
    }
    [[nodiscard]] Wait wait_strategy(State state) noexcept final {
        if (state != State::waiting_output) return input_wait();
        Wait how = Wait::sleep;
        for (const AnyOutlet& outlet : outlets_)
            if (outlet.calls->wait) how = std::max(how, outlet.calls->wait(outlet.outlet));
        return how;
    }
    void save(SaveWalk&) const override {} // see DurableTask
    void load(LoadWalk&) override {}
    [[nodiscard]] std::string_view name() const noexcept final { return name_; }
    [[nodiscard]] bool is_source() const noexcept final { return traits_.has_source; }

    /// When its step looked at the clock last.
    [[nodiscard]] Timestamp now() const noexcept { return now_; }
    /// The barrier stands here in the stream: everything before it has been handed on, nothing behind it.
    void barrier(std::uint64_t epoch) {
        end_span();
        if (traits_.bounded_room) {
            const bool waits = not chain_done() && not resume(); // what an AnyChain had gathered, for room
            if (waits || not late_barriers_.empty()) return late_barriers_.push_back(epoch);
        }
        pass_barrier(epoch);
    }
    /// A latency marker stands here in the stream. One that still waits goes first, and takes this one with it.
    void marker(const LatencyMarker& marker) {
        if (not figures_) return;
        figures_->arrived(marker);
        if (marker_) return;
        marker_ = marker;
        pass_marker();
    }
    /// Where tasks are read in turn: all that came before has been given.
    void turn() {
        end_span();
        each(&OutletCalls::turn);
    }

protected:
    TaskProtocol(Graph& graph, std::string name, const Traits& traits) : graph_(graph), name_(std::move(name)), traits_(traits) {}

    // The input.
    virtual Step read(Budget budget, Timestamp now) = 0;
    virtual Step read_rest(Budget budget) = 0; ///< after a stop: what it holds already, then the end
    [[nodiscard]] virtual bool input_waits_outside() const noexcept = 0;
    [[nodiscard]] virtual News input_news() noexcept = 0;
    [[nodiscard]] virtual Wait input_wait() noexcept = 0;
    [[nodiscard]] virtual bool input_complete() noexcept = 0; ///< whether all was read that there is, where it comes from other tasks
    virtual void input_catches_up() = 0;
    virtual void stop_inputs(bool draining) = 0;
    virtual void stand_barrier(std::uint64_t epoch) = 0; ///< it begins here
    virtual void leave_input(bool has_thrown) = 0;
    virtual void say_progress() = 0;
    // The chain.
    virtual bool resume() = 0;
    virtual void end_span() = 0;
    [[nodiscard]] virtual bool chain_ready() = 0;
    [[nodiscard]] virtual bool chain_done() const = 0;
    [[nodiscard]] virtual Timestamp resumes_at() const = 0;
    virtual bool keep_deadline(Timestamp now) = 0; ///< whether one had come
    virtual void chain_complete() = 0;             ///< its watermark goes to infinity
    virtual void chain_end() = 0;
    virtual void chain_barrier(std::uint64_t epoch) = 0;
    virtual void chain_outcome(std::uint64_t epoch, bool committed) = 0;

    /// From here on the input and the chain stay where they are.
    void begin_with(std::vector<AnyOutlet> outlets) {
        outlets_ = std::move(outlets);
        each(&OutletCalls::attach, *this);
        each(&OutletCalls::be_patient, graph_.clock().runs());
        figures_ = graph_.figures().add(name_, graph_.clock());
    }
    [[nodiscard]] bool looks_roughly() const noexcept { return traits_.asks_no_time && not traits_.has_deadline && not figures_; }
    [[nodiscard]] Timestamp look_at_clock() const { return looks_roughly() ? graph_.clock().about_now() : graph_.clock().now(); }

    /// complete: the watermark goes to infinity, so windows close and whole sets are given; not so after a stop.
    Step end(bool complete) {
        phase_ = Phase::flushing;
        complete_ = complete;
        is_cut_off_ = not complete && not input_complete();
        return {};
    }
    /// The chain waits for room. What it gave last may have filled a channel whose reader does not know yet that we wait for it;
    /// where room came before it was told, there is another step.
    Step wait_for_room(Timestamp until) {
        end_span();
        full_ = false;
        for (const AnyOutlet& outlet : outlets_) full_ |= outlet.calls->waits_for_room(outlet.outlet);
        return full_ ? pause({State::waiting_output, 0, until}) : Step{};
    }
    /// Inputs and outlets that put off what only makes others look are asked to do it now; outlets do less of it where it goes on soon.
    void catch_up(bool pauses = true) {
        input_catches_up();
        for (const AnyOutlet& outlet : outlets_) outlet(not pauses && outlet.calls->end_step ? &OutletCalls::end_step : &OutletCalls::catch_up);
    }
    Step pause(Step step) {
        if (step.state != State::waiting_output) each(&OutletCalls::source_waits);
        catch_up();
        if (figures_) figures_->pause(step.state == State::waiting_output, polls_);
        // Who looks again at once need not tell each time what it has done.
        if (not polls_ || now_ >= publish_at_ || (graph_.wait() == Wait::sleep && news(step.state) == News::unknown)) publish();
        return step;
    }
    /// One that always has something to do never pauses.
    Step publish_sometimes() {
        if (polls_ && looks_roughly()) now_ = look_at_clock(); // its next step does not begin with a look
        if (now_ >= publish_at_) publish();
        return {};
    }
    /// Behind the events of a span that began at `now`, if there were any.
    void send_marker(Timestamp now, std::uint64_t before) {
        if (not figures_ || handed_ == before || marker_ || not figures_->due(now)) return;
        marker_ = figures_->marker(now);
        pass_marker();
    }

    Graph& graph_;
    std::string name_; // of the source's section in saved state
    std::uint64_t handed_ = 0;
    Timestamp now_{};
    Phase phase_ = Phase::reading;
    bool paused_ = false;
    bool draining_ = false;
    bool is_cut_off_ = false; // by a stop before its end
    bool polls_ = false;
    TaskFigures* figures_ = nullptr; // where they are asked for

private:
    /// A task that has thrown is not stepped again.
    struct LeaveOnThrow {
        TaskProtocol& task;
        int errors = std::uncaught_exceptions();
        ~LeaveOnThrow() {
            if (std::uncaught_exceptions() == errors) return;
            try {
                task.leave_input(true);
                task.each(&OutletCalls::give_up);
            } catch (...) { // what was thrown first is what matters
            }
        }
    };

    template <typename Call, typename... Args>
    void each(Call call, Args&&... args) {
        for (const AnyOutlet& outlet : outlets_) outlet(call, args...);
    }

    Step go_on(Budget budget) {
        const LeaveOnThrow leaving{*this};
        polls_ = budget.polls;
        if (has_mail()) read_mail([this](const Control& message) { obey(message); });
        if (phase_ == Phase::ended) return finish();
        if (traits_.tells_progress && graph_.progress()) say_progress();
        // What has been begun is finished first: an operator that waits for room, then barriers, then the end of the chain.
        if (traits_.bounded_room) {
            if (not resume()) return begin(), unfinished();
            for (; not late_barriers_.empty(); late_barriers_.erase(late_barriers_.begin())) pass_barrier(late_barriers_.front());
        }
        if (marker_) pass_marker();
        for (; not barriers_.empty(); barriers_.erase(barriers_.begin())) stand_barrier(barriers_.front());
        if (phase_ == Phase::flushing) return begin(), end_of_chain();
        const Timestamp now = polls_ && looks_roughly() ? now_ : look_at_clock(); // it looks behind the first span
        begin(now);
        const bool kept = traits_.has_deadline && keep_deadline(now);
        if (paused_) return pause({State::waiting_input, 0, max_time});
        const Step step = phase_ == Phase::reading ? read(budget, now) : read_rest(budget);
        if (not polls_ && step.state == State::ran) catch_up(false); // others may be stepped before it is again
        // What a deadline brought may be work for other tasks, though this one waits.
        return kept && (step.state == State::waiting_input || step.state == State::idle_until) ? Step{} : step;
    }

    Step end_of_chain() {
        if (complete_) { // only now: the last event may have had to wait for room
            complete_ = false;
            chain_complete();
            if (traits_.bounded_room && not resume()) return unfinished();
        }
        if (not end_sent_) {
            end_sent_ = true;
            chain_end();
            end_span();
        }
        if (traits_.bounded_room && not resume()) return unfinished();
        phase_ = Phase::ended;
        return finish();
    }
    Step finish() {
        leave_input(false);
        each(&OutletCalls::leave);
        if (figures_) figures_->end(handed_);
        return {State::ended, 0, max_time};
    }
    /// An operator has not finished: it waits for room, or for a time of its own.
    Step unfinished() {
        const Step step = wait_for_room(resumes_at());
        const Timestamp until = resumes_at(); // of those that wait for no room
        return step.state == State::ran && until != max_time ? pause({State::waiting_output, 0, until}) : step;
    }

    void publish() {
        graph_.publish(*this);
        publish_at_ = saturating_add(now_, std::chrono::milliseconds(100));
    }
    void begin(Timestamp now) {
        if (figures_) figures_->begin(now, handed_);
    }
    void begin() {
        if (figures_) begin(graph_.clock().now());
    }
    /// The marker goes on, unless an operator has not finished what came before.
    void pass_marker() {
        end_span();
        if (not chain_ready() || is_kept_before_marker()) return;
        const LatencyMarker marker = figures_->passed(*marker_);
        marker_.reset();
        marker_at_ = 0;
        each(&OutletCalls::marker, marker);
    }
    /// Whether an operator that keeps events for long (calls of async_map) still has one that came before the marker. One after the other:
    /// what one gives the next may keep.
    bool is_kept_before_marker() {
        std::size_t i = 0;
        for (const AnyOutlet& outlet : outlets_) {
            if (not outlet.calls->keeps_watched || i++ < marker_at_) continue;
            if (not std::exchange(watching_, true)) outlet.calls->watch(outlet.outlet);
            if (outlet.calls->keeps_watched(outlet.outlet)) return true;
            watching_ = false;
            ++marker_at_;
        }
        return false;
    }
    void pass_barrier(std::uint64_t epoch) {
        graph_.barrier_passed(*this, epoch);
        chain_barrier(epoch);
        end_span();
    }

    void stop_reading(bool draining) {
        paused_ = false;
        if (traits_.merged) return stop_inputs(draining);
        if (phase_ != Phase::reading) return;
        phase_ = Phase::rest;
        draining_ = draining;
        stop_inputs(draining);
    }
    void obey(const Control& message) {
        if (phase_ == Phase::ended) return;
        switch (message.kind) {
        case Control::Kind::barrier: barriers_.push_back(message.epoch); break;
        case Control::Kind::committed: chain_outcome(message.epoch, true); break;
        case Control::Kind::aborted: chain_outcome(message.epoch, false); break;
        case Control::Kind::pause: paused_ = true; break;
        case Control::Kind::resume: paused_ = false; break;
        case Control::Kind::stop: stop_reading(false); break;
        case Control::Kind::drain: stop_reading(true); break;
        case Control::Kind::release:
        case Control::Kind::abandon: phase_ = Phase::ended; break;
        }
    }

    Traits traits_;
    std::vector<AnyOutlet> outlets_;
    Timestamp publish_at_{};
    std::optional<LatencyMarker> marker_{}; // that waits for operators which have not finished
    std::size_t marker_at_ = 0;             // of those that keep events for long it has passed so many,
    bool watching_ = false;                 // and waits for the next one
    bool complete_ = false;
    bool end_sent_ = false;
    bool full_ = false; // it waits for room in a channel
    std::vector<std::uint64_t> barriers_;      // asked for, not yet sent
    std::vector<std::uint64_t> late_barriers_; // that came when an operator had not finished what stood before them
};

} // namespace weir::detail
