// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/owned.hpp>
#include <weir/core/text_value.hpp>

#include <concepts>
#include <type_traits>

namespace weir::detail {

template <typename Row>
concept CsvRow = HasFields<Row> && std::default_initializable<Row> && std::copyable<Row> && all_textual<field_types_t<Row>> &&
                 (not holds_view<Row> || not std::is_same_v<owned_t<Row>, Row>);

/// Says what is wrong with a Row that is none.
template <typename Row>
consteval bool check_csv_row() {
    if constexpr (not HasFields<Row>)
        static_assert(never<Row>, "from_csv<Row>: Row has no fields(). "
                                  "Add `static constexpr auto fields() { return weir::fields(\"name\", &Row::name, ...); }`.");
    else if constexpr (not std::default_initializable<Row> || not std::copyable<Row>)
        static_assert(never<Row>, "from_csv<Row>: Row cannot be made without arguments, or not copied.");
    else if constexpr (not all_textual<field_types_t<Row>>)
        static_assert(never<Row>, "from_csv<Row>: a field's type has no form in text. Accepted: bool, char, integers, enums, float, double, "
                                  "std::string, std::string_view, sys_time, duration, std::optional of these, or specialise weir::TextValue.");
    else if constexpr (not CsvRow<Row>)
        static_assert(never<Row>, "from_csv<Row>: a field is a std::string_view, which lives only until the next rows are read. Use "
                                  "std::string, or specialise weir::Owned<Row> with the form in which operators keep a row.");
    return CsvRow<Row>;
}

} // namespace weir::detail
