// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/event_block.hpp>
#include <weir/keyed/hash_rows.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A key that equals none, not even itself, as in SQL: an optional that is empty, or one with such a part.
template <typename K>
[[nodiscard]] constexpr bool has_no_value(const K& key) {
    if constexpr (is_hashed_optional<K>) return not key.has_value() || has_no_value(*key);
    else if constexpr (is_hashed_tuple<K>) return std::apply([](const auto&... parts) { return (has_no_value(parts) || ...); }, key);
    else return false;
}

/// The running form of hash_join. All of the right side has come before the first of the left.
///     Timed: rows have times; RightTimed: those of the right side too.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, JoinType type, bool RightTimed, typename Fn>
class HashJoining {
    using Sides = value_t<Both>;
    using L = typename Sides::left_type;
    using R = typename Sides::right_type;
    using Arguments = JoinArguments<type, L, R>;
    static constexpr bool timed = is_timed<Both>;
    static constexpr bool only_looks = not is_pairing<type>; // whether there is a partner
    using Kept = std::conditional_t<RightTimed, Event<R>, R>;
    using Rows = std::conditional_t<only_looks, HashKeys<Key>, HashRows<Key, Kept>>;

public:
    using kind = OperatorKind;

    HashJoining(KeyOfLeft key_of_left, KeyOfRight key_of_right, Fn fn)
        : key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)), fn_(std::move(fn)) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (waits_) static_cast<void>(go_on<false>(next)); // an operator before this gave more than there is room for
        const Timestamp time = time_of(event);
        if (L* const left = value_of(event).left()) {
            auto&& key = std::invoke(std::as_const(key_of_left_), std::as_const(*left));
            match(*left, time, has_no_value(key) ? no_row : rows_.find(key, hash_of_key(key)), next);
        } else {
            R& right = *value_of(event).right();
            auto&& key = std::invoke(std::as_const(key_of_right_), std::as_const(right));
            keep(right, time, key, hash_of_key(key), no_row);
        }
    }

    /// Events of one side at once.
    static constexpr bool takes_merged_span = RunKeys<KeyOfLeft, L>::fits && RunKeys<KeyOfRight, R>::fits;
    template <typename Next>
    std::size_t on_merged_span(const MergedSpan<Both>& span, Next& next) {
        if (waits_) static_cast<void>(go_on<false>(next));
        return value_of(span.events.front().event).is_left() ? take_run<true>(span, key_of_left_, next) : take_run<false>(span, key_of_right_, next);
    }
    [[nodiscard]] std::size_t unfinished() const noexcept { return left_ == 0 ? 1 : left_; }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t <= mark_) return;
        mark_ = t;
        if (not waits_) waits_ = not go_on<Next::bounded_room>(next);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // nothing is late here, nor behind this
    template <typename Next>
    void on_end(Next& next) {
        if (waits_) ended_ = true;
        else next.on_end();
    }
    template <typename Next>
    bool resume(Next& next) {
        if (waits_) waits_ = not go_on<true>(next);
        return not waits_;
    }
    template <typename Next>
    [[nodiscard]] std::size_t room(const Next& next) const { return waits_ ? 0 : next.room(); }

    void report(OperatorReport& row) const noexcept {
        row.held = held_;
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::filtered) = filtered_;
    }
    // No barrier passes while it waits.
    void save(StateWriter& to) const {
        rows_.save(to);
        to.put(mark_);
        to.put(sent_);
        to.put(held_);
        to.put(unmatched_);
        to.put(filtered_);
    }
    void load(StateReader& from) {
        rows_.load(from);
        from.get(mark_);
        from.get(sent_);
        from.get(held_);
        from.get(unmatched_);
        from.get(filtered_);
    }

