// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/system_files.hpp>
#include <weir/core/text_value.hpp>
#include <weir/source/arrived_file.hpp>
#include <weir/source/csv_columns.hpp>
#include <weir/source/csv_ends.hpp>
#include <weir/source/csv_faults.hpp>
#include <weir/source/csv_fields.hpp>
#include <weir/source/csv_options.hpp>
#include <weir/source/csv_ranges.hpp>
#include <weir/source/csv_records.hpp>
#include <weir/source/csv_row.hpp>
#include <weir/source/csv_texts.hpp>
#include <weir/source/csv_value.hpp>
#include <weir/source/file_sizes.hpp>
#include <weir/source/row_policy.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// The rows of CSV files, one file after the other: a bounded BatchSource, a PositionedSource and a SplittableSource. A file is opened when
/// its first row is asked for. A bad row is an EventError, thrown after the rows before it have been given, and at every call from then on; with
/// KeepsBad it is an event with its text and a CsvError. A copy reads from its beginning.
template <typename Row, bool KeepsBad = false, typename File = InFile, typename Cutter = detail::CsvCutter<>>
class CsvRows {
    static_assert(detail::check_csv_row<Row>());
    using Record = typename Cutter::Record;
    using Columns = detail::CsvColumns<Row>;
    static constexpr bool has_texts = []<typename... T>(const std::tuple<T...>*) {
        return not(detail::NumericText<T> && ...);
    }(static_cast<const field_types_t<Row>*>(nullptr));
    enum class Part : unsigned char { none, claimed, block, given };
    using Ranges = detail::CsvRanges<File>;
    static constexpr std::size_t at_once = 1'024; // rows of a part, so that they stay in the caches
    using Texts = detail::dependent_t<std::vector<std::string>, Row>;

public:
    using event_type = std::conditional_t<KeepsBad, detail::ReadRow<Row>, Row>;

    explicit CsvRows(Texts paths, CsvOptions options = {})
        : CsvRows(std::make_shared<const Texts>(std::move(paths)), std::move(options)) {}
    explicit CsvRows(std::shared_ptr<const Texts> paths, CsvOptions options)
        : paths_(std::move(paths)), options_(std::move(options)), cutter_(new_cutter()), texts_(options_.quote, options_.trim) {}
    explicit CsvRows(std::string path, CsvOptions options = {}) : CsvRows(Texts{std::move(path)}, std::move(options)) {}
    CsvRows(const CsvRows& other) : CsvRows(other.paths_, other.options_) {
        first_ = other.first_;
        last_ = other.last_;
        if (other.part_ != Part::none) part_ = Part::given;
        restart(first_);
    }
    CsvRows(CsvRows&&) noexcept = default;
    CsvRows& operator=(const CsvRows& other) { return *this = CsvRows(other); }
    CsvRows& operator=(CsvRows&&) noexcept = default;
    ~CsvRows() = default;

