// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/hash.hpp>
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
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir {

/// How JSON lines are written.
struct ToJsonlOptions {
    TimeFormat time = iso_8601;     ///< how times are written: as text, or as a number since 1970
    bool non_finite_as_null = true; ///< inf and nan, which JSON does not have, are written as null; else they are an error
    bool check_utf8 = true;         ///< text that is not UTF-8 is an error; else its bytes are written as they are, which is no JSON
    std::size_t buffer = 65'536;    ///< bytes that may wait before they are written
    bool flush_spans = false;       ///< also writes whenever the events at hand are over, so that others soon see them
    const Files* files = nullptr;   ///< without one the machine's; must outlive the job
};

namespace detail {

/// Whether a value has a form in JSON: it, or its parts, have one in text.
template <typename V>
constexpr bool has_json();
template <typename Tuple>
inline constexpr bool all_have_json = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_have_json<Tuple<Ts...>> = (has_json<std::remove_cv_t<Ts>>() && ...);

template <typename V>
concept JsonList = requires(const V& list) { typename V::value_type; list.begin() != list.end(); *list.begin(); };

template <typename V>
constexpr bool has_json() {
    if constexpr (KeyedOrWindowed<V>) return has_json<value_of_row_t<V>>() && (std::is_same_v<key_of_row_t<V>, NoKey> || has_json<key_of_row_t<V>>());
    else if constexpr (Textual<V>) return true;
    else if constexpr (HasFields<V>) return all_have_json<field_types_t<V>>;
    else if constexpr (is_parts<V>) return all_have_json<V>;
    else if constexpr (is_optional<V>) return has_json<typename V::value_type>();
    else if constexpr (JsonList<V>) return not std::is_same_v<typename V::value_type, V> && has_json<typename V::value_type>();
    else return false;
}

/// Whether one of eight characters cannot stand in a string of JSON as it is.
constexpr bool needs_escape(std::uint64_t word) noexcept {
    const auto has_zero = [](std::uint64_t bytes) { return (bytes - each_byte(1)) & ~bytes; };
    return (((word - each_byte(0x20)) & ~word) | has_zero(word ^ each_byte('"')) | has_zero(word ^ each_byte('\\'))) & each_byte(0x80);
}

/// Adds a text as a string of JSON.
inline void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    std::size_t from = 0, i = 0;
    while (i < text.size()) {
        if (text.size() - i >= 8 && not needs_escape(load_little<std::uint64_t>(text.data() + i))) {
            i += 8;
            continue;
        }
        const char c = text[i++];
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && c != '"' && c != '\\') continue;
        to.append(text, from, i - 1 - from);
        from = i;
        to += '\\';
        constexpr std::string_view controls = "\b\f\n\r\t", letters = "bfnrt", digits = "0123456789abcdef";
        if (const std::size_t known = controls.find(c); known != controls.npos) to += letters[known];
        else if (byte >= 0x20) to += c;
        else ((to += "u00") += digits[byte / 16]) += digits[byte % 16];
    }
    to.append(text, from);
    to += '"';
}

/// Writes values as JSON.
template <typename Options = ToJsonlOptions> // a template, as what follows, so that it costs only those who write JSON
class JsonFormat {
public:
    static constexpr std::string_view sink = "to_jsonl";
    explicit JsonFormat(const Options& options) : time_(options.time), non_finite_as_null_(options.non_finite_as_null), check_utf8_(options.check_utf8) {}

