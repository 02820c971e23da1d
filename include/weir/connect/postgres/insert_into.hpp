// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/inserter.hpp>
#include <weir/core.hpp>
#include <weir/core/batch_value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::postgres {
namespace detail {

template <typename V>
using row_of_t = std::remove_cv_t<typename decltype(std::span(std::declval<const V&>()))::element_type>;

template <typename Row>
struct RunningInsert {
    using kind = OperatorKind;
    static constexpr std::string_view name = "postgres::insert_into";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true; // what must last is in the database
    Inserter<Row> inserter;
    std::uint64_t stored = 0; // rows, in this run

    template <typename E, typename Next>
    void on_event(const E& batch, Next&) {
        const std::span<const Row> rows(std::span(value_of(batch)));
        try {
            inserter.insert(rows);
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.before = stored;
            throw Error(std::move(info));
        }
        stored += rows.size();
    }
};

struct InsertOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "postgres::insert_into";
    std::string conninfo;
    std::string table;
    InsertOptions options;

    template <typename S>
        requires weir::detail::BatchValue<typename S::value> && StorableRow<row_of_t<typename S::value>>
    using out = Ended;

    template <typename S>
    auto bind(const S&) && {
        return RunningInsert<row_of_t<typename S::value>>{{conninfo, std::move(table), std::move(options)}};
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not weir::detail::BatchValue<typename S::value>)
            static_assert(weir::detail::never<S>, "postgres::insert_into(conninfo, table): it takes batches, each stored in one transaction, but this "
                                                  "pipeline has single events. Put micro_batch(n) before it.");
        else if constexpr (not HasFields<row_of_t<typename S::value>>)
            static_assert(weir::detail::never<S>, "postgres::insert_into(conninfo, table): the rows of the batch have no fields(). Add `static constexpr "
                                                  "auto fields() { return weir::fields(\"name\", &Row::name, ...); }` to their type.");
        else
            static_assert(weir::detail::never<S>, "postgres::insert_into(conninfo, table): a field's type has no column type. Accepted: bool, integers, "
                                                  "enums, float, double, strings, std::vector<std::byte>, sys_time, duration, std::optional of these, "
                                                  "or specialise weir::postgres::Column.");
    }
};

} // namespace detail

/// Ends a chain: stores each batch in a table, in one transaction, so that it is there as a whole or not at all.
///     batch of rows with fields() -> sink; in order; put micro_batch(n) before it: a batch costs one COPY, four round trips and a commit.
///     It connects when the job starts, and creates the table where it is missing; a table that does not fit the fields fails there.
///     An Error (a row that the table refuses, with its number in all and in the batch, a full disk, a lost connection) has rolled its batch back,
///     keeps those before it, and reaches run or wait. See Inserter for epochs and options.
///     example: tests/connect/postgres/inserter.cpp
[[nodiscard]] inline auto insert_into(std::string conninfo, std::string table, InsertOptions options = {}) {
    return detail::InsertOp{std::move(conninfo), std::move(table), std::move(options)};
}

} // namespace weir::postgres
