// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/spill.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Sorted runs of rows as one: the least row of all, of equal ones that of the earliest run. A tree of losers: each row costs one
/// comparison per level. (Knuth, The Art of Computer Programming 3, 5.4.1.)
template <typename Kept, typename Keys>
class Merging {
    static constexpr bool made = Keys::made;
    using Row = typename Keys::Row;
    struct Cursor {
        typename Spill<Kept>::Reader rows;
        std::uint64_t bits = 0;
        std::optional<Row> row{};
        std::optional<std::conditional_t<made, typename Keys::Key, bool>> key{};
    };

public:
    Merging(Keys& keys, JobVector<typename Spill<Kept>::Reader> runs)
        : keys_(keys), cursors_(runs.get_allocator()), losers_(runs.size(), runs.get_allocator()) {
        cursors_.reserve(runs.size()); // keys may point into the rows beside them
        for (auto& run : runs) {
            cursors_.push_back(Cursor{std::move(run)});
            read(cursors_.back());
        }
        if (not cursors_.empty()) first_ = play(1);
    }
    /// The next row, to be moved from before take() is called; nullptr: none.
    [[nodiscard]] Row* front() noexcept { return cursors_.empty() || not cursors_[first_].row ? nullptr : &*cursors_[first_].row; }
    void take() {
        read(cursors_[first_]);
        for (std::size_t node = (first_ + cursors_.size()) / 2; node > 0; node /= 2)
            if (before(losers_[node], first_)) std::swap(losers_[node], first_);
    }

private:
    void read(Cursor& cursor) {
        cursor.row = cursor.rows.template next<Row>();
        if (not cursor.row) return;
        if constexpr (made) cursor.key.emplace(keys_(*cursor.row));
        else cursor.bits = keys_.bits(*cursor.row);
    }
    std::size_t play(std::size_t node) {
        if (node >= cursors_.size()) return node - cursors_.size();
        std::size_t first = play(2 * node), other = play(2 * node + 1);
        if (before(other, first)) std::swap(first, other);
        losers_[node] = other;
        return first;
    }
    [[nodiscard]] bool before(std::size_t i, std::size_t j) {
        const Cursor& a = cursors_[i];
        const Cursor& b = cursors_[j];
        if (not a.row || not b.row) return a.row.has_value();
        if (a.bits != b.bits) return a.bits < b.bits;
        if constexpr (Keys::by_digits) return i < j;
        else return i < j ? not strictly_before(b, a) : strictly_before(a, b);
    }
    [[nodiscard]] bool strictly_before(const Cursor& a, const Cursor& b) {
        if constexpr (made) return keys_.keys_before(*a.key, *b.key);
        else return keys_.before(*a.row, *b.row);
    }
    Keys& keys_;
    JobVector<Cursor> cursors_;
    JobVector<std::size_t> losers_; // by node; the children of node n are 2n and 2n + 1, the leaves the cursors
    std::size_t first_ = 0;
};