private:
    struct Nothing {};
    /// A row of the left side that has more partners than there is room for.
    struct Partly {
        L left;
        Timestamp time;
        std::uint32_t at; // of the next partner
    };

    template <bool IsLeft, typename KeyOf, typename Next>
    std::size_t take_run(const MergedSpan<Both>& span, const KeyOf& key_of, Next& next) {
        using T = std::conditional_t<IsLeft, L, R>;
        constexpr std::size_t most = TimedSpan<T>::most;
        std::size_t taken = 0;
        left_ = span.events.size();
        while (left_ != 0) {
            const auto events = span.events.subspan(taken, std::min(left_, most));
            const auto value = [events](std::size_t i) -> T& {
                if constexpr (IsLeft) return *value_of(events[i].event).left();
                else return *value_of(events[i].event).right();
            };
            RunKeys<KeyOf, T> keys(key_of);
            std::uint64_t hashes[most];
            std::uint32_t guesses[most];
            std::size_t n = 0;
            const auto take_them = [&] {
                rows_.guess({hashes, n}, guesses);
                const auto key = keys.again([value](std::size_t i) -> const T& { return value(i); });
                for (std::size_t i = 0; i < n; ++i, ++taken, --left_) {
                    if constexpr (timed) on_watermark(std::min(events[i].mark, span.others), next);
                    if constexpr (Next::bounded_room)
                        if (room(next) == 0) return false;
                    const Timestamp time = time_of(events[i].event);
                    if constexpr (IsLeft) match(value(i), time, has_no_value(key(i)) ? no_row : rows_.find(key(i), hashes[i], guesses[i]), next);
                    else keep(value(i), time, key(i), hashes[i], guesses[i]);
                }
                return true;
            };
            try {
                for (; n < events.size(); ++n) hashes[n] = hash_of_key(keys.find(n, std::as_const(value(n))));
            } catch (...) { // at the n-th key
                take_them();
                throw;
            }
            if (not take_them()) break;
        }
        left_ = 0;
        return taken;
    }

    /// guessed: of its key's number, or no_row.
    template <typename K>
    void keep(R& right, [[maybe_unused]] Timestamp time, const K& key, std::uint64_t hash, std::uint32_t guessed) {
        const auto kept = [&]() -> Kept {
            if constexpr (RightTimed) return {std::move(right), time};
            else return std::move(right);
        };
        if (has_no_value(key)) {
            if constexpr (not Arguments::keeps_right) ++unmatched_;
            else rows_.add_without_key(kept), ++held_;
        } else {
            if constexpr (only_looks) rows_.add(key, hash, guessed);
            else rows_.add(key, hash, guessed, kept);
            ++held_;
        }
    }

    /// key: the number of its key, or no_row.
    template <typename Next>
    WEIR_INLINE void match(L& left, Timestamp time, std::uint32_t key, Next& next) {
        if (key != no_row) rows_.match(key);
        if constexpr (only_looks) {
            if ((key != no_row) == (type == JoinType::semi)) pass_on(std::move(left), time, next);
            else ++(type == JoinType::semi ? unmatched_ : filtered_);
        } else if (key != no_row) {
            give(&left, &rows_.first(key), time, next);
            if (const std::uint32_t more = rows_.second(key); more != no_row) [[unlikely]] give_more(left, time, more, next);
        } else if constexpr (Arguments::keeps_left) {
            give(&left, nullptr, time, next);
        } else {
            ++unmatched_;
        }
    }
    /// Gives it with its partners from `at` on, and keeps it if there is no room for all of them.
    template <typename Next>
    void give_more(L& left, Timestamp time, std::uint32_t at, Next& next) {
        if (not give_partners<Next::bounded_room>(left, time, at, next)) {
            partly_.emplace(std::move(left), time, at);
            waits_ = true;
        }
    }
    template <bool Asks, typename Next>
    bool give_partners(const L& left, Timestamp time, std::uint32_t& at, Next& next) {
        if constexpr (not only_looks) {
            for (; at != no_row; at = rows_.behind(at)) {
                if constexpr (Next::can_finish || Next::bounded_room)
                    if (next.done()) return true;
                if constexpr (Asks)
                    if (next.room() == 0) return false;
                give(&left, &rows_.later(at), time, next);
            }
        }
        return true;
    }

    /// Goes on where there was no room; false where there is none again.
    template <bool Asks, typename Next>
    bool go_on(Next& next) {
        if (partly_) {
            if (not give_partners<Asks>(partly_->left, partly_->time, partly_->at, next)) return false;
            partly_.reset();
        }
        if (mark_ > sent_) {
            if (mark_ == max_time && not finish<Asks>(next)) return false;
            sent_ = mark_;
            if (not Arguments::keeps_right || sent_ == max_time) next.on_watermark(sent_);
        }
        waits_ = false;
        if (std::exchange(ended_, false)) next.on_end();
        return true;
    }
    /// What no row of the left side looked at is given, or counted.
    template <bool Asks, typename Next>
    bool finish(Next& next) {
        if constexpr (only_looks) {
            const std::uint64_t alone = rows_.unmatched();
            unmatched_ += alone;
            if (type == JoinType::anti) filtered_ += rows_.size() - alone;
        } else {
            for (; not rows_.at_end(at_); rows_.step(at_), --held_) {
                if (rows_.is_matched(at_)) continue;
                if constexpr (Arguments::keeps_right) {
                    if constexpr (Next::can_finish || Next::bounded_room)
                        if (next.done()) break;
                    if constexpr (Asks)
                        if (next.room() == 0) return false;
                    give(nullptr, &rows_.row(at_), min_time, next);
                } else {
                    ++unmatched_;
                }
            }
        }
        rows_.clear();
        at_ = {};
        held_ = 0;
        return true;
    }

    template <typename Next>
    WEIR_INLINE void give(const L* left, const Kept* right, Timestamp time, Next& next) {
        using T = typename Arguments::template result<Fn>;
        const R* const value = right != nullptr ? &value_of(*right) : nullptr;
        if constexpr (RightTimed)
            if (right != nullptr) time = std::max(time, right->time);
        if constexpr (timed) next.on_event(Event<T>{Arguments::call(fn_, left, value), time});
        else next.on_event(T(Arguments::call(fn_, left, value)));
    }
    template <typename Next>
    static void pass_on(L&& left, Timestamp time, Next& next) {
        if constexpr (timed) next.on_event(Event<L>{std::move(left), time});
        else next.on_event(std::move(left));
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Rows rows_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<only_looks, Nothing, HashCursor> at_{};
    std::optional<Partly> partly_;
    Timestamp mark_ = min_time;
    Timestamp sent_ = min_time;
    std::uint64_t held_ = 0;
    std::uint64_t unmatched_ = 0;
    std::uint64_t filtered_ = 0;
    std::size_t left_ = 0; // of a span
    bool waits_ = false;
    bool ended_ = false; // behind what is still to be given
};

