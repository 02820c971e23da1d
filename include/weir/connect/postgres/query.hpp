// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/connection.hpp>
#include <weir/core/fields.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::postgres {

/// The rows of a query, as a BatchSource: what query<Row>(...) gives.
///     It connects at the first next_batch, reads through a cursor in a transaction that may only read, and sees one unchanging state
///     of the database; behind the last row the connection is closed. Used by one thread at a time; movable.
template <typename Row>
class Query {
    static_assert(HasFields<Row>, "postgres::query<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    static_assert(std::default_initializable<Row> && std::movable<Row>,
                  "postgres::query<Row>: Row cannot be made without arguments, or not moved.");
    static_assert(not holds_view<Row>,
                  "postgres::query<Row>: a field is a std::string_view or std::span, which would point to memory that is gone. "
                  "Use std::string or std::vector<std::byte>.");

public:
    using event_type = Row;
    static constexpr bool bounded = true;

    Query(std::string conninfo, std::string sql, std::vector<detail::Parameter> parameters)
        : conninfo_(std::move(conninfo)), sql_(std::move(sql)), parameters_(std::move(parameters)) {}

    /// Rows that are fetched at a time, 1024 if not said otherwise. Where batches are cut means nothing.
    Query&& rows_per_batch(std::size_t rows) && {
        rows_per_batch_ = std::max<std::size_t>(rows, 1);
        return std::move(*this);
    }

    /// Looks at a moment when nobody is writing to this table; who begins to write then waits until it has looked. So it cannot miss a
    /// row that gets its key before others do and appears after them, as rows of open transactions do. Needs the right to lock the table.
    Query&& settled(std::string_view table) && {
        settled_ = detail::quoted_table(table);
        return std::move(*this);
    }

    /// The next rows, lent until the next call and free to be moved from; empty: there are no more.
    /// A row that cannot be read is an Error with its number, thrown after the rows before it have been given, and at every
    /// call from then on.
    std::span<Row> next_batch() {
        if (failed_) std::rethrow_exception(failed_);
        if (ended_) return {};
        std::size_t filled = 0;
        try {
            if (not connection_) open();
            const Result result = named([&] { return connection_->execute(fetch_); });
            if (number_ == 0) find_columns(result);
            rows_.resize(std::max(rows_.size(), result.rows()));
            for (; filled < result.rows(); ++filled) {
                ++number_;
                renew(rows_[filled], result, filled, std::make_index_sequence<field_count<Row>>{});
            }
            if (filled < rows_per_batch_) ended_ = true;
        } catch (...) {
            failed_ = std::current_exception();
        }
        if (ended_ || failed_) connection_.reset();
        if (failed_ && filled == 0) std::rethrow_exception(failed_);
        return {rows_.data(), filled};
    }

private:
    template <typename Fn>
    auto named(Fn fn) {
        try {
            return fn();
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.operation = number_ == 0 ? "query" : fmt::format("query, behind row {}", number_);
            info.sql = sql_;
            throw Error(std::move(info));
        }
    }

    void open() {
        connection_.emplace(conninfo_);
        fetch_ = fmt::format("fetch {} from weir_cursor", rows_per_batch_);
        named([&] {
            connection_->execute("begin isolation level repeatable read, read only; set local cursor_tuple_fraction = 1"); // all rows are wanted
            // The transaction sees for good what is there at its first select; the lock goes with the savepoint.
            if (not settled_.empty())
                for (const std::string& step : {"lock table " + settled_ + " in access share mode", std::string("savepoint weir_settled"), "lock table " + settled_ + " in share mode",
                                                std::string("select 1"), std::string("rollback to savepoint weir_settled")})
                    connection_->execute(step);
            return connection_->run_with("query", "declare weir_cursor no scroll cursor for " + sql_, parameters_);
        });
    }

    [[noreturn]] void refuse(std::string_view field, std::string reason) const {
        ErrorInfo info = connection_->refusal("query", std::move(reason), sql_).info();
        info.field = std::string(field);
        if (number_ != 0) info.row = number_;
        throw Error(std::move(info));
    }

    void find_columns(const Result& result) {
        std::size_t at = 0;
        for_each_field_type<Row>([&]<typename T>(std::string_view field, std::type_identity<T>) {
            int found = -1;
            std::string names;
            for (int i = 0; i < result.columns(); ++i) {
                names += (i == 0 ? "" : ", ") + std::string(result.name(i));
                if (result.name(i) != field) continue;
                if (found >= 0) refuse(field, fmt::format("the query gives two columns with the name \"{}\"", field));
                found = i;
            }
            if (found < 0) refuse(field, fmt::format("the query gives no column with the field's name, only {}; write `... as {}`", names.empty() ? "none" : names, detail::quoted(field)));
            if (not Column<T>::reads(result.type(found)))
                refuse(field, fmt::format("expected {}, but the query's column has another type; write `{}::{} as {}`", Column<T>::expected, detail::quoted(field), Column<T>::declared,
                                          detail::quoted(field)));
            columns_[at++] = found;
        });
    }

    // A row as new, but for the memory of its fields: members that are no fields must not keep what the last user left there.
    template <std::size_t... I>
    void renew(Row& row, const Result& result, std::size_t at, std::index_sequence<I...>) {
        Row fresh{};
        ((get_field<I>(fresh) = std::move(get_field<I>(row))), ...);
        (read(get_field<I>(fresh), field_names<Row>[I], result.text(at, columns_[I])), ...);
        row = std::move(fresh);
    }
    template <typename T>
    void read(T& value, std::string_view field, std::optional<std::string_view> text) const {
        if constexpr (weir::detail::is_optional<T>) {
            if (not text) return value.reset();
            if (not value) value.emplace();
            read(*value, field, text);
        } else {
            constexpr std::size_t most = 60;
            if (not text) refuse(field, fmt::format("expected {}, found NULL", Column<T>::expected));
            if (not Column<T>::parse(*text, value))
                refuse(field, fmt::format("expected {}, found '{}'{}", Column<T>::expected, text->substr(0, most), text->size() > most ? "..." : ""));
        }
    }

    std::string conninfo_;
    std::string sql_;
    std::string settled_;
    std::vector<detail::Parameter> parameters_;
    std::size_t rows_per_batch_ = 1024;

    std::optional<Connection> connection_;
    std::string fetch_;
    std::array<int, field_count<Row>> columns_{};
    std::vector<Row> rows_;
    std::uint64_t number_ = 0;
    std::exception_ptr failed_;
    bool ended_ = false;
};

/// A query as a source of rows: from(query<Flight>("dbname=flights", "select carrier, delay from flight where delay > $1", 15.0)).
///     (conninfo, sql, one value for each $1, $2 ...) -> a BatchSource of Row, bounded, in the order of the query.
///     Columns are matched to Row's fields by name; further columns are ignored, a field without a column is an Error, as is NULL for a
///     field that is not optional, or a column of another type (see Column). Memory: the rows that are fetched at a time.
///     example: tests/connect/postgres/query.cpp
template <typename Row, typename... Args>
[[nodiscard]] auto query(std::string conninfo, std::string sql, const Args&... args) {
    return Query<Row>(std::move(conninfo), std::move(sql), {detail::parameter(args)...});
}

} // namespace weir::postgres
