// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/graph.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// What an input may find in its stream besides events: barriers and the end of another task. Sources find none.
template <typename I>
concept PeerInput = requires { requires I::from_task; };

/// An input that is told when nothing more will be read from it, so that nobody waits for its reader.
template <typename I>
concept Leaves = requires(I& input) { input.leave(); };

/// A task that has thrown is not stepped again.
template <typename In, typename Chain>
struct LeaveOnThrow {
    In& input;
    Chain& chain;
    int errors = std::uncaught_exceptions();
    ~LeaveOnThrow() {
        if (std::uncaught_exceptions() == errors) return;
        if constexpr (Leaves<In> && (not PeerInput<In> || requires { requires In::leaves_on_throw; })) input.leave();
        chain.for_each_outlet([](auto& outlet) {
            if constexpr (requires { outlet.give_up(); }) outlet.give_up();
        });
    }
};

/// Several inputs in one: it is told of stops and barriers, and ends by itself.
template <typename I>
concept MergedInput = PeerInput<I> && requires { I::has_sources; };

/// An input of which drive() may be long in coming back, as a source's next() is that has no other way to wait.
template <typename I>
concept BlockingInput = requires { requires I::may_block; };

/// The one task there is: an input and the running form of the chain behind it.
/// `Input` may be a reference: the source of a job that the user keeps.
template <typename Input, typename Chain>
class ChainTask : public Task {
    using In = std::remove_reference_t<Input>;
    using FeedOf = Feed<Chain>;
    using State = Step::State;

public:
    template <typename I>
    ChainTask(Graph& graph, I&& input, Chain chain, std::string name)
        : graph_(graph), input_(std::forward<I>(input)), chain_(std::move(chain)), name_(std::move(name)) {
        if constexpr (requires { input_.attach(*this); }) input_.attach(*this);
        if constexpr (requires { input_.catch_up(); }) input_.be_patient();
        chain_.for_each_outlet([this](auto& outlet) {
            outlet.attach(*this);
            if constexpr (requires { outlet.catch_up(); }) outlet.be_patient(graph_.clock().runs());
        });
        if ((figures_ = graph.figures().add(name_, graph.clock())))
            if constexpr (requires { input_.show(*figures_); }) input_.show(*figures_);
    }

    Step step(Budget budget) override {
        const Step step = go_on(budget);
        if (figures_ && step.state == State::ran && not polls_) figures_->rest(); // who has a thread of its own comes at once
        return step;
    }

    /// Not while it is paused, when only a message can change something.
    [[nodiscard]] bool waits_outside() const noexcept final {
        if constexpr (requires { input_.waits_outside(); })
            if (not input_.waits_outside()) return false;
        return WaitableInput<In> && phase_ == Phase::reading && not paused_;
    }
    void wait([[maybe_unused]] std::chrono::steady_clock::time_point deadline) override {
        if constexpr (WaitableInput<In>)
            if (waits_outside()) input_.wait(interrupt(), deadline);
    }

    [[nodiscard]] News news(State state) noexcept override {
        if (has_mail()) return News::some;
        if (paused_ || state == State::idle_until) return News::unknown;
        if (state == State::waiting_output) {
            if (not full_) return News::unknown;
            News found = News::none;
            chain_.for_each_outlet([&found](auto& outlet) {
                if constexpr (not requires { outlet.has_room_again(); }) found = News::unknown;
                else if (found == News::none && outlet.has_room_again()) found = News::some;
            });
            return found;
        }
        if constexpr (requires { input_.has_news(); }) return input_.has_news() ? News::some : News::none;
        else return News::unknown;
    }
    [[nodiscard]] Wait wait_strategy(State state) noexcept override {
        Wait how = Wait::sleep;
        if (state == State::waiting_output)
            chain_.for_each_outlet([&how](auto& outlet) {
                if constexpr (requires { outlet.wait(); }) how = std::max(how, outlet.wait());
            });
        else if constexpr (requires { input_.wait_strategy(); }) how = input_.wait_strategy();
        return how;
    }

