// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/number_text.hpp>
#include <weir/core/state.hpp>
#include <weir/core/text_value.hpp>
#include <weir/core/utf8.hpp>
#include <weir/source/csv_options.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir::detail {

inline constexpr const char* not_a_value = "not a value";

template <typename T>
WEIR_INLINE bool parse_csv(const CsvOptions& options, std::string_view text, T& value) {
    if constexpr (NumberInText<T>) return parse_number<true>(text, value); // there is room before the text
    else if constexpr (requires { TextValue<T>::template parse<true>(text, value); }) return TextValue<T>::template parse<true>(text, value);
    else if constexpr (requires { TextValue<T>::parse(text, value, options.time); }) return TextValue<T>::parse(text, value, options.time);
    else return TextValue<T>::parse(text, value);
}

/// The value of a field, without its quotes. Null when it is there, else what is wrong: not_a_value, or more than that.
template <typename T>
WEIR_INLINE const char* read_csv_value(const CsvOptions& options, std::string_view text, [[maybe_unused]] bool quoted, T& value, [[maybe_unused]] bool check_utf8) {
    if constexpr (is_optional<T>)
        if ((not quoted || not StringInText<typename T::value_type>) && text == options.null) {
            value.reset();
            return nullptr;
        }
    if constexpr (not NumericText<T>)
        if (check_utf8 && not is_utf8(text)) return "not UTF-8 (CsvOptions::check_utf8 = false lets any bytes pass)";
    if constexpr (std::is_same_v<T, std::string>) {
        const std::size_t most = value.capacity() < 30 ? 15 : 30; // so many are copied without a branch on how many there are
        if (not quoted && text.size() <= most) {
            value.assign(text.data(), most);
            value.resize(text.size());
            return nullptr;
        }
    }
    return parse_csv(options, text, value) ? nullptr : not_a_value;
}

} // namespace weir::detail