/// Of semi and anti joins: the events of the left side go on as they are.
struct LeftAsItIs {};

template <JoinType type, bool RightTimed, typename KeyOfLeft, typename KeyOfRight, typename Fn>
struct HashJoinOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "hash_join";
    static constexpr bool only_looks = std::is_same_v<Fn, LeftAsItIs>;
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;

    template <typename S>
    using Arguments = JoinArguments<type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
    static constexpr auto result() {
        if constexpr (only_looks) return std::type_identity<typename S::value::left_type>();
        else return std::type_identity<typename Arguments<S>::template result<Fn>>();
    }
    template <typename S>
        requires(only_looks || Arguments<S>::template gives<Fn>)
    using out = joined_t<S, typename decltype(result<S>())::type>;

    template <typename S>
    auto bind(const S&) && {
        return HashJoining<typename S::event, kept_key_t<KeyOfLeft, typename S::value::left_type>, KeyOfLeft, KeyOfRight, type, RightTimed, Fn>(
            std::move(key_of_left), std::move(key_of_right), std::move(fn));
    }
    template <typename S>
    static constexpr void explain() {
        if constexpr (type == JoinType::inner)
            static_assert(never<Fn, S>, "hash_join(left, right, fn): fn must take a row of each side and give a result. Accepted: T fn(const L&, const R&).");
        else
            static_assert(never<Fn, S>, "hash_join<type>(left, right, fn): in an outer join the row that may be missing comes as a pointer, and fn must give a "
                                        "result. Accepted: left: T fn(const L&, const R*); right: T fn(const L*, const R&); full: T fn(const L*, const R*).");
    }
};

