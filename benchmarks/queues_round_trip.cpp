// SPDX-License-Identifier: BSL-1.0
// Question: how long does one item take there and back, by two of weir's queues, beside their peers?
//     goal: SpscQueue, where both sides spin, at most 1.05 times the best ring with indices
#include "queue_rounds.hpp"

namespace {

using namespace queues;

/// An item goes there by one queue and back by another: ns for both ways.
template <typename Queue, typename Put, typename Get>
Run there_and_back(Put put, Get get) {
    return [=](std::uint64_t trips) {
        const auto owners = std::pair{std::make_unique<Queue>(std::size_t{1024}), std::make_unique<Queue>(std::size_t{1024})};
        Queue* const there = owners.first.get();
        Queue* const back = owners.second.get();
        return transfer(
            trips, 1,
            [=](std::uint64_t first, std::uint64_t last) {
                for (Item<8> got{}; first != last; ++first) get(*there, got), put(*back, got);
            },
            [=](std::uint64_t n) {
                std::uint64_t sum = 0;
                Item<8> got{};
                for (std::uint64_t i = 0; i < n; ++i) {
                    put(*there, item<Item<8>>(i));
                    get(*back, got);
                    sum += value(got);
                }
                return sum;
            });
    };
}

template <typename Queue>
Run spinning_there_and_back() {
    return there_and_back<Queue>(
        [](Queue& queue, Item<8> sent) {
            while (not queue.try_put(sent)) weir::StdAtomics::pause();
        },
        [](Queue& queue, Item<8>& got) {
            while (not queue.try_get(got)) weir::StdAtomics::pause();
        });
}

template <typename Queue>
Run waiting_there_and_back() {
    return there_and_back<Queue>([](Queue& queue, Item<8> sent) { queue.put(std::move(sent)); },
                                 [](Queue& queue, Item<8>& got) { queue.get(got); });
}

Group round_trips(std::uint64_t trips) {
    using T = Item<8>;
    Group group{"round trip", trips, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue try, spins", spinning_there_and_back<peers::Weir<weir::SpscQueue<T>>>()});
    v.push_back({"weir::SpscQueue push/pop", waiting_there_and_back<peers::Weir<weir::SpscQueue<T>>>()});
    v.push_back({"weir::MpmcQueue try, spins", spinning_there_and_back<peers::Weir<weir::MpmcQueue<T>>>()});
    v.push_back({"weir::MpmcQueue push/pop", waiting_there_and_back<peers::Weir<weir::MpmcQueue<T>>>()});
    v.push_back({"cached-index ring, spins", spinning_there_and_back<peers::CachedIndexRing<T>>()});
    v.push_back({"naive ring, spins", spinning_there_and_back<peers::NaiveRing<T>>()});
    v.push_back({"slot-sequence ring, spins", spinning_there_and_back<peers::SequenceRing<T, true>>()});
    v.push_back({"null-slot ring, spins", spinning_there_and_back<peers::NullRing<T>>()});
#ifdef PEER_RIGTORP
    v.push_back({"rigtorp::SPSCQueue, spins", spinning_there_and_back<peers::Rigtorp<T>>()});
#endif
#ifdef PEER_RIGTORP_MPMC
    v.push_back({"rigtorp::MPMCQueue push/pop", waiting_there_and_back<peers::RigtorpMpmc<T>>()});
#endif
#ifdef PEER_FASTFLOW
    v.push_back({"fastflow SWSR_Ptr_Buffer, spins", spinning_there_and_back<peers::FastFlow<T>>()});
#endif
#ifdef PEER_BOOST
    v.push_back({"boost spsc_queue, spins", spinning_there_and_back<peers::BoostSpsc<T>>()});
#endif
#ifdef PEER_RWQ
    v.push_back({"moodycamel RWQ, spins", spinning_there_and_back<peers::ReaderWriter<T>>()});
#endif
#ifdef PEER_CQ
    v.push_back({"moodycamel CQ tokens, spins", spinning_there_and_back<peers::Concurrent<T>>()});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue, spins", spinning_there_and_back<peers::TbbBounded<T>>()});
#endif
    return group;
}

} // namespace

int main(int argc, char** argv) {
    return queues::main(argc, argv, {round_trips(300'000)});
}
