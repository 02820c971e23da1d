// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/erased.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {

/// What an AnyChain's type says of the chains that it can hold.
struct AnyRules {
    Order order = Order::total; ///< none: also chains that do not keep the order of their events
    bool durable = false;       ///< its state can be saved: needed in durable jobs, refuses chains whose state cannot be
    bool clocked = false;       ///< the times that it gives are those of the job's clock: processing_time() stands inside
    bool bounded = false;       ///< it is for pipelines with an end, so that sort_by and others that wait for the end may stand inside

    friend bool operator==(const AnyRules&, const AnyRules&) = default;
};

namespace detail {
struct InsideAnyChain; // in the compilers' notes
} // namespace detail

/// A chain of any type that takes In and gives Out: for interfaces, plug-ins, chains made at run time, and compile time.
///     AnyChain<Trade, Bar> to_bars = cleaned | map(bar_of);   from(trades) | to_bars | ...
///     In -> Out; T or Event<T>, of which only the latter carries event times; Out = void: the chain ends in a sink. Behind
///     processing_time() the job's clock drives the windows inside and behind it too.
///     Order kept, as Is says. Events reach the chain inside as ours (T&&): copied where the pipeline only lends them.
///     One virtual call per block of events (at most 256), per signal and per end of a span; per event where take or another
///     operator inside can finish. Allocates at the start of the job. Stages inside are refused.
///     It is a value: a copy shares the recipe, which never changes; each job makes its own running form of it.
///     Rows in the Report: AnyChain#1/... Example: tests/op/any_chain.cpp
template <typename In, typename Out, AnyRules Is = AnyRules{}>
class AnyChain {
    static_assert(std::is_same_v<owned_t<In>, In>, "AnyChain<In, Out>: In must be a type that owns its memory, as events are kept for a "
                                                   "moment: std::string and not std::string_view.");
    // What the chain inside may rely on. (That somebody wakes up for its deadlines is looked at when the job starts.)
    using Inside = Stream<In, Traits{.bounded = Is.bounded}>;

    template <typename B>
    static consteval bool order_fits() { return std::is_same_v<B, Ended> || static_cast<int>(B::traits.order) <= static_cast<int>(Is.order); }

    template <typename B>
    static consteval bool clock_fits() { return not B::timed || B::traits.clocked == Is.clocked; }

    template <typename C>
    static consteval bool fits() {
        using B = detail::behind_t<Inside, C, detail::InsideAnyChain>;
        if constexpr (std::is_same_v<B, Refused>) {
            return false; // said before, by the operator that refused
        } else if constexpr (detail::any_cuts<detail::ops_t<C>>) {
            static_assert(detail::never<C>, "AnyChain: a chain with a stage, async_map or a parallel part inside goes on in other tasks, which a chain of any type "
                                    "cannot. Let the stage stand before or behind the AnyChain.");
            return false;
        } else if constexpr (not std::copy_constructible<detail::ops_t<C>>) {
            static_assert(detail::never<C>, "AnyChain: this chain cannot be copied, and each job needs a copy of its own. Look for a function that "
                                    "holds something which can only be moved.");
            return false;
        } else if constexpr (std::is_same_v<B, Ended>) {
            if constexpr (not std::is_void_v<Out>)
                static_assert(detail::never<C>, "AnyChain<In, Out>: this chain ends in a sink, so it gives no Out. Write AnyChain<In, void>, or leave "
                                        "out the sink.");
            return std::is_void_v<Out>;
        } else if constexpr (B::has_clauses) {
            static_assert(detail::LeakedClause<void, B>::said == 0);
            return false;
        } else if constexpr (std::is_void_v<Out>) {
            static_assert(detail::never<C>, "AnyChain<In, void>: this chain has no sink. End it with one, or write AnyChain<In, Out>.");
            return false;
        } else if constexpr (not std::is_same_v<owned_t<typename B::event>, Out>) {
            if constexpr (std::is_same_v<value_t<owned_t<typename B::event>>, value_t<Out>>)
                static_assert(detail::never<C>, "AnyChain<In, Out>: Out and what this chain gives differ in event time: one is an Event<T>, the other a "
                                        "T. AnyChain<Event<T>, Event<U>> carries event times, AnyChain<T, U> none.");
            else
                static_assert(detail::never<C>, "AnyChain<In, Out>: this chain does not give events of type Out. Bring them to it with map(fn).");
            return false;
        } else if constexpr (not order_fits<B>()) {
            static_assert(detail::never<C>, "AnyChain<In, Out>: this chain does not keep the order of its events (several branches, merge). Write "
                                    "AnyChain<In, Out, weir::AnyRules{.order = weir::Order::none}>.");
            return false;
        } else if constexpr (not clock_fits<B>()) {
            static_assert(detail::never<C>, "AnyChain<In, Out>: whether what it gives has the times of the job's clock (processing_time) must be "
                                    "said: it has with processing_time() inside and AnyChain<In, Out, weir::AnyRules{.clocked = true}>.");
            return false;
        } else {
            return true;
        }
    }

public:
    using kind = OperatorKind;
    static constexpr std::string_view name = "AnyChain";

