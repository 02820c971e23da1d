// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/relay.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

// What broadcast and route share: the rules for the chains inside, and a set of running ones.

namespace weir::detail {

/// Running branches, side by side. (Not a std::tuple: a set of trivially copyable branches is to be one itself.)
template <typename... Bs>
struct BranchList {
    template <typename Fn>
    constexpr void for_each(Fn&&) {}
    template <typename Fn>
    constexpr void for_each(Fn&&) const {}
};
template <typename B, typename... Bs>
struct BranchList<B, Bs...> {
    B first;
    WEIR_NO_UNIQUE_ADDRESS BranchList<Bs...> rest;

    template <typename Fn>
    WEIR_INLINE constexpr void for_each(Fn&& fn) {
        fn(first);
        rest.for_each(fn);
    }
    template <typename Fn>
    WEIR_INLINE constexpr void for_each(Fn&& fn) const {
        fn(first);
        rest.for_each(fn);
    }
};

enum class BranchMistake : unsigned char { none, refused, leaves_task, lends, types };

/// What the branches' streams are together. B: a branch's stream behind its last operator, C: its chain.
template <typename S, typename B, typename C>
consteval BranchMistake branch_mistake() {
    if constexpr (std::is_same_v<B, Refused>) return BranchMistake::refused; // said before, by the operator that refused
    else if constexpr (std::is_same_v<B, Ended>) return BranchMistake::none;
    else if constexpr (B::has_clauses) {
        static_assert(LeakedClause<void, B>::said == 0);
        return BranchMistake::refused;
    } else if constexpr (leaves_task<ops_t<C>>) return BranchMistake::leaves_task;
    else if constexpr (not std::is_constructible_v<owned_t<typename B::event>, passed_t<B>>) return BranchMistake::lends;
    else return BranchMistake::none;
}

/// The stream behind open branches which agree: the first one's, and no order where there are several.
template <typename First, typename... Bs>
struct JoinedBranches {
    using type = First;
};
template <typename First, typename B, typename... Bs>
struct JoinedBranches<First, B, Bs...> {
    template <typename X, typename Y>
    static consteval auto join() {
        if constexpr (std::is_same_v<Y, Ended>) {
            return std::type_identity<X>{};
        } else {
            using E = owned_t<typename Y::event>;
            if constexpr (std::is_same_v<X, Ended>) {
                return std::type_identity<Stream<E, Traits{false, Y::traits.bounded, Y::traits.order, Y::traits.waits, Y::traits.clocked, Y::traits.merged}>>{};
            } else if constexpr (std::is_same_v<typename X::event, E>) {
                return std::type_identity<
                    Stream<E, Traits{false, X::traits.bounded && Y::traits.bounded, Order::none, X::traits.waits && Y::traits.waits,
                                                           X::traits.clocked && Y::traits.clocked, X::traits.merged || Y::traits.merged}>>{};
            } else {
                return std::type_identity<Refused>{};
            }
        }
    }
    using Two = typename decltype(join<First, B>())::type;
    template <typename Joined>
    struct Go : JoinedBranches<Joined, Bs...> {};
    template <typename Joined>
        requires std::is_same_v<Joined, Refused>
    struct Go<Joined> {
        using type = Refused;
    };
    using type = typename Go<Two>::type;
};

/// The stream behind an operator with the branches Cs, each of which gets a stream S; Inside says the mistakes.
template <typename Inside, typename S, typename... Cs>
struct BehindBranches {
    template <typename C, typename... Rest>
    static consteval BranchMistake first_mistake() {
        constexpr BranchMistake mistake = branch_mistake<S, behind_t<S, C, Inside>, C>();
        if constexpr (mistake != BranchMistake::none || sizeof...(Rest) == 0) return mistake;
        else return first_mistake<Rest...>();
    }
    static consteval auto check() {
        constexpr BranchMistake mistake = first_mistake<Cs...>();
        if constexpr (mistake != BranchMistake::none) {
            if constexpr (mistake != BranchMistake::refused) Inside::template say<mistake, S>();
            return std::type_identity<Refused>{};
        } else {
            using Joined = typename JoinedBranches<Ended, behind_t<S, Cs, Inside>...>::type;
            if constexpr (std::is_same_v<Joined, Refused>) Inside::template say<BranchMistake::types, S>();
            return std::type_identity<Joined>{};
        }
    }
    using type = typename decltype(check())::type;
};

/// What the chains say of their memory. A branch gives what comes of one event, or signal, before it is given the next.
template <std::size_t I = 0, typename S, typename... Cs>
void branches_memory(auto& walk, const S& stream, const std::tuple<Cs...>& chains) {
    if constexpr (I != sizeof...(Cs)) {
        walk.branch(stream, std::get<I>(chains), "branch#" + std::to_string(I + 1));
        branches_memory<I + 1>(walk, stream, chains);
    }
}

/// Binds the chains one after the other, so that their names stand in order. part(i): the name of the i-th.
template <typename Inside, typename Out, std::size_t I = 0, typename S, typename... Cs, typename Binding, typename Part>
constexpr auto bind_branches(const S& stream, std::tuple<Cs...>& chains, Binding& binding, std::uint32_t id, const Part& part) {
    if constexpr (I == sizeof...(Cs)) {
        return BranchList<>{};
    } else {
        using C = std::tuple_element_t<I, std::tuple<Cs...>>;
        auto branch = [&] {
            if constexpr (std::is_same_v<behind_t<S, C, Inside>, Ended>)
                return bind_branch(stream, std::move(std::get<I>(chains)), binding, id, part(I));
            else
                return bind_branch(stream, std::move(std::get<I>(chains)), binding, id, part(I), BufferEnd<typename Out::event>());
        }();
        return [&]<typename... Bs>(BranchList<Bs...> rest) {
            return BranchList<decltype(branch), Bs...>{std::move(branch), std::move(rest)};
        }(bind_branches<Inside, Out, I + 1>(stream, chains, binding, id, part));
    }
}

/// Running branches with all that does not depend on who gets which event.
template <typename E, typename... Bs>
class BranchSet {
public:
    using event_type = E;
    static constexpr bool open = (Bs::open || ...);
    static constexpr bool waits = (Bs::waits || ...);
    static constexpr bool has_deadline = (Bs::has_deadline || ...);
    /// A branch behind a stage ends when that stage's task has.
    static constexpr bool can_finish = ((Bs::can_finish || (not Bs::open && Bs::waits)) && ...);

