// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace weir::detail {

/// The store of a channel that drops from its old end: the writer discards what the reader has not begun, under a lock.
/// Each event keeps the position it was written at, so that signals stay where they were between the events left.
template <typename E>
class LossyRing {
public:
    LossyRing(std::size_t capacity, Overflow overflow) : slots_(capacity), keeps_latest_(overflow == Overflow::keep_latest) {}

    struct Put {
        std::uint64_t dropped; // for it
        std::uint64_t first;   // the position of the oldest event left
    };
    /// Takes the event in any case, if need be for older ones.
    Put put(E&& event) {
        const std::scoped_lock lock(mutex_);
        std::uint64_t dropped = 0;
        if (written_ - first_ == slots_.size()) dropped = drop(keeps_latest_ ? slots_.size() : 1);
        slots_[written_ % slots_.size()].emplace(std::move(event));
        ++written_;
        return {dropped, first_};
    }

    struct Taken {
        std::optional<E> event;
        std::uint64_t position = 0;
    };
    /// The oldest event, if it stands before `limit`; without one, the position that comes next.
    Taken take(std::uint64_t limit) {
        const std::scoped_lock lock(mutex_);
        if (first_ == written_ || first_ >= limit) return {std::nullopt, first_};
        Taken taken{std::move(slots_[first_ % slots_.size()]), first_};
        drop(1);
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
    std::uint64_t drop(std::uint64_t n) {
        for (std::uint64_t left = n; left > 0; --left) slots_[first_++ % slots_.size()].reset();
        return n;
    }
    mutable std::mutex mutex_;
    std::vector<std::optional<E>> slots_;
    std::uint64_t first_ = 0;
    std::uint64_t written_ = 0;
    bool keeps_latest_;
};

} // namespace weir::detail