    template <typename V>
    void operator()(std::string& to, const V& value) const {
        if constexpr (KeyedOrWindowed<V>) {
            char before = '{';
            const auto add = [&](std::string_view name, const auto& part) { member(to, std::exchange(before, ','), name, part); };
            if constexpr (not std::is_same_v<key_of_row_t<V>, NoKey>) add("key", value.key);
            if constexpr (is_windowed_row<V>) {
                add("start", value.window.start);
                add("end", value.window.end);
            }
            add("value", value.value);
            to += '}';
        } else if constexpr (is_optional<V>) {
            if (value) (*this)(to, *value);
            else to += "null";
        } else if constexpr (Textual<V>) {
            scalar(to, value);
        } else if constexpr (HasFields<V>) {
            char before = '{';
            for_each_field(value, [&](std::string_view name, const auto& field) { member(to, std::exchange(before, ','), name, field); });
            to += '}';
        } else {
            char before = '[';
            const auto add = [&](const auto& part) {
                to += std::exchange(before, ',');
                (*this)(to, part);
            };
            if constexpr (is_parts<V>) std::apply([&](const auto&... parts) { (add(parts), ...); }, value);
            else
                for (const typename V::value_type& part : value) add(part); // also those of std::vector<bool>
            if (before == '[') to += '[';
            to += ']';
        }
    }

private:
    template <typename T>
    void member(std::string& to, char before, std::string_view name, const T& value) const {
        to += before;
        append_json_string(to, name);
        to += ':';
        try {
            (*this)(to, value);
        } catch (...) {
            fail_field("field", name);
        }
    }
    template <typename T>
    void scalar(std::string& to, const T& value) const {
        if constexpr (std::is_same_v<T, bool> || NumericText<T>) {
            if constexpr (std::is_floating_point_v<T>)
                if (not(value >= std::numeric_limits<T>::lowest() && value <= std::numeric_limits<T>::max())) {
                    if (not non_finite_as_null_)
                        throw std::runtime_error("a number is not finite, and JSON has no form for it (ToJsonlOptions::non_finite_as_null = true writes null)");
                    to += "null";
                    return;
                }
            TextValue<T>::append(to, value);
        } else if constexpr (is_duration<T>) {
            scalar(to, value.count());
        } else if constexpr (StringInText<T>) {
            string(to, value);
        } else {
            std::string text; // short for times and characters
            if constexpr (requires { TextValue<T>::append(text, value, time_); }) {
                if (time_.kind() == TimeFormat::Kind::epoch) return TextValue<T>::append(to, value, time_);
                TextValue<T>::append(text, value, time_);
            } else {
                TextValue<T>::append(text, value);
            }
            string(to, text);
        }
    }
    void string(std::string& to, std::string_view text) const {
        if (check_utf8_ && not is_utf8(text)) {
            std::string shown;
            append_json_string(shown, text.substr(0, 100));
            throw std::runtime_error("the text " + visible(shown) + " is not UTF-8 (ToJsonlOptions::check_utf8 = false lets any bytes pass)");
        }
        append_json_string(to, text);
    }

    TimeFormat time_;
    bool non_finite_as_null_;
    bool check_utf8_;
};

template <typename Target, typename Options, typename Out = OutFile> // Target: std::string, the path of a file, or std::FILE*
struct ToJsonlOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "to_jsonl";
    Target target;
    Options options;

    template <typename S>
        requires(has_json<typename S::value>())
    using out = Ended;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        return open_lines<Out>(binding, id, target, options, JsonFormat<Options>(options));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "to_jsonl(file): this pipeline's events have no form in JSON. Accepted: types with fields(), tuples, pairs, lists such as "
                                "std::vector, Windowed and Keyed of these, and single values: bool, char, integers, enums, float, double, strings, "
                                "sys_time, duration, std::optional of these, or what weir::TextValue is specialised for.");
    }
};

} // namespace detail

/// Ends a chain: writes each event as a line of JSON.
///     E -> sink. A type with fields() becomes an object of these names, as do Keyed and Windowed rows (key, start, end, value); tuples and
///     lists become arrays; numbers, durations and enums without EnumNames numbers, from which the same ones are read again; other values strings; a
///     std::optional that is none becomes null, as do inf and nan. Without the event time; in order. What has no form ends the job with an
///     EventError that names the row, counted from 1, and the field.
///     "-" is standard output. The file has no name, or `path + ".part"`, while the job runs and gets its name when the job ends, or is
///     stopped: nobody sees half a result, and a job that fails leaves what was there before. FileError as to_lines. Allocates its buffer as it fills, then nothing.
///     example: tests/sink/to_jsonl.cpp
template <typename Options = ToJsonlOptions>
[[nodiscard]] auto to_jsonl(std::string path, Options options = {}) {
    return detail::ToJsonlOp<std::string, Options>{std::move(path), options};
}

/// The same into an open C stream: to_jsonl(stdout). It stays open; on a terminal rows appear whenever the events at hand are over.
template <typename Options = ToJsonlOptions>
[[nodiscard]] auto to_jsonl(std::FILE* stream, Options options = {}) {
    return detail::ToJsonlOp<std::FILE*, Options>{stream, options};
}

} // namespace weir
