// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>

namespace weir {

/// What a full queue does with an arriving event. Every event that is lost to it is counted in the queue's dropped().
///     block        the producer waits for room (with try_push: the event stays with the caller)
///     drop_newest  the arriving event is dropped
///     drop_oldest  the oldest waiting event is dropped
///     keep_latest  all waiting events are dropped; the arriving one stays
///     fail         QueueFull is thrown; the event is not counted as dropped, its producer knows
enum class Overflow : unsigned char { block, drop_newest, drop_oldest, keep_latest, fail };

/// Thrown by a push into a full queue with Overflow::fail. Nothing was lost but the event that did not fit; of a batch that one and
/// those behind it are untouched.
class QueueFull : public std::runtime_error {
public:
    explicit QueueFull(const std::string& text) : std::runtime_error(text) {}
    explicit QueueFull(std::size_t pushed = 0)
        : std::runtime_error("queue is full (Overflow::fail): take events out faster, give it a larger capacity, "
                             "or choose another overflow policy"),
          pushed_(pushed) {}

    /// Of a batch (push_batch): how many of its events went in before.
    [[nodiscard]] std::size_t pushed() const noexcept { return pushed_; }

private:
    std::size_t pushed_ = 0;
};

} // namespace weir
