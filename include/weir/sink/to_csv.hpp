// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time_text.hpp>
#include <weir/core/utf8.hpp>
#include <weir/core/visible.hpp>
#include <weir/sink/line_writer.hpp>
#include <weir/sink/row_error.hpp>
#include <weir/sink/row_parts.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

/// How CSV is written: by default so that from_csv reads the same rows again. What it would not read, or read as something else, is an error.
struct ToCsvOptions {
    char delimiter = ',';
    char quote = '"';             ///< around text that needs it; '\0': none, and text that needs it is an error
    bool header = true;           ///< begins with the names of the columns
    std::string null{};           ///< what is written for a std::optional that is none
    TimeFormat time = iso_8601;   ///< how times are written
    bool check_utf8 = true;       ///< text that is not UTF-8 is an error; else any bytes pass; CsvOptions::check_utf8 must then be false, too
    std::size_t max_record = 1 << 20; ///< bytes; a longer row is an error, as it is one where CSV is read: CsvOptions::max_record
    std::size_t buffer = 65'536;  ///< bytes that may wait before they are written
    bool flush_spans = false;     ///< also writes whenever the events at hand are over, so that others soon see them
    const Files* files = nullptr; ///< without one the machine's; must outlive the job
};

namespace detail {

/// Whether all that a row has can be written: it, or its parts, have a form in text.
template <typename V>
constexpr bool has_columns();
template <typename Tuple>
inline constexpr bool all_have_columns = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_have_columns<Tuple<Ts...>> = (has_columns<std::remove_cv_t<Ts>>() && ...);

template <typename V>
constexpr bool has_columns() {
    if constexpr (KeyedOrWindowed<V>)
        return has_columns<value_of_row_t<V>>() && (std::is_same_v<key_of_row_t<V>, NoKey> || has_columns<key_of_row_t<V>>());
    else if constexpr (Textual<V>) return true;
    else if constexpr (HasFields<V>) return all_have_columns<field_types_t<V>>;
    else if constexpr (is_parts<V>) return all_have_columns<V>;
    else return false;
}

/// Calls fn(name) for each column of a V. `name` is that of V itself; the parts of a tuple are numbered from 1 behind it.
template <typename V, typename Fn>
void for_each_column(const std::string& name, Fn& fn) {
    if constexpr (KeyedOrWindowed<V>) {
        if constexpr (not std::is_same_v<key_of_row_t<V>, NoKey>) for_each_column<key_of_row_t<V>>("key", fn);
        if constexpr (is_windowed_row<V>) {
            fn("start");
            fn("end");
        }
        for_each_column<value_of_row_t<V>>("value", fn);
    } else if constexpr (Textual<V>) {
        fn(name);
    } else if constexpr (HasFields<V>) {
        for_each_field_type<V>([&fn]<typename T>(std::string_view field, std::type_identity<T>) { for_each_column<T>(std::string(field), fn); });
    } else {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (for_each_column<std::remove_cv_t<std::tuple_element_t<I, V>>>(name + std::to_string(I + 1), fn), ...);
        }(std::make_index_sequence<std::tuple_size_v<V>>{});
    }
}

/// Calls fn(value) for each column of a row.
template <typename V, typename Fn>
void for_each_value(const V& row, Fn& fn) {
    if constexpr (KeyedOrWindowed<V>) {
        if constexpr (not std::is_same_v<key_of_row_t<V>, NoKey>) for_each_value(row.key, fn);
        if constexpr (is_windowed_row<V>) {
            fn(row.window.start);
            fn(row.window.end);
        }
        for_each_value(row.value, fn);
    } else if constexpr (Textual<V>) {
        fn(row);
    } else if constexpr (HasFields<V>) {
        for_each_field(row, [&fn](std::string_view, const auto& member) { for_each_value(member, fn); });
    } else {
        std::apply([&fn](const auto&... parts) { (for_each_value(parts, fn), ...); }, row);
    }
}

/// Writes rows as lines of CSV.
template <typename Options = ToCsvOptions> // a template, as what follows, so that it costs only those who write CSV
class CsvFormat {
public:
    static constexpr std::string_view sink = "to_csv";
    explicit CsvFormat(const Options& options)
        : delimiter_(options.delimiter), quote_(options.quote), null_(options.null), time_(options.time), check_utf8_(options.check_utf8),
          max_record_(options.max_record), in_numbers_(is_in_numbers(delimiter_) || is_in_numbers(quote_)) {
        if (delimiter_ == '\n' || delimiter_ == '\r' || delimiter_ == '\0' || quote_ == '\n' || quote_ == '\r' || quote_ == delimiter_)
            throw std::invalid_argument("ToCsvOptions: delimiter and quote must be different and no line ends.");
        if (needs_quotes(null_)) throw std::invalid_argument("ToCsvOptions: null must have no delimiter, quote or line end in it.");
    }

