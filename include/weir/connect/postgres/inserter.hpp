// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/postgres/copy_text.hpp>
#include <weir/connect/postgres/table.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::postgres {

struct InsertOptions {
    OnConflict on_conflict = OnConflict::fail;
    /// Its name in the table weir_epochs; the table's name if empty.
    std::string sink = {};
};

/// The last epoch that is in the database for good, and the source's position that came with it.
struct Committed {
    std::uint64_t epoch = 0;
    std::vector<std::byte> position{};

    friend bool operator==(const Committed&, const Committed&) = default;
};

/// Writes rows into a table, an epoch at a time: an epoch is one transaction, all of it or nothing. Rows go by COPY.
///     write(rows)...  then  prepare(epoch, position)  then  commit(epoch); abort(epoch) at any time before.
///     insert(rows) does all of it for an epoch of its own. Rows are used during the call only.
///
/// Exact after a restart: the epoch and the position stand in table weir_epochs, written by the same transaction as the rows.
/// Ask last_committed(), seek the source there, go on. An epoch that is there already is not stored again: prepare drops its
/// rows and commit does nothing. So two sinks that number their own epochs must not share a name.
///
/// Errors: a write that throws has rolled the whole epoch back; call abort(epoch), then the object is as new. It connects again where
/// the connection was lost; whether a commit that lost it is in the database says last_committed(). An insert that throws has rolled back
/// all of it and can be called again, but for a commit that lost its connection.
/// Used by one thread at a time; movable. example: tests/connect/postgres/inserter.cpp
template <typename Row>
class Inserter {
    static_assert(HasFields<Row>, "postgres::Inserter<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    static_assert(not HasFields<Row> || detail::StorableRow<Row>,
                  "postgres::Inserter<Row>: a field's type has no column type. Accepted: bool, integers, enums, float, double, strings, "
                  "std::vector<std::byte>, sys_time, duration, std::optional of these, or specialise weir::postgres::Column.");

public:
    /// Connects, and creates the table where it is missing (with a column per field, not null unless optional). A table that exists
    /// may have further columns; one that does not fit the fields is an Error. `table` may be "schema.table".
    Inserter(const std::string& conninfo, std::string table, InsertOptions options = {})
        : connection_(conninfo), table_(std::move(table)), sink_(options.sink.empty() ? table_ : std::move(options.sink)) {
        detail::create_tables<Row>(connection_, table_);
        detail::check_table<Row>(connection_, table_);
        const bool direct = options.on_conflict == OnConflict::fail;
        copy_ = fmt::format("copy {} ({}) from stdin", direct ? detail::quoted_table(table_) : "weir_copied", detail::column_list<Row>());
        if (direct) return;
        insert_copied_ = detail::insert_copied_sql<Row>(connection_, table_, options.on_conflict);
        make_copied_ = fmt::format("create temp table weir_copied as select {} from {} with no data; alter table weir_copied add weir_row bigserial",
                                   detail::column_list<Row>(), detail::quoted_table(table_));
        connection_.execute(make_copied_);
    }

    /// Adds rows to the epoch at hand, in order. Gives how many were stored: all, but for OnConflict::skip and update.
    std::size_t write(std::span<const Row> rows) {
        if (state_ == State::prepared) misuse("write", fmt::format("epoch {} is prepared; commit or abort it first", epoch_));
        if (state_ == State::failed) misuse("write", "an earlier write of this epoch failed; call abort(epoch) first");
        begin();
        try {
            std::size_t stored = copy(rows);
            if (not insert_copied_.empty()) {
                stored = named([&] { return connection_.execute(insert_copied_); }).changed();
                named([&] { return connection_.execute("truncate weir_copied"); });
            }
            return stored;
        } catch (...) {
            roll_back(State::failed);
            throw;
        }
    }

    /// Ends the epoch at hand, also an empty one: what is left to commit is only to make it last.
    /// Epochs grow; one that is committed already is dropped here. The position is any bytes; last_committed() gives it back.
    void prepare(std::uint64_t epoch, std::span<const std::byte> position = {}) {
        if (state_ == State::prepared) misuse("prepare", fmt::format("epoch {} is prepared already", epoch_));
        if (state_ == State::failed) misuse("prepare", "a write of this epoch failed; call abort(epoch) first");
        if (epoch > largest_epoch) misuse("prepare", "the epoch is above 2^63 - 1");
        begin();
        try {
            const Result result = named([&] {
                return connection_.run("insert into weir_epochs as e values ($1, $2, $3) on conflict (sink) do update "
                                       "set epoch = excluded.epoch, position = excluded.position where e.epoch < excluded.epoch",
                                       sink_, epoch, position);
            });
            if (result.changed() == 0) return roll_back(State::idle); // it is there
        } catch (...) {
            roll_back(State::failed);
            throw;
        }
        epoch_ = epoch;
        state_ = State::prepared;
    }

    /// Makes a prepared epoch last. For an epoch that is committed already it does nothing, however often it is called.
    void commit(std::uint64_t epoch) {
        if (state_ == State::prepared && epoch == epoch_) return commit();
        const auto last = stored();
        if (not last || epoch > last->epoch) misuse("commit", fmt::format("epoch {} is not prepared", epoch));
    }

    /// Forgets the epoch at hand; what is committed stays. Afterwards the object is as new.
    void abort(std::uint64_t /*epoch*/) noexcept { roll_back(State::idle); }

