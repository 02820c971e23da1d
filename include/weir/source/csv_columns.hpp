// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/source/csv_options.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace weir::detail {

/// Which columns of a file the fields of a row are read from.
template <typename Row>
struct CsvColumns {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    static constexpr bool fields_are_all = []<typename... T>(const std::tuple<T...>*) {
        return (sizeof(T) + ...) == sizeof(Row); // no other members
    }(static_cast<const field_types_t<Row>*>(nullptr));

    dependent_t<std::vector<std::string>, Row> names{}; // of the file's columns
    std::size_t width = 0;                              // how many these are
    std::array<std::size_t, field_count<Row>> of{};     // each field's
    bool reads_all = false;                             // into each row: no member keeps what it had
    bool in_order = false;                              // the fields are all columns, in their order

    /// By their names.
    void find(const std::string& path, const CsvOptions& options) {
        of.fill(none);
        width = names.size();
        if (names.empty()) return;
        std::size_t found = 0;
        for (std::size_t f = 0; f < of.size(); ++f) {
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (names[i] != field_names<Row>[f]) continue;
                if (of[f] != none) refuse(path, "two columns have the name " + names[i]);
                of[f] = i;
                ++found;
            }
            if (of[f] == none && not options.allow_missing_columns)
                refuse(path, "there is no column " + std::string(field_names<Row>[f]) + ", only " + joined(names));
        }
        reads_all = fields_are_all && found == of.size() && not options.allow_ragged_rows;
        in_order = width == of.size();
        for (std::size_t f = 0; f < of.size(); ++f) in_order = in_order && of[f] == f;
        if (found != names.size() && not options.allow_extra_columns) refuse(path, "there are columns that no field has: " + joined(names));
    }
    [[noreturn]] static void refuse(const std::string& path, const std::string& what) { throw CsvError(path + ": " + what, {path, 0, 0, 0}); }
};

} // namespace weir::detail