    template <typename V>
    void operator()(std::string& to, const V& row) const {
        const std::size_t begin = to.size();
        std::size_t columns = 0;
        bool is_none = false;
        auto add = [&]<typename T>(const T& value) {
            if (columns++ != 0) to += delimiter_;
            if constexpr (is_optional_text<T>) is_none = not value;
            append(to, value);
        };
        try {
            for_each_value(row, add);
        } catch (...) {
            fail_field("column", name_of<V>(columns));
        }
        if (to.size() == begin) { // an empty line would be no row
            if (quote_ == '\0' || is_none)
                throw std::runtime_error(std::string(is_none ? "a none" : "an empty text") +
                                         " that is alone in its row would be an empty line, which is no row" +
                                         (is_none ? " (give ToCsvOptions::null and CsvOptions::null a text)" : " (ToCsvOptions::quote is none)"));
            to.append(2, quote_);
        }
        if (to.size() - begin > max_record_)
            throw std::runtime_error("it takes " + std::to_string(to.size() - begin) + " bytes, more than " + std::to_string(max_record_) +
                                     " (ToCsvOptions::max_record; who reads it needs as much in CsvOptions::max_record)");
    }
    /// The line with the names of the columns.
    template <typename V>
    [[nodiscard]] std::string header() const {
        std::string line;
        bool first = true;
        auto add = [&](const std::string& name) {
            if (not std::exchange(first, false)) line += delimiter_;
            append(line, name);
        };
        try {
            for_each_column<V>("value", add);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error("to_csv: the names of the columns: " + std::string(error.what()));
        }
        return line += '\n';
    }

private:
    static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    template <typename T>
    static constexpr bool is_optional_text = [] {
        if constexpr (is_optional<T>) return StringInText<typename T::value_type>;
        else return false;
    }();

    static bool is_in_numbers(char c) noexcept { return std::string_view("0123456789+-.:TZaefint").find(c) != std::string_view::npos; }
    /// The name of the n-th column.
    template <typename V>
    static std::string name_of(std::size_t n) {
        std::string found;
        auto look = [&](const std::string& name) {
            if (n-- == 1) found = name;
        };
        for_each_column<V>("value", look);
        return found;
    }
    [[nodiscard]] bool needs_quotes(std::string_view text) const noexcept {
        bool any = false;
        for (const char c : text) any |= c == delimiter_ || c == '\n' || c == '\r' || (c == quote_ && quote_ != '\0');
        return any;
    }
    template <typename T>
    void append(std::string& to, const T& value) const {
        if constexpr (is_optional<T>) {
            if (not value) {
                to += null_;
                return;
            }
            const std::size_t begin = to.size();
            append(to, *value);
            if (std::string_view(to).substr(begin) != null_) return;
            if (not is_optional_text<T>) throw std::runtime_error("the value '" + visible(null_) + "' would be read as none (ToCsvOptions::null)");
            put_in_quotes(to, begin);
        } else {
            const std::size_t begin = to.size();
            if constexpr (requires { TextValue<T>::append(to, value, time_); }) TextValue<T>::append(to, value, time_);
            else TextValue<T>::append(to, value);
            if constexpr (NumericText<T>)
                if (not in_numbers_) return;
            const std::string_view text = std::string_view(to).substr(begin);
            if (check_utf8_ && not is_utf8(text))
                throw std::runtime_error("'" + visible(text.substr(0, 100)) + "' is not UTF-8 (ToCsvOptions::check_utf8 = false lets any bytes "
                                         "pass)");
            if (needs_quotes(text) || text.starts_with(byte_order_mark)) put_in_quotes(to, begin); // a mark that begins the file is passed over
        }
    }
    void put_in_quotes(std::string& to, std::size_t begin) const {
        if (quote_ == '\0') throw std::runtime_error("the text '" + visible(to.substr(begin)) + "' needs quotes, but ToCsvOptions::quote is none");
        to.insert(begin, 1, quote_);
        for (std::size_t at = to.find(quote_, begin + 1); at != std::string::npos; at = to.find(quote_, at + 2)) to.insert(at, 1, quote_);
        to += quote_;
    }

    char delimiter_;
    char quote_;
    std::string null_;
    TimeFormat time_;
    bool check_utf8_;
    std::size_t max_record_;
    bool in_numbers_; // delimiter or quote may be part of a number
};

template <typename Target, typename Options, typename Out = OutFile> // Target: std::string, the path of a file, or std::FILE*
struct ToCsvOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "to_csv";
    Target target;
    Options options;

    template <typename S>
        requires(has_columns<typename S::value>())
    using out = Ended;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        CsvFormat<Options> format(options);
        std::string first = options.header ? format.template header<typename S::value>() : std::string();
        return open_lines<Out>(binding, id, target, options, std::move(format), std::move(first));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "to_csv(file): this pipeline's events are no rows. Accepted: types with fields(), tuples, pairs, Windowed and "
                                "Keyed of these, and single values; fields are bool, char, integers, enums, float, double, strings, "
                                "sys_time, duration, std::optional of these, or what weir::TextValue is specialised for.");
    }
};

} // namespace detail

/// Ends a chain: writes each event as a row of a CSV file, as RFC 4180 has it but with LF alone at the ends of lines.
///     E -> sink. The columns: the names of fields(), those of a field that has fields() itself in its place; of Keyed and Windowed rows
///     key, start, end and value; the parts of a tuple are value1, value2 ... Without the event time; in order. What is needed is
///     quoted, numbers are written so that the same ones are read again. A row that from_csv would not read as the same one (not UTF-8, too
///     long, one std::optional text alone that is none) ends the job with an EventError that names the row, counted from 1, and the column.
///     "-" is standard output. The file has no name, or `path + ".part"`, while the job runs and gets its name when the job ends, or is
///     stopped: nobody sees half a result, and a job that fails leaves what was there before. FileError as to_lines. Allocates its buffer as it fills, then nothing.
///     example: tests/sink/to_csv.cpp
template <typename Options = ToCsvOptions>
[[nodiscard]] auto to_csv(std::string path, Options options = {}) {
    return detail::ToCsvOp<std::string, Options>{std::move(path), std::move(options)};
}

/// The same into an open C stream: to_csv(stdout). It stays open; on a terminal rows appear whenever the events at hand are over.
template <typename Options = ToCsvOptions>
[[nodiscard]] auto to_csv(std::FILE* stream, Options options = {}) {
    return detail::ToCsvOp<std::FILE*, Options>{stream, std::move(options)};
}

} // namespace weir
