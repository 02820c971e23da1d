// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <stdexcept>

namespace weir {

/// What a full queue does with an arriving event. Every event that is lost to it is counted in the queue's dropped().
///     block        the producer waits for room (with try_push: the event stays with the caller)
///     drop_newest  the arriving event is dropped
///     drop_oldest  the oldest waiting event is dropped
///     keep_latest  all waiting events are dropped; the arriving one stays
///     fail         QueueFull is thrown; the event is not counted as dropped, its producer knows
enum class Overflow : unsigned char { block, drop_newest, drop_oldest, keep_latest, fail };

/// Thrown by a push into a full queue with Overflow::fail. Nothing was lost but the event that did not fit.
class QueueFull : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    QueueFull() : std::runtime_error("queue is full (Overflow::fail): take events out faster, give it a larger capacity, "
                                     "or choose another overflow policy") {}
};

} // namespace weir
