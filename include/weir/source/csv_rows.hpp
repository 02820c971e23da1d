// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/error_policy.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/system_files.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time_text.hpp>
#include <weir/core/utf8.hpp>
#include <weir/source/csv_ends.hpp>
#include <weir/source/csv_faults.hpp>
#include <weir/source/csv_fields.hpp>
#include <weir/source/csv_options.hpp>
#include <weir/source/csv_ranges.hpp>
#include <weir/source/csv_records.hpp>
#include <weir/source/csv_row.hpp>
#include <weir/source/csv_texts.hpp>
#include <weir/source/file_sizes.hpp>
#include <weir/source/row_policy.hpp>

#include <algorithm>
#include <array>
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

namespace weir {

/// The rows of CSV files, one file after the other: a bounded BatchSource, a PositionedSource and a SplittableSource. A file is opened when
/// its first row is asked for. A bad row is an EventError, thrown after the rows before it have been given, and at every call from then on; with
/// KeepsBad it is an event with its text and a CsvError. A copy reads from its beginning.
template <typename Row, bool KeepsBad = false, typename File = InFile, typename Cutter = detail::CsvCutter<>>
class CsvRows {
    static_assert(detail::check_csv_row<Row>());
    using Record = typename Cutter::Record;
    static constexpr std::size_t no_column = static_cast<std::size_t>(-1);
    static constexpr bool fields_are_all = []<typename... T>(const std::tuple<T...>*) {
        return (sizeof(T) + ...) == sizeof(Row); // no other members
    }(static_cast<const field_types_t<Row>*>(nullptr));
    static constexpr const char* not_a_value = "not a value";
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
        std::size_t n = 0;
        begin_part();
        if (part_ != Part::none) {
            if (part_ == Part::block) n = read_block(nullptr, at_once);
            if (n != at_once) part_ = Part::given;
            return {rows_.data(), n};
        }
        while (n == 0 && more_files()) {
            if (not file_) open();
            if (cutter_.fill(*file_)) n = read_block(file_.get());
            else next_file();
        }
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
        return sizes_.measure(*paths_, at_, cutter_.byte(), [this](const std::string& path) { return open_file(path); });
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
    bool next_part(CsvRows& reader) {
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
            if (not cutter_.fill(*file_, true)) continue;
            prepare(reader);
            if (cutter_.give_block(reader.cutter_)) {
                reader.part_ = Part::block;
                return true;
            }
            reader.part_ = Part::none; // it reads this for itself
            if (not file_->size()) { // a stream, in which nobody can go back: it has the rest
                reader.file_ = std::move(file_);
                std::swap(reader.cutter_, cutter_);
                reader.last_ = {at_, stop(), 0, 0};
                next_file();
                return true;
            }
            reader.first_ = here();
            for (Record record; cutter_.next(file_.get(), record);) {}
            reader.last_ = {at_, cutter_.byte(), 0, 0};
            reader.restart(reader.first_);
            return true;
        }
        return false;
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
        reader.names_ = names_;
        reader.columns_ = columns_;
        reader.width_ = width_;
        reader.reads_all_ = reads_all_;
        reader.in_order_ = in_order_;
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
    void open() {
        detail::check_dialect(options_);
        const CsvPosition begin = here();
        file_ = open_file(path());
        cutter_.restart(0, 1, 0, static_cast<std::uint64_t>(-1));
        find_columns(cutter_, *file_, not options_.allow_missing_columns);
        if (begin.byte == 0) return cutter_.stop_at(stop());
        file_->seek(begin.byte);
        restart(begin);
    }
    /// False: a header that is not there, or not yet.
    bool find_columns(Cutter& cutter, File& file, bool must_be_there) {
        try {
            names_ = options_.columns;
            if (options_.header && not read_header(cutter, file)) {
                if (must_be_there)
                    refuse("there is no header: the file is empty (CsvOptions::header = false: it has none; allow_missing_columns = true: it has no rows)");
                return false;
            }
            if (not options_.header && names_.empty()) names_.assign(field_names<Row>.begin(), field_names<Row>.end());
            find_columns();
        } catch (...) {
            failed_ = std::current_exception();
            failed_at_ = here();
            throw;
        }
        return true;
    }
    bool read_header(Cutter& cutter, File& file) {
        names_.clear();
        Record record;
        do {
            if (not cutter.fill(file)) return false;
        } while (not cutter.next(&file, record)); // comments can fill a block
        if (record.fault != Record::Fault::none) std::rethrow_exception(faults_of(record).cut(options_.max_record));
        texts_.begin(record.end - record.begin);
        for (std::size_t i = 0; i < record.fields; ++i) {
            std::string_view name = record.field(i);
            bool quoted = false;
            if (not texts_.plain(name, quoted)) refuse("the name of a column is not rightly quoted: " + std::string(name));
            names_.emplace_back(name);
        }
        cutter.forget_records();
        return true;
    }
    void find_columns() {
        columns_.fill(no_column);
        width_ = names_.size();
        if (names_.empty()) return;
        std::size_t found = 0;
        for (std::size_t f = 0; f < columns_.size(); ++f) {
            for (std::size_t i = 0; i < names_.size(); ++i) {
                if (names_[i] != field_names<Row>[f]) continue;
                if (columns_[f] != no_column) refuse("two columns have the name " + names_[i]);
                columns_[f] = i;
                ++found;
            }
            if (columns_[f] == no_column && not options_.allow_missing_columns)
                refuse("there is no column " + std::string(field_names<Row>[f]) + ", only " + detail::joined(names_));
        }
        reads_all_ = fields_are_all && found == columns_.size() && not options_.allow_ragged_rows;
        in_order_ = width_ == columns_.size();
        for (std::size_t f = 0; f < columns_.size(); ++f) in_order_ = in_order_ && columns_[f] == f;
        if (found != names_.size() && not options_.allow_extra_columns) refuse("there are columns that no field has: " + detail::joined(names_));
    }
    [[noreturn]] void refuse(const std::string& what) const { throw CsvError(path() + ": " + what, {path(), 0, 0, 0}); }

