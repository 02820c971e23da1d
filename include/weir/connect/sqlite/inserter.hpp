// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/sqlite/table.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::sqlite {

struct InsertOptions {
    /// How long to wait for another connection's lock before failing as busy.
    Duration busy_timeout = std::chrono::seconds(5);
    OnConflict on_conflict = OnConflict::fail;
    /// Its name in the table weir_epochs; the table's name if empty.
    std::string sink = {};
    /// The fields that are the primary key of a table that is created.
    std::vector<std::string> key = {};
};

/// The last epoch that is in the database for good, and the source's position that came with it.
struct Committed {
    std::uint64_t epoch = 0;
    std::vector<std::byte> position{};

    friend bool operator==(const Committed&, const Committed&) = default;
};

/// Writes rows into a table, an epoch at a time: an epoch is one transaction, all of it or nothing.
///     write(rows)...  then  prepare(epoch, position)  then  commit(epoch); abort(epoch) at any time before.
///     insert(rows) does all of it for an epoch of its own. Rows are used during the call only; nothing is allocated after the
///     first batch. From the first write to commit or abort the database is locked for other writers.
///
/// Exact after a restart: the epoch and the position stand in table weir_epochs, written by the same transaction as the rows.
/// Ask last_committed(), seek the source there, go on. An epoch that is there already is not stored again: prepare drops its
/// rows and commit does nothing. So two sinks that number their own epochs must not share a name.
///
/// Errors: a write that throws has rolled the whole epoch back; call abort(epoch), then the object is as new. A commit that
/// throws busy (a reader is in the way) leaves the epoch prepared: commit again or abort. An insert that throws has rolled
/// back all of it and can be called again.
/// Used by one thread at a time. Needs SQLite 3.35. example: tests/connect/sqlite/inserter.cpp
template <typename Row>
class Inserter {
    static_assert(HasFields<Row>, "sqlite::Inserter<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    static_assert(not HasFields<Row> || detail::StorableRow<Row>,
                  "sqlite::Inserter<Row>: a field's type has no column type. Accepted: bool, integers, enums, float, double, strings, "
                  "std::vector<std::byte>, sys_time, duration, std::optional of these, or specialise weir::sqlite::Column.");

public:
    /// Opens the database, and creates it and the table where they are missing (with a column per field, not null unless
    /// optional). A table that exists may have further columns; one that does not fit the fields is an Error.
    Inserter(const std::string& path, std::string table, InsertOptions options = {})
        : database_(path, {.mode = Open::create, .busy_timeout = options.busy_timeout}), table_(std::move(table)),
          sink_(options.sink.empty() ? table_ : std::move(options.sink)) {
        database_.execute(detail::create_sql<Row>(table_, options.key));
        database_.execute("create table if not exists weir_epochs "
                          "(sink text not null primary key, epoch integer not null, position blob not null) without rowid");
        detail::check_table<Row>(database_, table_);
        const std::vector<std::string> key = detail::key_of(database_, table_);
        if (options.on_conflict == OnConflict::add) detail::check_numbers<Row>(database_, table_, key, options.key);
        insert_.emplace(database_, detail::insert_sql<Row>(table_, options.on_conflict, key));
        read_epoch_.emplace(database_, "select epoch from weir_epochs where sink = ?");
        read_epoch_->bind_all(sink_);
        write_epoch_.emplace(database_, "insert into weir_epochs (sink, epoch, position) values (?, ?, ?) "
                                        "on conflict do update set epoch = excluded.epoch, position = excluded.position");
        begin_.emplace(database_, "begin immediate");
        commit_.emplace(database_, "commit");
    }

