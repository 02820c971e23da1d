// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/column.hpp>
#include <weir/connect/sqlite/database.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weir::sqlite {

/// One prepared SQL statement, to be run again and again. Used by one thread at a time, the one that uses its Database.
///     Parameters are counted from 1, columns from 0, as SQLite does. Every failure is an Error that names the statement.
///     example: tests/connect/sqlite.cpp
class Statement {
public:
    Statement(Database& database, std::string_view sql) : database_(database.handle()) {
        const char* rest = nullptr;
        statement_ = prepare(sql, &rest);
        if (not statement_)
            throw Error({.operation = "prepare",
                         .reason = "the statement is empty",
                         .code = SQLITE_MISUSE,
                         .database = detail::file_of(database_),
                         .sql = std::string(sql)});
        const auto used = static_cast<std::size_t>(rest - sql.data());
        if (prepare(sql.substr(used), &rest)) fail(SQLITE_MISUSE, "there is more than one statement");
    }

    /// Gives parameter `index` its value. Lent values are not copied and must live until the statement is reset or bound again.
    template <typename T>
    void bind(int index, const T& value, Keep keep = Keep::copied) {
        if constexpr (std::convertible_to<const T&, std::string_view>) bind_text(index, value, keep);
        else {
            static_assert(Storable<T>,
                          "bind(index, value): the value's type has no column type. Accepted: bool, integers, enums, float, "
                          "double, strings, std::vector<std::byte>, sys_time, duration, std::optional of these, or specialise "
                          "weir::sqlite::Column.");
            Column<T>::bind(*this, index, value, keep);
        }
    }
    /// Parameters 1, 2, ... in order; there must be as many values as parameters.
    template <typename... Ts>
    void bind_all(const Ts&... values) {
        const int expected = sqlite3_bind_parameter_count(statement_.get());
        if (expected != static_cast<int>(sizeof...(Ts)))
            fail(SQLITE_RANGE,
                 fmt::format("the statement has {} parameters, and {} values are given", expected, sizeof...(Ts)));
        int index = 0;
        (bind(++index, values), ...);
    }

