// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/key.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/sided.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The last operator of a side: says whose its events are.
template <bool IsLeft, typename Both>
struct SideOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "side";
    static constexpr bool takes_clauses = true;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    template <typename S>
    using out = Stream<Both, owned(S::traits)>;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) const {
        give(value_of(std::forward<E>(event)), time_of(event), next);
    }
    static constexpr bool takes_timed_span = is_timed<Both>;
    template <typename E, typename Next>
    std::size_t on_timed_span(const TimedSpan<E>& events, Next& next) {
        left_ = events.values.size();
        for (std::size_t i = 0; i < events.values.size(); ++i, --left_) {
            next.on_watermark(events.marks[i]);
            give(value_of(pass(events.values[i])), events.times[i], next);
        }
        next.on_watermark(events.last);
        return events.values.size();
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_; }

private:
    template <typename V, typename Next>
    static void give(V&& value, [[maybe_unused]] Timestamp time, Next& next) {
        using Sided = value_t<Both>;
        using Own = std::conditional_t<IsLeft, typename Sided::left_type, typename Sided::right_type>;
        const auto make = [&] {
            if constexpr (is_timed<Both>) return Both{Sided(std::bool_constant<IsLeft>(), Own(std::forward<V>(value))), time};
            else return Sided(std::bool_constant<IsLeft>(), Own(std::forward<V>(value)));
        };
        if constexpr (requires { next.on_made_event(make); }) next.on_made_event(make);
        else next.on_event(make());
    }

    std::size_t left_ = 0; // of a span
};

/// The two pipelines of a join as the source of one. Its running form is that of a merge.
///     right_first: nothing is read of the left one before the right one has ended.
template <typename Left, typename Right, bool RightTimeless>
struct JoinOf {
    static constexpr bool is_merge = true;
    static constexpr std::string_view part_names[] = {"join/left", "join/right"};
    static constexpr bool right_timeless = RightTimeless; // so the watermark is that of the left one
    using stream = Stream<typename Left::stream::event, Traits{.lent = false,
                                                               .bounded = Left::stream::traits.bounded && Right::stream::traits.bounded,
                                                               .order = Order::none,
                                                               .waits = Left::stream::traits.waits && Right::stream::traits.waits,
                                                               .merged = Left::stream::timed && not RightTimeless}>;
    std::tuple<Left, Right> parts;
    bool right_first = false;
};

/// The projection of the key_by that is still open behind a chain: its last.
template <std::size_t I, typename Ops>
constexpr const auto& open_key_of(const Ops& ops) {
    if constexpr (requires { detail::nth<I - 1>(ops).projection; nth_t<I - 1, Ops>::clause; }) return detail::nth<I - 1>(ops).projection;
    else return open_key_of<I - 1>(ops);
}
template <typename P>
constexpr const auto& open_key_in(const P& pipeline) { return open_key_of<decltype(P::ops)::size>(pipeline.ops); }
template <typename P>
using open_key_t = std::remove_cvref_t<decltype(open_key_in(std::declval<const P&>()))>;

/// The kept form of a side's values, and of its keys.
template <typename P>
using side_value_t = owned_t<typename P::stream::value>;
template <typename P>
using side_key_t = kept_key_t<open_key_t<P>, side_value_t<P>>;

/// Whether two pipelines can be the sides of a join; says the mistake where they cannot. Timed: it needs their event times.
/// Where times do not matter (Timed: false) the right side may do without.
template <bool Timed, typename L, typename R>
consteval bool can_join() {
    if constexpr (std::is_same_v<L, Refused> || std::is_same_v<R, Refused>) {
        return false;
    } else if constexpr (not is_pipeline<L> || not is_pipeline<R>) {
        static_assert(never<L, R>, "join(left, right, ...): both sides are pipelines, each with its source. Write from(a) | ... | key_by(projection).");
        return false;
    } else if constexpr (std::is_same_v<typename L::stream, Ended> || std::is_same_v<typename R::stream, Ended>) {
        static_assert(never<L, R>, "join(left, right, ...): a side ends in a sink already. Put the sink behind the join.");
        return false;
    } else if constexpr (not is_keyed<typename L::stream> || not is_keyed<typename R::stream>) {
        static_assert(never<L, R>, "join(left, right, ...): a side has no key by which its events find their partners. End it with key_by(projection).");
        return false;
    } else if constexpr (is_windowed<typename L::stream> || is_windowed<typename R::stream>) {
        static_assert(never<L, R>, "join(left, right, ...): a side ends in a window(...). Windows of both sides are given to window_join or cogroup.");
        return false;
    } else if constexpr (Timed && not(L::stream::timed && R::stream::timed)) {
        static_assert(never<L, R>, "join(left, right, ...): this join is one by event times, and a side has none. Put event_time(projection, strategy) "
                                   "before its key_by.");
        return false;
    } else if constexpr (L::stream::traits.clocked || R::stream::traits.clocked) {
        static_assert(never<L, R>, "join(left, right, ...): the times of a side are those of the job's clock, which gives no watermark that the other's "
                                   "could be compared with.");
        return false;
    } else if constexpr (lacks_copies<typename L::stream> || lacks_copies<typename R::stream>) {
        say_lacks_copies<std::pair<L, R>>();
        return false;
    } else if constexpr (not std::is_same_v<side_key_t<L>, side_key_t<R>>) {
        static_assert(never<L, R>, "join(left, right, ...): the keys of the sides are not of the same type. Convert one in its key_by.");
        return false;
    } else {
        return true;
    }
}

/// What a join of a stream S of both sides' events gives: it comes from none of them alone.
template <typename S, typename V>
using joined_t = Stream<std::conditional_t<S::timed, Event<std::remove_cvref_t<V>>, std::remove_cvref_t<V>>,
                        Traits{.lent = false, .bounded = S::traits.bounded, .order = S::traits.order, .waits = S::traits.waits}>;

/// What comes of two pipelines where they meet: events of Sided<L, R>.
template <typename Left, typename Right>
constexpr auto joined(Left&& left, Right&& right, bool right_first = false) {
    using L = side_value_t<std::remove_cvref_t<Left>>;
    using R = side_value_t<std::remove_cvref_t<Right>>;
    using Both = std::conditional_t<std::remove_cvref_t<Left>::stream::timed, Event<Sided<L, R>>, Sided<L, R>>;
    auto l = std::forward<Left>(left) | SideOp<true, Both>{};
    auto r = std::forward<Right>(right) | SideOp<false, Both>{};
    constexpr bool timeless = std::remove_cvref_t<Left>::stream::timed && not std::remove_cvref_t<Right>::stream::timed;
    using Source = JoinOf<decltype(l), decltype(r), timeless>;
    return Pipeline<Source, typename Source::stream>{Source{{std::move(l), std::move(r)}, right_first}, {}};
}

} // namespace weir::detail
