// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace weir::detail {

/// Numbers the buckets of positive numbers: the greatest of a bucket is at most `ratio` times its least, so that the number between
/// them stands for all with a relative error of (ratio - 1) / (ratio + 1). In place of the logarithm stands a polynomial between the
/// powers of two, which needs no library function and only 8 % more buckets.
class LogBuckets {
public:
    explicit LogBuckets(double relative_error) noexcept
        : per_octave_(0.75 / (std::log1p(relative_error) - std::log1p(-relative_error))) {} // the polynomial is nowhere less steep

    [[nodiscard]] std::int32_t bucket_of(double x) const noexcept {
        const auto bits = std::bit_cast<std::uint64_t>(x); // normal and positive: a power of two, and the place between it and the next
        const double octave = static_cast<double>(bits >> 52) - 1023;
        const double rest = std::bit_cast<double>((bits & ((std::uint64_t{1} << 52) - 1)) | (std::uint64_t{1023} << 52)) - 1;
        const double place = per_octave_ * (octave + (4 - rest) * rest * (1.0 / 3));
        const auto bucket = static_cast<std::int32_t>(place);
        return bucket + (place > bucket ? 1 : 0);
    }
    [[nodiscard]] double value_of(std::int32_t bucket) const noexcept {
        const double least = end_of(bucket - 1);
        const double greatest = std::min(end_of(bucket), std::numeric_limits<double>::max());
        return least * (2 / (1 + least / greatest)); // as far from the one as from the other, relative to them
    }

private:
    [[nodiscard]] double end_of(std::int32_t bucket) const noexcept {
        const double place = bucket / per_octave_;
        const double octave = std::floor(place);
        const double rest = 2 - std::sqrt(4 - 3 * (place - octave));
        return std::ldexp(1 + rest, static_cast<int>(octave));
    }
    double per_octave_;
};

/// How many numbers fell into each of at most `most` neighbouring buckets. What lies lower than that is counted in the lowest.
template <typename Count>
class BucketCounts {
public:
    [[nodiscard]] Count total() const noexcept { return total_; }
    void add(std::int32_t bucket, Count n, std::size_t most) {
        if (counts_.empty()) {
            first_ = bucket;
            counts_.assign(1, 0);
        } else if (bucket < first_) {
            grow_down(bucket, most);
        } else if (static_cast<std::size_t>(bucket - first_) >= counts_.size()) {
            grow_up(bucket, most);
        }
        counts_[bucket <= first_ ? 0 : static_cast<std::size_t>(bucket - first_)] += n;
        total_ += n;
    }
    void merge(const BucketCounts& later, std::size_t most) {
        for (std::size_t i = later.counts_.size(); i-- > 0;) // from the greatest: then room is made once
            if (later.counts_[i] != 0) add(later.first_ + static_cast<std::int32_t>(i), later.counts_[i], most);
    }
    /// The bucket of the n-th from below, numbered from 0.
    [[nodiscard]] std::int32_t bucket_at(Count n) const noexcept {
        std::size_t i = 0;
        for (; i + 1 < counts_.size() && n >= counts_[i]; ++i) n -= counts_[i];
        return first_ + static_cast<std::int32_t>(i);
    }
    void clear() noexcept {
        total_ = 0;
        counts_.clear();
    }
    static constexpr auto fields() {
        return weir::fields("total", &BucketCounts::total_, "first", &BucketCounts::first_, "counts", &BucketCounts::counts_);
    }

private:
    void grow_down(std::int32_t bucket, std::size_t most) {
        const std::size_t room = most - counts_.size();
        const auto more = std::min(static_cast<std::size_t>(first_ - bucket), room);
        counts_.insert_front(more, 0);
        first_ -= static_cast<std::int32_t>(more);
    }
    void grow_up(std::int32_t bucket, std::size_t most) {
        const std::size_t size = static_cast<std::size_t>(bucket - first_) + 1;
        if (size > most) { // the lowest collapse into one
            const std::size_t lost = std::min(size - most, counts_.size());
            Count low = 0;
            for (std::size_t i = 0; i < lost; ++i) low += counts_[i];
            counts_.erase_front(lost);
            first_ += static_cast<std::int32_t>(size - most);
            if (counts_.empty()) counts_.push_back(0);
            counts_[0] += low;
        }
        counts_.resize(std::min(size, most), 0);
    }

