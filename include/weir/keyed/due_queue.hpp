// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/time.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace weir::detail {

/// What falls due as the watermark rises, in the order of its times, then as Place compares: a radix heap (Ahuja, Mehlhorn, Orlin and
/// Tarjan, Faster algorithms for the shortest path problem, 1990).
///     A place lies in the bucket of the highest bit in which its time differs from the base, up to which all has been taken out;
///     when that time nears, its bucket is dealt to lower ones, and what is due is sorted. So a place is moved a few times along memory,
///     where a binary heap of a million would be walked through from top to bottom, missing the caches at nearly every level.
///     Place: a plain value with a time `at`, compared by it first.
template <typename Place>
class DueQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The least time, max_time where nothing is there.
    [[nodiscard]] Timestamp due() const noexcept { return due_; }
    [[nodiscard]] bool has(Timestamp t) const noexcept { return size_ != 0 && due_ <= t; }

    void push(const Place& place) {
        if (size_ == planned_) [[unlikely]] plan();
        put(place);
        ++size_;
        due_ = std::min(due_, place.at);
    }
    /// Takes out the first one, where has(t) says that there is one at t or before. soon(places) is told of those that come next, as far
    /// as telling pays.
    template <typename Soon>
    Place pop(Timestamp t, Soon&& soon) {
        if (early_.empty() && run_.empty()) deal(t, soon);
        Place first;
        if (run_.empty() || (not early_.empty() && early_.front() < run_.back())) {
            std::pop_heap(early_.begin(), early_.end(), std::greater<>());
            first = early_.back();
            early_.pop_back();
        } else {
            first = run_.back();
            run_.pop_back();
        }
        --size_;
        due_ = run_.empty() ? max_time : run_.back().at;
        if (not early_.empty()) due_ = std::min(due_, early_.front().at);
        else if (run_.empty() && used_ != 0) due_ = buckets_[lowest()].least;
        return first;
    }
    void clear() {
        for (Bucket& bucket : buckets_) bucket = {};
        chunks_.clear();
        run_.clear();
        early_.clear();
        free_ = none;
        used_ = base_ = 0;
        size_ = 0;
        due_ = max_time;
    }

private:
    static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
    /// A bucket with so few is not dealt out again and again, but sorted.
    static constexpr std::size_t few = 64;
    static constexpr std::size_t very_few = 8;

    static constexpr std::size_t chunk_places = 15;
    struct Chunk {
        std::array<Place, chunk_places> places;
        std::uint32_t size = 0;
        std::uint32_t next = none;
    };
    struct Bucket {
        std::uint32_t chunk = none; // the last, of which alone some places may be free
        std::size_t size = 0;
        Timestamp least = max_time;
    };

    /// In the order of times.
    static std::uint64_t word(Timestamp t) noexcept { return static_cast<std::uint64_t>(t.time_since_epoch().count()) ^ std::uint64_t{1} << 63U; }
    [[nodiscard]] std::size_t lowest() const noexcept { return static_cast<std::size_t>(std::countr_zero(used_)); }

    /// Room for twice as many places, however they lie in the buckets: nothing more is allocated until there are so many.
    [[gnu::noinline]] void plan() {
        const std::size_t planned = std::max(2 * size_, few);
        chunks_.reserve(planned / chunk_places + buckets_.size() + 1);
        run_.reserve(few);
        early_.reserve(few);
        planned_ = planned;
    }
    void put(const Place& place) {
        const std::uint64_t at = word(place.at);
        if (at <= base_) {
            early_.push_back(place);
            std::push_heap(early_.begin(), early_.end(), std::greater<>());
            return;
        }
        const auto number = static_cast<std::size_t>(std::bit_width(at ^ base_) - 1);
        Bucket& bucket = buckets_[number];
        if (bucket.chunk == none || chunks_[bucket.chunk].size == chunks_[bucket.chunk].places.size()) add_chunk(bucket);
        Chunk& chunk = chunks_[bucket.chunk];
        chunk.places[chunk.size++] = place;
        ++bucket.size;
        bucket.least = std::min(bucket.least, place.at);
        used_ |= std::uint64_t{1} << number;
    }
    void add_chunk(Bucket& bucket) {
        std::uint32_t chunk = free_;
        if (chunk != none) {
            free_ = chunks_[chunk].next;
        } else {
            chunk = static_cast<std::uint32_t>(chunks_.size());
            chunks_.emplace_back();
        }
        chunks_[chunk].size = 0;
        chunks_[chunk].next = bucket.chunk;
        bucket.chunk = chunk;
    }

    /// Makes a run of what is due first, at t or before, which something is.
    template <typename Soon>
    void deal(Timestamp t, Soon& soon) {
        const std::size_t number = lowest();
        const Bucket bucket = buckets_[number];
        buckets_[number] = {};
        used_ &= used_ - 1;
        const std::uint64_t bits = (std::uint64_t{1} << number) - 1; // those that tell the times of this bucket apart
        base_ = bucket.size <= few ? std::min(word(t), word(bucket.least) | bits) : word(bucket.least);
        for (std::uint32_t at = bucket.chunk; at != none;) {
            const Chunk chunk = chunks_[at]; // a copy: its room may be taken at once
            chunks_[at].next = free_;
            free_ = at;
            at = chunk.next;
            const std::span<const Place> places(chunk.places.data(), chunk.size);
            if (bucket.size <= few && bucket.size > very_few) soon(places);
            for (const Place& place : places) {
                if (word(place.at) <= base_) run_.push_back(place);
                else put(place);
            }
        }
        std::sort(run_.begin(), run_.end(), std::greater<>());
    }

    std::array<Bucket, 64> buckets_{};
    std::vector<Chunk, PageAllocator<Chunk>> chunks_;
    JobVector<Place> run_;     // up to the base, backwards
    JobVector<Place> early_;   // put where all had been taken out already: a heap
    std::uint64_t used_ = 0;   // the buckets that are not empty
    std::uint64_t base_ = 0;
    std::uint32_t free_ = none;
    std::size_t size_ = 0;
    std::size_t planned_ = 0;
    Timestamp due_ = max_time;
};

} // namespace weir::detail
