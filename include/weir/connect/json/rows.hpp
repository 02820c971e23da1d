// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/json/options.hpp>
#include <weir/connect/json/reader.hpp>
#include <weir/core/concepts.hpp>
#include <weir/core/owned.hpp>
#include <weir/source/files_reader.hpp>
#include <weir/source/follow_reader.hpp>
#include <weir/source/line_cutter.hpp>
#include <weir/source/row_policy.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

template <typename Row>
concept JsonRow = HasFields<Row> && std::default_initializable<Row> && std::copyable<Row> && reads_json<Row>() &&
                  (not holds_view<Row> || not std::is_same_v<owned_t<Row>, Row>);

/// Says what is wrong with a Row that is none.
template <typename Row>
consteval bool check_json_row() {
    if constexpr (not HasFields<Row>)
        static_assert(never<Row>, "from_jsonl<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    else if constexpr (not std::default_initializable<Row> || not std::copyable<Row>)
        static_assert(never<Row>, "from_jsonl<Row>: Row cannot be made without arguments, or not copied.");
    else if constexpr (not reads_json<Row>())
        static_assert(never<Row>, "from_jsonl<Row>: a field's type cannot be read from JSON. Accepted: bool, char, integers, enums, float, double, "
                                  "std::string, std::string_view, sys_time, duration, types with fields(), std::optional, std::vector and std::array "
                                  "of these, or specialise weir::TextValue.");
    else if constexpr (not JsonRow<Row>)
        static_assert(never<Row>, "from_jsonl<Row>: a field is a std::string_view, which lives only until the next rows are read. Use "
                                  "std::string, or specialise weir::Owned<Row> with the form in which operators keep a row.");
    return JsonRow<Row>;
}

} // namespace detail

/// The rows of files of JSON lines, one file after the other: a bounded BatchSource, a PositionedSource, a SplittableSource, a PartedSource and
/// a MeasuredSource. A file is opened when its first row is asked for. A bad row is an EventError, thrown after the rows before it have been
/// given, and at every call from then on; with KeepsBad it is an event with its text and a JsonError. A copy reads from its beginning.
template <typename Row, bool KeepsBad = false, typename File = InFile, typename Lines = detail::LinesReader<Line, File>>
class JsonRows {
    static_assert(detail::check_json_row<Row>());
    static_assert(detail::LineCutter<>::room >= simdjson::SIMDJSON_PADDING);

public:
    using event_type = std::conditional_t<KeepsBad, detail::ReadRow<Row>, Row>;

    explicit JsonRows(std::vector<std::string> paths, JsonOptions options = {})
        : JsonRows(Lines(std::move(paths), options.files, {options.block, options.max_line}), options) {}
    explicit JsonRows(std::string path, JsonOptions options = {}) : JsonRows(std::vector<std::string>{std::move(path)}, options) {}
    explicit JsonRows(Followed what, JsonOptions options = {}) : JsonRows(Lines(std::move(what), options.files, {options.block, options.max_line}), options) {}
    JsonRows(const JsonRows& other) : JsonRows(other.lines_, other.options_) {}
    JsonRows(JsonRows&&) noexcept = default;
    JsonRows& operator=(const JsonRows& other) { return *this = JsonRows(other); }
    JsonRows& operator=(JsonRows&&) noexcept = default;
    ~JsonRows() = default;

