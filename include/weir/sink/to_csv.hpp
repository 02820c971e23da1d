// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time_text.hpp>
#include <weir/core/visible.hpp>
#include <weir/sink/line_writer.hpp>
#include <weir/sink/row_parts.hpp>

#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

/// How CSV is written: by default so that from_csv reads the same rows again.
struct ToCsvOptions {
    char delimiter = ',';
    char quote = '"';             ///< around text that needs it; '\0': none, and text that needs it is an error
    bool header = true;           ///< begins with the names of the columns
    std::string null{};           ///< what is written for a std::optional that is none
    TimeFormat time = iso_8601;   ///< how times are written
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
    explicit CsvFormat(const Options& options)
        : delimiter_(options.delimiter), quote_(options.quote), null_(options.null), time_(options.time),
          in_numbers_(std::string_view("0123456789+-.:TZaefint").find(delimiter_) != std::string_view::npos) {
        if (delimiter_ == '\n' || delimiter_ == '\r' || quote_ == '\n' || quote_ == '\r' || quote_ == delimiter_)
            throw std::invalid_argument("ToCsvOptions: delimiter and quote must be different and no line ends.");
    }

    template <typename V>
    void operator()(std::string& to, const V& row) const {
        const std::size_t begin = to.size();
        bool first = true;
        auto add = [&]<typename T>(const T& value) {
            if (not std::exchange(first, false)) to += delimiter_;
            append(to, value);
        };
        for_each_value(row, add);
        if (to.size() == begin && quote_ != '\0') to.append(2, quote_); // an empty line would be no row
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
        for_each_column<V>("value", add);
        return line += '\n';
    }

private:
    template <typename T>
    void append(std::string& to, const T& value) const {
        if constexpr (is_optional<T>) {
            if (not value) {
                to += null_;
                return;
            }
            const std::size_t begin = to.size();
            append(to, *value);
            if (std::string_view(to).substr(begin) == null_) put_in_quotes(to, begin); // it is not none
        } else {
            const std::size_t begin = to.size();
            if constexpr (requires { TextValue<T>::append(to, value, time_); }) TextValue<T>::append(to, value, time_);
            else TextValue<T>::append(to, value);
            if constexpr (NumericText<T>)
                if (not in_numbers_) return;
            const std::string_view text = std::string_view(to).substr(begin);
            for (const char c : text)
                if (c == delimiter_ || c == '\n' || c == '\r' || (c == quote_ && quote_ != '\0')) return put_in_quotes(to, begin);
        }
    }
    void put_in_quotes(std::string& to, std::size_t begin) const {
        if (quote_ == '\0') throw std::runtime_error("to_csv: the text '" + visible(to.substr(begin)) + "' needs quotes, but ToCsvOptions::quote is none");
        to.insert(begin, 1, quote_);
        for (std::size_t at = to.find(quote_, begin + 1); at != std::string::npos; at = to.find(quote_, at + 2)) to.insert(at, 1, quote_);
        to += quote_;
    }

    char delimiter_;
    char quote_;
    std::string null_;
    TimeFormat time_;
    bool in_numbers_; // the delimiter may be part of a number
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

    template <typename S>
    auto bind(const S&) && {
        CsvFormat<Options> format(options);
        std::string first = options.header ? format.template header<typename S::value>() : std::string();
        return open_lines<Out>(target, options, std::move(format), std::move(first));
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
///     quoted, numbers are written so that the same ones are read again.
///     The file has no name, or `path + ".part"`, while the job runs and gets its name when the job ends, or is stopped: nobody sees half a result,
///     and a job that fails leaves what was there before. FileError as to_lines. Allocates its buffer as it fills, then nothing.
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