    [[nodiscard]] Listening listen() override {
        if (paused_) return Listening::listening; // only a message can change that
        if constexpr (requires { input_.listens(); })
            if (not input_.listens()) return Listening::unsupported;
        if constexpr (requires { input_.listen(nullptr, nullptr); })
            return input_.listen([](void* task) { static_cast<Task*>(task)->wake(); }, static_cast<Task*>(this)) ? Listening::listening
                                                                                                                 : Listening::ready;
        else if constexpr (PeerInput<In>) return Listening::listening;
        else return Listening::unsupported;
    }

    void report(ReportWalk& walk) const override {
        if constexpr (requires { input_.report(walk); }) input_.report(walk);
        chain_.report(walk, handed_);
        if (figures_) figures_->watermark(walk.watermark);
    }
    void save(SaveWalk&) const override {} // see DurableTask
    void load(LoadWalk&) override {}
    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] bool is_source() const noexcept override { return has_source; }

private:
    static constexpr bool has_source = [] {
        if constexpr (MergedInput<In>) return In::has_sources;
        else return not PeerInput<In>;
    }();
    // Between looks at the clock, and as many budgets in one where the time is limited, too: of cheap functions a look, or the end of a step,
    // costs as much as some hundred events.
    static constexpr std::size_t span_events = all_pure<Chain> ? 16384 : 1024;
    static constexpr std::size_t budgets = all_pure<Chain> ? 4 : 1;

    Step go_on(Budget budget) {
        [[maybe_unused]] const LeaveOnThrow<In, Chain> leaving{input_, chain_};
        polls_ = budget.polls;
        if (has_mail()) read_mail([this](const Control& message) { obey(message); });
        if (phase_ == Phase::ended) return finish();
        if constexpr (not PeerInput<In> || requires { input_.measured(handed_); })
            if (graph_.progress()) graph_.progress().say(*this, measured_of(input_, handed_), graph_.clock().now());
        // What has been begun is finished first: an operator that waits for room, then barriers, then the end of the chain.
        if constexpr (Chain::bounded_room) {
            if (not chain_.resume()) return begin(), unfinished();
            for (; not late_barriers_.empty(); late_barriers_.erase(late_barriers_.begin())) pass_barrier(late_barriers_.front());
        }
        if (marker_) pass_marker();
        for (; not barriers_.empty(); barriers_.erase(barriers_.begin())) {
            if constexpr (MergedInput<In>) input_.barrier(barriers_.front(), *this);
            else barrier(barriers_.front());
        }
        if (phase_ == Phase::flushing) return begin(), end_of_chain();
        const Timestamp now = polls_ && looks_roughly() ? now_ : look_at_clock(); // it looks behind the first span
        begin(now);
        const bool kept = keep_deadline(now);
        if (paused_) return pause({State::waiting_input, 0, max_time});
        const Step step = phase_ == Phase::reading ? read(budget, now) : read_rest(budget);
        if (not polls_ && step.state == State::ran) catch_up(false); // others may be stepped before it is again
        // What a deadline brought may be work for other tasks, though this one waits.
        return kept && (step.state == State::waiting_input || step.state == State::idle_until) ? Step{} : step;
    }

    /// Where times only say whether a step has been long, or counts are to be published.
    [[nodiscard]] bool looks_roughly() const noexcept {
        return requires { requires In::asks_no_time; } && not Chain::has_deadline && not figures_;
    }
    [[nodiscard]] Timestamp look_at_clock() const { return looks_roughly() ? graph_.clock().about_now() : graph_.clock().now(); }

    Step read(Budget budget, Timestamp now) {
        const std::uint64_t last = handed_ + budget.events * (budget.time == Duration::max() ? 1 : budgets);
        const Timestamp late = saturating_add(now, budget.time);
        FeedOf feed(chain_, handed_);
        for (bool looked = true;; looked = false) { // whether this step has done nothing yet
            if (feed.done()) return end(true);
            const std::size_t limit = feed.allowance(std::min(span_events, static_cast<std::size_t>(last - handed_)));
            if (limit == 0) return looked ? wait_for_room(chain_.deadline()) : Step{};
            const std::uint64_t before = handed_;
            Drive drive;
            now_ = now;
            if constexpr (BlockingInput<In>) catch_up();
            if constexpr (PeerInput<In>) drive = input_.drive(feed, limit, *this);
            else drive = input_.drive(feed, limit, now);
            feed.end_span();
            if constexpr (has_source) send_marker(now, before);
            if (feed.done()) return end(true);
            // The end of another task comes with its last watermark, which says whether the stream was complete.
            if (drive.state == Drive::State::ended) return end(not PeerInput<In>);
            if (drive.state != Drive::State::ran) return pause(idle(drive, now));
            if (handed_ == before || handed_ >= last || has_mail()) return publish_sometimes();
            now_ = now = look_at_clock();
            if (now >= late || now >= chain_.deadline()) return publish_sometimes();
        }
    }

    Step idle(const Drive& drive, Timestamp now) const {
        const bool knows_when = drive.retry_in != Duration::max();
        const Timestamp retry = knows_when ? saturating_add(now, drive.retry_in) : max_time;
        const State state = knows_when && not WaitableInput<In> && not can_be_told() ? State::idle_until : State::waiting_input;
        return {state, 0, std::min<Timestamp>(retry, chain_.deadline())};
    }

    /// Whether the input calls when it has something, as it may do before it is time to ask again.
    [[nodiscard]] bool can_be_told() const noexcept {
        if constexpr (not requires(In& input) { input.listen(nullptr, nullptr); }) return false;
        else if constexpr (requires { input_.listens(); }) return input_.listens();
        else return true;
    }

    /// After a stop: what the input holds already, then the end.
    Step read_rest(Budget budget) {
        FeedOf feed(chain_, handed_);
        const std::size_t limit = feed.allowance(budget.events);
        if (limit == 0 && not feed.done()) return wait_for_room(max_time);
        Drive drive{Drive::State::ended, {}};
        if (not feed.done()) drive = input_.rest(feed, limit);
        feed.end_span();
        if (drive.state == Drive::State::nothing) return pause({State::waiting_input, 0, max_time}); // others have it still
        if (drive.state != Drive::State::ended) return Step{};
        if constexpr (requires { input_.has_read_all(); }) return end(draining_ || input_.has_read_all());
        else return end(draining_);
    }

    /// complete: the watermark goes to infinity, so windows close and whole sets are given; not so after a stop.
    Step end(bool complete) {
        phase_ = Phase::flushing;
        complete_ = complete;
        is_cut_off_ = not complete;
        if constexpr (PeerInput<In>) {
            if constexpr (requires { input_.complete(); }) is_cut_off_ = is_cut_off_ && not input_.complete();
            else is_cut_off_ = false;
        }
        return {};
    }
    Step end_of_chain() {
        if (complete_) { // only now: the last event may have had to wait for room
            complete_ = false;
            chain_.on_watermark(max_time);
            if constexpr (Chain::bounded_room)
                if (not chain_.resume()) return unfinished();
        }
        if (not end_sent_) {
            end_sent_ = true;
            chain_.on_end();
            chain_.end_span();
        }
        if constexpr (Chain::bounded_room)
            if (not chain_.resume()) return unfinished();
        phase_ = Phase::ended;
        return finish();
    }
    Step finish() {
        if constexpr (Leaves<In>) input_.leave();
        chain_.for_each_outlet([](auto& outlet) { outlet.leave(); });
        if (figures_) figures_->end(handed_);
        return {State::ended, 0, max_time};
    }

    /// The chain waits for room. What it gave last may have filled a channel whose reader does not know yet that we wait for it;
    /// where room came before it was told, there is another step.
    Step wait_for_room(Timestamp until) {
        chain_.end_span();
        full_ = false;
        chain_.for_each_outlet([this](auto& outlet) { full_ |= outlet.waits_for_room(); });
        return full_ ? pause({State::waiting_output, 0, until}) : Step{};
    }
    /// An operator has not finished: it waits for room, or for a time of its own.
    Step unfinished() {
        const Timestamp until = resume_at(chain_);
        const Step step = wait_for_room(until);
        return step.state == State::ran && until != max_time ? pause({State::waiting_output, 0, until}) : step;
    }

    bool keep_deadline([[maybe_unused]] Timestamp now) {
        if constexpr (Chain::has_deadline)
            if (now >= chain_.deadline()) {
                chain_.end_span();
                chain_.on_time(now);
                chain_.end_span();
                return true;
            }
        return false;
    }

    /// Inputs and outlets that put off what only makes others look are asked to do it now; outlets do less of it where it goes on soon.
    void catch_up([[maybe_unused]] bool pauses = true) {
        if constexpr (requires { input_.catch_up(); }) input_.catch_up();
        chain_.for_each_outlet([pauses](auto& outlet) {
            if constexpr (requires { outlet.end_step(); })
                if (not pauses) return outlet.end_step();
            if constexpr (requires { outlet.catch_up(); }) outlet.catch_up();
        });
    }
    Step pause(Step step) {
        if (step.state != State::waiting_output)
            chain_.for_each_outlet([](auto& outlet) {
                if constexpr (requires { outlet.source_waits(); }) outlet.source_waits();
            });
        catch_up();
        if (figures_) figures_->pause(step.state == State::waiting_output, polls_);
        // Who looks again at once need not tell each time what it has done.
        if (not polls_ || now_ >= publish_at_ || (graph_.wait() == Wait::sleep && news(step.state) == News::unknown)) {
            graph_.publish(*this);
            publish_at_ = saturating_add(now_, std::chrono::milliseconds(100));
        }
        return step;
    }

    /// One that always has something to do never pauses.
    Step publish_sometimes() {
        if (polls_ && looks_roughly()) now_ = look_at_clock(); // its next step does not begin with a look
        if (now_ >= publish_at_) {
            graph_.publish(*this);
            publish_at_ = saturating_add(now_, std::chrono::milliseconds(100));
        }
        return {};
    }

    void begin(Timestamp now) {
        if (figures_) figures_->begin(now, handed_);
    }
    void begin() {
        if (figures_) begin(graph_.clock().now());
    }
    /// Behind the events of a span that began at `now`, if there were any.
    void send_marker(Timestamp now, std::uint64_t before) {
        if (not figures_ || handed_ == before || marker_ || not figures_->due(now)) return;
        marker_ = figures_->marker(now);
        pass_marker();
    }
    /// The marker goes on, unless an operator has not finished what came before.
    void pass_marker() {
        chain_.end_span();
        if (not FeedOf(chain_, handed_).ready() || is_kept_before_marker()) return;
        const LatencyMarker marker = figures_->passed(*marker_);
        marker_.reset();
        marker_at_ = 0;
        chain_.for_each_outlet([&marker](auto& outlet) {
            if constexpr (requires { outlet.marker(marker); }) outlet.marker(marker);
        });
    }

    /// Whether an operator that keeps events for long (calls of async_map) still has one that came before the marker. One after the other:
    /// what one gives the next may keep.
    bool is_kept_before_marker() {
        std::size_t i = 0;
        bool kept = false;
        chain_.for_each_outlet([&](auto& outlet) {
            if constexpr (requires { outlet.keeps_watched(); }) {
                if (kept || i++ < marker_at_) return;
                if (not std::exchange(watching_, true)) outlet.watch();
                if ((kept = outlet.keeps_watched())) return;
                watching_ = false;
                ++marker_at_;
            }
        });
        return kept;
    }

    void stop_reading(bool draining) {
        paused_ = false;
        if constexpr (MergedInput<In>) {
            input_.stop(draining);
        } else if (phase_ == Phase::reading) {
            phase_ = Phase::rest;
            draining_ = draining;
        }
    }

    void outcome([[maybe_unused]] std::uint64_t epoch, [[maybe_unused]] bool committed) {
        if constexpr (hears_of<Chain>().outcome) chain_.on_outcome(epoch, committed);
    }
    void obey(const Control& message) {
        if (phase_ == Phase::ended) return;
        switch (message.kind) {
        case Control::Kind::barrier: barriers_.push_back(message.epoch); break;
        case Control::Kind::committed: outcome(message.epoch, true); break;
        case Control::Kind::aborted: outcome(message.epoch, false); break;
        case Control::Kind::pause: paused_ = true; break;
        case Control::Kind::resume: paused_ = false; break;
        case Control::Kind::stop: stop_reading(false); break;
        case Control::Kind::drain: stop_reading(true); break;
        case Control::Kind::release:
        case Control::Kind::abandon: phase_ = Phase::ended; break;
        }
    }

