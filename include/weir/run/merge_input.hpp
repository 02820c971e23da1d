// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/run/channel_input.hpp>
#include <weir/run/merge_part.hpp>
#include <weir/run/splits_input.hpp>
#include <weir/run/stage.hpp>
#include <weir/run/told_marks.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// The input of the task behind a merge. It asks its parts in turn, the one with the lowest watermark first.
template <typename... Parts>
class MergeInput : ToldMarks {
public:
    static constexpr bool from_task = true; // it gives the last watermark itself
    static constexpr bool has_sources = (Parts::has_sources || ...);
    static constexpr bool may_block = (Parts::may_block || ...);

    /// last_first: none but the last part is asked before that has ended. But where its barrier has come, those behind channels are read
    /// until theirs comes, which else it never would, and what that brings is kept, and saved, until it is their turn.
    explicit MergeInput(std::tuple<Parts...> parts, bool last_first = false) : parts_(std::move(parts)), last_first_(last_first) {}

    /// Stored inputs give the same events in the same order in every run: limits, which hang on the clock, end no part's turn.
    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        const Timestamp now = here.now();
        say_idle(feed);
        bool through = true;
        const auto give_more = [&](auto& part) { through = through && (waits(part) || give(part, feed, limit)); };
        visit(turn_, give_more);
        if (last_first_) each(give_more); // what waited
        if (not through) return {};
        bool moved = false, turned = false;
        Duration retry = Duration::max();
        const auto read = [&](auto& part) {
            const bool only_kept = waits(part);
            if (part.ended() || (part.barrier != part.no_epoch && not part.is_ending()) || (only_kept && not(part.peer && (last().barrier != part.no_epoch || is_cut_off())))) {
                left_ = 0;
                return;
            }
            if (last_first_) part.keep_all(only_kept);
            AtBarrier<Here, std::remove_reference_t<decltype(part)>> reader{here, part};
            const std::uint64_t before = part.handed();
            const Drive drive = part.drive(std::min(left_, limit), now, reader);
            const std::uint64_t n = part.handed() - before;
            left_ = drive.state == Drive::State::ran && n < left_ && n != 0 ? left_ - static_cast<std::size_t>(n) : 0;
            turned |= left_ == 0;
            moved |= drive.state != Drive::State::nothing;
            if (drive.state == Drive::State::nothing) retry = std::min(retry, wait_of(part, drive, now));
            through = only_kept || give(part, feed, limit);
        };
        if (left_ != 0 && limit > 0) visit(turn_, read);
        for (std::size_t asked = 0; asked < sizeof...(Parts) && limit > 0 && through && not moved; ++asked) { // one: then another may be behind
            turn_ = next_turn(asked);
            left_ = FeedOf::can_finish || (out_of_order() && not last_first_) ? 1 : last_first_ ? 256 : 64; // one where nothing may be read beyond the last one taken
            visit(turn_, read);
        }
        if (turned) ++last_;
        const bool finished = feed.done() || feed.ready(); // no barrier passes while an operator waits for room: what it keeps then is not saved
        if (finished) pass_markers(here);
        if (finished) moved |= pass_barrier(here);
        if (finished && is_cut_off() && all([](auto& part) { return not part.peer || part.ended(); })) return {Drive::State::ended, {}};
        if (finished && all([](auto& part) { return part.ended() && part.given().empty(); })) return {Drive::State::ended, {}};
        return moved || limit == 0 || not feed.ready() ? Drive{} : Drive{Drive::State::nothing, retry};
    }
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }

    void stop(bool draining) {
        each([draining](auto& part) { part.stop(draining); });
    }
    /// A barrier asked for at the sources: it waits for those that come through channels, and until the one before has passed.
    template <typename Here>
    void barrier(std::uint64_t epoch, Here& here) {
        each([&](auto& part) {
            using Part = std::remove_reference_t<decltype(part)>;
            if constexpr (Part::nested) {
                AtBarrier<Here, Part> reader{here, part};
                part.input().barrier(epoch, reader);
            } else if (not part.peer) {
                part.barrier_came(epoch);
            }
        });
        pass_barrier(here);
    }
    template <typename Fn>
    bool listen(Fn fn, void* arg) {
        bool quiet = true;
        each([&](auto& part) { quiet &= part.ended() || part.listen(fn, arg); });
        return quiet;
    }
    void attach(Task& task) {
        each([&task](auto& part) {
            if constexpr (std::remove_reference_t<decltype(part)>::peer) part.input().attach(task);
            part.front().for_each_outlet([&task](auto& outlet) { outlet.attach(task); });
        });
    }
    void leave() {
        each([](auto& part) {
            if constexpr (std::remove_reference_t<decltype(part)>::peer) part.input().leave();
            part.front().for_each_outlet([](auto& outlet) { outlet.leave(); });
        });
    }
    /// Whether all has been read, and no part was stopped before its end.
    [[nodiscard]] bool complete() {
        return all([](auto& part) { return part.complete(); });
    }
    [[nodiscard]] Measured measured(std::uint64_t) {
        Measured sum;
        each([&sum](auto& part) { sum += part.measured(); });
        return sum;
    }
    void show(TaskFigures& figures, const std::string& path = {}) const {
        std::apply([&](const auto&... parts) { (parts.show(figures, path), ...); }, parts_);
    }
    void report(ReportWalk& walk) const {
        std::apply([&walk](const auto&... parts) { (parts.report(walk), ...); }, parts_);
        walk.watermark = sent_; // not one that a part has made
    }
    void save_parts(SaveWalk& walk) const {
        std::apply([&](const auto&... parts) { (parts.save(walk, sent_, told_, idle_waits_), ...); }, parts_);
    }
    void load_parts(LoadWalk& walk) {
        each([&](auto& part) { part.load(walk, sent_, told_, idle_waits_); });
    }