/// The sorted runs that were spilled, in the order of their rows' arrival. As many of one size as may be merged at a time become one.
template <typename Kept>
class SortedRuns {
    struct Run {
        std::unique_ptr<Spill<Kept>> rows;
        unsigned level;
    };

public:
    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    /// Written so far, merges included.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t rows() const noexcept {
        std::size_t n = 0;
        for (const Run& run : runs_) n += run.rows->size();
        return n;
    }
    /// Begins with no run that is kept. memory: what merging may take.
    template <typename Write>
    void add(const MemoryBudget::Share& share, std::size_t memory, Write&& write) {
        allow(share, memory);
        add(0, std::forward<Write>(write));
    }
    void allow(const MemoryBudget::Share& share, std::size_t memory) {
        share_ = share;
        block_ = std::clamp<std::size_t>(memory / 64, 4096, std::size_t{1} << 20U);
        memory_ = memory;
    }
    /// Makes the next run beside others; after allow, by any thread. It is added when those before it have been.
    template <typename Write>
    [[nodiscard]] std::unique_ptr<Spill<Kept>> make(Write&& write) const {
        auto run = std::make_unique<Spill<Kept>>(share_->file(), block_, share_->source());
        write(*run);
        run->finish();
        return run;
    }
    void add(std::unique_ptr<Spill<Kept>> run, unsigned level = 0) {
        bytes_ += run->bytes();
        largest_ = std::max(largest_, run->largest_block());
        runs_.push_back(Run{std::move(run), level});
    }
    /// Takes over the runs of another, whose rows come next. Where merging throws, each run is with one of the two.
    template <typename Keys>
    void take(SortedRuns& later, Keys& keys) {
        runs_.reserve(runs_.size() + later.runs_.size());
        bytes_ += std::exchange(later.bytes_, 0);
        largest_ = std::max(largest_, later.largest_);
        struct Taken {
            JobVector<Run>& from;
            std::ptrdiff_t n = 0;
            ~Taken() { from.erase(from.begin(), from.begin() + n); }
        } taken{later.runs_};
        for (Run& run : later.runs_) {
            runs_.push_back(Run{std::move(run.rows), 0});
            ++taken.n;
            merge_full(keys);
        }
    }
    /// Whether as many have come as may be merged at a time.
    [[nodiscard]] bool is_full() const noexcept { return same_level() >= most(); }
    template <typename Keys>
    void merge_full(Keys& keys) {
        while (is_full()) merge(keys, same_level());
    }
    /// The last merge, of all rows.
    template <typename Keys>
    [[nodiscard]] Merging<Kept, Keys> merging(Keys& keys) {
        while (runs_.size() > most()) merge(keys, std::min(most(), runs_.size() - most() + 1));
        return Merging<Kept, Keys>(keys, readers(0));
    }
    template <typename Fn>
    void each(Fn&& fn) const {
        for (const Run& run : runs_)
            for (auto reader = run.rows->read(); const auto row = reader.next();) fn(*row);
    }
    void clear() noexcept { runs_.clear(); }

private:
    /// Runs that are merged at a time, of each of which a block is in memory.
    [[nodiscard]] std::size_t most() const noexcept { return std::clamp<std::size_t>(memory_ / (largest_ > 2 * block_ ? largest_ : std::max<std::size_t>(block_, 1)), 2, 64); }
    template <typename Write>
    void add(unsigned level, Write&& write) { add(make(std::forward<Write>(write)), level); }
    [[nodiscard]] std::size_t same_level() const noexcept {
        std::size_t n = 0;
        while (n < runs_.size() && runs_[runs_.size() - 1 - n].level == runs_.back().level) ++n;
        return n;
    }
    [[nodiscard]] JobVector<typename Spill<Kept>::Reader> readers(std::size_t from) const {
        JobVector<typename Spill<Kept>::Reader> readers(runs_.get_allocator());
        for (std::size_t i = from; i < runs_.size(); ++i) readers.push_back(runs_[i].rows->read());
        return readers;
    }
    /// The last n runs into one.
    template <typename Keys>
    void merge(Keys& keys, std::size_t n) {
        Merging<Kept, Keys> merging(keys, readers(runs_.size() - n));
        const auto first = static_cast<std::ptrdiff_t>(runs_.size() - n);
        add(runs_[static_cast<std::size_t>(first)].level + 1, [&merging](Spill<Kept>& run) {
            for (; const auto* row = merging.front(); merging.take()) run.put(*row);
        });
        runs_.erase(runs_.begin() + first, runs_.end() - 1);
    }
    std::optional<MemoryBudget::Share> share_;
    std::size_t block_ = 0; // bytes that are read and written at a time
    std::size_t memory_ = 0;
    std::size_t largest_ = 0; // of the blocks that were written: a row may be longer than one
    JobVector<Run> runs_;
    std::uint64_t bytes_ = 0;
};

} // namespace weir::detail