public:
    /// When its step looked at the clock last.
    [[nodiscard]] Timestamp now() const noexcept { return now_; }
    /// If it waits for its input, that will be looked at before anybody sleeps, and then it is asked again: see news().
    [[nodiscard]] bool polls() const noexcept {
        return polls_ && requires(In& input) { input.has_news(); };
    }
    /// The barrier stands here in the stream: everything before it has been handed on, nothing behind it.
    void barrier(std::uint64_t epoch) {
        chain_.end_span();
        if constexpr (Chain::bounded_room) {
            const bool waits = not chain_.done() && not chain_.resume(); // what an AnyChain had gathered, for room
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
        chain_.end_span();
        chain_.for_each_outlet([](auto& outlet) {
            if constexpr (requires { outlet.turn(); }) outlet.turn();
        });
    }

protected:
    void pass_barrier(std::uint64_t epoch) {
        graph_.barrier_passed(*this, epoch);
        if constexpr (hears_of<Chain>().barrier) chain_.on_barrier(epoch);
        chain_.end_span();
    }
    enum class Phase : unsigned char { reading, rest, flushing, ended };
    Graph& graph_;
    Input input_;
    Chain chain_;
    std::string name_; // of the source's section in saved state
    std::uint64_t handed_ = 0;
    Timestamp now_{};
    Phase phase_ = Phase::reading;
    bool paused_ = false;
    bool draining_ = false;
    bool complete_ = false;
    bool end_sent_ = false;
    bool is_cut_off_ = false; // by a stop before its end
    bool polls_ = false;
    bool full_ = false; // it waits for room in a channel
    Timestamp publish_at_{};
    TaskFigures* figures_ = nullptr; // where they are asked for
    std::optional<LatencyMarker> marker_{}; // that waits for operators which have not finished
    std::size_t marker_at_ = 0;             // of those that keep events for long it has passed so many,
    bool watching_ = false;                 // and waits for the next one
    std::vector<dependent_t<std::uint64_t, Chain>> barriers_; // asked for, not yet sent
    std::vector<dependent_t<std::uint64_t, Chain>> late_barriers_; // that came when an operator had not finished what stood before them
};

/// One whose state can be saved: a type of its own, so that the running of it is compiled once for both.
template <typename Input, typename Chain>
class DurableTask final : public ChainTask<Input, Chain> {
    using In = std::remove_reference_t<Input>;
    using typename ChainTask<Input, Chain>::Phase;

public:
    using ChainTask<Input, Chain>::ChainTask;

    void save(SaveWalk& walk) const override {
        walk.section(this->name_, [this](StateWriter& to) {
            to.put(this->handed_);
            to.put(this->phase_ == Phase::ended && not this->is_cut_off_);
            if constexpr (SavableInput<In>) this->input_.save(to);
        });
        if constexpr (MergedInput<In>) this->input_.save_parts(walk);
        this->chain_.save(walk);
    }
    void load(LoadWalk& walk) override {
        walk.section(this->name_, [this](StateReader& from) {
            from.get(this->handed_);
            if (from.get<bool>()) this->phase_ = Phase::ended;
            if constexpr (SavableInput<In>) this->input_.load(from);
        });
        if constexpr (MergedInput<In>) this->input_.load_parts(walk);
        this->chain_.load(walk);
    }
};

} // namespace weir::detail
