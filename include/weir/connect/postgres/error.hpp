// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace weir::postgres {

/// What an Error knows. Empty where it does not apply.
struct ErrorInfo {
    std::string operation{};               ///< what was being done: `connect`, `insert into "flight"`, `query` ...
    std::string reason{};                  ///< why it failed, in the server's words or ours
    std::string code{};                    ///< the SQLSTATE; ours: 22000 a value that does not fit, 55000 a call that is not allowed, 08006 no connection
    std::string database{};                ///< its name, and the server's; never a password
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

    /// There is no connection, or none any more: whether a commit came through is not known.
    bool is_connection() const noexcept { return is("08") || is("57P"); }
    /// A lock was waited for in vain (lock_timeout), or others were in the way: the same call may succeed later.
    bool is_busy() const noexcept { return is("55P03") || is("40"); }
    /// Disk, memory or connections are used up.
    bool is_full() const noexcept { return is("53"); }
    /// A rule of the table refuses the row: not null, unique, check, foreign key.
    bool is_constraint() const noexcept { return is("23"); }
    /// A value does not fit the type of its field or column.
    bool is_mismatch() const noexcept { return is("22"); }
    /// A call that is not allowed here, such as commit(epoch) without prepare(epoch).
    bool is_misuse() const noexcept { return info_.code == "55000"; }

private:
    bool is(std::string_view begin) const noexcept { return std::string_view(info_.code).starts_with(begin); }

    static std::string text(const ErrorInfo& info) {
        std::string line = fmt::format("postgres: {}", info.operation);
        if (info.row) line += fmt::format(", row {}", info.before + *info.row);
        if (info.row && info.before != 0) line += fmt::format(" ({} of its batch)", *info.row);
        if (not info.field.empty()) line += fmt::format(", field \"{}\"", info.field);
        line += fmt::format(": {} (code {}; database {}", info.reason, info.code, info.database);
        if (not info.sql.empty()) line += fmt::format("; sql: {}", info.sql);
        line += ')';
        for (char& c : line)
            if (c == '\n') c = ' ';
        return line;
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

/// The name of a table, which may have that of its schema and a point before it.
inline std::string quoted_table(std::string_view name) {
    const auto point = name.find('.');
    return point == name.npos ? quoted(name) : quoted(name.substr(0, point)) + '.' + quoted(name.substr(point + 1));
}

} // namespace detail
} // namespace weir::postgres
