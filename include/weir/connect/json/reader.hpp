// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/json/options.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time_text.hpp>
#include <weir/core/visible.hpp>
#include <weir/source/line.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <simdjson.h>

namespace weir::detail {

template <typename T>
inline constexpr bool is_std_array = false;
template <typename T, std::size_t N>
inline constexpr bool is_std_array<std::array<T, N>> = true;

template <typename T>
concept GrowingList = requires(T& list, typename T::value_type value) {
    list.clear();
    list.push_back(std::move(value));
};

/// Whether a T can be read from JSON.
template <typename T>
constexpr bool reads_json();
template <typename Types>
inline constexpr bool all_read_json = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_read_json<Tuple<Ts...>> = (reads_json<Ts>() && ...);

template <typename T>
constexpr bool reads_json() {
    if constexpr (is_optional<T>) return reads_json<typename T::value_type>();
    else if constexpr (Textual<T>) return true;
    else if constexpr (HasFields<T>) return all_read_json<field_types_t<T>>;
    else if constexpr (is_std_array<T> || GrowingList<T>) return reads_json<typename T::value_type>();
    else return false;
}

/// Reads a line of JSON into a Row, and says what is wrong with one that is none.
template <typename Parser = simdjson::ondemand::parser>
class JsonReader {
    using Value = simdjson::ondemand::value;
    using Error = simdjson::error_code;

public:
    explicit JsonReader(const JsonOptions& options)
        : time_(options.time), allow_missing_(options.allow_missing_fields), allow_extra_(options.allow_extra_fields) {}

    /// Before lines of so many bytes: string_views live until the next ones.
    void begin(std::size_t bytes) {
        texts_.clear();
        texts_.reserve(bytes);
    }

    /// Behind the line there must be room of simdjson's padding. False: see error().
    template <typename Row>
    bool read_line(const Line& line, Row& row) {
        line_ = line;
        what_.clear();
        path_.clear();
        value_ = {};
        at_ = nullptr;
        simdjson::ondemand::document document;
        simdjson::ondemand::object object;
        if (const Error e = parser_.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING).get(document)) return broken(e, line.data());
        if (const Error e = document.get_object().get(object)) {
            if (e == simdjson::INCORRECT_TYPE) return refuse("not an object of JSON", line.data());
            return broken(e, place_in(document));
        }
        if (not read_object(object, row)) {
            if (not at_) at_ = place_in(document);
            return false;
        }
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS || refuse("not JSON: something follows the object", place_in(document));
    }

    /// Why the last line could not be read.
    [[nodiscard]] std::exception_ptr error() const {
        Position at = line_.position();
        const auto in_line = static_cast<std::uint64_t>(at_ ? at_ - line_.data() : 0);
        at.column = in_line + 1;
        at.byte += in_line;
        const std::string field = path_.empty() ? std::string() : path_.substr(path_.front() == '.' ? 1 : 0);
        return std::make_exception_ptr(JsonError((field.empty() ? "" : "field " + field + ": ") + what_, std::move(at), field, std::string(value_)));
    }

private:
    bool refuse(std::string what, const char* at) {
        what_ = std::move(what);
        at_ = at;
        return false;
    }
    /// What simdjson says of the structure; `at`: null where it is found out later.
    bool broken(Error error, const char* at = nullptr) {
        switch (error) {
        case simdjson::UNCLOSED_STRING: return refuse("not JSON: a string is not closed", at);
        case simdjson::UTF8_ERROR: return refuse("not UTF-8", at);
        case simdjson::UNESCAPED_CHARS: return refuse("not JSON: a control character stands in a string", at);
        case simdjson::STRING_ERROR: return refuse("not JSON: a string has an escape that is none", at);
        case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return refuse("not JSON: an object or array does not end, or something follows it", at);
        case simdjson::CAPACITY:
        case simdjson::MEMALLOC: throw std::bad_alloc();
        default: return refuse("not JSON: it is not built as objects and arrays are", at);
        }
    }
    const char* place_in(simdjson::ondemand::document& document) const {
        const char* at = nullptr;
        const char* const end = line_.data() + line_.size();
        if (document.current_location().get(at) || at < line_.data() || at > end) return end;
        return at;
    }
    bool wrong(std::string_view token, std::string_view expected) {
        std::string what = visible(token.substr(0, 100));
        if (token.starts_with('{')) what = "an object";
        if (token.starts_with('[')) what = "an array";
        value_ = token;
        return refuse(((what += " is not ") += expected), token.data());
    }
    template <typename T>
    static constexpr std::string_view expected() {
        if constexpr (std::is_same_v<T, bool>) return "true or false";
        else return TextValue<T>::expected;
    }

