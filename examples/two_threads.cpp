// SPDX-License-Identifier: BSL-1.0
// What happens when the consumer is slower than the producer? The queue between them is bounded, and its policy decides.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <thread>

using namespace std::chrono_literals;

namespace {

void slow_consumer(const char* policy, weir::Overflow overflow) {
    weir::SpscQueue<int> queue{8, overflow};
    std::size_t seen = 0;
    int last = 0;

    // The job reads the queue on a thread of its own. It is asleep while there is nothing to read.
    weir::Job job = weir::start(weir::from(queue) | weir::for_each([&](int event) {
                                    std::this_thread::sleep_for(100us);
                                    ++seen;
                                    last = event;
                                }));

    for (int event = 1; event <= 1000; ++event) queue.push(event); // waits for room, or drops: as the policy says
    queue.close();                                                 // what is in the queue is still read ...
    job.wait();                                                    // ... until here

    // How many were dropped depends on the two threads' pace; that none is forgotten does not.
    fmt::print("{:<12} dropped some: {:<5}  seen + dropped: {}  last seen: {}\n", policy, queue.dropped() != 0,
               seen + queue.dropped(), overflow == weir::Overflow::drop_newest ? "any" : fmt::to_string(last));
}

} // namespace

int main() {
    slow_consumer("block", weir::Overflow::block);
    slow_consumer("drop_newest", weir::Overflow::drop_newest);
    slow_consumer("drop_oldest", weir::Overflow::drop_oldest);
    slow_consumer("keep_latest", weir::Overflow::keep_latest);
}

// Output:
// block        dropped some: false  seen + dropped: 1000  last seen: 1000
// drop_newest  dropped some: true   seen + dropped: 1000  last seen: any
// drop_oldest  dropped some: true   seen + dropped: 1000  last seen: 1000
// keep_latest  dropped some: true   seen + dropped: 1000  last seen: 1000
