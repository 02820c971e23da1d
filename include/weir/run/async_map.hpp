// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/ordering_tags.hpp>
#include <weir/run/async_mapping.hpp>
#include <weir/run/stage.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// The limits of async_map.
struct AsyncOptions {
    std::size_t calls = 16;             ///< at once; at least 1
    Duration timeout = Duration::max(); ///< of each call, on the job's clock: then it has failed with TimedOut
};

namespace detail {

template <typename C, typename Result, typename First, typename Second>
Second second_parameter(Result (C::*)(First, Second));
template <typename C, typename Result, typename First, typename Second>
Second second_parameter(Result (C::*)(First, Second) const);
template <typename Result, typename First, typename Second>
Second second_parameter(Result (*)(First, Second));

template <typename T>
struct CompletedBy {
    using type = void;
};
template <typename R>
struct CompletedBy<Completion<R>> {
    using type = R;
};
template <typename Fn>
consteval auto completed_by() {
    using F = unwrapped_t<Fn>;
    if constexpr (requires { second_parameter(&F::operator()); }) return CompletedBy<std::remove_cvref_t<decltype(second_parameter(&F::operator()))>>();
    else if constexpr (requires(F fn) { second_parameter(fn); }) return CompletedBy<std::remove_cvref_t<decltype(second_parameter(std::declval<F>()))>>();
    else return CompletedBy<void>();
}
/// R of a function whose second parameter is a Completion<R>; else void.
template <typename Fn>
using completed_t = typename decltype(completed_by<Fn>())::type;

/// The way to the task of async_map. What waits in it is counted in the row of the operator, which both report.
template <typename E>
class CallsOutlet : public ChannelOutlet<E> {
public:
    CallsOutlet(std::shared_ptr<Channel<E>> channel, std::uint32_t id, std::string name, std::shared_ptr<std::uint64_t> shown)
        : ChannelOutlet<E>(std::move(channel), id, name), section_(std::move(name) + "/queue"), shown_(std::move(shown)), id_(id) {}

    template <typename Given>
    void on_event(Given&& event) {
        ++in_;
        ChannelOutlet<E>::on_event(std::forward<Given>(event));
    }
    template <typename Given>
    void on_span(std::span<Given> events) {
        in_ += events.size();
        ChannelOutlet<E>::on_span(events);
    }
    template <typename Given>
        requires requires(ChannelOutlet<E>& out, std::span<Given> events) { out.put_block(events); }
    std::size_t put_block(std::span<Given> events) noexcept {
        const std::size_t n = ChannelOutlet<E>::put_block(events);
        in_ += n;
        return n;
    }
    [[nodiscard]] std::uint64_t arrived(std::uint64_t) const noexcept { return in_; }
    void report(ReportWalk& walk, std::uint64_t) const {
        const std::uint64_t more = in_ - std::min(in_, *shown_);
        *shown_ += more;
        walk.add(id_, [more](OperatorReport& row) { row.in = row.held = more; });
    }
    void save(SaveWalk& walk) const {
        walk.section(section_, [this](StateWriter& to) { to.put(in_); });
    }
    void load(LoadWalk& walk) {
        walk.section(section_, [this](StateReader& from) { from.get(in_); });
    }

private:
    std::string section_;
    std::shared_ptr<std::uint64_t> shown_;
    std::uint64_t in_ = 0;
    std::uint32_t id_;
};

template <typename Fn, bool IsOrdered, typename P>
struct AsyncMapOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "async_map";
    static constexpr bool cuts = true;
    static constexpr bool counts_behind = true;
    AsyncOptions options;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    WEIR_NO_UNIQUE_ADDRESS P policy;

    static constexpr bool completes = not std::is_void_v<completed_t<Fn>>;
    template <typename S>
    using kept = owned_t<typename S::event>;
    template <typename S>
    static consteval bool callable() {
        if constexpr (completes) return std::invocable<Fn&, const value_t<kept<S>>&, Completion<completed_t<Fn>>>;
        else return TakesEvent<Fn&, const kept<S>&>;
    }
    template <typename S>
    static consteval auto answer() {
        if constexpr (completes) return std::type_identity<completed_t<Fn>>();
        else return AnswerOf<std::remove_cvref_t<call_result_t<Fn, const kept<S>&>>>();
    }
    template <typename S>
    using answer_t = typename decltype(answer<S>())::type;

