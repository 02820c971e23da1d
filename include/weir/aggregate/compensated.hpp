// SPDX-License-Identifier: BSL-1.0
#pragma once
namespace weir::detail {

/// A sum of doubles that keeps what rounding loses beside it (A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen", 1974): its error does not grow with the number of values. Not under -ffast-math. What is lost is found without looking which
/// of the two is greater (D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B): of sums of few values that is chance.
class CompensatedSum {
public:
    constexpr void add(double value) noexcept {
        const double sum = sum_ + value;
        const double added = sum - sum_;
        double lost = (sum_ - (sum - added)) + (value - added);
        if (lost - lost != 0) [[unlikely]] lost = lost_by_greater(sum, value); // beyond the greatest double on the way
        lost_ += lost;
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
    [[nodiscard]] constexpr double lost_by_greater(double sum, double value) const noexcept {
        const bool sum_is_greater = (sum_ < 0 ? -sum_ : sum_) >= (value < 0 ? -value : value);
        return sum_is_greater ? (sum_ - sum) + value : (value - sum) + sum_;
    }
    double sum_ = 0;
    double lost_ = 0;
};

} // namespace weir::detail
