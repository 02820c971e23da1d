// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/table_of.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A row of both tables, with the times of the changes that made it.
template <typename L, typename R>
struct JoinedRow {
    std::optional<L> left{};
    std::optional<R> right{};
    Timestamp left_time{};
    Timestamp right_time{};
    bool left_given = false; // something was, with this row in it
    bool right_given = false;
    static constexpr auto fields() {
        return weir::fields("left", &JoinedRow::left, "right", &JoinedRow::right, "left_time", &JoinedRow::left_time, "right_time", &JoinedRow::right_time,
                            "left_given", &JoinedRow::left_given, "right_given", &JoinedRow::right_given);
    }
};

/// The running form of table_join.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, typename LeftDeleted, typename RightDeleted, JoinType type, typename Fn>
class JoiningTables {
    using L = typename Both::left_type;
    using R = typename Both::right_type;
    using Arguments = JoinArguments<type, L, R>;
    using Result = Change<Key, typename Arguments::template result<Fn>>;
    using Row = JoinedRow<L, R>;
    using Rows = BoundedKeys<Key, Row>;

public:
    using kind = OperatorKind;

    JoiningTables(KeyOfLeft key_of_left, KeyOfRight key_of_right, LeftDeleted left_deleted, RightDeleted right_deleted, Fn fn,
                  const CheckedOptions& options)
        : key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)), left_deleted_(std::move(left_deleted)),
          right_deleted_(std::move(right_deleted)), fn_(std::move(fn)), rows_(options) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        const Timestamp time = time_of(event);
        if (L* const left = value_of(event).left()) change<true>(*left, std::as_const(key_of_left_), std::as_const(left_deleted_), time, event, next);
        else change<false>(*value_of(event).right(), std::as_const(key_of_right_), std::as_const(right_deleted_), time, event, next);
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // nothing is late here, nor behind this

    void report(OperatorReport& row) const noexcept {
        rows_.report(row);
        row.held = held_;
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::evicted) = evicted_;
    }
    void save(StateWriter& to) const {
        rows_.save(to);
        to.put(held_);
        to.put(unmatched_);
        to.put(evicted_);
    }
    void load(StateReader& from) {
        rows_.load(from);
        from.get(held_);
        from.get(unmatched_);
        from.get(evicted_);
    }

private:
    template <bool IsLeft, typename T, typename KeyOf, typename Deleted, typename E, typename Next>
    void change(T& value, const KeyOf& key_of, const Deleted& is_deleted, Timestamp time, const E& event, Next& next) {
        auto&& key = std::invoke(key_of, std::as_const(value));
        const std::uint64_t hash = hash_of_key(key);
        const bool goes = std::invoke(is_deleted, std::as_const(value));
        const std::uint32_t id = goes ? rows_.find(key, hash) : rows_.enter(key, hash, [&](const Key& gone) { evict(gone, time, event, next); }).first;
        if (id == Rows::none) {
            unmatched_ += goes; // it deletes what is not there; else counted there
            return;
        }
        Row& row = rows_[id];
        const bool was_there = has_result(row);
        auto& mine = [&row]() -> auto& {
            if constexpr (IsLeft) return row.left;
            else return row.right;
        }();
        bool& given = IsLeft ? row.left_given : row.right_given;
        held_ -= mine.has_value();
        unmatched_ += mine.has_value() && not given; // its place is taken
        const Key kept = rows_.key(id); // as the value, in which the key may lie, moves
        if (goes) mine.reset();
        else mine.emplace(std::move(value));
        given = false;
        held_ += mine.has_value();
        (IsLeft ? row.left_time : row.right_time) = time;
        const bool other_there = IsLeft ? row.right.has_value() : row.left.has_value();
        const Timestamp at = other_there ? std::max(row.left_time, row.right_time) : time;
        const bool is_there = has_result(row);
        if (is_there) give(Result{kept, Arguments::call(fn_, pointer(row.left), pointer(row.right))}, at, event, next);
        else if (was_there) give(Result{kept, std::nullopt}, at, event, next);
        else unmatched_ += goes; // a deletion of nothing that was given
        if (is_there) {
            row.left_given |= row.left.has_value();
            row.right_given |= row.right.has_value();
        }
        if (not goes) rows_.changed(id, min_time);
        else if (not row.left && not row.right) rows_.forget(id);
    }
    /// For those behind it is as if its rows had been deleted.
    template <typename E, typename Next>
    void evict(const Key& key, Timestamp time, const E& event, Next& next) {
        const Row& row = rows_[rows_.oldest()];
        held_ -= static_cast<std::uint64_t>(row.left.has_value()) + row.right.has_value();
        evicted_ += static_cast<std::uint64_t>(row.left.has_value() && not row.left_given) + (row.right.has_value() && not row.right_given);
        if (has_result(row)) give(Result{key, std::nullopt}, time, event, next);
    }
    template <typename E, typename Next>
    static void give(Result result, Timestamp at, const E&, Next& next) {
        if constexpr (is_timed<E>) next.on_event(Event<Result>{std::move(result), at});
        else next.on_event(std::move(result));
    }
    [[nodiscard]] static bool has_result(const Row& row) noexcept {
        return (row.left || Arguments::keeps_right) && (row.right || Arguments::keeps_left) && (row.left || row.right);
    }
    template <typename T>
    [[nodiscard]] static const T* pointer(const std::optional<T>& value) noexcept { return value ? &*value : nullptr; }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS LeftDeleted left_deleted_;
    WEIR_NO_UNIQUE_ADDRESS RightDeleted right_deleted_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Rows rows_;
    std::uint64_t held_ = 0;
    std::uint64_t unmatched_ = 0;
    std::uint64_t evicted_ = 0;
};

