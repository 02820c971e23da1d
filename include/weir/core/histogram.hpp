// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/time.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace weir {

/// How often durations of what length came: quantiles to better than 1 %, in memory that does not grow with their number.
///     below 256 ns each nanosecond has a bucket; from there on each power of two is divided into 128 of equal width, so that a bucket
///     is never wider than 1/128 of what is in it (Gil Tene's HdrHistogram with two digits). A negative duration counts as zero.
///     record: constant time; allocates only when a duration is in a higher power of two than all before, 57 KiB at most
///     example: tests/core/histogram.cpp
class Histogram {
public:
    void record(Duration d) { record(d, 1); }
    void record(Duration d, std::uint64_t times) {
        if (times == 0) return;
        const std::uint64_t value = value_of(d);
        const std::size_t bucket = bucket_of(value);
        if (bucket >= counts_.size()) counts_.resize((bucket / half + 1) * half);
        counts_[bucket] += times;
        add_to_sum(times == 1 || value <= greatest / times ? value * times : greatest);
        min_ = count_ == 0 ? value : std::min(min_, value);
        max_ = std::max(max_, value);
        count_ += times;
    }
    /// As if what `other` has recorded had been recorded here.
    void merge(const Histogram& other) {
        if (other.count_ == 0) return;
        if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
        for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
        add_to_sum(other.sum_);
        min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
        max_ = std::max(max_, other.max_);
        count_ += other.count_;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    // Exact, but that sums go no further than durations do; zero where there are none.
    [[nodiscard]] Duration min() const noexcept { return duration_of(min_); }
    [[nodiscard]] Duration max() const noexcept { return duration_of(max_); }
    [[nodiscard]] Duration sum() const noexcept { return duration_of(sum_); }
    [[nodiscard]] Duration mean() const noexcept { return duration_of(count_ == 0 ? 0 : sum_ / count_); }

    /// The least d such that the share q of all is at most d, by nearest rank: the exact one, or up to 1/128 more. Zero where there are none.
    ///     q: 0 to 1; what is beyond counts as these
    [[nodiscard]] Duration quantile(double q) const noexcept {
        if (count_ == 0) return {};
        if (not(q > 0)) return min();
        const double place = std::ceil(std::min(q, 1.0) * static_cast<double>(count_));
        const std::uint64_t rank = place >= static_cast<double>(count_) ? count_ : std::max<std::uint64_t>(static_cast<std::uint64_t>(place), 1);
        std::uint64_t passed = 0;
        std::size_t bucket = 0;
        for (; bucket < counts_.size(); ++bucket)
            if ((passed += counts_[bucket]) >= rank) break;
        return duration_of(std::min(last_of(bucket), max_));
    }
    /// How many are at most d: of those in its own bucket all, where d is the last of it, else none.
    [[nodiscard]] std::uint64_t at_most(Duration d) const noexcept {
        if (d < Duration::zero()) return 0;
        std::uint64_t n = 0;
        for (std::size_t bucket = 0; bucket < counts_.size() && last_of(bucket) <= value_of(d); ++bucket) n += counts_[bucket];
        return d >= max() ? count_ : n;
    }
    friend bool operator==(const Histogram&, const Histogram&) = default;

private:
    static constexpr unsigned bits = 8;
    static constexpr std::size_t half = std::size_t{1} << (bits - 1); // buckets of each power of two

    static constexpr std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();

    void add_to_sum(std::uint64_t more) noexcept { sum_ += std::min(more, greatest - sum_); }
    static std::uint64_t value_of(Duration d) noexcept { return static_cast<std::uint64_t>(std::max<Duration::rep>(d.count(), 0)); }
    static Duration duration_of(std::uint64_t value) noexcept {
        return Duration(static_cast<Duration::rep>(std::min(value, static_cast<std::uint64_t>(Duration::max().count()))));
    }
    static std::size_t bucket_of(std::uint64_t value) noexcept {
        const auto shift = static_cast<unsigned>(std::bit_width(value | (2 * half - 1))) - bits;
        return shift * half + static_cast<std::size_t>(value >> shift);
    }
    /// The greatest value that is in it.
    static std::uint64_t last_of(std::size_t bucket) noexcept {
        if (bucket < 2 * half) return bucket;
        const std::size_t shift = bucket / half - 1;
        return ((std::uint64_t{bucket - shift * half} + 1) << shift) - 1;
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t min_ = 0;
    std::uint64_t max_ = 0;
};

} // namespace weir