    [[nodiscard]] std::span<event_type> next_batch() {
        if (failed_) std::rethrow_exception(failed_);
        begin_part();
        if (part_ != Part::none) {
            const std::size_t n = part_ == Part::block ? read_block(nullptr, at_once) : 0;
            if (n != at_once) part_ = Part::given;
            return {rows_.data(), n};
        }
        for (; more_files(); next_file()) {
            if (not file_) open();
            if (is_live()) cutter_.resume(false);
            if (const std::size_t n = read_rows(*file_); n != 0) return {rows_.data(), n};
        }
        return {};
    }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole row yet.
    [[nodiscard]] std::optional<std::span<event_type>> try_batch() {
        if (failed_ || part_ != Part::none) return next_batch();
        for (; more_files(); next_file()) {
            if (not file_) open();
            const std::optional<std::size_t> n = is_live() ? read_arrived() : read_rows(*file_);
            if (not n) return std::nullopt;
            if (*n != 0) return std::span(rows_.data(), *n);
        }
        return std::span<event_type>();
    }
    [[nodiscard]] bool is_live() const noexcept { return file_ && file_->is_live(); }
    /// Until try_batch() may give something.
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const {
        if (file_) file_->wait(std::move(stop), deadline);
    }
    /// What has been read of a pipe and not given, as if it ended there; empty: no more.
    [[nodiscard]] std::span<event_type> rest() {
        if (failed_) std::rethrow_exception(failed_);
        if (not is_live()) return {};
        detail::EndedFile<Cutter, File> ended(cutter_, *file_);
        if (not knows_columns_) begin_rows(ended, false);
        const std::size_t n = read_rows(ended);
        return {rows_.data(), n};
    }
    [[nodiscard]] CsvPosition position() const noexcept { return failed_ ? failed_at_ : here(); }
    void seek(CsvPosition to) {
        failed_ = nullptr;
        file_.reset();
        ranges_.reset();
        restart(to);
    }
    /// Bytes of its files before the next row, and of all of them, which are opened for that at the first call.
    [[nodiscard]] SourceBytes measure() {
        if (not paths_) return {};
        return options_.files ? sizes_.measure(*paths_, at_, cutter_.byte(), *options_.files) : sizes_.measure(*paths_, at_, cutter_.byte(), BasicSystemFiles<File>());
    }
    /// What reads parts of this, one at a time.
    [[nodiscard]] CsvRows reader() const {
        CsvRows reader(paths_, options_);
        reader.part_ = Part::given;
        return reader;
    }
    /// Makes the next rows of this, some blocks, those of a reader that has given its own; false: there are no more. Several readers can make
    /// rows beside each other: a file that can be read anywhere they read for themselves, of others that is done here, as is looking for the
    /// borders of records.
    bool next_part(CsvRows& reader) { return give_part(reader, true).value(); }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole row yet.
    std::optional<bool> try_part(CsvRows& reader) { return give_part(reader, false); }
    /// Those that rest() would give.
    bool rest_part(CsvRows& reader) {
        if (failed_) std::rethrow_exception(failed_);
        if (not is_live()) return false;
        detail::EndedFile<Cutter, File> ended(cutter_, *file_);
        if (not knows_columns_) begin_rows(ended, false);
        const bool has_rows = cutter_.fill(ended, true);
        if (has_rows) give_block(reader);
        return has_rows;
    }
    /// For a reader that has been given a part, beside others, before next_batch: reads what it needs to tell the one that has the next part
    /// where that begins. It waits for those that have the parts before.
    void begin_part() {
        if (part_ != Part::claimed) return;
        part_ = Part::given;
        const auto ranges = std::exchange(ranges_, nullptr);
        bool is_read = false;
        std::exception_ptr failed;
        if (not claim_.is_last) {
            try {
                is_read = cutter_.read_range(ranges->file(), claim_.begin, claim_.end, claim_.number == 0);
            } catch (const FileError&) { // then it is read as by who is alone
            } catch (...) {
                failed = std::current_exception();
            }
        }
        typename Ranges::Turn turn(*ranges, claim_.number);
        detail::CsvBorder& border = turn.border();
        if (border.over || (border.next.byte >= claim_.end && not claim_.is_last)) return;
        border.over = true; // if this fails
        if (failed) std::rethrow_exception(failed);
        const auto joined = is_read ? cutter_.join(border) : Cutter::Joined::unsure;
        if (joined != Cutter::Joined::unsure) {
            border.over = false;
            if (joined == Cutter::Joined::records) part_ = Part::block;
            return;
        }
        first_ = border.next;
        restart(first_);
        part_ = Part::none;
        file_ = std::make_unique<detail::CsvRangesFile<File>>(ranges);
        file_->seek(first_.byte);
        if (claim_.is_last) return;
        try {
            bool more = true;
            while (cutter_.byte() < claim_.end && (more = cutter_.fill(*file_)))
                for (Record record; cutter_.byte() < claim_.end && cutter_.next(file_.get(), record);) {}
            border = {here(), {}, false, not more};
            last_ = {at_, cutter_.byte(), 0, 0};
        } catch (const FileError&) {} // it is thrown again behind the rows before
        file_->seek(first_.byte);
        restart(first_);
    }
    /// About n parts of about the same size, which together give the same rows; each knows its lines and the numbers of its rows. The
    /// files are looked through for that, once, as only from the beginning can be told what is in quotes: without making rows of them
    /// that takes a fraction of the time of reading.
    [[nodiscard]] std::vector<CsvRows> split(std::size_t n) && {
        detail::dependent_t<std::vector<CsvPosition>, Row> places; // of blocks, thinned out so that it is a bounded number
        for (std::size_t seen = 0, stride = 1; more_files(); ++seen) {
            if (seen % stride == 0) places.push_back(position());
            if (places.size() == 64 * std::max<std::size_t>(n, 64)) {
                for (std::size_t i = 0; i < places.size() / 2; ++i) places[i] = places[2 * i];
                places.resize(places.size() / 2);
                stride *= 2;
            }
            if (not file_) open();
            if (Record record; cutter_.fill(*file_))
                while (cutter_.next(file_.get(), record)) {}
            else next_file();
        }
        n = std::clamp<std::size_t>(n, 1, std::max<std::size_t>(places.size(), 1));
        std::vector<CsvRows> parts;
        for (std::size_t i = 0; i < n; ++i) {
            CsvRows& part = parts.emplace_back(paths_, options_);
            if (not places.empty()) part.first_ = places[i * places.size() / n];
            part.last_ = i + 1 < n ? places[(i + 1) * places.size() / n] : last_;
            part.restart(part.first_);
        }
        return parts;
    }

protected: // what who follows a file has another way to feed
    [[nodiscard]] const std::string& path() const noexcept { return (*paths_)[at_]; }
    [[nodiscard]] CsvPosition here() const noexcept { return {at_, cutter_.byte(), cutter_.line(), cutter_.records()}; }
    [[nodiscard]] bool more_files() const noexcept { return paths_ && at_ < paths_->size() && at_ <= last_.file; }
    [[nodiscard]] std::uint64_t stop() const noexcept { return at_ == last_.file ? last_.byte : static_cast<std::uint64_t>(-1); }
    [[nodiscard]] Cutter new_cutter() const {
        return Cutter({options_.delimiter, options_.quote, options_.comment, options_.trim}, options_.block, options_.max_record);
    }
    void restart(CsvPosition to) {
        at_ = to.file;
        cutter_.restart(to.byte, to.line, to.records, stop());
    }
    void next_file() {
        file_.reset();
        ranges_.reset();
        restart({at_ + 1, 0, 1, 0});
    }