    template <typename S>
        requires(not S::traits.clocked) && (callable<S>()) && (not std::is_void_v<answer_t<S>>) && (not is_timed<answer_t<S>>) &&
                (completes || (std::copy_constructible<Fn> && std::copy_constructible<kept<S>>))
    using out = std::conditional_t<P::template fits<S>(),
                                   with_traits_t<with_event_t<S, answer_t<S>>, waiting(IsOrdered ? owned(S::traits) : unordered(owned(S::traits)))>, Refused>;

    /// A queue, and at most four times as many events as calls, with the answers; of those that are called another copy, and what came too late.
    template <typename S>
    void say_memory(auto& walk, const S& stream) const {
        using E = kept<S>;
        using R = answer_t<S>;
        const std::size_t kept_events = times(4, options.calls), own = plus(walk.template of_one<E>() - sizeof(E), walk.template of_one<R>() - sizeof(R));
        const std::size_t slots = grown(kept_events, AsyncMapping<E, R, ErrorHandling<OnError::drop, NoBranch>, NoBranch, IsOrdered>::bytes_of_event());
        const std::size_t calls = times(plus(times(2, options.calls), kept_events), sizeof(typename Requests<E>::Request) + sizeof(Answer<R>) + 4 * sizeof(void*));
        walk.bounded(plus(channel_memory<E, E>(walk, queue_capacity(), S::timed ? 2 : 0), plus(plus(slots, calls), times(times(2, kept_events), own))));
        policy.say_memory(walk, stream);
    }
    [[nodiscard]] std::size_t queue_capacity() const noexcept { return std::clamp<std::size_t>(options.calls, 16, 1024); }

    template <typename S, typename Binding, typename BindRest>
    auto cut(const S& stream, Binding& binding, std::uint32_t id, BindRest&& rest) && {
        using E = kept<S>;
        using R = answer_t<S>;
        Graph& graph = binding.graph();
        const std::string own_name = binding.names()[id];
        auto errors = std::move(policy).bind(stream, binding, id);
        const auto answers = std::make_shared<Answers<R>>();
        const auto shown = std::make_shared<std::uint64_t>(0);
        const auto channel = std::make_shared<Channel<E>>(queue_capacity(), Overflow::block);
        const auto behind = [&](auto calls) {
            using Running = AsyncMapping<E, R, decltype(errors), decltype(calls), IsOrdered>;
            Running running(std::move(calls), answers, std::move(errors), binding.clock(), CallLimits{options.calls, options.timeout}, shown);
            auto next = std::forward<BindRest>(rest)();
            add_task<Binding::durable>(binding, ChannelInput<E>(channel), Link<Running, decltype(next), false>(std::move(running), std::move(next), id), "behind/" + own_name);
        };
        if constexpr (completes) {
            behind(CompletedCalls<Fn, E, R>(std::move(fn)));
        } else {
            const auto requests = std::make_shared<Requests<E>>();
            behind(WaitingCalls<E, R>(requests, graph));
            for (std::size_t i = 0; i < options.calls; ++i) graph.add(std::unique_ptr<Task>(new CallerTask<Fn, E, R>(fn, requests, answers)));
        }
        return CallsOutlet<E>(channel, id, own_name, shown);
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (S::traits.clocked)
            static_assert(never<Fn, S>, "async_map(n, fn, order, policy): these events have the times of the job's clock, which goes on while a call waits, so its "
                                        "result would be late. Put processing_time() behind async_map.");
        else if constexpr (not callable<S>())
            static_assert(never<Fn, S>, "async_map(n, fn, order, policy): fn cannot be called with this pipeline's events. Accepted: R fn(const T&) that may wait, "
                                        "std::future<R> fn(const T&), and void fn(const T&, weir::Completion<R>) with the types of its parameters written out.");
        else if constexpr (std::is_void_v<answer_t<S>>)
            static_assert(never<Fn, S>, "async_map(n, fn, order, policy): fn returns nothing. Return the value that goes on, or take a weir::Completion<R> "
                                        "as the second parameter and give it that value later.");
        else if constexpr (is_timed<answer_t<S>>)
            static_assert(never<Fn, S>, "async_map(n, fn, order, policy): fn returns an Event, but async_map keeps the event's time. Return the value alone; "
                                        "a time is given by event_time(projection).");
        else
            static_assert(never<Fn, S>, "async_map(n, fn, order, policy): each of the n callers has a copy of fn and of its event, and one of them cannot be "
                                        "copied. Accepted: std::ref(fn); events that can be copied; void fn(const T&, weir::Completion<R>).");
    }
};