    constexpr explicit BranchSet(BranchList<Bs...> branches) : branches_(std::move(branches)) {}

    constexpr void signal(const SignalValue& signal) {
        branches_.for_each([&](auto& branch) { send(signal, branch); });
    }
    constexpr void end_span() {
        branches_.for_each([](auto& branch) { branch.end_span(); });
    }

    /// After an event: all that the first branch gives for it, then the second. After a signal: what comes first in event time,
    /// so that what follows sees one stream whose watermark is the least of the branches'.
    template <typename Next>
    constexpr bool deliver(Next& next, bool in_signal) {
        if constexpr (open_branches > 1)
            if (in_signal) return deliver_by_watermark(next);
        bool all = true;
        branches_.for_each([&](auto& branch) {
            if constexpr (std::remove_cvref_t<decltype(branch)>::open)
                if (all) all = hand_on_of<false>(branch, next);
        });
        return all;
    }

    constexpr bool resume() {
        bool through = true;
        branches_.for_each([&](auto& branch) { // all of them: each says to its reader that it waits
            if constexpr (not std::remove_cvref_t<decltype(branch)>::open) through &= branch.resume();
        });
        return through;
    }
    [[nodiscard]] constexpr std::size_t room() const {
        std::size_t room = unlimited;
        branches_.for_each([&](const auto& branch) {
            if constexpr (not std::remove_cvref_t<decltype(branch)>::open) room = std::min<std::size_t>(room, branch.room());
        });
        return room;
    }
    [[nodiscard]] constexpr bool done() const {
        bool done = true;
        branches_.for_each([&](const auto& branch) { done = done && branch.done(); });
        return done;
    }
    [[nodiscard]] constexpr Timestamp deadline() const {
        Timestamp at = max_time;
        branches_.for_each([&](const auto& branch) { at = std::min<Timestamp>(at, branch.deadline()); });
        return at;
    }
    [[nodiscard]] constexpr Timestamp resume_at() const {
        Timestamp at = max_time;
        branches_.for_each([&](const auto& branch) { at = std::min<Timestamp>(at, branch.resume_at()); });
        return at;
    }
    template <typename Fn>
    constexpr void for_each_outlet(Fn&& fn) {
        branches_.for_each([&](auto& branch) { branch.for_each_outlet(fn); });
    }
    void save_own(StateWriter& to) const {
        to.put(raised_);
        to.put(told_);
        branches_.for_each([&](const auto& branch) {
            if constexpr (std::remove_cvref_t<decltype(branch)>::open) branch.buffer().save_own(to);
        });
    }
    void load_own(StateReader& from) {
        from.get(raised_);
        from.get(told_);
        for_each_open([&](auto& branch) { branch.buffer().load_own(from); });
    }
    void report(ReportWalk& walk) const {
        branches_.for_each([&](const auto& branch) { branch.report(walk); });
    }
    template <typename Walk>
    void save(Walk& walk) const {
        branches_.for_each([&](const auto& branch) { branch.save(walk); });
    }
    template <typename Walk>
    void load(Walk& walk) {
        branches_.for_each([&](auto& branch) { branch.load(walk); });
    }

protected:
    BranchList<Bs...> branches_;

private:
    static constexpr std::size_t open_branches = (std::size_t{Bs::open} + ... + 0);

