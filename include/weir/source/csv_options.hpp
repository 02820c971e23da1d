// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/rejected.hpp>
#include <weir/core/time_text.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// How CSV is read. Without any of it: RFC 4180 with the names of the columns in the first line.
struct CsvOptions {
    char delimiter = ',';
    char quote = '"';               ///< '\0': none
    char comment = '\0';            ///< lines that begin with it are passed over; '\0': none
    bool header = true;             ///< the first record, which must be there, names the columns; else they are in the order of the fields, or of `columns`
    std::vector<std::string> columns{}; ///< the names of the columns where there is no header
    bool trim = false;              ///< takes off blanks and tabs around what is not in quotes
    std::string null{};             ///< what stands, without quotes, for a std::optional that is none
    TimeFormat time = iso_8601;     ///< how times are written; a field in another format is read as text or a number
    bool allow_missing_columns = false; ///< a field without a column keeps the value that a new Row has, a file without a header has no rows; else an error
    bool allow_extra_columns = true;    ///< columns that no field has are passed over; else an error
    bool allow_ragged_rows = false; ///< a row may be short, as if the columns were missing, or long; else it is a bad row
    bool check_utf8 = true;         ///< text that is not UTF-8 makes a bad row; else any bytes pass
    std::size_t max_record = 1 << 20; ///< bytes; a longer record, or one whose quotes are not closed in so many, is a bad row
    std::size_t block = 65'536;     ///< bytes asked for at a time: what is in them is a batch
    const Files* files = nullptr;   ///< without one the machine's; must outlive the source
};

/// A row that could not be read: what() says which column and value, position() where the value stands.
class CsvError : public PositionedError {
public:
    CsvError(const std::string& what, Position position, std::string column = {}, std::string value = {})
        : PositionedError(what, std::move(position)), column_(std::move(column)), value_(std::move(value)) {}
    [[nodiscard]] const std::string& column() const noexcept { return column_; } ///< "" where no single one is wrong
    [[nodiscard]] const std::string& value() const noexcept { return value_; }

private:
    std::string column_;
    std::string value_;
};

/// Where a record begins: its file among those that are read, its byte, its line (0: not known), and how many records stand before it.
struct CsvPosition {
    std::uint64_t file = 0;
    std::uint64_t byte = 0;
    std::uint64_t line = 1;
    std::uint64_t records = 0;
    friend bool operator==(const CsvPosition&, const CsvPosition&) = default;
};

namespace detail {

template <typename Options> // a template, so that it costs only those who read CSV
void check_dialect(const Options& options) {
    const char d = options.delimiter, q = options.quote, c = options.comment;
    if (d == '\n' || d == '\r' || d == '\0' || q == '\n' || q == '\r' || c == '\n' || c == '\r' || q == d || c == d || (q == c && q != '\0'))
        throw std::invalid_argument("CsvOptions: delimiter, quote and comment must be different and no line ends.");
}

template <typename Names>
std::string joined(const Names& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

} // namespace detail

} // namespace weir
