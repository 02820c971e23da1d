// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace weir::detail {

/// What a SharedSort does, for rows that go themselves and have keys of digits: the threads scatter parts of the rows by the highest
/// digit that differs into one piece of memory, and then sort what has the same digit. Nothing is merged.
template <typename Sorter>
class SharedRadix {
    using Row = typename Sorter::InOrder;
    using Sort = decltype(std::declval<const Sorter&>().radix());
    struct Part {
        Sorter rows;
        std::uint64_t differing = 0;
        bool is_in_order = false;
        JobVector<std::size_t> ends; // by digit: first how many there are
    };
    enum class Step : char { look, count, scatter, sort };

public:
    /// Takes over its rows.
    void begin(Sorter& rows, std::size_t threads) {
        threads_ = threads;
        step_ = Step::look;
        JobVector<Sorter> parts = rows.divide(threads);
        for (Sorter& part : parts) parts_.push_back(Part{.rows = std::move(part), .ends = JobVector<std::size_t>(parts.get_allocator())});
    }
    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t n = sorted_.size();
        if (n == 0)
            for (const Part& part : parts_) n += part.rows.size();
        return n;
    }
    [[nodiscard]] std::size_t pieces() const noexcept { return step_ == Step::sort ? pieces_.size() : parts_.size(); }
    void work(std::size_t i) {
        if (step_ == Step::sort) return sort(pieces_[i]);
        Part& part = parts_[i];
        const Sort by = part.rows.radix();
        if (step_ == Step::look) {
            part.is_in_order = by.are_in_order(part.rows.items(), part.differing);
        } else if (step_ == Step::count) {
            part.ends.assign(digit_->parts(), 0);
            each(part, [&](const Row& row) { ++part.ends[(*digit_)(by.key(row))]; });
        } else {
            Row* const to = sorted_.all().data();
            each(part, [&](const Row& row) { to[part.ends[(*digit_)(by.key(row))]++] = row; });
            part.rows.free();
        }
    }
    /// Whether there is another step; else the rows are put back, in order.
    bool end_step(Sorter& rows) {
        if (step_ == Step::look && look()) {
            step_ = Step::count;
            return true;
        }
        if (step_ == Step::look) { // in order as they are
            for (Part& part : parts_) rows.take(part.rows);
        } else if (step_ == Step::count) {
            make_room();
            step_ = Step::scatter;
            return true;
        } else if (step_ == Step::scatter && digit_->shift != 0) {
            cut();
            step_ = Step::sort;
            return true;
        } else {
            rows.put_order(std::move(sorted_), {});
        }
        clear();
        return false;
    }
    void clear() noexcept {
        parts_.clear();
        pieces_.clear();
        sorted_.free();
    }

private:
    template <typename Fn>
    static void each(Part& part, Fn&& fn) {
        for (const Buffer<Row>& block : part.rows.items().all())
            for (const Row& row : block.all()) fn(row);
    }
    /// Whether there is something to do.
    bool look() {
        const Sort by = parts_.front().rows.radix();
        const auto first = [&by](Part& part) { return by.key(part.rows.items().all().front().all().front()); };
        const auto last = [&by](Part& part) { return by.key(part.rows.items().all().back().all().back()); };
        bool is_in_order = true;
        differing_ = 0;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            differing_ |= parts_[i].differing | (first(parts_[i]) ^ first(parts_.front()));
            is_in_order = is_in_order && parts_[i].is_in_order && (i == 0 || last(parts_[i - 1]) <= first(parts_[i]));
        }
        if (is_in_order) return false;
        digit_.emplace(differing_, size());
        return true;
    }
    void make_room() {
        static_cast<void>(sorted_.extend(size()));
        std::size_t sum = 0;
        for (std::size_t d = 0; d < digit_->parts(); ++d)
            for (Part& part : parts_) sum += std::exchange(part.ends[d], sum);
    }
    /// What has the same digit stays together; more pieces than threads, as some are slower.
    void cut() {
        ends_ = std::move(parts_.back().ends);
        const std::size_t n = sorted_.size(), least = n / (8 * threads_) + 1;
        for (std::size_t d = 0, from = 0, begin = 0; d < ends_.size(); ++d) {
            if (ends_[d] - begin < least && ends_[d] != n) continue;
            pieces_.push_back({from, d + 1});
            if (ends_[d] == n) break;
            from = d + 1;
            begin = ends_[d];
        }
    }
    void sort(std::pair<std::size_t, std::size_t> digits) {
        const auto begin = [this](std::size_t d) { return d == 0 ? 0 : ends_[d - 1]; };
        std::size_t largest = 0;
        for (std::size_t d = digits.first; d < digits.second; ++d) largest = std::max(largest, ends_[d] - begin(d));
        Buffer<Row> other(sorted_.source());
        other.reserve(largest);
        const Sort by = parts_.front().rows.radix();
        for (std::size_t d = digits.first; d < digits.second; ++d)
            by(sorted_.all().subspan(begin(d), ends_[d] - begin(d)), other.all().data(), digit_->below(differing_));
    }

    std::size_t threads_ = 1;
    Step step_ = Step::look;
    JobVector<Part> parts_;
    std::uint64_t differing_ = 0; // the bits in which keys may differ
    std::optional<typename Sort::Digit> digit_;
    Buffer<Row> sorted_;            // that is being made
    JobVector<std::size_t> ends_; // in it, by digit
    JobVector<std::pair<std::size_t, std::size_t>> pieces_; // of it: from digit to digit
};

} // namespace weir::detail