    template <typename Fn>
    constexpr void for_each_open(Fn&& fn) {
        branches_.for_each([&](auto& branch) {
            if constexpr (std::remove_cvref_t<decltype(branch)>::open) fn(branch);
        });
    }
    template <bool One, typename B, typename Next>
    constexpr bool hand_on_of(B& branch, Next& next) {
        return hand_on<One>(branch, next, told_, [&] { raise(next); }, [&] { rest(branch, next); });
    }
    /// What follows is idle when all open branches are.
    template <typename B, typename Next>
    constexpr void rest(B& branch, Next& next) {
        branch.buffer().idle_at = branch.arrived();
        bool idle = true;
        for_each_open([&](auto& other) { idle = idle && other.buffer().idle_at == other.arrived(); });
        if (not idle) return;
        for_each_open([](auto& other) { other.buffer().idle_at = other.buffer().not_idle; });
        next.on_idle();
    }
    /// The watermark of what follows is the least of the open branches'.
    template <typename Next>
    constexpr void raise(Next& next) {
        Timestamp least = max_time;
        for_each_open([&](auto& branch) { least = std::min(least, branch.buffer().mark); });
        if (least <= raised_) return;
        raised_ = least;
        next.on_watermark(least);
    }
    template <typename Next>
    constexpr bool deliver_by_watermark(Next& next) {
        for (;;) {
            if constexpr (Next::can_finish) {
                if (next.done()) { // only their marks go on, to what is behind a take
                    for_each_open([&](auto& branch) { hand_on_of<false>(branch, next); });
                    return true;
                }
            }
            Timestamp least = max_time;
            bool any = false;
            for_each_open([&](auto& branch) {
                if (branch.buffer().kept().empty() && not branch.suspended()) return;
                if (not any || branch.buffer().mark < least) least = branch.buffer().mark;
                any = true;
            });
            if (not any) return true;
            bool chosen = false;
            bool moved = true;
            for_each_open([&](auto& branch) {
                if (chosen || (branch.buffer().kept().empty() && not branch.suspended()) || branch.buffer().mark != least) return;
                chosen = true;
                moved = hand_on_of<true>(branch, next);
            });
            if (not moved) return false;
        }
    }

    Timestamp raised_ = min_time;
    Timestamp told_ = min_time; // the own mark that what follows knows
};

} // namespace weir::detail
