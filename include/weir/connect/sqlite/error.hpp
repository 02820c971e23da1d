// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir::sqlite {

/// What an Error knows. Empty where it does not apply.
struct ErrorInfo {
    std::string operation{};               ///< what was being done: `open`, `insert into "flight"`, `commit` ...
    std::string reason{};                  ///< why it failed, in SQLite's words or ours
    int code = SQLITE_ERROR;               ///< SQLite's extended result code
    std::string database{};                ///< the file
    std::string sql{};                     ///< the statement
    std::optional<std::uint64_t> row{};    ///< of the batch or of the query's result, counted from 1
    std::uint64_t before = 0;              ///< of a sink: the rows of the batches before that one
    std::string field{};                   ///< where one field or column is to blame
};

/// Anything that goes wrong with a database. what() says all of info() in one line.
class Error : public std::runtime_error {
public:
    explicit Error(ErrorInfo info) : std::runtime_error(text(info)), info_(std::move(info)) {}

    const ErrorInfo& info() const noexcept { return info_; }
    /// The row to blame, counted from 1: batch[*row() - 1].
    std::optional<std::uint64_t> row() const noexcept { return info_.row; }

    /// Another connection holds a lock: the same call may succeed later.
    bool is_busy() const noexcept { return primary() == SQLITE_BUSY || primary() == SQLITE_LOCKED; }
    /// The disk, or the size limit of the database, is full.
    bool is_full() const noexcept { return primary() == SQLITE_FULL; }
    /// A rule of the table refuses the row: not null, unique, check, foreign key.
    bool is_constraint() const noexcept { return primary() == SQLITE_CONSTRAINT; }
    /// A value does not fit the type of its field or column.
    bool is_mismatch() const noexcept { return primary() == SQLITE_MISMATCH; }
    /// A call that is not allowed here, such as commit(epoch) without prepare(epoch).
    bool is_misuse() const noexcept { return primary() == SQLITE_MISUSE; }

private:
    int primary() const noexcept { return info_.code & 0xff; }

    static std::string text(const ErrorInfo& info) {
        std::string line = fmt::format("sqlite: {}", info.operation);
        if (info.row) line += fmt::format(", row {}", info.before + *info.row);
        if (info.row && info.before != 0) line += fmt::format(" ({} of its batch)", *info.row);
        if (not info.field.empty()) line += fmt::format(", field \"{}\"", info.field);
        line += fmt::format(": {} (code {}, {}; database {}", info.reason, info.code, sqlite3_errstr(info.code), info.database);
        if (not info.sql.empty()) line += fmt::format("; sql: {}", info.sql);
        return line + ")";
    }

    ErrorInfo info_;
};

namespace detail {

/// "name" as SQL writes it, whatever is in it.
inline std::string quoted(std::string_view name) {
    std::string result = "\"";
    for (const char c : name) result.append(c == '"' ? 2U : 1U, c);
    return result + '"';
}

inline bool same_name(const char* a, std::string_view b) {
    return std::string_view(a).size() == b.size() && sqlite3_strnicmp(a, b.data(), static_cast<int>(b.size())) == 0;
}

inline std::string file_of(sqlite3* handle) {
    const char* file = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
    return file != nullptr && *file != '\0' ? file : ":memory:";
}

/// What SQLite says of the last call on this connection, which failed.
inline Error last_error(sqlite3* handle, std::string operation, std::string sql = {}) {
    return Error({.operation = std::move(operation),
                  .reason = sqlite3_errmsg(handle),
                  .code = sqlite3_extended_errcode(handle),
                  .database = file_of(handle),
                  .sql = std::move(sql)});
}

} // namespace detail
} // namespace weir::sqlite