    /// Adds rows to the epoch at hand, in order. Gives how many were stored: all, but for OnConflict::skip.
    std::size_t write(std::span<const Row> rows) {
        if (state_ == State::prepared) misuse("write", fmt::format("epoch {} is prepared; commit or abort it first", epoch_));
        if (state_ == State::failed) misuse("write", "an earlier write of this epoch failed; call abort(epoch) first");
        begin();
        std::size_t stored = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            blamed_ = {};
            try {
                bind(rows[i], std::make_index_sequence<field_count<Row>>{});
                insert_->run();
            } catch (const Error& error) {
                roll_back(State::failed);
                ErrorInfo info = error.info();
                info.operation = operation();
                info.row = i + 1;
                info.field = std::string(blamed_);
                throw Error(std::move(info));
            } catch (...) {
                roll_back(State::failed);
                throw;
            }
            stored += static_cast<std::size_t>(database_.changes());
        }
        return stored;
    }

    /// Ends the epoch at hand, also an empty one: what is left to commit is only to make it last.
    /// Epochs grow; one that is committed already is dropped here. The position is any bytes; last_committed() gives it back.
    void prepare(std::uint64_t epoch, std::span<const std::byte> position = {}) {
        if (state_ == State::prepared) misuse("prepare", fmt::format("epoch {} is prepared already", epoch_));
        if (state_ == State::failed) misuse("prepare", "a write of this epoch failed; call abort(epoch) first");
        if (epoch > largest_epoch) misuse("prepare", "the epoch is above 2^63 - 1");
        begin();
        try {
            if (const auto last = stored_epoch(); last && epoch <= *last) {
                roll_back(State::idle);
                return;
            }
            write_epoch_->bind(1, sink_, Keep::lent);
            write_epoch_->bind(2, epoch);
            write_epoch_->bind_blob(3, position, Keep::lent);
            run(*write_epoch_);
        } catch (...) {
            roll_back(State::failed);
            throw;
        }
        epoch_ = epoch;
        state_ = State::prepared;
    }

    /// Makes a prepared epoch last. For an epoch that is committed already it does nothing, however often it is called.
    void commit(std::uint64_t epoch) {
        if (state_ == State::prepared && epoch == epoch_) {
            try {
                run(*commit_);
            } catch (...) {
                if (not database_.in_transaction()) state_ = State::failed;
                throw;
            }
            state_ = State::idle;
            return;
        }
        if (const auto last = stored_epoch(); not last || epoch > *last)
            misuse("commit", fmt::format("epoch {} is not prepared", epoch));
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
            const std::uint64_t epoch = stored_epoch().value_or(0) + 1;
            prepare(epoch);
            commit(epoch);
            return stored;
        } catch (...) {
            roll_back(State::idle);
            throw;
        }
    }

    /// What the database says of this sink; nothing before its first commit. Not between write and commit.
    std::optional<Committed> last_committed() {
        if (state_ != State::idle) misuse("last_committed", "an epoch is at hand; commit or abort it first");
        Statement read(database_, "select epoch, position from weir_epochs where sink = ?");
        read.bind_all(sink_);
        if (not read.step()) return std::nullopt;
        return Committed{read.column<std::uint64_t>(0), read.column<std::vector<std::byte>>(1)};
    }

    Database& database() noexcept { return database_; }
    const std::string& table() const noexcept { return table_; }

private:
    enum class State : unsigned char { idle, open, prepared, failed };
    static constexpr auto largest_epoch = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

    void begin() {
        if (state_ != State::idle) return;
        run(*begin_);
        state_ = State::open;
    }

    std::string operation() const { return "insert into " + detail::quoted(table_); }

    // For what belongs to the epoch and to no row of it: the error names the table all the same.
    void run(Statement& statement) {
        try {
            statement.run();
        } catch (const Error& error) {
            ErrorInfo info = error.info();
            info.operation = operation();
            throw Error(std::move(info));
        }
    }

    template <std::size_t... I>
    void bind(const Row& row, std::index_sequence<I...>) {
        ((blamed_ = field_names<Row>[I], insert_->bind(static_cast<int>(I) + 1, get_field<I>(row), Keep::lent)), ...);
        blamed_ = {};
    }

    std::optional<std::uint64_t> stored_epoch() {
        std::optional<std::uint64_t> epoch;
        if (read_epoch_->step()) epoch = read_epoch_->column<std::uint64_t>(0);
        read_epoch_->reset();
        return epoch;
    }

    // SQLite may have rolled back by itself (full disk, I/O error). It keeps a lock only where a rollback fails, which the next
    // begin then reports.
    void roll_back(State next) noexcept {
        if (database_.in_transaction()) sqlite3_exec(database_.handle(), "rollback", nullptr, nullptr, nullptr);
        state_ = next;
    }

    [[noreturn]] void misuse(std::string_view call, std::string reason) const {
        throw Error({.operation = operation(),
                     .reason = fmt::format("{}: {}", call, reason),
                     .code = SQLITE_MISUSE,
                     .database = database_.file()});
    }

    Database database_;
    std::string table_;
    std::string sink_;
    std::optional<Statement> insert_, read_epoch_, write_epoch_, begin_, commit_;
    std::string_view blamed_{};
    std::uint64_t epoch_ = 0;
    State state_ = State::idle;
};

} // namespace weir::sqlite