    /// Who reads a part of this file needs to know that.
    void prepare(CsvRows& reader) const {
        reader.file_.reset();
        reader.at_ = at_;
        reader.columns_ = columns_;
        reader.knows_columns_ = knows_columns_;
    }
    /// waits: for those who write it.
    std::optional<bool> give_part(CsvRows& reader, bool waits) {
        if (failed_) std::rethrow_exception(failed_);
        cutter_.read_at_least(4 * block());
        for (; more_files(); next_file()) {
            if (not file_ && not ranges_) open_shared();
            if (ranges_) {
                prepare(reader); // before: who has claimed one must pass its border
                if (not ranges_->claim(reader.claim_)) continue;
                reader.ranges_ = ranges_;
                reader.part_ = Part::claimed;
                reader.last_ = {at_, stop(), 0, 0};
                cutter_.restart(ranges_->claimed(), 0, 0, stop());
                return true;
            }
            const auto fill = [this](File& file) { return (knows_columns_ || begin_rows(file, must_have_header())) && cutter_.fill(file, true); };
            if (waits || not is_live()) {
                if (is_live()) cutter_.resume(false);
                if (not fill(*file_)) continue;
            } else if (detail::ArrivedFile<Cutter, File> arrived(cutter_, *file_); not fill(arrived)) {
                if (arrived.has_ended()) continue;
                return std::nullopt;
            }
            give_block(reader);
            return true;
        }
        return false;
    }
    /// That of the cutter, or all that it belongs to.
    void give_block(CsvRows& reader) {
        prepare(reader);
        reader.part_ = Part::block;
        if (cutter_.give_block(reader.cutter_)) return;
        reader.part_ = Part::none; // it reads this for itself
        if (not file_->size()) { // a stream, in which nobody can go back: it has the rest
            reader.file_ = std::move(file_);
            std::swap(reader.cutter_, cutter_);
            reader.last_ = {at_, stop(), 0, 0};
            return next_file();
        }
        reader.first_ = here();
        for (Record record; cutter_.next(file_.get(), record);) {}
        reader.last_ = {at_, cutter_.byte(), 0, 0};
        reader.restart(reader.first_);
    }
    /// Readers read this file for themselves, if it is long and can be read anywhere, and its dialect does not depend on whole lines.
    void open_shared() {
        open();
        const auto size = file_->size();
        const std::uint64_t range = 4 * block() * (size && *size > 256 * block() ? 2 : 1), begin = cutter_.byte();
        if (not size || options_.comment != '\0' || options_.trim || range > options_.max_record / 2) return;
        const std::uint64_t end = std::min(*size, stop());
        if (begin + 3 * range > end || not file_->read_at(begin, {})) return;
        if (begin == 0) static_cast<void>(cutter_.fill(*file_)); // there may be a byte order mark
        ranges_ = std::make_shared<Ranges>(std::move(file_), here(), end, range);
    }
    [[nodiscard]] std::unique_ptr<File> open_file(const std::string& path) const {
        return options_.files ? options_.files->open(path) : BasicSystemFiles<File>().open(path);
    }
    /// That the cutter takes, too.
    [[nodiscard]] std::uint64_t block() const noexcept { return std::clamp<std::size_t>(options_.block, 64, std::size_t{1} << 29); }
    /// Its header, too, unless that may be long in coming.
    void open() {
        detail::check_dialect(options_);
        begin_ = here();
        file_ = open_file(path());
        knows_columns_ = false;
        cutter_.restart(0, 1, 0, static_cast<std::uint64_t>(-1));
        cutter_.resume(false);
        if (not is_live()) begin_rows(*file_, must_have_header());
    }
    [[nodiscard]] bool must_have_header() const noexcept { return not options_.allow_missing_columns; }
    /// Behind the header; false: that is not all there.
    bool begin_rows(File& file, bool must_be_there) {
        knows_columns_ = find_columns(cutter_, file, must_be_there) || not cutter_.awaits_more();
        if (knows_columns_ && begin_.byte != 0) {
            file.seek(begin_.byte);
            restart(begin_);
        } else if (knows_columns_) {
            cutter_.stop_at(stop());
        }
        return knows_columns_;
    }
    /// False: a header that is not there, or not yet.
    bool find_columns(Cutter& cutter, File& file, bool must_be_there) {
        try {
            const bool found = columns_.read(cutter, file, texts_, path(), options_);
            if (not found && must_be_there && not cutter.awaits_more())
                Columns::refuse(path(), "there is no header: the file is empty (CsvOptions::header = false: it has none; allow_missing_columns = true: it has no rows)");
            return found;
        } catch (...) {
            failed_ = std::current_exception();
            failed_at_ = here();
            throw;
        }
    }
    /// The next of this file; 0: there are none, or not yet.
    std::size_t read_rows(File& file) {
        std::size_t n = 0;
        if (not knows_columns_ && not begin_rows(file, must_have_header())) return n;
        while (n == 0 && cutter_.fill(file)) n = read_block(&file);
        return n;
    }
    /// Of a file to which others write; nullopt: there are none yet.
    std::optional<std::size_t> read_arrived() {
        detail::ArrivedFile<Cutter, File> arrived(cutter_, *file_);
        const std::size_t n = read_rows(arrived);
        return n != 0 || arrived.has_ended() ? std::optional(n) : std::nullopt;
    }
    std::size_t read_block(File* file, std::size_t most = static_cast<std::size_t>(-1)) {
        texts_.begin(cutter_.buffered()); // with its room before and behind
        std::size_t n = columns_.in_order ? read_directly(most) : 0;
        for (Record record; n < most && cutter_.next(file, record);) {
            if (n == rows_.size()) rows_.resize(std::max<std::size_t>(2 * n, 64));
            const std::exception_ptr error = read(record, row_of(rows_[n]));
            if constexpr (KeepsBad) {
                rows_[n].error = error;
                if (error) rows_[n].keep(Line(record.whole(), &path(), record.line, record.byte));
            } else if (error) {
                fail(error, record);
                if (n == 0) std::rethrow_exception(failed_);
                return n;
            }
            ++n;
        }
        return n;
    }
    /// Rows for as long as the file has them as most files have all.
    std::size_t read_directly(std::size_t most) {
        auto fields = cutter_.direct();
        const char* const stop = cutter_.direct_stop();
        const bool check_utf8 = has_texts && options_.check_utf8 && cutter_.has_beyond_ascii(fields);
        std::size_t n = 0;
        const char* begin = read_unquoted(most, fields, stop, check_utf8, n);
        for (; n < most && begin < stop && fields.limit != fields.at; ++n) {
            if (n == rows_.size()) rows_.resize(std::max<std::size_t>(2 * n, 64));
            const auto take = [&]<std::size_t I>(auto& value) {
                std::string_view text;
                bool quoted = false;
                constexpr std::size_t vectors = detail::NumericText<std::remove_reference_t<decltype(value)>> ? 1 : 2;
                return fields.template take<vectors, I + 1 == field_count<Row>>(text, quoted) && is_field(text, quoted) && detail::read_csv_value(options_, text, quoted, value, check_utf8) == nullptr;
            };
            if (not read_fields(n, take)) break;
            begin = fields.at;
        }
        cutter_.taken(begin, n);
        return n;
    }
    /// Those before the next quote, or nearly; gives where they end.
    const char* read_unquoted(std::size_t most, detail::CsvFields& fields, const char* stop, bool check_utf8, std::size_t& n) {
        detail::CsvEnds<detail::dependent_t<std::uint16_t, Row>> ends;
        while (n < most && fields.at < stop && ends.find(fields.at, fields.limit, fields.delimiter, options_.quote)) {
            const std::size_t all = std::min(n + ends.size() / field_count<Row>, most);
            if (all == n) break;
            if (all > rows_.size()) rows_.resize(2 * all);
            const char *const from = fields.at, *begin = from;
            for (const auto* places = ends.places(); n < all && begin < stop; ++n, places += field_count<Row>) {
                const auto take = [&]<std::size_t I>(auto& value) {
                    const char* const end = from + places[I];
                    constexpr bool is_last = I + 1 == field_count<Row>;
                    if (*end != (is_last ? '\n' : fields.delimiter)) [[unlikely]] return false;
                    const char* const first = std::exchange(begin, end + 1);
                    const std::string_view text(first, static_cast<std::size_t>(end - first) - (is_last && end != first && end[-1] == '\r'));
                    return is_field(text, false) && detail::read_csv_value(options_, text, false, value, check_utf8) == nullptr;
                };
                if (not read_fields(n, take)) return fields.at;
                fields.at = begin;
            }
        }
        return fields.at;
    }
    /// Makes the n-th row by read.operator()<I>(field) of its fields, as long as that is true.
    template <typename Read>
    WEIR_INLINE bool read_fields(std::size_t n, Read&& read) {
        Row& row = row_of(rows_[n]);
        if constexpr (not Columns::fields_are_all) row = blank_;
        if constexpr (KeepsBad) rows_[n].error = nullptr;
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (read.template operator()<I>(get_field<I>(row)) && ...);
        }(std::make_index_sequence<field_count<Row>>{});
    }
    /// An empty line is no record.
    static constexpr bool is_field(std::string_view text, bool quoted) noexcept { return field_count<Row> != 1 || quoted || not text.empty(); }
    static Row& row_of(event_type& event) noexcept {
        if constexpr (KeepsBad) return event.row;
        else return event;
    }

    /// Null when the row is there.
    std::exception_ptr read(const Record& record, Row& row) {
        if (record.fault != Record::Fault::none) return faults_of(record).cut(options_.max_record);
        if (record.fields != columns_.width && not options_.allow_ragged_rows) return faults_of(record).width(columns_.width);
        if (not columns_.reads_all) row = blank_; // what is not read must not keep what the last user left there; strings keep their memory
        std::exception_ptr error;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            static_cast<void>((read_field<I>(record, get_field<I>(row), error) && ...));
        }(std::make_index_sequence<field_count<Row>>{});
        return error;
    }
    template <std::size_t I, typename T>
    WEIR_INLINE bool read_field(const Record& record, T& value, std::exception_ptr& error) {
        const std::size_t column = columns_.of[I];
        if (column >= record.fields) return true; // a missing one
        std::string_view text = record.field(column);
        bool quoted = false;
        if (not texts_.plain(text, quoted)) {
            error = faults_of(record).value(column, columns_.names[column], "text follows the closing quote");
            return false;
        }
        const char* const what = detail::read_csv_value(options_, text, quoted, value, cutter_.beyond_ascii() && options_.check_utf8);
        if (what == nullptr) return true;
        error = faults_of(record).value(column, columns_.names[column], what == detail::not_a_value ? "not " + std::string(TextValue<T>::expected) : std::string(what));
        return false;
    }
    [[nodiscard]] detail::CsvFaults<Record> faults_of(const Record& record) const noexcept { return {path(), record}; }
    void fail(const std::exception_ptr& error, const Record& record) {
        failed_at_ = {at_, record.byte, record.line, record.number - 1}; // which comes next
        try {
            std::rethrow_exception(error);
        } catch (const PositionedError& known) { // so that it is nested
            failed_ = std::make_exception_ptr(EventError("from_csv: row " + std::to_string(record.number) + " at " + to_string(known.position()) + ": " + known.what(),
                                                         record.number, known.position()));
        }
    }

    std::shared_ptr<const Texts> paths_; // lines point to them, though their source moves
    CsvOptions options_;
    Cutter cutter_;
    std::unique_ptr<File> file_;
    detail::FileSizes<Texts> sizes_;
    Columns columns_{};
    bool knows_columns_ = false; // of this file,
    CsvPosition begin_{};        // whose rows begin there
    std::vector<event_type> rows_;
    detail::CsvTexts<> texts_;
    Row blank_{};
    CsvPosition first_{};
    CsvPosition last_{static_cast<std::uint64_t>(-1), 0, 0, 0}; // rows from there on are not given
    std::uint64_t at_ = 0; // which file
    Part part_ = Part::none; // of a reader of parts: a block that it has been given, or has read
    detail::CsvClaim claim_{}; // or what it is to read for itself
    std::shared_ptr<Ranges> ranges_; // of the file that is read, for its readers
    std::exception_ptr failed_;
    CsvPosition failed_at_{};
};

} // namespace weir