template <JoinType type, typename KeyOfLeft, typename KeyOfRight, typename LeftDeleted, typename RightDeleted, typename Fn>
struct TableJoinOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "table_join";
    template <typename S>
    using assigned = std::pair<typename S::value::left_type, typename S::value::right_type>;
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS LeftDeleted left_deleted;
    WEIR_NO_UNIQUE_ADDRESS RightDeleted right_deleted;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    KeyedOptions options;

    template <typename S>
    using Arguments = JoinArguments<type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
    using Key = kept_key_t<KeyOfLeft, typename S::value::left_type>;
    template <typename S>
    static constexpr bool tell_deleted = TellsDeleted<LeftDeleted, typename S::value::left_type> && TellsDeleted<RightDeleted, typename S::value::right_type>;
    template <typename S>
        requires(tell_deleted<S> && Arguments<S>::template gives<Fn>)
    using out = joined_t<S, Change<Key<S>, typename Arguments<S>::template result<Fn>>>;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        using Both = typename S::value;
        using R = typename Both::right_type;
        bounded_keys_memory<Key<S>, JoinedRow<typename Both::left_type, R>>(walk, options, name, 32, times(options.max_keys, walk.template of_one<R>() - sizeof(R)));
    }
    template <typename S>
    auto bind(const S&) && {
        return JoiningTables<typename S::value, Key<S>, KeyOfLeft, KeyOfRight, LeftDeleted, RightDeleted, type, Fn>(
            std::move(key_of_left), std::move(key_of_right), std::move(left_deleted), std::move(right_deleted), std::move(fn), checked_for_join(name, options));
    }
    template <typename S>
    static constexpr void explain() {
        if constexpr (not tell_deleted<S>)
            static_assert(never<Fn, S>, "table(...).deleted_when(fn): fn must say of an event of the table whether it deletes. Accepted: bool fn(const T&), const.");
        else if constexpr (type == JoinType::inner)
            static_assert(never<Fn, S>, "table_join(left, right, fn): fn must take a row of each table and give a result. Accepted: T fn(const L&, const R&).");
        else
            static_assert(never<Fn, S>, "table_join<type>(left, right, fn): in an outer join the row that may be missing comes as a pointer. Accepted: left: "
                                        "T fn(const L&, const R*); right: T fn(const L*, const R&); full: T fn(const L*, const R*).");
    }
};

} // namespace detail

/// The join of two tables as a table: each change of a row of either gives the joined row as it is then, in the order of arrival.
///     left, right: pipelines that end in key_by, of which the last event of a key is its row; or table(pipeline).deleted_when(fn)
///     fn(const L&, const R&) -> T; table_join<JoinType::left> (right, full): also rows that only one of them has, what may be missing
///     comes as a pointer.
///     -> Change<Key, T>{key, value}, value empty: the joined row is no more; with the greater of both rows' times. Each change is
///     worked on when it comes, whatever its time; the watermark is the lesser of the sides'.
///     A row that another takes the place of, or that is deleted, counts as unmatched where it was in nothing that was given.
///     Memory: both rows of each key; held counts them. Options {.max_keys, .at_max} bound the keys: at one too much it throws TooManyKeys,
///     drops the row (overflow), or evicts the key that was changed longest ago, and gives that its joined row is no more. example: tests/keyed/table_join.cpp
template <JoinType type = JoinType::inner, typename Left, typename Right, typename Fn>
[[nodiscard]] constexpr auto table_join(Left&& left, Right&& right, Fn fn, KeyedOptions options = {}) {
    static_assert(detail::is_pairing<type>, "table_join<type>: type is inner, left, right or full.");
    auto l = detail::table_of(std::forward<Left>(left));
    auto r = detail::table_of(std::forward<Right>(right));
    using L = decltype(l.pipeline);
    using R = decltype(r.pipeline);
    if constexpr (not detail::can_join<false, L, R>()) return Refused{};
    else {
        using Op = detail::TableJoinOp<type, detail::open_key_t<L>, detail::open_key_t<R>, decltype(l.is_deleted), decltype(r.is_deleted), Fn>;
        Op op{detail::open_key_in(l.pipeline), detail::open_key_in(r.pipeline), std::move(l.is_deleted), std::move(r.is_deleted), std::move(fn), options};
        return detail::joined(std::move(l.pipeline), std::move(r.pipeline)) | std::move(op);
    }
}

} // namespace weir
