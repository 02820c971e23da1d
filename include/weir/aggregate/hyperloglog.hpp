// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/state_vector.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace weir::detail {

/// How many different hashes there were. A hash is a place, its upper bits, and a rank, how soon its other bits have a one; of each
/// place the greatest rank is known. While there are few, the places are fine ones and only those that occur are kept, in a hash table
/// with linear probing; later there are 2^precision of them, with a byte each. The set of hashes says which, not their order.
///     Rank: std::uint8_t; a template, so that it costs only those who use it.
template <typename Rank>
class HyperLogLog {
public:
    void add(std::uint64_t hash, int precision) {
        if (precision_ == 0) precision_ = static_cast<std::uint8_t>(precision);
        if (is_dense()) raise(place_of(hash, precision_), rank_of(hash, precision_));
        else insert(static_cast<std::uint32_t>(place_of(hash, fine) << rank_bits) | rank_of(hash, fine));
    }
    /// Where their precisions differ, the lower one is that of both.
    void merge(const HyperLogLog& later) {
        if (later.precision_ == 0) return;
        if (precision_ == 0) precision_ = later.precision_;
        if (later.precision_ < precision_) lower(later.precision_);
        if (later.is_dense() && not is_dense()) make_dense();
        for (std::size_t place = 0; place < later.ranks_.size(); ++place)
            if (later.ranks_[place] != 0) add_place(place, later.ranks_[place], later.precision_);
        for (const std::uint32_t code : later.few_) {
            if (code == none) continue;
            if (is_dense()) add_place(code >> rank_bits, rank_of(code), fine);
            else insert(code);
        }
    }
    [[nodiscard]] std::uint64_t estimate() const {
        if (is_dense()) return static_cast<std::uint64_t>(std::llround(estimate_of_ranks()));
        constexpr double places = std::uint64_t{1} << fine; // linear counting: as many as leave so many of the fine places empty
        return static_cast<std::uint64_t>(std::llround(-places * std::log1p(-static_cast<double>(n_few_) / places)));
    }
    [[nodiscard]] int precision() const noexcept { return precision_; }
    void clear() noexcept {
        precision_ = 0;
        n_few_ = 0;
        few_.clear();
        ranks_.clear();
    }
    static constexpr auto fields() {
        return weir::fields("precision", &HyperLogLog::precision_, "n_few", &HyperLogLog::n_few_, "few", &HyperLogLog::few_, "ranks", &HyperLogLog::ranks_);
    }

private:
    static constexpr int fine = 25; // the precision of the few: with a rank they fit 32 bits
    static constexpr int rank_bits = 6;
    static constexpr std::uint32_t none = 0;                         // no code: ranks begin with 1
    static constexpr std::uint32_t moving = std::uint32_t{1} << 31; // a code that is not yet where it belongs

    static std::size_t place_of(std::uint64_t hash, int precision) noexcept { return static_cast<std::size_t>(hash >> (64 - precision)); }
    static Rank rank_of(std::uint64_t hash, int precision) noexcept {
        return static_cast<Rank>(1 + std::min(std::countl_zero(hash << precision), 64 - precision));
    }
    static Rank rank_of(std::uint32_t code) noexcept { return static_cast<Rank>(code & ((1U << rank_bits) - 1)); }

    [[nodiscard]] bool is_dense() const noexcept { return not ranks_.empty(); }
    void raise(std::size_t place, Rank rank) noexcept { ranks_[place] = std::max(ranks_[place], rank); }

