// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/visible.hpp>
#include <weir/source/csv_options.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace weir::detail {

/// What is wrong with a record of this file, and where. A template, so that it costs only those who read CSV.
template <typename Record>
struct CsvFaults {
    const std::string& path;
    const Record& record;

    [[nodiscard]] std::exception_ptr cut(std::size_t max_record) const {
        const std::string most = std::to_string(max_record) + " bytes";
        const std::string what = record.fault == Record::Fault::too_long
                                     ? "a record is longer than " + most + " (CsvOptions::max_record)"
                                     : "a quote is not closed, not in " + most + " (CsvOptions::max_record) or before the end";
        return std::make_exception_ptr(CsvError(what, {path, record.line == 0 ? 0 : record.line + record.fault_lines, record.fault_column, record.byte + record.fault_at}));
    }
    [[nodiscard]] std::exception_ptr width(std::size_t wanted) const {
        return std::make_exception_ptr(CsvError(std::to_string(record.fields) + (record.fields == 1 ? " field" : " fields") + " instead of " + std::to_string(wanted),
                                                place(record.begin)));
    }
    [[nodiscard]] std::exception_ptr value(std::size_t column, const std::string& name, const std::string& what) const {
        const std::string_view text = record.field(column);
        return std::make_exception_ptr(CsvError("column " + name + ": '" + visible(text.substr(0, 100)) + "' is " + what,
                                                place(static_cast<std::size_t>(text.data() - record.text)), name, std::string(text)));
    }

private:
    [[nodiscard]] Position place(std::size_t at) const {
        const std::string_view before(record.text + record.begin, at - record.begin);
        std::uint64_t lines = 0;
        for (const char c : before) lines += c == '\n';
        const std::size_t line = before.rfind('\n') + 1; // npos + 1 is 0
        return {path, record.line == 0 ? 0 : record.line + lines, before.size() - line + 1, record.byte + before.size()};
    }
};

} // namespace weir::detail
