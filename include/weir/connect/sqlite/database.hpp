// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/error.hpp>
#include <weir/core/time.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace weir::sqlite {

enum class Open : unsigned char { read_only, read_write, create };

struct OpenOptions {
    Open mode = Open::create;
    /// How long a call waits for another connection's lock before it fails as busy. SQLite sleeps by the system's clock.
    Duration busy_timeout = std::chrono::seconds(5);
};

/// An open connection, closed by the destructor. Used by one thread at a time; movable.
/// Statements may outlive it: SQLite closes the file after the last of them.
class Database {
public:
    /// `path` is a file's name, or ":memory:". Throws Error when it cannot be opened.
    explicit Database(const std::string& path, OpenOptions options = {}) {
        sqlite3* handle = nullptr;
        const int result = sqlite3_open_v2(path.c_str(), &handle, flags(options.mode) | SQLITE_OPEN_NOMUTEX, nullptr);
        handle_.reset(handle);
        if (result != SQLITE_OK)
            throw Error({.operation = "open",
                         .reason = handle != nullptr ? sqlite3_errmsg(handle) : "out of memory",
                         .code = result,
                         .database = path});
        sqlite3_extended_result_codes(handle, 1);
        set_busy_timeout(options.busy_timeout);
    }

    void set_busy_timeout(Duration timeout) noexcept {
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
        sqlite3_busy_timeout(handle(), static_cast<int>(std::clamp<std::int64_t>(ms, 0, std::numeric_limits<int>::max())));
    }

    /// Runs one or more statements whose results do not matter.
    void execute(const std::string& sql) {
        if (sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            throw detail::last_error(handle(), "execute", sql);
    }

    bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle()) == 0; }
    /// Rows that the last insert, update or delete changed.
    std::int64_t changes() const noexcept { return sqlite3_changes(handle()); }
    /// The full name of the file; ":memory:" if there is none.
    std::string file() const { return detail::file_of(handle()); }
    /// For what this class does not cover.
    sqlite3* handle() const noexcept { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
    };

    static int flags(Open mode) noexcept {
        switch (mode) {
        case Open::read_only: return SQLITE_OPEN_READONLY;
        case Open::read_write: return SQLITE_OPEN_READWRITE;
        case Open::create: break;
        }
        return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }

    std::unique_ptr<sqlite3, Close> handle_;
};

} // namespace weir::sqlite
