// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/stamp_ring.hpp>

#include <cstddef>

namespace weir {

/// A bounded queue between any number of pushing and of popping threads. Events are taken in the order in which they were put
/// in; those of one producer keep their order.
///     capacity is kept exactly; memory is allocated once, in the constructor
///     pushing and popping take no lock and make no system call unless the other side sleeps
///     push_batch / pop_batch claim their places with one atomic operation for the whole batch
/// The members of detail::QueueBase are the interface. Destroy it when all threads are through with it; what is left in it
/// is destroyed. T: any movable type; pop_batch wants it assignable. Example: tests/queue/mpmc_queue.cpp
template <typename T, typename Atomics = StdAtomics>
class MpmcQueue : public detail::StampRing<MpmcQueue<T, Atomics>, T, Atomics, false> {
public:
    explicit MpmcQueue(std::size_t capacity, Overflow overflow = Overflow::block)
        : detail::StampRing<MpmcQueue, T, Atomics, false>(capacity, overflow) {}
};

} // namespace weir
