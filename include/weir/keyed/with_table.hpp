// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/keyed/join_arguments.hpp>
#include <weir/keyed/join_inputs.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/key_options.hpp>
#include <weir/keyed/table_of.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// The recipe of a join of a stream with a table. Running: its running form.
template <template <typename, typename, typename, typename, typename, JoinType, typename> typename Running, JoinType type, typename KeyOfLeft,
          typename KeyOfRight, typename Deleted, typename Fn>
struct WithTable {
    WEIR_NO_UNIQUE_ADDRESS KeyOfLeft key_of_left;
    WEIR_NO_UNIQUE_ADDRESS KeyOfRight key_of_right;
    WEIR_NO_UNIQUE_ADDRESS Deleted is_deleted;
    WEIR_NO_UNIQUE_ADDRESS Fn fn;
    KeyedOptions options;
    std::string_view called;

    template <typename S>
    using Arguments = JoinArguments<type, typename S::value::left_type, typename S::value::right_type>;
    template <typename S>
        requires(TellsDeleted<Deleted, typename S::value::right_type> && Arguments<S>::template gives<Fn>)
    using out = joined_t<S, typename Arguments<S>::template result<Fn>>;

    template <typename S>
    auto bind(const S&) && {
        using Both = typename S::value;
        return Running<Both, kept_key_t<KeyOfLeft, typename Both::left_type>, KeyOfLeft, KeyOfRight, Deleted, type, Fn>(
            std::move(key_of_left), std::move(key_of_right), std::move(is_deleted), std::move(fn), checked_for_join(called, options));
    }
};

/// A stream and a table (a pipeline, or table(pipeline)), joined by the recipe Op. timed: both must have event time.
template <template <JoinType, typename, typename, typename, typename> typename Op, JoinType type, bool timed, typename Stream, typename Table, typename Fn>
constexpr auto join_with_table(Stream&& stream, Table&& table, Fn fn, KeyedOptions options) {
    auto right = table_of(std::forward<Table>(table));
    using L = std::remove_cvref_t<Stream>;
    using R = decltype(right.pipeline);
    if constexpr (not can_join<timed, L, R>()) return Refused{};
    else {
        using Join = Op<type, open_key_t<L>, open_key_t<R>, decltype(right.is_deleted), Fn>;
        Join op{{open_key_in(stream), open_key_in(right.pipeline), std::move(right.is_deleted), std::move(fn), options, Join::name}};
        return joined(std::forward<Stream>(stream), std::move(right.pipeline), not timed && right.first) | std::move(op);
    }
}

} // namespace weir::detail
