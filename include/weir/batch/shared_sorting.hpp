// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/shared_radix.hpp>
#include <weir/batch/shared_sort.hpp>
#include <weir/batch/sorting.hpp>
#include <weir/core/config.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What each of the parts that workers have at a time may take of the memory that an operator may: a quarter together. (A crew has so many.)
[[nodiscard]] constexpr std::size_t bytes_of_part(std::size_t memory, std::size_t workers) noexcept {
    return std::max<std::size_t>(memory / 4 / (2 * workers + 1), 1);
}

/// sort_by of a worker: keeps the rows of a part of the stream as they come, and gives nothing. What is more than its part of the memory goes
/// to disk as sorted runs, and then all of the part.
template <typename S, typename Proj, typename Less>
class RowsOfPart : RowsAndRuns<S, Proj, Less> {
    using Rows = RowsAndRuns<S, Proj, Less>;
    using typename Rows::Kept;
    using typename Rows::Sorter;
    using Rows::limit_;
    using Rows::rows_;
    using Rows::runs_;
    using Rows::spills;
    using Rows::taken_;

public:
    using kind = OperatorKind;

    RowsOfPart(Proj projection, Less less, MemoryBudget& memory, std::size_t workers)
        : Rows(std::move(projection), std::move(less)), share_(memory), workers_(workers) {}

    template <typename Given, typename Next>
    void on_event(Given&& event, Next&) {
        make_room();
        Rows::add(std::forward<Given>(event));
    }
    template <typename E, typename Next>
        requires(Sorter::takes_spans && std::is_same_v<std::remove_const_t<E>, Kept>)
    void on_span(std::span<E> events, Next&) {
        make_room();
        Rows::append(events);
    }
    template <typename Next>
    void on_watermark(Timestamp, Next&) noexcept {}
    template <typename Next>
    void on_own_mark(Timestamp, Next&) noexcept {}
    void report(OperatorReport& row) const { row.held = size(); }
    /// The worker has had all of the part.
    void end_part() {
        if constexpr (spills)
            if (not runs_.empty() && rows_.size() > 0) spill();
    }

    [[nodiscard]] std::size_t size() const noexcept { return Rows::held(); }
    [[nodiscard]] Sorter& rows() noexcept { return rows_; }
    [[nodiscard]] auto& runs() noexcept { return runs_; }
    /// How many bytes the rows take; they are somebody else's now.
    [[nodiscard]] std::size_t give() noexcept { return std::exchange(taken_, 0); }

private:
    void make_room() {
        if constexpr (spills) {
            if (taken_ < limit_) return;
            if (taken_ > 0) spill();
            limit_ = bytes_of_part(share_.bytes(), workers_);
            rows_.block_bytes(std::clamp<std::size_t>(limit_ / 16, 4096, std::size_t{1} << 21U));
        }
    }
    void spill() {
        Rows::write_run(share_, limit_ / 2);
        rows_.free();
        runs_.merge_full(rows_.keys());
    }

    MemoryBudget::Share share_; // that of the operator behind
    std::size_t workers_;
};

/// Runs that threads have made, in the order of their rows.
template <typename Kept>
struct MadeRuns {
    JobVector<std::unique_ptr<Spill<Kept>>> all;
};

/// sort_by behind workers: takes over what they have gathered, and shares the sorting with them. Where the memory is used up, the rows in it
/// go to disk as a sorted run for each of them.
template <typename S, typename Proj, typename Less>
class SharedSorting : public Sorting<S, Proj, Less> {
    using Base = Sorting<S, Proj, Less>;
    using typename Base::Kept;
    using typename Base::Sorter;
    using Base::spills;

public:
    SharedSorting(Proj projection, Less less, MemoryBudget& memory, std::size_t workers)
        : Base(std::move(projection), std::move(less), memory), workers_(workers) {}

    /// Takes over what a worker has of the events that come next, and gives how many those were.
    template <typename Part, typename Next>
    std::uint64_t take_part(Part& part, Next&) {
        const std::uint64_t events = part.size();
        end_steps();
        const std::size_t held = this->held();
        try {
            take(part);
        } catch (...) { // then none of them has come
            not_come_ = this->held() - held;
            throw;
        }
        return events;
    }

