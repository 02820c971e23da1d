// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/bounded_keys.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/with_table.hpp>

#include <cstdint>
#include <functional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A row of the table, and whether something was given for it.
template <typename R>
struct LookedUp {
    kept_state_t<R> row{};
    bool found = false;
    static constexpr auto fields() { return weir::fields("row", &LookedUp::row, "found", &LookedUp::found); }
};

/// The running form of lookup_join.
template <typename Both, typename Key, typename KeyOfLeft, typename KeyOfRight, typename Deleted, JoinType type, typename Fn>
class LookingUp {
    using L = typename Both::left_type;
    using R = typename Both::right_type;
    using Arguments = JoinArguments<type, L, R>;
    using Rows = BoundedKeys<Key, LookedUp<R>>;

public:
    using kind = OperatorKind;

    LookingUp(KeyOfLeft key_of_left, KeyOfRight key_of_right, Deleted is_deleted, Fn fn, const CheckedOptions& options)
        : key_of_left_(std::move(key_of_left)), key_of_right_(std::move(key_of_right)), is_deleted_(std::move(is_deleted)), fn_(std::move(fn)),
          rows_(options) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (L* const left = value_of(event).left()) look_up(*left, event, next);
        else change(*value_of(event).right());
    }
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {} // nothing is late here, nor behind this

    void report(OperatorReport& row) const noexcept {
        rows_.report(row);
        row.held = rows_.size();
        row.dropped(Drop::unmatched) = unmatched_;
        row.dropped(Drop::evicted) = evicted_;
    }
    void save(StateWriter& to) const {
        rows_.save(to);
        to.put(unmatched_);
        to.put(evicted_);
    }
    void load(StateReader& from) {
        rows_.load(from);
        from.get(unmatched_);
        from.get(evicted_);
    }

private:
    template <typename E, typename Next>
    void look_up(const L& left, const E& event, Next& next) {
        auto&& key = std::invoke(std::as_const(key_of_left_), left);
        const std::uint32_t id = rows_.find(key, hash_of_key(key));
        if (id != Rows::none) {
            next.on_event(with_value(event, Arguments::call(fn_, &left, &row(id))));
            rows_[id].found = true;
        } else if constexpr (Arguments::keeps_left) {
            next.on_event(with_value(event, Arguments::call(fn_, &left, nullptr)));
        } else {
            ++unmatched_;
        }
    }
    void change(R& right) {
        auto&& key = std::invoke(std::as_const(key_of_right_), std::as_const(right));
        const std::uint64_t hash = hash_of_key(key);
        if (std::invoke(std::as_const(is_deleted_), std::as_const(right))) {
            ++unmatched_; // nothing is given for the deletion itself
            if (const std::uint32_t id = rows_.find(key, hash); id != Rows::none) {
                unmatched_ += not rows_[id].found;
                rows_.forget(id);
            }
            return;
        }
        const auto [id, is_new] = rows_.enter(key, hash, [this](const Key&) { evicted_ += not rows_[rows_.oldest()].found; });
        if (id == Rows::none) return; // counted there
        if (not is_new) unmatched_ += not rows_[id].found;
        rows_[id].row = std::move(right);
        rows_[id].found = false;
        rows_.changed(id, min_time);
    }
    [[nodiscard]] const R& row(std::uint32_t id) noexcept {
        if constexpr (made_of_nothing<R>) return rows_[id].row;
        else return *rows_[id].row;
    }

    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left_;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right_;
    WEIR_NO_UNIQUE_ADDRESS Deleted is_deleted_;
    WEIR_NO_UNIQUE_ADDRESS Fn fn_;
    Rows rows_;
    std::uint64_t unmatched_ = 0;
    std::uint64_t evicted_ = 0;
};

template <JoinType type, typename KeyOfLeft, typename KeyOfRight, typename Deleted, typename Fn>
struct LookupJoinOp : WithTable<LookingUp, type, KeyOfLeft, KeyOfRight, Deleted, Fn> {
    using kind = OperatorKind;
    static constexpr std::string_view name = "lookup_join";
    template <typename S>
    using assigned = typename S::value::right_type;

    template <typename S>
    void say_memory(auto& walk, const S&) const {
        using Both = typename S::value;
        bounded_keys_memory<kept_key_t<KeyOfLeft, typename Both::left_type>, LookedUp<typename Both::right_type>>(walk, this->options, name);
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not TellsDeleted<Deleted, typename S::value::right_type>)
            static_assert(never<Fn, S>, "table(...).deleted_when(fn): fn must say of an event of the table whether it deletes. Accepted: bool fn(const T&), const.");
        else if constexpr (type == JoinType::left)
            static_assert(never<Fn, S>, "lookup_join<JoinType::left>(stream, table, fn): the row may be missing, so it comes as a pointer, and fn must give a "
                                        "result. Accepted: T fn(const L&, const Row*).");
        else
            static_assert(never<Fn, S>, "lookup_join(stream, table, fn): fn must take an event of the stream and a row of the table, and give a result. "
                                        "Accepted: T fn(const L&, const Row&).");
    }
};

} // namespace detail

/// Gives each event of a stream together with the row that a table has for its key just then, in the order of arrival.
///     stream: a pipeline that ends in key_by; table: another such, the last event of a key is its row; or table(pipeline), which says
///     what deletes rows, and whether the table is to be read first
///     fn(const E&, const Row&) -> T, with the event's time; an event without a row is dropped (unmatched). lookup_join<JoinType::left>
///     gives it too: fn(const E&, const Row*), nullptr where there is none.
///     Times of the table do not matter: where both have event time, the side that is behind is read first, and the watermark is the
///     lesser; for the row that was valid at the event's time see temporal_join. A table without event time holds no watermark back.
///     A row that another takes the place of, or that is deleted, counts as unmatched where nothing was given for it, as deletions do.
///     Memory: a row for each key of the table; held counts them. Options {.max_keys, .at_max} bound them: at one too much it throws
///     TooManyKeys, drops the new row (overflow), or evicts the row that was changed longest ago. Allocates for new keys only. example: tests/keyed/lookup_join.cpp
template <JoinType type = JoinType::inner, typename Stream, typename Table, typename Fn>
[[nodiscard]] constexpr auto lookup_join(Stream&& stream, Table&& table, Fn fn, KeyedOptions options = {}) {
    static_assert(type == JoinType::inner || type == JoinType::left, "lookup_join<type>: rows of a table are not given for themselves; type is inner or left.");
    return detail::join_with_table<detail::LookupJoinOp, type, false>(std::forward<Stream>(stream), std::forward<Table>(table), std::move(fn), options);
}

} // namespace weir
