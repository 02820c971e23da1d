// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/crew.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// The task of a worker: handles one part of the source after the other with a copy of the front of the chain.
template <typename Source, typename Front>
class Worker final : public Task {
    using Crew = detail::Crew<Source, Front>;

public:
    Worker(Graph& graph, std::shared_ptr<Crew> crew, std::string name)
        : graph_(graph), crew_(std::move(crew)), name_(std::move(name)), figures_(graph.figures().add(name_, graph.clock())) {}

    Step step(Budget budget) override {
        if (not figures_) return go_on(budget);
        figures_->begin(graph_.clock().now(), events_);
        const Step step = go_on(budget);
        if (step.state == Step::State::ended) figures_->end(events_);
        else if (step.state != Step::State::ran) figures_->pause(is_held_up_, false);
        else if (not budget.polls) figures_->rest();
        return step;
    }
    [[nodiscard]] bool waits_outside() const noexcept override { return is_short_; }
    void wait(std::chrono::steady_clock::time_point deadline) override {
        const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20); // the job may be stopped
        if constexpr (LiveBatches<Source>)
            is_late_ ? crew_->await_part(interrupt(), std::min(deadline, soon)) : part_->wait(interrupt(), std::min(deadline, soon));
    }
    [[nodiscard]] Listening listen() override { return is_short_ ? Listening::unsupported : Listening::listening; }
    void report(ReportWalk&) const override {} // the task behind does it for all
    void save(SaveWalk&) const override {}
    void load(LoadWalk&) override {}
    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] bool is_source() const noexcept override { return false; }

private:
    static constexpr std::size_t span_events = 1024;

    Step go_on(Budget budget) {
        is_held_up_ = true;
        is_short_ = false;
        if (has_mail())
            read_mail([this](const Control& message) { abandoned_ |= message.kind == Control::Kind::abandon || message.kind == Control::Kind::release; });
        if (abandoned_) return {Step::State::ended, 0, max_time};
        if (not copy_ || is_late_) {
            if (crew_->help()) return {};
            const typename Crew::Taken taken = crew_->take(part_, copy_);
            if (taken == Crew::Taken::none) return {Step::State::ended, 0, max_time};
            is_late_ = is_short_ = taken == Crew::Taken::later;
            if (is_late_) return {Step::State::waiting_input, 0, max_time};
            if (taken != Crew::Taken::part) {
                is_held_up_ = taken == Crew::Taken::full;
                return {Step::State::waiting_output, 0, max_time};
            }
        }
        Step::State state = Step::State::ended;
        const std::uint64_t before = copy_->handed;
        try {
            if (not copy_->error) {
                state = read(budget);
                if (state == Step::State::ended) end_part(copy_->chain);
            }
        } catch (...) {
            state = Step::State::ended;
            copy_->error = std::current_exception();
        }
        events_ += copy_->handed - before;
        if (state != Step::State::ended) return {state, 0, max_time};
        read_all_ = false;
        crew_->finish(std::exchange(copy_, nullptr));
        return {};
    }

    /// Ended: the part has been handled.
    Step::State read(Budget budget) {
        Feed<Front> feed(copy_->chain, copy_->handed);
        const std::uint64_t last = copy_->handed + budget.events;
        const Timestamp late = saturating_add(graph_.clock().now(), budget.time);
        for (;;) {
            if (crew_->left()) return Step::State::ended;
            if (not crew_->resume(*copy_)) return Step::State::waiting_output;
            if (read_all_) return Step::State::ended;
            if (not crew_->hand_over(*copy_)) return Step::State::waiting_output;
            const std::size_t limit = crew_->at_once(*copy_, feed.allowance(std::min(span_events, static_cast<std::size_t>(last - copy_->handed))));
            if (limit == 0) {
                if (not crew_->make_room(*copy_)) return Step::State::waiting_output;
                continue;
            }
            const Drive drive = crew_->read_part(*part_, feed, limit);
            feed.end_span();
            is_short_ = drive.state == Drive::State::nothing;
            if (is_short_) return Step::State::waiting_input;
            read_all_ = drive.state == Drive::State::ended;
            if (read_all_) continue;
            if (copy_->handed >= last || has_mail() || graph_.clock().now() >= late) return Step::State::ran;
        }
    }

    Graph& graph_;
    std::shared_ptr<Crew> crew_;
    std::string name_;
    std::optional<BatchInput<Source>> part_{};
    typename Crew::Copy* copy_ = nullptr;
    bool is_short_ = false; // of events: who writes its part has not written them yet,
    bool is_late_ = false;  // nor any of the part
    bool read_all_ = false; // of the part, though operators may wait for room
    bool abandoned_ = false;
    bool is_held_up_ = false; // what it waits for is room, not a part
    std::uint64_t events_ = 0;
    TaskFigures* figures_; // where they are asked for
};

} // namespace weir::detail