template <typename O>
inline constexpr bool is_ordering = std::is_same_v<O, Ordered> || std::is_same_v<O, Unordered>;

} // namespace detail

/// Replaces each event e by what fn answers for it, with several calls on their way at once: for functions that wait, for a service or a disk.
///     E -> R, owned; event time kept. fn is one of
///         R fn(const T&)                      waits. Each of options.calls callers has its own copy of fn, and is a task of the job: under
///         std::future<R> fn(const T&)         the default executor a thread, under a Pool one of its threads while fn waits
///         void fn(const T&, Completion<R>)    does not wait; the answer is given later, by any thread. The event is lent during the call
///     ordered: results go on in the order of the events; unordered: as they come, but never across a watermark or the end.
///     It begins a task of its own, with a bounded queue in front. At options.calls calls, or four times so many events with those that
///     wait for their turn, nothing more is taken. An error of fn, a timeout and an abandoned Completion go to the policy, as in try_map,
///     when it is the event's turn; retry(n, backoff) makes the call again while others go on.
///     stop: what was taken is finished; what nobody answers holds it up where there is no timeout. Error: callers finish the call that
///     they are in; what a Completion brings then is thrown away.
///     Durable: events without a result are saved, and called again. In the Report they are held, those in the queue too.
///     Example: tests/runtime/async_map.cpp, examples/slow_service.cpp
template <typename Fn, typename O, typename P = decltype(fail())>
[[nodiscard]] auto async_map(AsyncOptions options, Fn fn, O, P policy = {}) {
    if constexpr (not detail::is_ordering<O>) {
        static_assert(detail::said_before<O>, "async_map(n, fn, order, policy): this is not an order. Accepted: weir::ordered, weir::unordered.");
        return Refused{};
    } else if constexpr (not detail::ErrorPolicy<P>) {
        static_assert(detail::said_before<P>, "async_map(n, fn, order, policy): this is not a policy. Accepted: drop(), fail(), retry(n, "
                                              "backoff), dead_letter(chain).");
        return Refused{};
    } else {
        if (options.calls == 0) throw std::invalid_argument("async_map: with at most 0 calls at once there would be none. Give at least 1.");
        if (options.timeout <= Duration::zero()) throw std::invalid_argument("async_map: a timeout must be greater than 0.");
        return detail::AsyncMapOp<Fn, std::is_same_v<O, Ordered>, P>{options, std::move(fn), std::move(policy)};
    }
}
/// async_map(n, fn, order, policy): at most n calls at once.
template <std::integral N, typename Fn, typename O, typename P = decltype(fail())>
[[nodiscard]] auto async_map(N calls, Fn fn, O order, P policy = {}) {
    return async_map(AsyncOptions{.calls = calls < 0 ? 0 : static_cast<std::size_t>(calls)}, std::move(fn), order, std::move(policy));
}
template <typename... Wrong>
constexpr Refused async_map(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "async_map(n, fn, order, policy): it takes a number of calls, a function, an order and perhaps a policy. "
                  "Accepted: async_map(16, fn, weir::ordered), async_map(16, fn, weir::unordered, drop()).");
    return {};
}

} // namespace weir
