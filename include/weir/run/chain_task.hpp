// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/task_protocol.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
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

/// Several inputs in one: it is told of stops and barriers, and ends by itself.
template <typename I>
concept MergedInput = PeerInput<I> && requires { I::has_sources; };

/// An input of which drive() may be long in coming back, as a source's next() is that has no other way to wait.
template <typename I>
concept BlockingInput = requires { requires I::may_block; };

/// The one task there is: an input and the running form of the chain behind it.
/// `Input` may be a reference: the source of a job that the user keeps.
template <typename Input, typename Chain>
class ChainTask : public TaskProtocol {
    using In = std::remove_reference_t<Input>;
    using FeedOf = Feed<Chain>;

public:
    template <typename I>
    ChainTask(Graph& graph, I&& input, Chain chain, std::string name)
        : TaskProtocol(graph, std::move(name), traits), input_(std::forward<I>(input)), chain_(std::move(chain)) {
        if constexpr (requires { input_.attach(*this); }) input_.attach(*this);
        if constexpr (requires { input_.catch_up(); }) input_.be_patient();
        std::vector<AnyOutlet> outlets;
        chain_.for_each_outlet([&outlets](auto& outlet) { outlets.push_back(AnyOutlet::of(outlet)); });
        begin_with(std::move(outlets));
        if constexpr (requires { input_.show(*figures_); })
            if (figures_) input_.show(*figures_);
    }

    void wait([[maybe_unused]] std::chrono::steady_clock::time_point deadline) override {
        if constexpr (WaitableInput<In>)
            if (waits_outside()) input_.wait(interrupt(), deadline);
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
        walk.thrown.last = handed_; // unless somebody says more
        if constexpr (requires { input_.report(walk); }) input_.report(walk);
        chain_.report(walk, handed_);
        if (figures_) figures_->watermark(walk.watermark);
    }
    /// If it waits for its input, that will be looked at before anybody sleeps, and then it is asked again: see news().
    [[nodiscard]] bool polls() const noexcept {
        return polls_ && requires(In& input) { input.has_news(); };
    }

private:
    static constexpr Traits traits{
        .has_source = [] {
            if constexpr (MergedInput<In>) return bool(In::has_sources);
            else return not PeerInput<In>;
        }(),
        .merged = MergedInput<In>,
        .bounded_room = Chain::bounded_room,
        .has_deadline = Chain::has_deadline,
        .asks_no_time = requires { requires In::asks_no_time; },
        .tells_progress = not PeerInput<In> || requires(In& input) { input.measured(std::uint64_t{}); },
    };
    // Between looks at the clock, and as many budgets in one where the time is limited, too: of cheap functions a look, or the end of a step,
    // costs as much as some hundred events.
    static constexpr std::size_t span_events = all_pure<Chain> ? 16384 : 1024;
    static constexpr std::size_t budgets = all_pure<Chain> ? 4 : 1;

    Step read(Budget budget, Timestamp now) final {
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
            if constexpr (traits.has_source) send_marker(now, before);
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
    Step read_rest(Budget budget) final {
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

    bool input_waits_outside() const noexcept final {
        if constexpr (WaitableInput<In> && requires { input_.waits_outside(); }) return input_.waits_outside();
        else return WaitableInput<In>;
    }
    News input_news() noexcept final {
        if constexpr (requires { input_.has_news(); }) return input_.has_news() ? News::some : News::none;
        else return News::unknown;
    }
    Wait input_wait() noexcept final {
        if constexpr (requires { input_.wait_strategy(); }) return input_.wait_strategy();
        else return Wait::sleep;
    }
    bool input_complete() noexcept final {
        if constexpr (requires { input_.complete(); }) return PeerInput<In> && input_.complete();
        else return PeerInput<In>;
    }
    void input_catches_up() final {
        if constexpr (requires { input_.catch_up(); }) input_.catch_up();
    }
    void stop_inputs([[maybe_unused]] bool draining) final {
        if constexpr (MergedInput<In>) input_.stop(draining);
        else if constexpr (requires { input_.drain(); })
            if (draining) input_.drain();
    }
    void stand_barrier(std::uint64_t epoch) final {
        if constexpr (MergedInput<In>) input_.barrier(epoch, *this);
        else barrier(epoch);
    }
    void leave_input([[maybe_unused]] bool has_thrown) final {
        if constexpr (Leaves<In>)
            if (not has_thrown || not PeerInput<In> || requires { requires In::leaves_on_throw; }) input_.leave();
    }
    void say_progress() final {
        if constexpr (traits.tells_progress) graph_.progress().say(*this, measured_of(input_, handed_), graph_.clock().now());
    }

    bool resume() final {
        if constexpr (Chain::bounded_room) return chain_.resume();
        else return true;
    }
    void end_span() final { chain_.end_span(); }
    bool chain_ready() final { return FeedOf(chain_, handed_).ready(); }
    bool chain_done() const final { return chain_.done(); }
    Timestamp resumes_at() const final { return resume_at(chain_); }
    bool keep_deadline([[maybe_unused]] Timestamp now) final {
        if constexpr (Chain::has_deadline)
            if (now >= chain_.deadline()) {
                chain_.end_span();
                chain_.on_time(now);
                chain_.end_span();
                return true;
            }
        return false;
    }
    void chain_complete() final { chain_.on_watermark(max_time); }
    void chain_end() final { chain_.on_end(); }
    void chain_barrier([[maybe_unused]] std::uint64_t epoch) final {
        if constexpr (hears_of<Chain>().barrier) chain_.on_barrier(epoch);
    }
    void chain_outcome([[maybe_unused]] std::uint64_t epoch, [[maybe_unused]] bool committed) final {
        if constexpr (hears_of<Chain>().outcome) chain_.on_outcome(epoch, committed);
    }

protected:
    Input input_;
    Chain chain_;
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
