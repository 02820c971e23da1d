// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/kept.hpp>
#include <weir/core/hash.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {

/// How exact count_min is: by its error and confidence, or where width or depth are given by these.
struct CountMinOptions {
    double error = 0.01;      ///< of a count, as a part of all values
    double confidence = 0.99; ///< how likely a count stays within the error
    std::size_t width = 0;    ///< 0: e / error
    std::size_t depth = 0;    ///< 0: ln(1 / (1 - confidence))
};

template <typename Proj>
struct CountMin;

/// About how often each item came: the result of count_min, and its state, whose Counts take their memory from the job's.
template <typename V, typename Counts = std::vector<detail::dependent_t<std::uint64_t, V>>>
class CountMinSketch {
    using Asked = std::conditional_t<std::is_same_v<V, std::string>, std::string_view, const V&>;

public:
    /// Never less than the item came; too much by at most error() * total(), but for the confidence that count_min was made with.
    [[nodiscard]] std::uint64_t count(Asked item) const {
        if (counts_.empty()) return 0;
        std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
        const std::uint64_t hash = stable_hash(item);
        for (std::size_t row = 0; row < depth(); ++row) least = std::min(least, counts_[place(hash, row)]);
        return least;
    }
    /// How many values there were.
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }
    [[nodiscard]] std::size_t depth() const noexcept { return width_ == 0 ? 0 : counts_.size() / width_; }
    [[nodiscard]] double error() const noexcept { return width_ == 0 ? 0 : 2.718281828459045 / static_cast<double>(width_); }

    void clear() noexcept {
        total_ = 0;
        width_ = 0;
        counts_.clear();
    }
    static constexpr auto fields() {
        return weir::fields("total", &CountMinSketch::total_, "width", &CountMinSketch::width_, "counts", &CountMinSketch::counts_);
    }

private:
    template <typename Proj>
    friend struct CountMin;
    template <typename V2, typename Counts2>
    friend class CountMinSketch;

    template <typename Other>
    [[nodiscard]] static CountMinSketch copy_of(const CountMinSketch<V, Other>& other) {
        CountMinSketch copy;
        copy.total_ = other.total_;
        copy.width_ = other.width_;
        copy.counts_.assign(other.counts_.begin(), other.counts_.end());
        return copy;
    }

    void add(std::uint64_t hash, std::size_t width, std::size_t depth) {
        if (counts_.empty()) {
            width_ = width;
            counts_.assign(width * depth, 0);
        }
        ++total_;
        for (std::size_t row = 0; row < depth; ++row) ++counts_[place(hash, row)];
    }
    void merge(const CountMinSketch& later) {
        if (later.counts_.empty()) return;
        if (counts_.empty()) {
            width_ = later.width_;
            counts_.assign(later.counts_.size(), 0);
        }
        if (width_ != later.width_ || counts_.size() != later.counts_.size())
            throw std::invalid_argument("count_min: states of different .width or .depth cannot be merged");
        total_ += later.total_;
        for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += later.counts_[i];
    }
    /// Each row hashes anew.
    [[nodiscard]] std::size_t place(std::uint64_t hash, std::size_t row) const noexcept {
        const std::uint64_t again = detail::splitmix64(hash + row * detail::golden);
        return row * width_ + static_cast<std::size_t>(((again >> 32) * width_) >> 32);
    }
    std::uint64_t total_ = 0;
    std::size_t width_ = 0;
    Counts counts_; // row by row
};

/// About how often each value of the projection came. See count_min().
template <typename Proj>
struct CountMin {
    WEIR_NO_UNIQUE_ADDRESS Proj projection;
    std::size_t width;
    std::size_t depth;

    template <typename T>
        requires Hashable<detail::projected_t<Proj, T>>
    using State = CountMinSketch<detail::kept_t<Proj, T>, detail::StateVector<detail::dependent_t<std::uint64_t, T>>>;
    template <typename T>
    static constexpr AggregateRules rules{};

    template <typename T>
    void add(State<T>& state, const T& value) const { state.add(stable_hash(std::invoke(projection, value)), width, depth); }
    template <typename V, typename Counts>
    void merge(CountMinSketch<V, Counts>& state, const CountMinSketch<V, Counts>& later) const { state.merge(later); }
    template <typename V, typename Counts>
    [[nodiscard]] CountMinSketch<V> finish(const CountMinSketch<V, Counts>& state) const { return CountMinSketch<V>::copy_of(state); }
};

/// Aggregate: about how often each value of the projection came, as a value that can be asked for any item, by the count-min sketch
///     (G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications", 2005).
///     T -> CountMinSketch: count(item) is never too small, and with the given confidence too great by at most error * total(). The
///     result is the same in every run, order and cut; of none all counts are 0.
///     {.error, .confidence}, or {.width, .depth}; those out of range throw std::invalid_argument when the aggregate is made.
///     States of different width or depth throw it when they are merged.
///     Memory: width * depth numbers of 8 bytes (11 KB, if not told otherwise), from the first value on; used again by a cleared
///     state. example: tests/aggregate/count_min.cpp
template <typename Proj = std::identity>
[[nodiscard]] auto count_min(Proj projection = {}, CountMinOptions options = {}) {
    if (not(options.error > 0 && options.error < 1) || not(options.confidence > 0 && options.confidence < 1))
        throw std::invalid_argument("count_min: .error and .confidence must be more than 0 and less than 1");
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    const auto at_least = [](double x) { return static_cast<std::uint64_t>(std::clamp(std::ceil(x), 1.0, static_cast<double>(most) + 1)); };
    const std::uint64_t width = options.width != 0 ? options.width : at_least(2.718281828459045 / options.error);
    const std::uint64_t depth = options.depth != 0 ? options.depth : at_least(-std::log1p(-options.confidence));
    if (width > most || depth > 64)
        throw std::invalid_argument("count_min: .width must be less than 2^32, which an .error of 1e-9 is, and .depth at most 64");
    return CountMin<Proj>{std::move(projection), static_cast<std::size_t>(width), static_cast<std::size_t>(depth)};
}

} // namespace weir
