// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to hand items over in spans, in place or copied, with weir's queues as shipped, beside their peers?
//     goals: in place 1.2 times as fast as Boost's bulk for spans of 256 items of 8 bytes, and 0.95 of the best peer's speed for 64 bytes
#include "queue_rounds.hpp"

namespace {

using namespace queues;

/// Spans copied in and out. `put_n` and `get_n` return 0 if they could do nothing just now.
template <typename T, typename PutN, typename GetN>
double copied(std::uint64_t items, std::size_t length, PutN put_n, GetN get_n) {
    return transfer(
        items, 1,
        [=](std::uint64_t first, std::uint64_t last) {
            std::vector<T> span(length);
            while (first < last) {
                const std::size_t n = std::min<std::size_t>(length, last - first);
                for (std::size_t i = 0; i < n; ++i) span[i] = item<T>(first + i);
                for (std::size_t in = 0; in < n;) {
                    const std::size_t more = put_n(span.data() + in, n - in);
                    if (more == 0) weir::StdAtomics::pause();
                    in += more;
                }
                first += n;
            }
        },
        [=](std::uint64_t n) {
            std::vector<T> span(length);
            std::uint64_t sum = 0;
            while (n != 0) {
                const std::size_t got = get_n(span.data(), length);
                if (got == 0) weir::StdAtomics::pause();
                for (std::size_t i = 0; i < got; ++i) sum += value(span[i]);
                n -= got;
            }
            return sum;
        });
}

template <typename Queue, typename T>
Run copied_spinning(std::size_t length) {
    return [=](std::uint64_t items) {
        const auto owner = std::make_unique<Queue>(slots);
        Queue* const queue = owner.get();
        warm_up<T>(slots, [&](T next) { queue->try_put(next); }, [&](T& got) { queue->try_get(got); });
        return copied<T>(items, length, [queue](T* p, std::size_t n) { return queue->put_n(p, n); },
                         [queue](T* p, std::size_t n) { return queue->get_n(p, n); });
    };
}

template <typename Queue>
Run copied_waiting(std::size_t length) {
    using T = typename Queue::event_type;
    return [=](std::uint64_t items) {
        const auto owner = std::make_unique<Queue>(slots);
        Queue* const queue = owner.get();
        warm_up<T>(slots, [&](T next) { queue->try_push(next); }, [&](T& got) { got = *queue->try_pop(); });
        return copied<T>(items, length, [queue](T* p, std::size_t n) { return queue->push_batch({p, n}); },
                         [queue](T* p, std::size_t n) { return queue->pop_batch({p, n}); });
    };
}

template <typename T>
Run in_place(std::size_t length) {
    return [=](std::uint64_t items) {
        const auto owner = std::make_unique<weir::SpscQueue<T>>(slots);
        weir::SpscQueue<T>* const queue = owner.get();
        warm_up<T>(slots, [&](T next) { queue->try_push(next); }, [&](T& got) { got = *queue->try_pop(); });
        return transfer(
            items, 1,
            [queue, length](std::uint64_t first, std::uint64_t last) {
                while (first < last) {
                    auto room = queue->claim(std::min<std::size_t>(length, last - first));
                    if (room.room() == 0) queue->wait_writable();
                    while (not room.is_full()) room.emplace_back(item<T>(first++));
                    room.publish();
                }
            },
            [queue, length](std::uint64_t n) {
                std::uint64_t sum = 0;
                while (n != 0) {
                    const std::span<T> events = queue->readable(length);
                    if (events.empty()) queue->wait_readable();
                    for (const T& event : events) sum += value(event);
                    queue->release(events.size());
                    n -= events.size();
                }
                return sum;
            });
    };
}

template <typename T>
Group spans(const char* title, std::size_t length, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue in place", in_place<T>(length)});
    v.push_back({"weir::SpscQueue batch copy", copied_waiting<weir::SpscQueue<T>>(length)});
    v.push_back({"weir::MpscQueue batch copy", copied_waiting<weir::MpscQueue<T>>(length)});
    v.push_back({"weir::MpmcQueue batch copy", copied_waiting<weir::MpmcQueue<T>>(length)});
#ifdef PEER_BOOST
    v.push_back({"boost spsc_queue bulk, spins", copied_spinning<peers::BoostSpsc<T>, T>(length)});
#endif
#ifdef PEER_CQ
    v.push_back({"moodycamel CQ bulk, spins", copied_spinning<peers::Concurrent<T>, T>(length)});
#endif
    v.push_back({"mutex deque bulk, spins", copied_spinning<peers::MutexDeque<T>, T>(length)});
    return group;
}

} // namespace

int main(int argc, char** argv) {
    return queues::main(argc, argv,
                        {spans<Item<8>>("spans of 64, 8 B", 64, 16'000'000), spans<Item<8>>("spans of 256, 8 B", 256, 16'000'000),
                         spans<Item<64>>("spans of 64, 64 B", 64, 4'000'000), spans<Item<64>>("spans of 256, 64 B", 256, 4'000'000)});
}
