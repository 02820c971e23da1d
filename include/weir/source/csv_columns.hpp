// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/source/csv_faults.hpp>
#include <weir/source/csv_options.hpp>

#include <array>
#include <cstddef>
#include <exception>
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

    /// Those that the header names, or the options; false: there is no header, or not yet.
    template <typename Cutter, typename File, typename Texts>
    bool read(Cutter& cutter, File& file, Texts& texts, const std::string& path, const CsvOptions& options) {
        names = options.columns;
        if (options.header && not read_header(cutter, file, texts, path, options)) return false;
        if (not options.header && names.empty()) names.assign(field_names<Row>.begin(), field_names<Row>.end());
        find(path, options);
        return true;
    }
    [[noreturn]] static void refuse(const std::string& path, const std::string& what) { throw CsvError(path + ": " + what, {path, 0, 0, 0}); }

private:
    template <typename Cutter, typename File, typename Texts>
    bool read_header(Cutter& cutter, File& file, Texts& texts, const std::string& path, const CsvOptions& options) {
        names.clear();
        typename Cutter::Record record;
        do {
            if (not cutter.fill(file)) return false;
        } while (not cutter.next(&file, record)); // comments can fill a block
        if (record.fault != Cutter::Record::Fault::none) std::rethrow_exception(CsvFaults<typename Cutter::Record>{path, record}.cut(options.max_record));
        texts.begin(record.end - record.begin);
        for (std::size_t i = 0; i < record.fields; ++i) {
            std::string_view name = record.field(i);
            bool quoted = false;
            if (not texts.plain(name, quoted)) refuse(path, "the name of a column is not rightly quoted: " + std::string(name));
            names.emplace_back(name);
        }
        cutter.forget_records();
        return true;
    }
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
};

} // namespace weir::detail