    /// Runs to the next row; true if there is one. After false or an Error the statement is reset.
    bool step() {
        switch (sqlite3_step(statement_.get())) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: reset(); return false;
        default: break;
        }
        auto error = detail::last_error(database_, "run", sql());
        reset();
        throw error;
    }
    /// Runs to the end, without looking at any rows.
    void run() {
        while (step()) {}
    }
    /// Runs again from the start at the next step, with the same parameters; gives its locks back.
    void reset() noexcept { sqlite3_reset(statement_.get()); }

    /// The value of a column of this row, which must be of T's column type.
    template <typename T>
    T column(int column) const {
        T value{};
        read(column, value);
        return value;
    }
    /// The same into an object that is there already: a string keeps its memory.
    template <typename T>
    void read(int column, T& value) const {
        static_assert(Storable<T> && not std::same_as<T, std::string_view> && not std::same_as<T, std::span<const std::byte>>,
                      "column<T>(n): T cannot be read from a column. Accepted: bool, integers, enums, float, double, "
                      "std::string, std::vector<std::byte>, sys_time, duration, std::optional of these, or specialise "
                      "weir::sqlite::Column.");
        Column<T>::read(*this, column, value);
    }
    bool is_null(int column) const noexcept { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
    int column_count() const noexcept { return sqlite3_column_count(statement_.get()); }
    std::string_view column_name(int column) const { return sqlite3_column_name(statement_.get(), column); }

    std::string sql() const { return sqlite3_sql(statement_.get()); }

    // What Column's specialisations are made of: SQLite's own five types. Views live until the next step or reset.
    void bind_null(int index) { check(sqlite3_bind_null(statement_.get(), index)); }
    void bind_integer(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), index, value)); }
    void bind_real(int index, double value) { check(sqlite3_bind_double(statement_.get(), index, value)); }
    void bind_text(int index, std::string_view value, Keep keep) {
        const char* start = value.data() != nullptr ? value.data() : ""; // a null pointer would be NULL
        check(sqlite3_bind_text64(statement_.get(), index, start, value.size(), destructor(keep), SQLITE_UTF8));
    }
    void bind_blob(int index, std::span<const std::byte> value, Keep keep) {
        if (value.empty()) check(sqlite3_bind_zeroblob(statement_.get(), index, 0));
        else check(sqlite3_bind_blob64(statement_.get(), index, value.data(), value.size(), destructor(keep)));
    }

    std::int64_t integer(int column) const {
        expect(column, SQLITE_INTEGER, "an integer");
        return sqlite3_column_int64(statement_.get(), column);
    }
    double real(int column) const {
        constexpr std::int64_t exact = std::int64_t{1} << 53;
        if (sqlite3_column_type(statement_.get(), column) == SQLITE_INTEGER) {
            const std::int64_t value = sqlite3_column_int64(statement_.get(), column);
            if (value > exact || value < -exact) refuse(column, "a number that double holds exactly");
            return static_cast<double>(value);
        }
        expect(column, SQLITE_FLOAT, "a number");
        return sqlite3_column_double(statement_.get(), column);
    }
    std::string_view text(int column) const {
        expect(column, SQLITE_TEXT, "text");
        const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
        if (start == nullptr) throw detail::last_error(database_, "read", sql());
        return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
    }
    std::span<const std::byte> blob(int column) const {
        expect(column, SQLITE_BLOB, "a blob");
        const auto* start = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
        return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
    }

    /// Throws: the column holds something else than `expected`.
    [[noreturn]] void refuse(int column, std::string_view expected) const {
        throw Error({.operation = "read",
                     .reason = fmt::format("expected {}, found {}", expected, shown(column)),
                     .code = SQLITE_MISMATCH,
                     .database = detail::file_of(database_),
                     .sql = sql(),
                     .field = std::string(column_name(column))});
    }
    /// Throws: a value to be bound cannot be stored.
    [[noreturn]] void refuse_value(std::string reason) const { fail(SQLITE_MISMATCH, std::move(reason)); }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    using Handle = std::unique_ptr<sqlite3_stmt, Finalize>;

    Handle prepare(std::string_view sql, const char** rest) const {
        sqlite3_stmt* statement = nullptr;
        const int result = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                              &statement, rest);
        if (result != SQLITE_OK) throw detail::last_error(database_, "prepare", std::string(sql));
        return Handle(statement);
    }

    static sqlite3_destructor_type destructor(Keep keep) noexcept {
        // SQLITE_STATIC and SQLITE_TRANSIENT, whose old-style casts would warn in users' code
        return keep == Keep::lent ? nullptr : reinterpret_cast<sqlite3_destructor_type>(-1);
    }

    void check(int result) const {
        if (result != SQLITE_OK) throw detail::last_error(database_, "bind", sql());
    }
    void expect(int column, int type, std::string_view name) const {
        if (sqlite3_column_type(statement_.get(), column) != type) refuse(column, name);
    }
    [[noreturn]] void fail(int code, std::string reason) const {
        throw Error({.operation = "bind",
                     .reason = std::move(reason),
                     .code = code,
                     .database = detail::file_of(database_),
                     .sql = sql()});
    }

    std::string shown(int column) const {
        constexpr std::size_t most = 60;
        switch (sqlite3_column_type(statement_.get(), column)) {
        case SQLITE_INTEGER: return fmt::format("the integer {}", sqlite3_column_int64(statement_.get(), column));
        case SQLITE_FLOAT: return fmt::format("the number {}", sqlite3_column_double(statement_.get(), column));
        case SQLITE_TEXT:
            return fmt::format("the text '{}'{}", text(column).substr(0, most), text(column).size() > most ? "..." : "");
        case SQLITE_BLOB: return fmt::format("a blob of {} bytes", sqlite3_column_bytes(statement_.get(), column));
        default: return "NULL";
        }
    }

    sqlite3* database_;
    Handle statement_;
};

} // namespace weir::sqlite