    template <typename C>
        requires detail::ChainLike<C> && (not std::same_as<std::remove_cvref_t<C>, AnyChain>)
    AnyChain(C&& chain) {
        if constexpr (fits<std::remove_cvref_t<C>>()) {
            using Recipe = detail::RecipeOf<In, Out, Inside, detail::ops_t<C>, Is.durable>;
            recipe_ = std::make_shared<const Recipe>(detail::ops_of(std::forward<C>(chain)));
        }
    }

    template <typename S>
    using behind = Stream<Out, Traits{false, S::traits.bounded, std::max(S::traits.order, Is.order), S::traits.waits,
                                      is_timed<Out> && (Is.clocked || S::traits.clocked), S::traits.merged}>;
    template <typename S>
        requires std::is_same_v<owned_t<typename S::event>, In> && std::is_constructible_v<In, passed_t<S>> && (S::traits.bounded || not Is.bounded)
    using out = std::conditional_t<std::is_void_v<Out>, Ended, behind<S>>;

    template <typename S>
    void say_memory(auto& walk, const S&) const { // a block of events, and what the chain keeps
        walk.bounded(detail::times(detail::Erased<In, Out, Is.durable>::block_events, walk.template of_one<In>()));
        recipe_->say_memory(walk);
    }
    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        detail::AnyBinding inside(binding.names(), binding.clock(), binding.memory(), detail::is_merged<S>(binding));
        binding.names().enter(id);
        auto running = recipe_->bind(inside, S::traits.clocked);
        binding.names().leave();
        if (is_timed<Out> && S::traits.clocked && not recipe_->keeps_clock())
            throw std::logic_error(binding.names()[id] + ": event_time inside, behind processing_time() before it. Leave that one out.");
        if (not S::traits.waits && running->has_deadline())
            throw std::logic_error(binding.names()[id] + ": an operator inside has a deadline of its own (a linger, a timer), and the source "
                                                         "of this pipeline cannot be waited for until then: put a stage() behind the source.");
        using Inner = detail::Erased<In, Out, Is.durable>;
        return detail::Relay<Inner>(Inner(std::move(running)));
    }

    template <typename S>
    static constexpr void explain() {
        using E = owned_t<typename S::event>;
        if constexpr (std::is_same_v<E, In> && Is.bounded && not S::traits.bounded)
            static_assert(detail::never<S>, "AnyChain<In, Out, AnyRules{.bounded = true}>: it waits for the end of the stream, and this one has none. Put "
                                            "take(n) before it, or leave out .bounded.");
        else if constexpr (std::is_same_v<E, In>)
            static_assert(detail::never<S>, "AnyChain<In, Out>: this pipeline lends its events (const T&), and they cannot be copied. Give the source "
                                    "by std::move, so that its events are the pipeline's own.");
        else if constexpr (std::is_same_v<value_t<E>, value_t<In>> && S::timed)
            static_assert(detail::never<S>, "AnyChain<T, U>: the event times of this pipeline would be lost in it. Write AnyChain<Event<T>, Event<U>>.");
        else if constexpr (std::is_same_v<value_t<E>, value_t<In>>)
            static_assert(detail::never<S>, "AnyChain<Event<T>, U>: the events of this pipeline have no event time. Put event_time(projection) before "
                                    "it, or write AnyChain<T, U>.");
        else
            static_assert(detail::never<S>, "AnyChain<In, Out>: the events of this pipeline are not of type In. Bring them to it with map(fn); a "
                                    "std::string_view is an In of std::string.");
    }

private:
    std::shared_ptr<const detail::AnyRecipe<In, Out>> recipe_;
};

} // namespace weir