    /// One transaction with an epoch of its own, the next after the last: rows that are there when it returns, all of them, or
    /// none when it throws. Not between write and commit. Gives how many were stored, like write; no rows, no transaction.
    std::size_t insert(std::span<const Row> rows) {
        if (state_ != State::idle) misuse("insert", "an epoch is at hand; commit or abort it first");
        if (rows.empty()) return 0;
        try {
            const std::size_t stored = write(rows);
            named([&] {
                return connection_.run("insert into weir_epochs as e values ($1, 1, '') on conflict (sink) do update set epoch = e.epoch + 1, position = ''", sink_);
            });
            commit();
            return stored;
        } catch (...) {
            roll_back(State::idle);
            throw;
        }
    }

    /// What the database says of this sink; nothing before its first commit. Not between write and commit.
    std::optional<Committed> last_committed() {
        if (state_ != State::idle) misuse("last_committed", "an epoch is at hand; commit or abort it first");
        connect_again();
        return stored();
    }

    Connection& connection() noexcept { return connection_; }
    const std::string& table() const noexcept { return table_; }

private:
    enum class State : unsigned char { idle, open, prepared, failed };
    static constexpr auto largest_epoch = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    static constexpr std::size_t piece = 65'536; // bytes that are given to libpq at a time

    void connect_again() {
        if (connection_.is_open() && has_copied_) return;
        if (not connection_.is_open()) {
            has_copied_ = false; // it was of that session
            connection_.reset();
        }
        if (not make_copied_.empty()) connection_.execute(make_copied_);
        has_copied_ = true;
    }
    void begin() {
        if (state_ != State::idle) return;
        connect_again();
        named([&] { return connection_.execute("begin"); });
        state_ = State::open;
    }
    void commit() {
        try {
            const Result result = named([&] { return connection_.execute("commit"); });
        } catch (...) {
            roll_back(State::failed);
            throw;
        }
        state_ = State::idle;
    }

    std::string operation() const { return "insert into " + detail::quoted_table(table_); }

    // For what belongs to the epoch and to no row of it: the error names the table all the same.
    template <typename Fn>
    auto named(Fn fn) {
        try {
            return fn();
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.operation = operation();
            throw Error(std::move(info));
        }
    }

    std::size_t copy(std::span<const Row> rows) {
        named([&] { return connection_.execute(copy_); });
        text_.clear();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string_view field;
            try {
                append(rows[i], field, std::make_index_sequence<field_count<Row>>{});
            } catch (const std::exception& refused) {
                end_copy("the row cannot be sent");
                Error error = connection_.refusal(operation(), refused.what(), copy_);
                ErrorInfo info = error.info();
                info.row = i + 1;
                info.field = std::string(field);
                throw Error(std::move(info));
            }
            if (text_.size() >= piece) send();
        }
        send();
        const detail::ResultHandle result = end_copy(nullptr);
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            ErrorInfo info = connection_.info_of(result.get(), operation(), copy_);
            const char* context = PQresultErrorField(result.get(), PG_DIAG_CONTEXT);
            if (const std::size_t line = context != nullptr ? detail::line_of_context(context) : 0; line != 0) info.row = line;
            if (info.field.empty() && context != nullptr) info.field = detail::column_of_context(context);
            throw Error(std::move(info));
        }
        return rows.size();
    }
    template <std::size_t... I>
    void append(const Row& row, std::string_view& field, std::index_sequence<I...>) {
        ((text_ += I == 0 ? "" : "\t", field = field_names<Row>[I], detail::append_for_copy(text_, get_field<I>(row))), ...);
        field = {};
        if (text_.size() > std::size_t{1} << 30) throw std::length_error("the row takes more than 1 GB, which no COPY takes");
        text_ += '\n';
    }
    // What fails here is told by the result of the copy.
    void send() {
        PQputCopyData(connection_.handle(), text_.data(), static_cast<int>(text_.size()));
        text_.clear();
    }
    detail::ResultHandle end_copy(const char* failure) {
        PQputCopyEnd(connection_.handle(), failure);
        detail::ResultHandle result(PQgetResult(connection_.handle()));
        while (const auto more = detail::ResultHandle(PQgetResult(connection_.handle())))
            if (PQresultStatus(more.get()) == PGRES_COPY_IN) break; // it could not be ended, and says so for ever
        return result;
    }

    std::optional<Committed> stored() {
        const Result result = connection_.run("select epoch, position from weir_epochs where sink = $1", sink_);
        if (result.rows() == 0) return std::nullopt;
        Committed committed;
        Column<std::uint64_t>::parse(*result.text(0, 0), committed.epoch);
        Column<std::vector<std::byte>>::parse(*result.text(0, 1), committed.position);
        return committed;
    }

    void roll_back(State next) noexcept {
        if (connection_.is_open() && connection_.in_transaction()) PQclear(PQexec(connection_.handle(), "rollback"));
        state_ = next;
    }

    [[noreturn]] void misuse(std::string_view call, std::string reason) const {
        throw connection_.refusal(operation(), fmt::format("{}: {}", call, reason), {}, "55000");
    }

    Connection connection_;
    std::string table_;
    std::string sink_;
    std::string copy_, insert_copied_, make_copied_;
    bool has_copied_ = true; // the session has the temporary table that make_copied_ makes
    std::string text_;
    std::uint64_t epoch_ = 0;
    State state_ = State::idle;
};

} // namespace weir::postgres
