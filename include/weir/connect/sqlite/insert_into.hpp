// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/inserter.hpp>
#include <weir/core.hpp>
#include <weir/core/batch_value.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::sqlite {
namespace detail {

template <typename V>
using row_of_t = std::remove_cv_t<typename decltype(std::span(std::declval<const V&>()))::element_type>;

template <typename Row>
struct RunningInsert {
    using kind = OperatorKind;
    static constexpr std::string_view name = "sqlite::insert_into";
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
    static constexpr std::string_view name = "sqlite::insert_into";
    std::string path;
    std::string table;
    InsertOptions options;

    template <typename S>
        requires weir::detail::BatchValue<typename S::value> && StorableRow<row_of_t<typename S::value>>
    using out = Ended;

    template <typename S>
    auto bind(const S&) && {
        return RunningInsert<row_of_t<typename S::value>>{{path, std::move(table), std::move(options)}};
    }

    template <typename S>
    static constexpr void explain() {
        if constexpr (not weir::detail::BatchValue<typename S::value>)
            static_assert(weir::detail::never<S>, "sqlite::insert_into(path, table): it takes batches, each stored in one transaction, but this pipeline "
                                    "has single events. Put micro_batch(n) before it.");
        else if constexpr (not HasFields<row_of_t<typename S::value>>)
            static_assert(weir::detail::never<S>, "sqlite::insert_into(path, table): the rows of the batch have no fields(). Add `static constexpr auto "
                                    "fields() { return weir::fields(\"name\", &Row::name, ...); }` to their type.");
        else
            static_assert(weir::detail::never<S>, "sqlite::insert_into(path, table): a field's type has no column type. Accepted: bool, integers, enums, "
                                    "float, double, strings, std::vector<std::byte>, sys_time, duration, std::optional of these, or "
                                    "specialise weir::sqlite::Column.");
    }
};

} // namespace detail

/// Ends a chain: stores each batch in a table, in one transaction, so that it is there as a whole or not at all.
///     batch of rows with fields() -> sink; in order; put micro_batch(n) before it. Nothing is allocated after the first batch.
///     The database is opened when the job starts, and created with its table where they are missing; a table that does not
///     fit the fields fails there. An Error (busy, full disk, a row that the table refuses, with its number in all and in the batch) has
///     rolled its batch back, keeps those before it, and reaches run or wait. See Inserter for epochs and options.
///     example: tests/connect/sqlite/insert_into.cpp
[[nodiscard]] inline auto insert_into(std::string path, std::string table, InsertOptions options = {}) {
    return detail::InsertOp{std::move(path), std::move(table), std::move(options)};
}

} // namespace weir::sqlite