    static std::string_view token_of(Value& value) {
        std::string_view token = value.raw_json_token();
        while (not token.empty() && (token.back() == ' ' || token.back() == '\t' || token.back() == '\r' || token.back() == '\n')) token.remove_suffix(1);
        return token;
    }

    template <typename T>
    bool read(Value& value, T& to) {
        if constexpr (is_optional<T>) {
            bool null = false;
            if (token_of(value).starts_with('n') && not value.is_null().get(null) && null) {
                to.reset();
                return true;
            }
            if (not to) to.emplace();
            return read(value, *to);
        } else if constexpr (is_duration<T>) {
            typename T::rep count{};
            if (not read(value, count)) return false;
            to = T(count);
            return true;
        } else if constexpr (Textual<T>) {
            return read_scalar(value, to);
        } else if constexpr (HasFields<T>) {
            const std::string_view token = token_of(value);
            simdjson::ondemand::object object;
            if (const Error e = value.get_object().get(object)) return e == simdjson::INCORRECT_TYPE ? wrong(token, "an object") : broken(e);
            return read_object(object, to);
        } else {
            return read_list(value, to);
        }
    }

    template <typename T>
    bool read_scalar(Value& value, T& to) {
        const std::string_view token = token_of(value);
        if constexpr (std::is_same_v<T, bool>) {
            return not value.get_bool().get(to) || wrong(token, expected<T>());
        } else if constexpr (std::is_same_v<T, double>) {
            return not value.get_double().get(to) || wrong(token, expected<T>());
        } else if constexpr (std::is_integral_v<T> && NumberInText<T>) {
            std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> number = 0;
            bool bad = false;
            if constexpr (std::is_signed_v<T>) bad = value.get_int64().get(number) != simdjson::SUCCESS;
            else bad = value.get_uint64().get(number) != simdjson::SUCCESS;
            to = static_cast<T>(number);
            return (not bad && static_cast<decltype(number)>(to) == number) || wrong(token, expected<T>());
        } else if constexpr (NumericText<T>) {
            return (is_number(value) && TextValue<T>::parse(token, to)) || wrong(token, expected<T>());
        } else {
            std::string_view text = token;
            if (token.starts_with('"')) {
                text = token.substr(1, token.size() - 2); // simdjson has seen that it is closed
                simdjson::ondemand::raw_json_string taken;
                if (text.find('\\') == text.npos) {
                    if (const Error e = value.get_raw_json_string().get(taken)) return broken(e, token.data()); // left alone, it could pass for a name
                } else {
                    if (const Error e = value.get_string().get(text)) return broken(e, token.data());
                    if constexpr (std::is_same_v<T, std::string_view>) { // there is room: it is no longer than it stands in the line
                        const std::size_t from = texts_.size();
                        texts_ += text;
                        text = std::string_view(texts_).substr(from);
                    }
                }
            } else if (StringInText<T> || std::is_same_v<T, char> || not is_number(value)) {
                return wrong(token, StringInText<T> ? "a string" : expected<T>());
            }
            bool good = false;
            if constexpr (requires { TextValue<T>::parse(text, to, time_); }) good = TextValue<T>::parse(text, to, time_);
            else good = TextValue<T>::parse(text, to);
            return good || wrong(token, expected<T>());
        }
    }
    static bool is_number(Value& value) {
        double number = 0;
        return value.get_double().get(number) == simdjson::SUCCESS;
    }

    template <typename T>
    bool read_list(Value& value, T& to) {
        const std::string_view token = token_of(value);
        simdjson::ondemand::array array;
        if (const Error e = value.get_array().get(array)) return e == simdjson::INCORRECT_TYPE ? wrong(token, "an array") : broken(e);
        std::size_t n = 0;
        if constexpr (not is_std_array<T>) to.clear();
        for (auto each : array) {
            Value element;
            if (const Error e = each.get(element)) return broken(e);
            bool good = false;
            if constexpr (is_std_array<T>) {
                if (n == to.size()) return wrong(token, "an array of " + std::to_string(to.size()));
                good = read(element, to[n]);
            } else {
                typename T::value_type item{};
                good = read(element, item);
                if (good) to.push_back(std::move(item));
            }
            if (not good) {
                if (not what_.empty()) path_.insert(0, "[" + std::to_string(n) + "]");
                return false;
            }
            ++n;
        }
        if constexpr (is_std_array<T>)
            if (n != to.size()) return wrong(token, "an array of " + std::to_string(to.size()));
        return true;
    }