    /// What can be done now in pieces that do not touch each other, one step: their number, each for work; 0: nothing. all: no events come.
    [[nodiscard]] std::size_t begin_step(bool all) {
        if (not shares_) {
            const bool is_last = all && not std::exchange(is_last_, all);
            if (this->rows_.size() == 0 || not(is_last || is_full())) return 0;
            shared_ = this->rows_.size();
            this->taken_ = 0;
            shares_ = true;
            bool writes = false;
            if constexpr (spills) writes = not is_last || not this->runs_.empty();
            merges_ = writes || not Sorter::by_key;
            if constexpr (Sorter::by_key)
                if (not merges_) radix_.begin(this->rows_, workers_);
            if (merges_) sort_.begin(this->rows_, workers_);
            if constexpr (spills) {
                allow();
                made_.all.resize(writes ? sort_.pieces() : 0);
            }
            done_.assign(pieces(), 0);
        }
        return pieces();
    }
    /// By any thread.
    void work(std::size_t i) {
        if constexpr (Sorter::by_key)
            if (not merges_) radix_.work(i);
        if (merges_) sort_.work(i);
        if constexpr (spills)
            if (not made_.all.empty()) {
                Sorter& rows = sort_.parts()[i];
                made_.all[i] = this->runs_.make([&rows](Spill<Kept>& run) { rows.each([&run](const typename Base::Row& row) { run.put(row); }); });
                rows.free();
            }
        done_[i] = 1;
    }
    /// All have been done.
    void end_step() {
        if constexpr (spills)
            if (not made_.all.empty()) {
                for (auto& run : made_.all) {
                    shared_ -= run->size();
                    this->runs_.add(std::move(run));
                    this->runs_.merge_full(this->rows_.keys());
                }
                made_.all.clear();
                sort_.clear();
                this->rows_.free();
                shares_ = false;
            }
        if constexpr (Sorter::by_key)
            if (shares_ && not merges_) shares_ = radix_.end_step(this->rows_);
        if (shares_ && merges_) shares_ = sort_.end_step(this->rows_);
        if (shares_) done_.assign(pieces(), 0);
        else shared_ = 0;
    }

    template <typename Next>
    void on_watermark(Timestamp t, Next& next) {
        if (t == max_time) end_steps();
        Base::on_watermark(t, next);
    }
    void report(OperatorReport& row) const {
        Base::report(row);
        if (shares_) row.held += shared_ - this->rows_.size(); // they go back there
        row.held -= not_come_;
    }

private:
    struct Nothing {};
    template <typename Part>
    void take(Part& part) {
        if constexpr (spills) {
            if (not part.runs().empty()) {
                if (this->rows_.size() > 0) {
                    this->spill();
                    this->rows_.free(); // parts are sorted in room of their own
                }
                allow();
                this->runs_.take(part.runs(), this->rows_.keys());
            }
        }
        if constexpr (spills)
            if (this->rows_.size() == 0) this->rows_.block_bytes(std::clamp<std::size_t>(this->share_->bytes() / 16, 4096, std::size_t{1} << 21U));
        this->rows_.take(part.rows());
        this->taken_ += part.give();
    }
    /// What had been begun when the workers were stopped.
    void end_steps() {
        for (; shares_; end_step())
            for (std::size_t i = 0; i < done_.size(); ++i)
                if (done_[i] == 0) work(i);
    }
    [[nodiscard]] std::size_t pieces() const noexcept {
        if constexpr (Sorter::by_key)
            if (not merges_) return radix_.pieces();
        return sort_.pieces();
    }
    [[nodiscard]] bool is_full() const {
        if constexpr (spills) return this->taken_ >= this->share_->bytes() / 8 * 5;
        else return false;
    }
    void allow() {
        if constexpr (spills) this->runs_.allow(*this->share_, this->share_->bytes() / 2);
    }

    std::size_t workers_;
    SharedSort<Sorter> sort_;
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<Sorter::by_key, SharedRadix<Sorter>, Nothing> radix_; // for rows that have room,
    bool merges_ = true;                                                                           // instead of sort_
    bool shares_ = false;    // a step has begun
    bool is_last_ = false;   // it is the last one
    std::size_t shared_ = 0; // rows in it
    JobVector<char> done_; // of its pieces
    std::size_t not_come_ = 0; // rows of a part that could not be taken over
    WEIR_NO_UNIQUE_ADDRESS std::conditional_t<spills, MadeRuns<Kept>, Nothing> made_;
};

} // namespace weir::detail