private:
    /// What a part's channel tells of barriers: it stops being read until all inputs have theirs.
    template <typename Here, typename Part>
    struct AtBarrier {
        Here& here;
        Part& part;
        void barrier(std::uint64_t epoch) { part.barrier_came(epoch); }
        void marker(const LatencyMarker& marker) {
            if (not part.marker) part.marker = marker;
        }
        [[nodiscard]] Timestamp now() const noexcept { return here.now(); }
    };

    template <typename Fn>
    void each(Fn&& fn) {
        std::apply([&fn](auto&... parts) { (fn(parts), ...); }, parts_);
    }
    template <typename Fn>
    bool all(Fn&& fn) {
        return std::apply([&fn](auto&... parts) { return (fn(parts) && ...); }, parts_);
    }
    template <typename Fn>
    void visit(std::size_t turn, Fn&& fn) {
        std::size_t i = 0;
        each([&](auto& part) {
            if (i++ == turn) fn(part);
        });
    }
    auto& last() noexcept { return std::get<sizeof...(Parts) - 1>(parts_); }
    /// Whether nothing of this part is handed on yet, as the last has not been given whole.
    template <typename Part>
    bool waits(const Part& part) noexcept {
        return last_first_ && static_cast<const void*>(&part) != &last() && not(last().complete() && last().given().empty());
    }
    /// The last was stopped before its end: what waits for all of it can never be given rightly. Those behind channels are read to their ends all the
    /// same, and what they bring is kept for a job that goes on: if we left, their tasks would end as if no more of them were needed.
    [[nodiscard]] bool is_cut_off() noexcept { return last_first_ && last().ended() && last().given().empty() && not last().complete(); }
    /// In turn; but where watermarks differ, the part that is behind goes first: a preference, so now and then one event in turn.
    std::size_t next_turn(std::size_t asked) {
        if (asked == 0) first_ = out_of_order() ? last_ / 64 : furthest_behind();
        return (first_ + asked) % sizeof...(Parts);
    }
    [[nodiscard]] bool out_of_order() const noexcept { return last_ % 64 == 63; }
    std::size_t furthest_behind() {
        std::array<Timestamp, sizeof...(Parts)> marks{};
        std::size_t i = 0;
        each([&](auto& part) { marks[i++] = part.ended() ? max_time : part.mark; });
        const std::size_t in_turn = last_ % sizeof...(Parts);
        std::size_t least = in_turn;
        if (not all([](auto& part) { return part.has_times; })) return in_turn;
        for (i = 0; i < marks.size(); ++i)
            if (marks[i] < marks[least]) least = i;
        return least;
    }

    /// Hands on what a part gave, in order; false where the chain takes no more just now.
    template <typename Part, typename FeedOf>
    bool give(Part& part, FeedOf& feed, std::size_t& limit) {
        auto& given = part.given();
        while (not given.empty()) {
            if (given.at_signal()) {
                const SignalValue signal = given.take_signal();
                if (signal.kind == SignalValue::Kind::watermark) advance(part, signal.time, feed);
                if (signal.kind == SignalValue::Kind::own_mark) part.own_mark = signal.time;
                if (signal.kind == SignalValue::Kind::idle) fall_idle(part, feed);
                continue;
            }
            const auto events = given.run(limit);
            if (events.empty()) return false;
            if (events.front().mark > part.mark) advance(part, events.front().mark, feed);
            if (wake(part)) send_least(feed);
            if (not feed.ready()) return false;
            if constexpr (FeedOf::takes_merged_span) {
                if (part.aligned && part.own_mark <= part.mark && events.back().mark != max_time && not is_over(part)) {
                    if (not give_run(part, events, feed, limit)) return false;
                    continue;
                }
            }
            if constexpr (FeedOf::hears_own_marks) tell_own_mark(std::max(part.mark, part.own_mark), feed);
            --limit;
            given.drop(1);
            auto& event = events.front().event;
            if constexpr (requires { value_of(event).comes_from_one_of_several(part.mark); }) value_of(event).comes_from_one_of_several(part.mark);
            feed.event(std::move(event));
        }
        given.clear();
        return true;
    }
    /// The same for many events at once; false where the chain did not take all of them.
    template <typename Part, typename E, typename FeedOf>
    bool give_run(Part& part, std::span<Marked<E>> events, FeedOf& feed, std::size_t& limit) {
        Timestamp others = max_time;
        each([&](auto& other) {
            if constexpr (std::is_same_v<std::remove_reference_t<decltype(other)>, Part>)
                if (&other == &part) return;
            if (other.aligned && not is_over(other)) others = std::min(others, other.mark);
        });
        const std::size_t n = feed.merged_span(MergedSpan<E>{events, others});
        part.given().drop(n);
        limit -= n;
        if (n != 0) {
            part.mark = told_ = events[n - 1].mark;
            sent_ = std::max(sent_, std::min(part.mark, others));
        }
        return n == events.size();
    }
    template <typename Part, typename FeedOf>
    void advance(Part& part, Timestamp mark, FeedOf& feed) {
        part.mark = std::max(part.mark, mark);
        wake(part);
        if (part.aligned) send_least(feed);
    }
    /// It gives something again; true: it counts again, as it has caught up with what the others have reached meanwhile (as in Flink).
    template <typename Part>
    bool wake(Part& part) noexcept {
        part.idle = idle_waits_ = false;
        const bool back = not part.aligned && part.mark >= sent_;
        part.aligned |= back;
        return back;
    }
    template <typename Part, typename FeedOf>
    void fall_idle(Part& part, FeedOf& feed) {
        if (part.idle || is_over(part)) return;
        part.idle = true;
        part.aligned = false;
        send_least(feed);
    }
    /// Whether no event will come from a part: then its watermark, which is the greatest, says nothing of the others.
    template <typename Part>
    static bool is_over(const Part& part) noexcept {
        return part.mark == max_time;
    }
    template <typename FeedOf>
    void send_least(FeedOf& feed) {
        Timestamp least = max_time, furthest = min_time;
        bool any = false, active = false, over = true;
        each([&](auto& part) {
            if (is_over(part)) return;
            over = false;
            active |= not part.idle;
            furthest = std::max(furthest, part.mark);
            if (not part.aligned) return;
            any = true;
            least = std::min(least, part.mark);
        });
        if (any || over) send(least, feed);
        if (active || over) return;
        send(furthest, feed); // nobody is left to wait for: the stream is where the furthest of them was, and idle itself
        idle_waits_ = true;
        say_idle(feed);
    }
    template <typename Part>
    static Duration wait_of(const Part& part, const Drive& drive, Timestamp now) {
        Duration wait = drive.retry_in;
        // A source that nobody listens to, beside others: it is asked again soon.
        if (not Part::listens) wait = std::min<Duration>(wait, std::chrono::milliseconds(1));
        const Timestamp deadline = part.deadline();
        return deadline == max_time ? wait : std::min(wait, std::max(deadline - now, Duration::zero()));
    }
    template <typename Here>
    void pass_markers(Here& here) {
        each([&here](auto& part) {
            if constexpr (requires { here.marker(*part.marker); })
                if (part.marker && part.given().empty()) here.marker(*std::exchange(part.marker, std::nullopt));
        });
    }
    /// True: one has passed, so those that waited for it can be read again.
    template <typename Here>
    bool pass_barrier(Here& here) {
        constexpr std::uint64_t no_epoch = std::tuple_element_t<0, std::tuple<Parts...>>::no_epoch;
        for (bool passed = false;; passed = true) {
            std::uint64_t epoch = no_epoch;
            bool complete = true;
            each([&](auto& part) {
                if (part.barrier != no_epoch) epoch = part.barrier;
                else if (not part.ended()) complete = false;
                complete &= waits(part) || (part.given().empty() && not part.is_ending()); // what operators give at the end comes before it
            });
            if (not complete || epoch == no_epoch) return passed;
            each([](auto& part) { part.barrier_passed(); });
            here.barrier(epoch);
        }
    }

    std::tuple<Parts...> parts_;
    std::size_t turn_ = 0;    // the part that is read,
    std::size_t left_ = 0;    // and how much more of it: then it is another's turn
    std::size_t last_ = 0;
    std::size_t first_ = 0;
    bool last_first_;
};

