// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/column.hpp>
#include <weir/connect/postgres/error.hpp>

#include <libpq-fe.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::postgres {
namespace detail {

struct ClearResult {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

/// What a parameter of a statement is sent as; none is NULL.
using Parameter = std::optional<std::string>;

template <typename T>
Parameter parameter(const T& value) {
    if constexpr (std::convertible_to<const T&, std::string_view>) {
        return std::string(std::string_view(value));
    } else {
        static_assert(Storable<T>, "a parameter's type has no column type. Accepted: bool, integers, enums, float, double, strings, "
                                   "std::vector<std::byte>, sys_time, duration, std::optional of these, or specialise weir::postgres::Column.");
        std::string text;
        if constexpr (weir::detail::is_optional<T>) {
            if (not value) return std::nullopt;
            Column<T>::append(text, *value);
        } else {
            Column<T>::append(text, value);
        }
        return text;
    }
}

} // namespace detail

/// The rows that a statement gave.
class Result {
public:
    explicit Result(detail::ResultHandle result) : result_(std::move(result)) {}
    [[nodiscard]] std::size_t rows() const noexcept { return static_cast<std::size_t>(PQntuples(result_.get())); }
    [[nodiscard]] int columns() const noexcept { return PQnfields(result_.get()); }
    [[nodiscard]] std::string_view name(int column) const { return PQfname(result_.get(), column); }
    [[nodiscard]] Type type(int column) const noexcept { return static_cast<Type>(PQftype(result_.get(), column)); }
    /// The text of a value, where the row is counted from 0; none: NULL. It lives as long as the result.
    [[nodiscard]] std::optional<std::string_view> text(std::size_t row, int column) const {
        const int at = static_cast<int>(row);
        if (PQgetisnull(result_.get(), at, column) != 0) return std::nullopt;
        return std::string_view(PQgetvalue(result_.get(), at, column), static_cast<std::size_t>(PQgetlength(result_.get(), at, column)));
    }
    /// How many rows an insert, update, delete or copy stored.
    [[nodiscard]] std::size_t changed() const {
        std::size_t n = 0;
        const std::string_view said = PQcmdTuples(result_.get());
        return weir::detail::parse_number(said, n) ? n : 0;
    }

private:
    detail::ResultHandle result_;
};

/// An open connection, closed by the destructor. Used by one thread at a time; movable.
///     A server that has gone is an Error: at once where the system knows it, else after half a minute without an answer of its machine
///     (the settings of libpq, connect_timeout, keepalives and tcp_user_timeout, may say otherwise). A lock is waited for as long as the
///     server says: `options='-c lock_timeout=5s -c statement_timeout=1min'` in conninfo.
class Connection {
public:
    /// conninfo: libpq's, "host=... dbname=..." or "postgresql://..."; what it leaves out comes from the environment (PGHOST, PGPASSWORD
    /// ...). Throws Error when there is no connection.
    explicit Connection(const std::string& conninfo) {
        const char* const names[] = {"connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "dbname", nullptr};
        const char* const values[] = {"10", "10", "5", "4", "30000", conninfo.c_str(), nullptr};
        handle_.reset(PQconnectdbParams(names, values, 1));
        begin_session();
    }

    /// Runs one statement with its parameters, for $1, $2 ...
    template <typename... Args>
    Result run(const std::string& sql, const Args&... args) {
        return run_with("run", sql, {detail::parameter(args)...});
    }
    /// Runs one or more statements, without parameters; the result is that of the last.
    Result execute(const std::string& sql) { return checked(PQexec(handle(), sql.c_str()), "execute", sql); }

    [[nodiscard]] bool is_open() const noexcept { return PQstatus(handle()) == CONNECTION_OK; }
    [[nodiscard]] bool in_transaction() const noexcept {
        const PGTransactionStatusType status = PQtransactionStatus(handle());
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
    }
    /// Connects again, to the same server.
    void reset() {
        PQreset(handle());
        begin_session();
    }
    /// The name of the database and of the server.
    [[nodiscard]] std::string database() const {
        const auto said = [](const char* text) { return text != nullptr ? std::string(text) : std::string(); };
        return said(PQdb(handle())) + " at " + said(PQhost(handle())) + ":" + said(PQport(handle()));
    }
    /// For what this class does not cover.
    [[nodiscard]] PGconn* handle() const noexcept { return handle_.get(); }

    /// As run, for who does something of a name of its own.
    Result run_with(std::string_view operation, const std::string& sql, const std::vector<detail::Parameter>& parameters) {
        std::vector<const char*> values;
        for (const auto& each : parameters) {
            if (each && each->find('\0') != std::string::npos) throw refusal(operation, "a parameter has a zero byte in it, which text cannot have", sql);
            values.push_back(each ? each->c_str() : nullptr);
        }
        return checked(PQexecParams(handle(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0), operation, sql);
    }

    /// Throws what the server, or libpq, says of this result unless it is a good one.
    Result checked(PGresult* taken, std::string_view operation, const std::string& sql) {
        detail::ResultHandle result(taken);
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN) return Result(std::move(result));
        throw Error(info_of(result.get(), operation, sql));
    }
    [[nodiscard]] ErrorInfo info_of(const PGresult* result, std::string_view operation, const std::string& sql) const {
        ErrorInfo info{.operation = std::string(operation), .database = database(), .sql = sql};
        const auto field = [result](int code) { return std::string(result != nullptr && PQresultErrorField(result, code) != nullptr ? PQresultErrorField(result, code) : ""); };
        info.code = field(PG_DIAG_SQLSTATE);
        info.reason = field(PG_DIAG_MESSAGE_PRIMARY);
        info.field = field(PG_DIAG_COLUMN_NAME);
        if (const std::string detail = field(PG_DIAG_MESSAGE_DETAIL); not detail.empty()) info.reason += "; " + detail;
        if (info.reason.empty()) info.reason = PQerrorMessage(handle());
        while (not info.reason.empty() && info.reason.back() == '\n') info.reason.pop_back();
        if (info.code.empty()) info.code = "08006";
        return info;
    }
    [[nodiscard]] Error refusal(std::string_view operation, std::string reason, std::string sql = {}, std::string code = "22000") const {
        return Error({.operation = std::string(operation), .reason = std::move(reason), .code = std::move(code), .database = database(), .sql = std::move(sql)});
    }

private:
    struct Finish {
        void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
    };

    void begin_session() {
        if (handle() == nullptr || not is_open()) throw Error(info_of(nullptr, "connect", {}));
        PQsetNoticeProcessor(handle(), [](void*, const char*) {}, nullptr); // else they go to standard error
        execute("set client_encoding = 'UTF8'; set datestyle = 'ISO'; set timezone = 'UTC'; set bytea_output = 'hex'; set extra_float_digits = 3");
    }

    std::unique_ptr<PGconn, Finish> handle_;
};

} // namespace weir::postgres
