// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/csv.hpp>
#include <weir/source/follow_reader.hpp>
#include <weir/source/polled_batches.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <utility>

namespace weir {
namespace detail {

/// Makes rows of what has come of a file that somebody else opens. Its header is read again wherever it goes on.
template <typename Row, bool KeepsBad, typename File = InFile>
class FollowedCsvCutter : public CsvRows<Row, KeepsBad, File> {
    using Rows = CsvRows<Row, KeepsBad, File>;

public:
    FollowedCsvCutter(std::string path, CsvOptions options) : Rows(std::move(path), std::move(options)) { check_dialect(this->options_); }

    std::span<typename Rows::event_type> next(File& file, const std::string&, bool) {
        if (not this->knows_columns_ && not find_columns(file)) return {};
        const std::size_t n = this->read_rows(file);
        return {this->rows_.data(), n};
    }
    void throw_failure() const {
        if (this->failed_) std::rethrow_exception(this->failed_);
    }
    [[nodiscard]] std::uint64_t byte() const noexcept { return this->position().byte; }
    [[nodiscard]] std::uint64_t before() const noexcept { return this->position().line - 1; }
    [[nodiscard]] std::uint64_t records() const noexcept { return this->position().records; }
    [[nodiscard]] std::uint64_t end() const noexcept { return this->cutter_.end(); }
    [[nodiscard]] bool is_within_line() const noexcept { return not this->failed_ && this->cutter_.is_within_line(); }
    void resume(bool grows) noexcept {
        grows_ = grows;
        this->cutter_.resume(grows);
    }
    void stop_at(std::uint64_t byte) noexcept {
        stop_ = byte;
        this->cutter_.stop_at(byte);
    }
    void restart(std::uint64_t byte, std::uint64_t lines) {
        this->failed_ = nullptr;
        this->knows_columns_ = false;
        stop_ = this->stop();
        this->cutter_.restart(byte, lines + 1, byte == 0 ? 0 : this->cutter_.records(), stop_);
    }
    void count_from(std::uint64_t records) { this->cutter_.restart(this->cutter_.byte(), this->cutter_.line(), records, stop_); }
    [[nodiscard]] FollowedCsvCutter fresh() const { return FollowedCsvCutter(this->path(), this->options_); }

private:
    /// False: the header is not all there. The file goes on where it was, or behind the header.
    bool find_columns(File& file) {
        auto header = this->new_cutter();
        header.resume(grows_);
        file.seek(0);
        this->knows_columns_ = Rows::find_columns(header, file, false);
        if (this->knows_columns_ && header.byte() > this->cutter_.byte()) this->cutter_.restart(header.byte(), header.line(), 0, stop_);
        file.seek(this->cutter_.byte());
        return this->knows_columns_;
    }

    bool grows_ = true;
    std::uint64_t stop_ = this->stop();
};

} // namespace detail

/// The rows of a CSV file that grows, for whoever wants to ask for them without a pipeline.
template <typename Row, bool KeepsBad = false, typename File = InFile>
class FollowedCsvRows {
public:
    using event_type = typename CsvRows<Row, KeepsBad, File>::event_type;
    static constexpr bool bounded = false;

    explicit FollowedCsvRows(Followed what, const CsvOptions& options = {})
        : reader_(what, options.files, detail::FollowedCsvCutter<Row, KeepsBad, File>(what.path, options)) {}

    /// Lent until the next call.
    [[nodiscard]] Polled<std::span<event_type>> poll_batch(Timestamp now) {
        reader_.cutter().throw_failure();
        return reader_.poll(now);
    }
    /// What has been read and not given, as if the file ended there; empty: no more.
    [[nodiscard]] std::span<event_type> rest() {
        reader_.cutter().throw_failure();
        return reader_.rest();
    }
    [[nodiscard]] FollowPosition position() const noexcept { return reader_.position(); }
    [[nodiscard]] FollowPosition batch_position() const noexcept { return reader_.batch_position(); }
    [[nodiscard]] bool has_left() const noexcept { return reader_.has_left(); }
    void seek(const FollowPosition& to) { reader_.seek(to); }

private:
    detail::FollowReader<detail::FollowedCsvCutter<Row, KeepsBad, File>, File> reader_;
};

namespace detail {

template <std::same_as<Followed> T>
struct CsvOf<T> {
    using Given = Followed;
    template <typename Row, bool KeepsBad>
    static auto begin(Given what, const CsvOptions& options) {
        using Input = PolledBatchInput<FollowedCsvRows<Row, KeepsBad>>;
        return Pipeline<Input, typename Input::stream>{Input(FollowedCsvRows<Row, KeepsBad>(std::move(what), options)), {}};
    }
};

} // namespace detail
} // namespace weir