    template <typename Row>
    bool read_object(simdjson::ondemand::object& object, Row& row) {
        constexpr std::size_t n = field_count<Row>;
        std::array<bool, n> seen{};
        std::size_t next = 0; // they often stand in the order of the row's
        for (auto each : object) {
            simdjson::ondemand::field member;
            if (const Error e = std::move(each).get(member)) return broken(e);
            const char* const key = member.key().raw();
            std::size_t i = find_field<Row>(key, next);
            if (i == n && has_escape(key)) {
                std::string_view name;
                if (const Error e = member.unescaped_key().get(name)) return broken(e, key - 1);
                i = static_cast<std::size_t>(std::find(field_names<Row>.begin(), field_names<Row>.end(), name) - field_names<Row>.begin());
            }
            if (i == n) {
                if (allow_extra_) continue;
                return refuse("no field has the name " + std::string(rest(key - 1).substr(0, end_of(key) + 2)), key - 1);
            }
            next = i + 1;
            if (seen[i]) return refuse("the field " + std::string(field_names<Row>[i]) + " stands twice", key - 1);
            seen[i] = true;
            if (not read_member(i, member.value(), row)) {
                (path_.insert(0, field_names<Row>[i])).insert(0, ".");
                return false;
            }
        }
        return allow_missing_ || check_missing<Row>(seen);
    }
    template <typename Row>
    bool read_member(std::size_t i, Value& value, Row& row) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            bool good = false;
            static_cast<void>(((I == i && (good = read(value, get_field<I>(row)), true)) || ...));
            return good;
        }(std::make_index_sequence<field_count<Row>>{});
    }
    template <typename Row, std::size_t N>
    bool check_missing(const std::array<bool, N>& seen) {
        std::size_t i = 0;
        bool good = true;
        for_each_field_type<Row>([&]<typename T>(std::string_view name, std::type_identity<T>) {
            if (not is_optional<T> && not seen[i] && std::exchange(good, false)) refuse("there is no field " + std::string(name), line_.data());
            ++i;
        });
        return good;
    }

    /// What stands in the line from there on.
    [[nodiscard]] std::string_view rest(const char* from) const noexcept { return {from, static_cast<std::size_t>(line_.data() + line_.size() - from)}; }
    /// The field whose name begins there and ends with a quote; one with characters that JSON escapes is found otherwise.
    template <typename Row>
    std::size_t find_field(const char* key, std::size_t next) const noexcept {
        constexpr std::size_t n = field_count<Row>;
        const std::string_view left = rest(key);
        constexpr auto plain = [] {
            std::array<bool, n> is_plain{};
            for (std::size_t i = 0; i < n; ++i) is_plain[i] = field_names<Row>[i].find_first_of("\\\"") == std::string_view::npos;
            return is_plain;
        }();
        const auto is_here = [&](std::size_t i) {
            const std::string_view name = field_names<Row>[i];
            return plain[i] && left.size() > name.size() && left[name.size()] == '"' && left.starts_with(name);
        };
        if (next < n && is_here(next)) return next;
        for (std::size_t i = 0; i < n; ++i)
            if (is_here(i)) return i;
        return n;
    }
    [[nodiscard]] std::size_t end_of(const char* key) const noexcept {
        const std::string_view left = rest(key);
        std::size_t i = 0;
        while (i < left.size() && left[i] != '"') i += left[i] == '\\' ? 2 : 1;
        return std::min(i, left.size());
    }
    [[nodiscard]] bool has_escape(const char* key) const noexcept { return rest(key).substr(0, end_of(key)).find('\\') != std::string_view::npos; }

    Parser parser_;
    TimeFormat time_;
    bool allow_missing_;
    bool allow_extra_;
    std::string texts_; // what string_views refer to where it stands otherwise in the line; never grows while lines are read
    Line line_{};
    std::string what_;  // of the last error, as what follows
    std::string path_;
    std::string_view value_;
    const char* at_ = nullptr;
};

} // namespace weir::detail