/// Whether the sides can be joined as a whole; says the mistake where they cannot.
template <JoinType type, typename L, typename R>
consteval bool can_hash_join() {
    constexpr bool keeps_right = type == JoinType::right || type == JoinType::full;
    if constexpr (not can_join<false, L, R>()) {
        return false;
    } else if constexpr (not R::stream::traits.bounded) {
        static_assert(never<L, R>, "hash_join(left, right, ...): the right side is read whole before anything of the left one is, but it has no end. Give the "
                                   "side that ends as the right one; of two that have none, interval_join or window_join join what belongs together in time.");
        return false;
    } else if constexpr (keeps_right && not L::stream::traits.bounded) {
        static_assert(never<L, R>, "hash_join<right or full>(left, right, ...): rows of the right side without a partner are given when the left side has ended, "
                                   "but it has no end. Take JoinType::inner or left.");
        return false;
    } else if constexpr (keeps_right && L::stream::timed && not R::stream::timed) {
        static_assert(never<L, R>, "hash_join<right or full>(left, right, ...): rows of the right side without a partner are given with their event time, but they "
                                   "have none. Put event_time(projection) before its key_by.");
        return false;
    } else {
        return true;
    }
}

template <JoinType type, typename Left, typename Right, typename Fn>
constexpr auto hash_joined(Left&& left, Right&& right, Fn fn) {
    using L = std::remove_cvref_t<Left>;
    using R = std::remove_cvref_t<Right>;
    if constexpr (not can_hash_join<type, L, R>()) return Refused{};
    else {
        constexpr bool right_timed = L::stream::timed && R::stream::timed;
        HashJoinOp<type, right_timed, open_key_t<L>, open_key_t<R>, Fn> op{open_key_in(left), open_key_in(right), std::move(fn)};
        return joined(std::forward<Left>(left), std::forward<Right>(right), true) | std::move(op);
    }
}

} // namespace detail

/// Joins each event of the left side with all of the right side that have the same key: the right side, which has an end, is read
/// first, whole, and kept; the left one goes past it.
///     left, right: pipelines that end in key_by, with keys of one type; a key that is an empty optional, or a tuple with one in it,
///     matches none, as in SQL
///     fn(const L&, const R&) -> T for each pair; hash_join<JoinType::left> (right, full): also rows that only one side has, what may be
///     missing comes as a pointer.
///     -> T in the order of the left side, its partners in theirs; rows of the right side that nothing looked at (right, full) behind them, in
///     the order in which they came. Where the left side has event time: with the greater of both times, a row alone with its own; in right
///     and full joins the watermark waits for the end.
///     Memory: the right side. Many partners of one row are given as far as there is room. Counted: unmatched of both sides; held: the right
///     side, until the left one has ended. example: tests/keyed/hash_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right, typename Fn>
[[nodiscard]] constexpr auto hash_join(Left&& left, Right&& right, Fn fn) {
    static_assert(detail::is_pairing<type>, "hash_join<semi or anti>(left, right): takes no function, as the left side's events go on as they are.");
    if constexpr (not detail::is_pairing<type>) return Refused{};
    else return detail::hash_joined<type>(std::forward<Left>(left), std::forward<Right>(right), std::move(fn));
}
/// The events of the left side that have a partner (hash_join<JoinType::semi>), or that have none (anti), as they are.
///     E -> E, in their order, with their event time. Memory: the keys of the right side. Counted: without a partner, unmatched; in an anti
///     join those with one, of both sides, filtered. example: tests/keyed/hash_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right>
[[nodiscard]] constexpr auto hash_join(Left&& left, Right&& right) {
    static_assert(not detail::is_pairing<type>, "hash_join(left, right): without a function only hash_join<JoinType::semi> and anti can say what they give; of the "
                                                "others it makes the result. Write hash_join(left, right, fn).");
    if constexpr (detail::is_pairing<type>) return Refused{};
    else return detail::hash_joined<type>(std::forward<Left>(left), std::forward<Right>(right), detail::LeftAsItIs{});
}

} // namespace weir
