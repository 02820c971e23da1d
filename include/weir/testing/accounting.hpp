// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::detail {

/// Rows that the laws themselves put into a job.
inline bool is_laws_own(std::string_view name) noexcept { return name.substr(0, 4) == "law/" || name.find("/law/") != name.npos; }

/// The rows of the operators on the main path: not those of side chains, which stand below their operator's name, nor those of the
/// pipelines that a merge or a join brings together.
inline std::vector<OperatorReport> main_rows(const Report& report) {
    std::vector<OperatorReport> rows;
    for (const OperatorReport& row : report.operators) {
        const bool inner = std::any_of(report.operators.begin(), report.operators.end(), [&](const OperatorReport& other) {
            return row.name.size() > other.name.size() && row.name[other.name.size()] == '/' && row.name.compare(0, other.name.size(), other.name) == 0;
        });
        if (not inner && row.name.compare(0, 6, "merge/") != 0 && row.name.compare(0, 5, "join/") != 0) rows.push_back(row);
    }
    return rows;
}

inline std::string describe(const OperatorReport& row) {
    return fmt::format("{}: in {}, out {}, passed {}, dropped {}, held {}", row.name, row.in, row.out, row.passed, row.dropped(), row.held);
}

/// Law 2 on the rows alone; nothing, or what is wrong.
///     in == passed + dropped + held in each row; what an operator gave, the next one got
inline std::string wrong_counts(const Report& report) {
    for (const OperatorReport& row : report.operators)
        if (row.in != row.passed + row.dropped() + row.held) return "in is not passed + dropped + held. " + describe(row);
    const std::vector<OperatorReport> rows = main_rows(report);
    for (std::size_t i = 0; i + 1 < rows.size(); ++i)
        if (rows[i].out != rows[i + 1].in) return "one gave what the next did not get. " + describe(rows[i]) + "; " + describe(rows[i + 1]);
    return {};
}

/// After a stream that was read to its end nothing waits for more; nothing, or what does.
inline std::string still_held(const Report& report) {
    for (const OperatorReport& row : report.operators)
        if (row.held != 0) return "events are held behind the end of the stream. " + describe(row);
    return {};
}

/// The rows against what the taps counted in front of each operator, which they did not get from the operators.
inline std::string wrong_counts(const Report& report, const std::vector<std::uint64_t>& taps) {
    std::vector<OperatorReport> rows = main_rows(report);
    std::erase_if(rows, [](const OperatorReport& row) { return is_laws_own(row.name); });
    for (std::size_t i = 0; i < rows.size() && i < taps.size(); ++i) {
        if (rows[i].in != taps[i]) return fmt::format("counted in front of it: {}. ", taps[i]) + describe(rows[i]);
        if (i + 1 < taps.size() && i + 1 < rows.size() && rows[i].out != taps[i + 1])
            return fmt::format("counted behind it: {}. ", taps[i + 1]) + describe(rows[i]);
    }
    return rows.size() == taps.size() ? std::string() : fmt::format("{} rows for {} operators", rows.size(), taps.size());
}

/// Whether another run of a job, perhaps with stages inserted, counted the same; nothing, or what differs.
inline std::string different_counts(const Report& expected, const Report& got) {
    for (const OperatorReport& row : expected.operators) {
        if (is_laws_own(row.name)) continue;
        const OperatorReport* const other = got.find(row.name);
        if (not other) return "there is no row for " + row.name;
        OperatorReport same = *other;
        same.spilled = row.spilled; // which depends on the memory
        if (not(row == same)) return "counts differ. " + describe(*other) + "; expected was " + describe(row);
    }
    return {};
}

} // namespace weir::detail