/// A pipeline of a merge in the job: with stages in it, its tasks are made and what they give comes through one more channel.
template <typename P, typename Binding>
auto bind_part(P&& pipeline, Binding& binding, const std::string& name);

/// What the parts of a merge are called: the sides of a join have names.
template <typename M>
std::string part_name(std::size_t number) {
    if constexpr (requires { M::part_names; }) return std::string(M::part_names[number]);
    else return "merge/" + std::to_string(number + 1);
}

template <typename M, typename Binding>
auto bind_merge(M&& merge, Binding& binding) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        std::tuple parts{bind_part(std::get<I>(std::forward<M>(merge).parts), binding, part_name<std::remove_cvref_t<M>>(I))...}; // braces: in order
        if constexpr (requires { requires std::remove_cvref_t<M>::right_timeless; }) std::get<1>(parts).leave_out();
        if constexpr (requires { merge.right_first; }) return MergeInput(std::move(parts), merge.right_first);
        else return MergeInput(std::move(parts));
    }(std::make_index_sequence<std::tuple_size_v<decltype(merge.parts)>>{});
}

/// What a task reads: the source itself, or its running form where it has one (a merge, a topic).
template <typename Source, typename Binding>
decltype(auto) bind_input(Source&& source, [[maybe_unused]] Binding& binding) {
    if constexpr (requires { requires std::remove_cvref_t<Source>::is_merge; }) return bind_merge(std::forward<Source>(source), binding);
    else if constexpr (requires { source.bind(binding); }) return std::forward<Source>(source).bind(binding);
    else return std::forward<Source>(source);
}

