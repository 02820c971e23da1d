// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost that a queue can wait: where nobody has to (one thread alone, room and items enough), and where it is
// often full or empty?
//     goal: alone at most 1.2 times what a deque under a mutex takes
#include "queue_rounds.hpp"

namespace {

using namespace queues;

/// One thread alone: what a push and a pop cost when nobody else is there.
template <typename Queue, typename T>
Run alone() {
    return [](std::uint64_t items) {
        const auto queue = std::make_unique<Queue>(slots);
        std::uint64_t sum = 0;
        const double start = seconds();
        T got{};
        for (std::uint64_t i = 0; i < items; ++i) {
            queue->put(item<T>(i));
            queue->get(got);
            sum += value(got);
        }
        const double took = seconds() - start;
        if (sum != checksum(items)) std::exit(1);
        return took * 1e9 / static_cast<double>(items);
    };
}

template <typename T>
Group uncontended(const char* title, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue push/pop", alone<peers::Weir<weir::SpscQueue<T>>, T>()});
    v.push_back({"weir::MpscQueue push/pop", alone<peers::Weir<weir::MpscQueue<T>>, T>()});
    v.push_back({"weir::MpmcQueue push/pop", alone<peers::Weir<weir::MpmcQueue<T>>, T>()});
    v.push_back({"mutex deque", alone<peers::MutexDeque<T>, T>()});
#ifdef PEER_RWQ
    v.push_back({"moodycamel blocking RWCB", alone<peers::BlockingReaderWriter<T>, T>()});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue", alone<peers::TbbBounded<T>, T>()});
#endif
    return group;
}

template <typename T>
Group blocking(const char* title, std::size_t capacity, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue push/pop", waiting<peers::Weir<weir::SpscQueue<T>>, T>(1, capacity)});
    v.push_back({"weir::MpscQueue push/pop", waiting<peers::Weir<weir::MpscQueue<T>>, T>(1, capacity)});
    v.push_back({"weir::MpmcQueue push/pop", waiting<peers::Weir<weir::MpmcQueue<T>>, T>(1, capacity)});
    v.push_back({"mutex deque, waits", waiting<peers::MutexDeque<T>, T>(1, capacity)});
#ifdef PEER_RWQ
    v.push_back({"moodycamel blocking RWCB", waiting<peers::BlockingReaderWriter<T>, T>(1, capacity)});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue, waits", waiting<peers::TbbBounded<T>, T>(1, capacity)});
#endif
    return group;
}

} // namespace

int main(int argc, char** argv) {
    return queues::main(argc, argv,
                        {uncontended<Item<8>>("uncontended push and pop, 8 B", 4'000'000),
                         blocking<Item<8>>("blocking, 8 B, 65536 slots", slots, 1'000'000),
                         blocking<Item<8>>("blocking, 8 B, 64 slots", 64, 300'000)});
}
