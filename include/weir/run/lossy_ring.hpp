// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>
#include <weir/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::detail {

/// The store of a channel that drops from its old end: the writer discards what the reader has not begun, under a lock.
/// Each event keeps the position it was written at, so that signals stay where they were between the events left.
/// What is done under the lock takes a few instructions, however many events are dropped: places are linked, and events are made, moved
/// and destroyed in places that only their thread has. That takes two places more than the capacity: one for each thread.
template <typename E, typename Mutex = std::mutex>
class LossyRing {
    struct Place {
        std::optional<E> event{};
        Place* next = nullptr;
    };

public:
    LossyRing(std::size_t capacity, Overflow overflow) : places_(capacity + places_more), capacity_(capacity), keeps_latest_(overflow == Overflow::keep_latest) {
        for (Place& place : places_) place.next = std::exchange(spare_, &place);
    }
    static constexpr std::size_t bytes_each = sizeof(Place);
    static constexpr std::size_t places_more = 2; // than the capacity

    struct Put {
        std::uint64_t dropped; // for it
        std::uint64_t first;   // the position of the oldest event left
    };
    /// Takes the event in any case, if need be for older ones. By the writer.
    Put put(E&& event) {
        Place* const place = spare_;
        place->event.emplace(std::move(event));
        spare_ = std::exchange(place->next, nullptr);
        Put put{};
        Place* dropped = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (written_ - first_ == capacity_) {
                dropped = oldest_;
                put.dropped = keeps_latest_ ? capacity_ : 1;
                oldest_ = keeps_latest_ ? nullptr : oldest_->next;
            }
            (oldest_ ? newest_->next : oldest_) = place;
            newest_ = place;
            ++written_;
            put.first = first_ += put.dropped;
            if (not spare_ && not dropped) spare_ = std::exchange(free_, nullptr);
        }
        for (std::uint64_t left = put.dropped; left > 0; --left) {
            dropped->event.reset();
            Place* const next = std::exchange(dropped->next, spare_);
            spare_ = std::exchange(dropped, next);
        }
        return put;
    }

    struct Taken {
        std::optional<E> event;
        std::uint64_t position = 0;
    };
    /// The oldest event, if it stands before `limit`; without one, the position that comes next. By the reader.
    Taken take(std::uint64_t limit) {
        std::uint64_t position = 0;
        if (taken_) taken_->event.reset(); // it is there yet where its move threw
        {
            const std::scoped_lock lock(mutex_);
            if (taken_) {
                taken_->next = std::exchange(free_, taken_);
                taken_ = nullptr;
            }
            if (first_ == written_ || first_ >= limit) return {std::nullopt, first_};
            taken_ = oldest_;
            oldest_ = oldest_->next;
            position = first_++;
        }
        Taken taken{std::move(taken_->event), position};
        taken_->event.reset();
        return taken;
    }
    [[nodiscard]] std::uint64_t written() const {
        const std::scoped_lock lock(mutex_);
        return written_;
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock(mutex_);
        return static_cast<std::size_t>(written_ - first_);
    }

private:
    JobVector<Place> places_;
    std::size_t capacity_;
    bool keeps_latest_;
    Place* spare_ = nullptr; // the writer's: it is never without one, as the reader has one at most, and the ring what it has room for
    Place* taken_ = nullptr; // the reader's
    mutable Mutex mutex_;
    Place* oldest_ = nullptr; // under the lock, as all that follows
    Place* newest_ = nullptr;
    Place* free_ = nullptr; // given back by the reader
    std::uint64_t first_ = 0;
    std::uint64_t written_ = 0;
};

} // namespace weir::detail