template <typename P, typename Binding>
auto bind_part(P&& pipeline, Binding& binding, const std::string& name) {
    using Part = std::remove_cvref_t<P>;
    using E = owned_t<typename Part::stream::event>;
    constexpr bool in_place = std::is_lvalue_reference_v<P> && not std::is_const_v<std::remove_reference_t<P>>;
    binding.names().enter_path(name);
    const MemoryScope scope = memory_scope(binding, name);
    auto leave = [&] { binding.names().leave(); };
    if constexpr (leaves_task<decltype(Part::ops)>) {
        const auto channel = std::make_shared<Channel<E>>(StageOptions{}.capacity, Overflow::block);
        const std::uint32_t id = binding.names().add("stage");
        auto front = bind_chain<false>(typename Part::source_type::stream{}, std::forward<P>(pipeline).ops, binding,
                                       ChannelOutlet<E>(channel, id, binding.names()[id]));
        add_task<Binding::durable>(binding, bind_input(std::forward<P>(pipeline).source, binding), std::move(front), "input/" + name);
        leave();
        return MergePart<ChannelInput<E>, BufferEnd<E, MarkedRecord<E>>>(ChannelInput<E>(channel), BufferEnd<E, MarkedRecord<E>>(), "input/" + name + "/channel");
    } else {
        auto front = bind_chain<false>(typename Part::source_type::stream{}, std::forward<P>(pipeline).ops, binding, BufferEnd<E, MarkedRecord<E>>());
        using Front = decltype(front);
        leave();
        using Bound = decltype(bind_input(std::forward<P>(pipeline).source, binding));
        using Input = std::conditional_t<in_place && std::is_lvalue_reference_v<Bound>, Bound, std::remove_cvref_t<Bound>>;
        return MergePart<Input, Front>(bind_input(std::forward<P>(pipeline).source, binding), std::move(front), "input/" + name);
    }
}

} // namespace weir::detail