    /// A place among 2^precision, which are at least as many as there are here: its lower bits become part of the rank.
    void add_place(std::size_t place, Rank rank, int precision) noexcept {
        const int apart = precision - precision_;
        const std::size_t rest = place & ((std::size_t{1} << apart) - 1);
        raise(place >> apart, static_cast<Rank>(rest == 0 ? apart + rank : apart - static_cast<int>(std::bit_width(rest)) + 1));
    }
    void insert(std::uint32_t code) {
        if (few_.empty()) few_.resize(std::min<std::size_t>(8, most_few()), none);
        std::size_t at = slot_of(code);
        if (few_[at] != none) {
            few_[at] = std::max(few_[at], code);
            return;
        }
        if (2 * (n_few_ + std::size_t{1}) > few_.size()) {
            if (few_.size() == most_few()) {
                make_dense();
                return add_place(code >> rank_bits, rank_of(code), fine);
            }
            grow();
            at = slot_of(code);
        }
        few_[at] = code;
        ++n_few_;
    }
    /// So many slots take as many bytes as the ranks will.
    [[nodiscard]] std::size_t most_few() const noexcept { return (std::size_t{1} << precision_) / sizeof few_[0]; }
    [[nodiscard]] std::size_t home(std::uint32_t code) const noexcept { return (code >> rank_bits) & (few_.size() - 1); }
    [[nodiscard]] std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (few_.size() - 1); }
    /// Where the code's place is, or would be.
    [[nodiscard]] std::size_t slot_of(std::uint32_t code) const noexcept {
        std::size_t at = home(code);
        while (few_[at] != none && few_[at] >> rank_bits != code >> rank_bits) at = next(at);
        return at;
    }
    /// Twice as many slots, in the memory that there may be already.
    void grow() {
        for (std::uint32_t& code : few_)
            if (code != none) code |= moving;
        few_.resize(2 * few_.size(), none);
        for (std::uint32_t& slot : few_) {
            if ((slot & moving) == 0) continue;
            for (std::uint32_t code = std::exchange(slot, none); code != none;) {
                code &= ~moving;
                std::size_t at = home(code);
                while (few_[at] != none && (few_[at] & moving) == 0) at = next(at);
                code = std::exchange(few_[at], code); // one that was in the way is the next to move
            }
        }
    }
    void make_dense() {
        ranks_.assign(std::size_t{1} << precision_, 0);
        for (const std::uint32_t code : few_)
            if (code != none) add_place(code >> rank_bits, rank_of(code), fine);
        few_.clear();
        n_few_ = 0;
    }
    void lower(std::uint8_t precision) {
        const HyperLogLog finer = std::move(*this);
        clear(); // where its memory comes from stays
        precision_ = precision;
        merge(finer);
    }

    /// O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6: no bias to be corrected by
    /// tables, from none to as many as a hash can tell apart.
    [[nodiscard]] double estimate_of_ranks() const {
        const int greatest = 64 - precision_;
        std::array<std::uint32_t, 66> with_rank{};
        for (const Rank rank : ranks_) ++with_rank[rank];
        const auto m = static_cast<double>(ranks_.size());
        double z = m * tau(1 - with_rank[static_cast<std::size_t>(greatest) + 1] / m);
        for (auto rank = static_cast<std::size_t>(greatest); rank > 0; --rank) z = 0.5 * (z + with_rank[rank]);
        z += m * sigma(with_rank[0] / m);
        return m * m / (2 * 0.693147180559945309417 * z); // ln 2
    }
    static double sigma(double x) noexcept {
        if (x == 1) return std::numeric_limits<double>::infinity();
        double z = x;
        for (double y = 1, before = -1; z != before; y += y) {
            x *= x;
            before = z;
            z += x * y;
        }
        return z;
    }
    static double tau(double x) noexcept {
        if (x == 0 || x == 1) return 0;
        double z = 1 - x;
        for (double y = 1, before = -1; z != before;) {
            x = std::sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        return z / 3;
    }

    std::uint8_t precision_ = 0;      // 0: nothing was added yet
    std::uint32_t n_few_ = 0;         // codes in the table
    StateVector<dependent_t<std::uint32_t, Rank>> few_; // place and rank
    StateVector<Rank> ranks_;          // of each place; empty: there are few
};

} // namespace weir::detail