    Count total_ = 0;
    std::int32_t first_ = 0;
    StateVector<Count> counts_;
};

/// What an aggregate knows of its states.
struct DDSketchShape {
    double relative_error;
    std::size_t max_buckets;
};

/// Numbers, by buckets of their magnitude. Which numbers there were says what it is, not their order.
///     Count: std::uint64_t; a template, so that it costs only those who use it.
template <typename Count>
class DDSketch {
public:
    [[nodiscard]] bool has_result() const noexcept { return n_ != 0 || any_nan_; }
    void add(double x, const DDSketchShape& shape, const LogBuckets& buckets) {
        if (x != x) {
            any_nan_ = true;
            return;
        }
        relative_error_ = shape.relative_error;
        ++n_;
        least_ = std::min(least_, x);
        greatest_ = std::max(greatest_, x);
        const double magnitude = std::abs(x);
        if (magnitude < std::numeric_limits<double>::min()) ++zeros_; // so small that they have fewer digits
        else if (magnitude > std::numeric_limits<double>::max()) ++(x < 0 ? least_infinite_ : greatest_infinite_);
        else (x < 0 ? negative_ : positive_).add(buckets.bucket_of(magnitude), 1, shape.max_buckets);
    }
    void merge(const DDSketch& later, const DDSketchShape& shape) {
        any_nan_ = any_nan_ || later.any_nan_;
        if (later.n_ == 0) return;
        if (later.relative_error_ != shape.relative_error || (n_ != 0 && relative_error_ != shape.relative_error))
            throw std::invalid_argument("approx_quantile: states of different .relative_error cannot be merged: their buckets are not the same");
        relative_error_ = later.relative_error_;
        n_ += later.n_;
        zeros_ += later.zeros_;
        least_infinite_ += later.least_infinite_;
        greatest_infinite_ += later.greatest_infinite_;
        least_ = std::min(least_, later.least_);
        greatest_ = std::max(greatest_, later.greatest_);
        negative_.merge(later.negative_, shape.max_buckets);
        positive_.merge(later.positive_, shape.max_buckets);
    }
    /// About the one at floor((n - 1) * q), of all in order; NaN of none.
    [[nodiscard]] double quantile(double q, const LogBuckets& buckets) const {
        if (n_ == 0) return std::numeric_limits<double>::quiet_NaN();
        auto place = std::min(static_cast<Count>(static_cast<double>(n_ - 1) * q), n_ - 1);
        if (place == 0) return least_;
        if (place == n_ - 1) return greatest_;
        const auto behind = [&place](Count n) {
            if (place < n) return false;
            place -= n;
            return true;
        };
        constexpr double infinity = std::numeric_limits<double>::infinity();
        if (not behind(least_infinite_)) return -infinity;
        double found = infinity;
        if (not behind(negative_.total())) found = -buckets.value_of(negative_.bucket_at(negative_.total() - 1 - place));
        else if (not behind(zeros_)) found = 0;
        else if (place < positive_.total()) found = buckets.value_of(positive_.bucket_at(place));
        return std::clamp(found, least_, greatest_);
    }
    void clear() noexcept {
        n_ = zeros_ = least_infinite_ = greatest_infinite_ = 0;
        least_ = std::numeric_limits<double>::infinity();
        greatest_ = -least_;
        negative_.clear();
        positive_.clear();
        any_nan_ = false;
    }
    static constexpr auto fields() {
        return weir::fields("relative_error", &DDSketch::relative_error_, "n", &DDSketch::n_, "zeros", &DDSketch::zeros_, "least_infinite",
                            &DDSketch::least_infinite_, "greatest_infinite", &DDSketch::greatest_infinite_, "least", &DDSketch::least_,
                            "greatest", &DDSketch::greatest_, "negative", &DDSketch::negative_, "positive", &DDSketch::positive_, "any_nan",
                            &DDSketch::any_nan_);
    }

private:
    double relative_error_ = 0;
    Count n_ = 0; // without NaN
    Count zeros_ = 0;
    Count least_infinite_ = 0;
    Count greatest_infinite_ = 0;
    double least_ = std::numeric_limits<double>::infinity();
    double greatest_ = -std::numeric_limits<double>::infinity();
    BucketCounts<Count> negative_; // by magnitude
    BucketCounts<Count> positive_;
    bool any_nan_ = false;
};

} // namespace weir::detail