    std::size_t read_block(File* file, std::size_t most = no_column) {
        texts_.begin(cutter_.buffered()); // with its room before and behind
        std::size_t n = in_order_ ? read_directly(most) : 0;
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
                return fields.template take<vectors, I + 1 == field_count<Row>>(text, quoted) && is_field(text, quoted) && read_text(text, quoted, value, check_utf8) == nullptr;
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
                    return is_field(text, false) && read_text(text, false, value, check_utf8) == nullptr;
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
        if constexpr (not fields_are_all) row = blank_;
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
        if (record.fields != width_ && not options_.allow_ragged_rows) return faults_of(record).width(width_);
        if (not reads_all_) row = blank_; // what is not read must not keep what the last user left there; strings keep their memory
        std::exception_ptr error;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            static_cast<void>((read_field<I>(record, get_field<I>(row), error) && ...));
        }(std::make_index_sequence<field_count<Row>>{});
        return error;
    }
    template <std::size_t I, typename T>
    WEIR_INLINE bool read_field(const Record& record, T& value, std::exception_ptr& error) {
        if (columns_[I] >= record.fields) return true; // a missing one
        std::string_view text = record.field(columns_[I]);
        bool quoted = false;
        if (not texts_.plain(text, quoted)) {
            error = faults_of(record).value(columns_[I], names_[columns_[I]], "text follows the closing quote");
            return false;
        }
        const char* const what = read_text(text, quoted, value, cutter_.beyond_ascii() && options_.check_utf8);
        if (what == nullptr) return true;
        error = faults_of(record).value(columns_[I], names_[columns_[I]], what == not_a_value ? "not " + std::string(TextValue<T>::expected) : std::string(what));
        return false;
    }
    /// Null when the value is there, else what is wrong.
    template <typename T>
    WEIR_INLINE const char* read_text(std::string_view text, [[maybe_unused]] bool quoted, T& value, [[maybe_unused]] bool check_utf8) {
        if constexpr (detail::is_optional<T>)
            if ((not quoted || not detail::StringInText<typename T::value_type>) && text == options_.null) {
                value.reset();
                return nullptr;
            }
        if constexpr (not detail::NumericText<T>)
            if (check_utf8 && not detail::is_utf8(text)) return "not UTF-8 (CsvOptions::check_utf8 = false lets any bytes pass)";
        if constexpr (std::is_same_v<T, std::string>) {
            const std::size_t most = value.capacity() < 30 ? 15 : 30; // so many are copied without a branch on how many there are
            if (not quoted && text.size() <= most) {
                value.assign(text.data(), most);
                value.resize(text.size());
                return nullptr;
            }
        }
        return parse(text, value) ? nullptr : not_a_value;
    }
    template <typename T>
    WEIR_INLINE bool parse(std::string_view text, T& value) const {
        if constexpr (detail::NumberInText<T>) return detail::parse_number<true>(text, value); // there is room before the text
        else if constexpr (requires { TextValue<T>::template parse<true>(text, value); }) return TextValue<T>::template parse<true>(text, value);
        else if constexpr (requires { TextValue<T>::parse(text, value, options_.time); }) return TextValue<T>::parse(text, value, options_.time);
        else return TextValue<T>::parse(text, value);
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
    Texts names_; // of the file's columns
    detail::FileSizes<Texts> sizes_;
    std::array<std::size_t, field_count<Row>> columns_{};
    std::size_t width_ = 0;
    bool reads_all_ = false; // into each row: no member keeps what it had
    bool in_order_ = false;  // the fields are all columns, in their order
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
