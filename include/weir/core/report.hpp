// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Why an input of an operator gave nothing.
enum class Drop : unsigned char { filtered, late, overflow, error, unmatched, expired, evicted, duplicate, ahead };

inline constexpr std::size_t drop_reasons = 9;

[[nodiscard]] constexpr std::string_view to_string(Drop reason) noexcept {
    constexpr std::array<std::string_view, drop_reasons> names{"filtered", "late",    "overflow",  "error", "unmatched",
                                                               "expired",  "evicted", "duplicate", "ahead"};
    return names[static_cast<std::size_t>(reason)];
}

/// The counts of one operator. Law 2: in == passed + dropped() + held.
struct OperatorReport {
    std::string name;                                   ///< its identity: the name given, or kind#ordinal on its path
    std::uint64_t in = 0;                               ///< inputs it received
    std::uint64_t out = 0;                              ///< outputs it gave (0 for a sink)
    std::uint64_t passed = 0;                           ///< inputs that gave, or added to, an output, or reached the sink
    std::uint64_t held = 0;                             ///< inputs it still keeps, or was interrupted in
    std::array<std::uint64_t, drop_reasons> drops{};    ///< inputs that gave nothing, by reason
    std::uint64_t late_in_some = 0;                     ///< inputs too late for some of their windows, not for all
    std::uint64_t evicted_keys = 0;                     ///< keys whose state was given up at max_keys for that of others
    std::uint64_t spilled = 0;                          ///< bytes it wrote to temporary files, beyond the memory of the job
    std::string plan{};                                 ///< of parallel: how the events are divided; else empty

    [[nodiscard]] std::uint64_t dropped(Drop reason) const noexcept { return drops[static_cast<std::size_t>(reason)]; }
    std::uint64_t& dropped(Drop reason) noexcept { return drops[static_cast<std::size_t>(reason)]; }
    [[nodiscard]] std::uint64_t dropped() const noexcept {
        std::uint64_t sum = 0;
        for (const std::uint64_t n : drops) sum += n;
        return sum;
    }
    friend bool operator==(const OperatorReport&, const OperatorReport&) = default;
};

/// What a job did: a row for each operator, in the order of the pipeline, side chains behind the operator they belong to.
struct Report {
    std::vector<OperatorReport> operators;

    /// The row with this identity; nullptr when there is none.
    [[nodiscard]] const OperatorReport* find(std::string_view name) const noexcept {
        for (const OperatorReport& row : operators)
            if (row.name == name) return &row;
        return nullptr;
    }
    /// As find, but throws std::out_of_range (from std::vector) for a name that no operator has.
    [[nodiscard]] const OperatorReport& at(std::string_view name) const {
        const OperatorReport* row = find(name);
        return row ? *row : operators.at(operators.size());
    }
    friend bool operator==(const Report&, const Report&) = default;
};

} // namespace weir
