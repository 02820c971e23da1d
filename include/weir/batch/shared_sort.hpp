// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Two pieces of rows in order, as one behind the other in room of its own: of equal ones those of the left come first.
template <typename Row, typename Before>
class MergePiece {
public:
    MergePiece(Before before, std::span<Row> left, std::span<Row> right, Row* to) : before_(std::move(before)), left_(left), right_(right), to_(to) {}
    MergePiece(MergePiece&& other) noexcept
        : before_(std::move(other.before_)), left_(other.left_), right_(other.right_), to_(other.to_), made_(std::exchange(other.made_, 0)) {}
    MergePiece& operator=(MergePiece&&) = delete;
    ~MergePiece() { std::destroy_n(to_, made_); } // nobody took them

    void operator()() {
        Row* a = left_.data();
        Row* const a_end = a + left_.size();
        Row* b = right_.data();
        Row* const b_end = b + right_.size();
        if constexpr (std::is_trivially_copyable_v<Row> && std::is_copy_constructible_v<Row>) {
            Row* to = to_;
            while (a != a_end && b != b_end) { // which comes first nobody can foretell: no branch
                const bool right = before_(*b, *a);
                std::construct_at(to++, *(right ? b : a));
                b += right ? 1 : 0;
                a += right ? 0 : 1;
            }
            to = std::uninitialized_copy(a, a_end, to);
            std::uninitialized_copy(b, b_end, to);
            made_ = left_.size() + right_.size();
        } else {
            while (a != a_end && b != b_end) make(before_(*b, *a) ? *b++ : *a++);
            while (a != a_end) make(*a++);
            while (b != b_end) make(*b++);
        }
    }
    /// They belong to who has the room.
    [[nodiscard]] std::size_t give() noexcept { return std::exchange(made_, 0); }

private:
    void make(Row& from) {
        std::construct_at(to_ + made_, std::move(from));
        ++made_;
    }
    Before before_;
    std::span<Row> left_;
    std::span<Row> right_;
    Row* to_;
    std::size_t made_ = 0;
};

/// What a RowSorter does, shared by several threads in steps of pieces that do not touch each other: each sorts a part of the rows, then
/// two and two of these are merged, cut where as many pieces meet as there are threads, until one is left.
///     work(i): each piece of a step once, by any thread; end_step() when all have been.
template <typename Sorter>
class SharedSort {
    using Row = typename Sorter::InOrder;
    using Before = typename Sorter::Before;

public:
    /// Takes over its rows.
    void begin(Sorter& rows, std::size_t threads) {
        threads_ = threads;
        parts_ = rows.divide(threads);
    }
    [[nodiscard]] std::span<Sorter> parts() noexcept { return parts_; }
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t n = 0;
        for (const Sorter& part : parts_) n += part.size();
        return n;
    }
    [[nodiscard]] std::size_t pieces() const noexcept { return merges_.empty() ? parts_.size() : merges_.size(); }
    void work(std::size_t i) {
        if (merges_.empty()) parts_[i].sort();
        else merges_[i]();
    }
    /// Whether there is another step; else the rows are put back, in order.
    bool end_step(Sorter& rows) {
        if (merges_.empty()) {
            for (Sorter& part : parts_) orders_.push_back(part.take_order());
        } else {
            auto merge = merges_.begin();
            for (std::size_t pair = 0; pair < merged_.size(); ++pair)
                for (std::size_t n = 0; n < cuts_; ++n) merged_[pair].adopt((merge++)->give());
            merges_.clear();
            if (orders_.size() % 2 != 0) merged_.push_back(std::move(orders_.back()));
            orders_.clear();
            orders_.swap(merged_);
        }
        if (orders_.size() > 1) {
            pair_up();
            return true;
        }
        if (not orders_.empty()) rows.put_order(std::move(orders_.front()), parts_);
        clear();
        return false;
    }
    void clear() noexcept {
        merges_.clear();
        merged_.clear();
        orders_.clear();
        parts_.clear();
    }

private:
    void pair_up() {
        const std::size_t pairs = orders_.size() / 2;
        cuts_ = (4 * threads_ + pairs - 1) / pairs; // more than threads, as some are slower
        for (std::size_t pair = 0; pair < pairs; ++pair) {
            const std::span left = orders_[2 * pair].all(), right = orders_[2 * pair + 1].all();
            Buffer<Row>& to = merged_.emplace_back(merged_.get_allocator().source);
            to.reserve(left.size() + right.size());
            Row* const first = to.all().data();
            std::size_t l = 0, r = 0;
            Before before = parts_.front().before();
            for (std::size_t n = 1; n <= cuts_; ++n) {
                const std::size_t at = (left.size() + right.size()) * n / cuts_;
                const std::size_t l_end = cut(left, right, l, l + r, at, before), r_end = at - l_end;
                merges_.emplace_back(parts_.front().before(), left.subspan(l, l_end - l), right.subspan(r, r_end - r), first + l + r);
                l = l_end;
                r = r_end;
            }
        }
    }
    /// How many of the left are among the first `at` of both, of which `from_left` are among the first `from`. Also an order that contradicts
    /// itself leads to a number that is possible.
    static std::size_t cut(std::span<Row> left, std::span<Row> right, std::size_t from_left, std::size_t from, std::size_t at, Before& before) {
        std::size_t low = std::max(from_left, at - std::min(at, right.size()));
        std::size_t high = std::min({from_left + (at - from), left.size(), at});
        while (low < high) {
            const std::size_t n = low + (high - low) / 2; // so many of the left, and at - n of the right, of which there is one
            if (before(right[at - n - 1], left[n])) high = n;
            else low = n + 1;
        }
        return low;
    }

    std::size_t threads_ = 1;
    JobVector<Sorter> parts_;
    JobVector<Buffer<Row>> orders_; // of these, and what has been merged of them
    JobVector<Buffer<Row>> merged_; // that is being made, each by so many pieces:
    std::size_t cuts_ = 0;
    JobVector<MergePiece<Row, Before>> merges_;
};

} // namespace weir::detail
