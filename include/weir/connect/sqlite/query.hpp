// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/statement.hpp>
#include <weir/core/fields.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::sqlite {

/// The rows of a query, as a BatchSource: what query<Row>(...) gives.
///     The database is opened read-only at the first next_batch and closed behind the last row. In between the query sees one
///     unchanging state of it; without WAL mode a writer cannot commit meanwhile, so read and write the same file in one job
///     only with `pragma journal_mode = wal`. Used by one thread at a time; movable.
template <typename Row, typename... Args>
class Query {
    static_assert(HasFields<Row>, "sqlite::query<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    static_assert(std::default_initializable<Row> && std::movable<Row>,
                  "sqlite::query<Row>: Row cannot be made without arguments, or not moved.");
    static_assert(not holds_view<Row>,
                  "sqlite::query<Row>: a field is a std::string_view or std::span, which would point to memory that is gone. "
                  "Use std::string or std::vector<std::byte>.");

public:
    using event_type = Row;
    static constexpr bool bounded = true;

    Query(std::string path, std::string sql, Args... args)
        : path_(std::move(path)), sql_(std::move(sql)), args_(std::move(args)...) {}

    /// Rows in one batch, 1024 if not said otherwise. Where batches are cut means nothing.
    Query&& rows_per_batch(std::size_t rows) && {
        rows_per_batch_ = std::max<std::size_t>(rows, 1);
        return std::move(*this);
    }
    /// How long to wait for another connection's lock before failing as busy; 5 s if not said otherwise.
    Query&& busy_timeout(Duration timeout) && {
        busy_timeout_ = timeout;
        return std::move(*this);
    }

    /// The next rows, lent until the next call and free to be moved from; empty: there are no more.
    /// A row that cannot be read is an Error with its number, thrown after the rows before it have been given, and at every
    /// call from then on. Nothing is allocated once the buffer and its strings have grown.
    std::span<Row> next_batch() {
        if (failed_) std::rethrow_exception(failed_);
        if (ended_) return {};
        std::size_t filled = 0;
        try {
            if (not statement_) open();
            while (filled < rows_.size() && advance(rows_[filled])) ++filled;
            if (filled < rows_.size()) ended_ = true;
        } catch (...) {
            failed_ = std::current_exception();
        }
        if (ended_ || failed_) close();
        if (failed_ && filled == 0) std::rethrow_exception(failed_);
        return {rows_.data(), filled};
    }

private:
    void open() {
        Database database(path_, {.mode = Open::read_only, .busy_timeout = busy_timeout_});
        Statement statement(database, sql_);
        std::apply([&](const Args&... args) { statement.bind_all(args...); }, args_);
        for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i] = find(database, statement, field_names<Row>[i]);
        rows_.resize(rows_per_batch_);
        database_.emplace(std::move(database));
        statement_.emplace(std::move(statement));
    }

    void close() noexcept {
        statement_.reset();
        database_.reset();
    }

    static int find(const Database& database, const Statement& statement, std::string_view field) {
        int found = -1;
        std::string names;
        const auto refuse = [&](std::string reason) {
            throw Error({.operation = "query",
                         .reason = std::move(reason),
                         .code = SQLITE_MISMATCH,
                         .database = database.file(),
                         .sql = statement.sql(),
                         .field = std::string(field)});
        };
        for (int i = 0; i < statement.column_count(); ++i) {
            const std::string name(statement.column_name(i));
            names += (i == 0 ? "" : ", ") + name;
            if (not detail::same_name(name.c_str(), field)) continue;
            if (found >= 0) refuse(fmt::format("the query gives two columns with the name \"{}\"", field));
            found = i;
        }
        if (found < 0)
            refuse(fmt::format("the query gives no column with the field's name, only {}; write `... as {}`",
                               names.empty() ? "none" : names, field));
        return found;
    }

    bool advance(Row& row) {
        try {
            ++number_;
            if (not statement_->step()) return false;
            renew(row, std::make_index_sequence<field_count<Row>>{});
            return true;
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.operation = "query";
            info.row = number_;
            throw Error(std::move(info));
        }
    }

    // A row as new, but for the memory of its fields: members that are no fields must not keep what the last user left there.
    template <std::size_t... I>
    void renew(Row& row, std::index_sequence<I...>) {
        Row fresh{};
        ((get_field<I>(fresh) = std::move(get_field<I>(row))), ...);
        (statement_->read(columns_[I], get_field<I>(fresh)), ...);
        row = std::move(fresh);
    }

    std::string path_;
    std::string sql_;
    std::tuple<Args...> args_;
    std::size_t rows_per_batch_ = 1024;
    Duration busy_timeout_ = std::chrono::seconds(5);

    std::optional<Database> database_;
    std::optional<Statement> statement_;
    std::array<int, field_count<Row>> columns_{};
    std::vector<Row> rows_;
    std::uint64_t number_ = 0;
    std::exception_ptr failed_;
    bool ended_ = false;
};

namespace detail {

// What a parameter is kept as until the query is opened.
template <typename T>
using kept_t = std::conditional_t<std::convertible_to<T, std::string_view>, std::string, std::decay_t<T>>;

} // namespace detail

/// A query as a source of rows: from(query<Flight>("flights.db", "select carrier, delay, arrived from flight")).
///     (path, sql, one value for each `?`) -> a BatchSource of Row, bounded, in the order of the query.
///     Columns are matched to Row's fields by name, without regard to case; further columns are ignored, a field without a
///     column is an Error, as is NULL for a field that is not optional, or a value of another type (see Column).
///     example: tests/connect/sqlite/query.cpp
template <typename Row, typename... Args>
[[nodiscard]] auto query(std::string path, std::string sql, Args&&... args) {
    return Query<Row, detail::kept_t<Args>...>(std::move(path), std::move(sql),
                                               detail::kept_t<Args>(std::forward<Args>(args))...);
}

} // namespace weir::sqlite