    [[nodiscard]] std::span<event_type> next_batch() {
        if (failed_) std::rethrow_exception(failed_);
        std::size_t n = 0;
        if (part_ != Part::none) { // a reader
            if (std::exchange(part_, Part::given) != Part::given) n = read(block_.lines(), part_too_long_);
            return {rows_.data(), n};
        }
        while (n == 0) {
            const std::span<Line> lines = lines_.next_batch();
            if (lines.empty()) return {};
            n = read(lines, lines_.cutter().too_long());
        }
        return {rows_.data(), n};
    }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole line yet.
    [[nodiscard]] std::optional<std::span<event_type>> try_batch() {
        if (failed_ || part_ != Part::none) return next_batch();
        for (;;) {
            const std::optional<std::span<Line>> lines = lines_.try_batch();
            if (not lines) return std::nullopt;
            const std::size_t n = lines->empty() ? 0 : read(*lines, lines_.cutter().too_long());
            if (n != 0 || lines->empty()) return std::span(rows_.data(), n);
        }
    }
    [[nodiscard]] bool is_live() const noexcept { return lines_.is_live(); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const { lines_.wait(std::move(stop), deadline); }
    /// Of a file that is followed, in place of next_batch().
    [[nodiscard]] Polled<std::span<event_type>> poll_batch(Timestamp now) {
        using Answer = Polled<std::span<event_type>>;
        if (failed_) std::rethrow_exception(failed_);
        for (;;) {
            const auto lines = lines_.poll(now);
            if (not lines) return Answer::nothing(lines.retry_in());
            if (const std::size_t n = read(*lines, lines_.cutter().too_long()); n != 0) return Answer({rows_.data(), n});
        }
    }
    /// What has been read of one, or of a pipe, and not given, as if it ended there; empty: no more.
    [[nodiscard]] std::span<event_type> rest() {
        if (failed_) std::rethrow_exception(failed_);
        for (;;) {
            const auto lines = lines_.rest();
            if (lines.empty()) return {};
            if (const std::size_t n = read(lines, lines_.cutter().too_long()); n != 0) return {rows_.data(), n};
        }
    }
    [[nodiscard]] auto batch_position() const noexcept { return lines_.batch_position(); }
    [[nodiscard]] bool has_left() const noexcept { return lines_.has_left(); }
    [[nodiscard]] auto position() const noexcept {
        auto at = lines_.position();
        if (failed_) { // which comes next
            at.byte = bad_byte_;
            at.before = bad_before_;
            if constexpr (requires { at.within; }) at.within = false;
        }
        return at;
    }
    void seek(const decltype(std::declval<const Lines&>().position())& to) {
        failed_ = nullptr;
        lines_.seek(to);
    }
    [[nodiscard]] SourceBytes measure() { return lines_.measure(); }
    /// What reads parts of this, one at a time.
    [[nodiscard]] JsonRows reader() const {
        JsonRows reader(*this);
        reader.part_ = Part::given;
        return reader;
    }
    /// Makes the next rows of this those of a reader that has given its own; false: there are no more. Only finding the lines is done here,
    /// so that several readers can make rows beside each other, also of a file that cannot be cut.
    bool next_part(JsonRows& reader) {
        lines_.cutter().read_at_least(4 * options_.block);
        return give_part(reader, lines_.next_batch());
    }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole line yet.
    std::optional<bool> try_part(JsonRows& reader) {
        lines_.cutter().read_at_least(4 * options_.block);
        const std::optional<std::span<Line>> lines = lines_.try_batch();
        return lines ? std::optional(give_part(reader, *lines)) : std::nullopt;
    }
    /// Those that rest() would give.
    bool rest_part(JsonRows& reader) { return give_part(reader, lines_.rest()); }
    /// About n parts of about the same size, which together give the same rows, as FileLines has it.
    [[nodiscard]] std::vector<JsonRows> split(std::size_t n) && {
        std::vector<JsonRows> parts;
        for (Lines& part : std::move(lines_).split(n)) parts.push_back(JsonRows(std::move(part), options_));
        return parts;
    }

private:
    enum class Part : unsigned char { none, given, block };

    JsonRows(Lines lines, const JsonOptions& options) : options_(options), lines_(std::move(lines)), reader_(options) {}

    bool give_part(JsonRows& reader, std::span<Line> lines) {
        if (lines.empty()) return false;
        reader.block_.take(lines);
        reader.part_too_long_ = lines_.cutter().too_long();
        reader.part_ = Part::block;
        return true;
    }
    std::size_t read(std::span<Line> lines, bool too_long) {
        if constexpr (holds_view<Row>) reader_.begin(static_cast<std::size_t>(lines.back().data() + lines.back().size() - lines.front().data()));
        std::size_t n = 0;
        for (Line& line : lines) {
            constexpr std::string_view mark = "\xef\xbb\xbf"; // a byte order mark
            if (line.byte() == 0 && line.starts_with(mark)) line.remove_prefix(mark.size());
            if (line.find_first_not_of(" \t\r") == line.npos) continue;
            if (n == rows_.size()) rows_.resize(std::max<std::size_t>(2 * n, 64));
            const std::exception_ptr error = read(line, row_of(rows_[n]), too_long);
            if constexpr (KeepsBad) {
                rows_[n].error = error;
                if (error) rows_[n].keep(line);
            } else if (error) {
                bad_byte_ = line.byte();
                bad_before_ = line.number() - 1;
                fail(error, line.number());
                if (n == 0) std::rethrow_exception(failed_);
                return n;
            }
            ++n;
        }
        return n;
    }
    /// Null when the row is there.
    std::exception_ptr read(const Line& line, Row& row, bool too_long) {
        if (too_long)
            return std::make_exception_ptr(JsonError("a line is longer than " + std::to_string(line.size()) + " bytes (JsonOptions::max_line)", line.position()));
        row = blank_; // members that are no fields must not keep what the last user left there, and strings keep their memory
        return reader_.read_line(line, row) ? std::exception_ptr() : reader_.error();
    }
    static Row& row_of(event_type& event) noexcept {
        if constexpr (KeepsBad) return event.row;
        else return event;
    }
    void fail(const std::exception_ptr& error, std::uint64_t number) {
        try {
            std::rethrow_exception(error);
        } catch (const PositionedError& known) { // so that it is nested
            failed_ = std::make_exception_ptr(EventError("from_jsonl: " + to_string(known.position()) + ": " + known.what(), number, known.position()));
        }
    }

    JsonOptions options_;
    Lines lines_;
    detail::JsonReader<> reader_;
    std::vector<event_type> rows_;
    Row blank_{};
    detail::LinesBlock<> block_; // of a reader
    Part part_ = Part::none;
    bool part_too_long_ = false;
    std::exception_ptr failed_;
    std::uint64_t bad_byte_ = 0;
    std::uint64_t bad_before_ = 0;
};

} // namespace weir
