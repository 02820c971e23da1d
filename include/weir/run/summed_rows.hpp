// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/report.hpp>
#include <weir/core/walk.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir::detail {

/// Counts of operators of which there are several.
class SummedRows {
public:
    /// Those of the operators [first, last).
    SummedRows(std::uint32_t first, std::uint32_t last) : first_(first), gone_(last - first), now_(std::make_unique<Rows>(last)), sum_(std::make_unique<Rows>(last - first)) {}

    /// What those that have gone counted, and what add(part) gives of each that is there.
    template <typename Parts>
    void report(ReportWalk& walk, const Parts& parts) const {
        *sum_ = gone_; // they have no names, so nothing is allocated
        for (const auto& part : parts) add(*part, *sum_, walk.thrown);
        for (std::size_t i = 0; i < gone_.size(); ++i) {
            OperatorReport& row = walk.cleared_row(first_ + static_cast<std::uint32_t>(i));
            const OperatorReport& sum = (*sum_)[i];
            row.out = sum.out;
            row.in = sum.in, row.passed = sum.passed, row.held = sum.held;
            row.drops = sum.drops;
            row.late_in_some = sum.late_in_some, row.evicted_keys = sum.evicted_keys, row.spilled = sum.spilled;
        }
    }
    template <typename Part>
    void goes(const Part& part) {
        ReportWalk::Thrown none;
        add(part, gone_, none);
    }

    void save(StateWriter& to) const {
        for (const OperatorReport& row : gone_) each_of(row, [&to](const auto& n) { to.put(n); });
    }
    void load(StateReader& from) {
        for (OperatorReport& row : gone_) each_of(row, [&from](auto& n) { from.get(n); });
    }

private:
    using Rows = std::vector<OperatorReport>;
    template <typename Row, typename Fn>
    static void each_of(Row& row, Fn fn) {
        fn(row.in), fn(row.out), fn(row.passed), fn(row.held), fn(row.late_in_some), fn(row.evicted_keys), fn(row.spilled), fn(row.drops);
    }
    template <typename Part>
    void add(const Part& part, Rows& to, ReportWalk::Thrown& thrown) const {
        ReportWalk walk(*now_);
        walk.thrown = thrown;
        part.report(walk);
        thrown = walk.thrown;
        for (std::size_t i = 0; i < to.size(); ++i) {
            const OperatorReport& now = (*now_)[first_ + i];
            OperatorReport& sum = to[i];
            sum.in += now.in, sum.out += now.out, sum.passed += now.passed, sum.held += now.held;
            sum.late_in_some += now.late_in_some, sum.evicted_keys += now.evicted_keys, sum.spilled += now.spilled;
            for (std::size_t d = 0; d < now.drops.size(); ++d) sum.drops[d] += now.drops[d];
        }
    }

    std::uint32_t first_;
    Rows gone_;
    std::unique_ptr<Rows> now_; // of one part; these two are only there so that a report need not allocate
    std::unique_ptr<Rows> sum_;
};

} // namespace weir::detail
