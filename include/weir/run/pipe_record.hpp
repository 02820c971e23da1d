// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/time_text.hpp>
#include <weir/core/visible.hpp>
#include <weir/sink/to_csv.hpp>
#include <weir/sink/to_lines.hpp>

#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// A text as part of a message of one line.
inline std::string shown_in_message(std::string_view text) {
    constexpr std::size_t most = 60;
    return "'" + visible(text.substr(0, most)) + (text.size() > most ? "...'" : "'");
}

/// Writes what a V has as one record: a text as it is, else its fields with tabs between them.
template <typename V>
void append_record(std::string& to, const V& value) {
    const auto check = [&to](std::size_t begin, bool is_field) {
        for (std::size_t i = begin; i < to.size(); ++i)
            if (const char c = to[i]; c == '\n' || c == '\r' || (c == '\t' && is_field))
                throw std::runtime_error("the text " + shown_in_message(std::string_view(to).substr(begin)) +
                                         (is_field ? " cannot be a field of a record, as it has a tab or an end of line in it"
                                                   : " cannot be a record, as it has an end of line in it"));
    };
    if constexpr (TextLike<V>) {
        const std::size_t begin = to.size();
        to += static_cast<std::string_view>(value);
        check(begin, false);
    } else {
        bool first = true;
        auto add = [&]<typename T>(const T& field) {
            if (not std::exchange(first, false)) to += '\t';
            const std::size_t begin = to.size();
            TextValue<T>::append(to, field);
            if constexpr (not NumericText<T>) check(begin, true);
        };
        for_each_value(value, add);
    }
}

/// V can be written as a record.
template <typename V>
concept PipeWritable = TextLike<V> || requires { requires has_columns<V>(); };

/// V can be read from fields: a Textual type, or a tuple, pair or row with fields() of such.
template <typename V>
consteval bool is_readable();
template <typename Tuple>
inline constexpr bool all_readable = false;
template <template <typename...> typename Tuple, typename... Ts>
inline constexpr bool all_readable<Tuple<Ts...>> = (is_readable<Ts>() && ...);

template <typename V>
consteval bool is_readable() {
    if constexpr (not std::default_initializable<V>) return false;
    else if constexpr (Textual<V>) return true;
    else if constexpr (HasFields<V>) return all_readable<field_types_t<V>>;
    else if constexpr (is_parts<V>) return all_readable<V>;
    else return false;
}

/// How many fields a V takes.
template <typename V>
consteval std::size_t fields_of() {
    if constexpr (Textual<V>) return 1;
    else if constexpr (HasFields<V>) return []<typename... Ts>(std::type_identity<std::tuple<Ts...>>) { return (fields_of<Ts>() + ...); }(std::type_identity<field_types_t<V>>());
    else return []<std::size_t... I>(std::index_sequence<I...>) { return (fields_of<std::tuple_element_t<I, V>>() + ... + 0); }(std::make_index_sequence<std::tuple_size_v<V>>());
}

/// The fields of a record, from the one numbered `before + 1` on, as values.
class FieldReader {
public:
    explicit FieldReader(std::string_view text, std::size_t before = 0) : rest_(text), number_(before) {}

    /// All that is left as a V; a single text takes it as it is, tabs included.
    template <typename V>
    void read(V& value) {
        if constexpr (StringInText<V>) {
            value = rest_;
        } else {
            part(value);
            if (more_) throw std::runtime_error("there are more than the " + std::to_string(number_) + " fields that are expected");
        }
    }

private:
    template <typename V>
    void part(V& value) {
        if constexpr (Textual<V>) field(value);
        else if constexpr (HasFields<V>) for_each_field(value, [this](std::string_view, auto& member) { this->part(member); });
        else std::apply([this](auto&... parts) { (this->part(parts), ...); }, value);
    }
    template <typename T>
    void field(T& value) {
        ++number_;
        if (not more_) throw std::runtime_error("field " + std::to_string(number_) + " is missing");
        const auto tab = rest_.find('\t');
        const std::string_view text = rest_.substr(0, tab);
        more_ = tab != std::string_view::npos;
        rest_.remove_prefix(more_ ? tab + 1 : rest_.size());
        if constexpr (is_optional<T>) {
            if (text.empty()) {
                value.reset();
                return;
            }
        }
        if (not TextValue<T>::parse(text, value))
            throw std::runtime_error("field " + std::to_string(number_) + ", " + shown_in_message(text) + ", is not " + std::string(TextValue<T>::expected));
    }

    std::string_view rest_;
    std::size_t number_;
    bool more_ = true;
};

} // namespace weir::detail
