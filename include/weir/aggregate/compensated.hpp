// SPDX-License-Identifier: BSL-1.0
#pragma once
namespace weir::detail {

/// A sum of doubles that keeps what rounding loses beside it (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen", 1974): its error does not grow with the number of values. Not under -ffast-math.
class CompensatedSum {
public:
    constexpr void add(double value) noexcept {
        const double sum = sum_ + value;
        const bool sum_is_greater = (sum_ < 0 ? -sum_ : sum_) >= (value < 0 ? -value : value);
        lost_ += sum_is_greater ? (sum_ - sum) + value : (value - sum) + sum_;
        sum_ = sum;
    }
    constexpr void add(const CompensatedSum& other) noexcept {
        add(other.sum_);
        lost_ += other.lost_;
    }
    /// Once infinite or no number it stays so: what was lost means nothing then.
    [[nodiscard]] constexpr double value() const noexcept {
        const bool is_finite = sum_ - sum_ == 0; // not from <cmath>, whose special functions every includer would pay for
        return is_finite ? sum_ + lost_ : sum_;
    }

private:
    double sum_ = 0;
    double lost_ = 0;
};

} // namespace weir::detail
