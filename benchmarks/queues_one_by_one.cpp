// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to hand items over one by one, with weir's queues as shipped (closeable, default waiting), beside their peers?
//     with 65536 slots and with 4096: where a ring of slots on lines of their own is larger than a core's cache, others are ahead
//     goals: SpscQueue at most 0.5 of rigtorp's time and 1.3 of FastFlow's; MpmcQueue, also from two producers, 1.1 of rigtorp's MPMCQueue
#include "queue_rounds.hpp"

namespace {

using namespace queues;

template <typename T>
Group per_item(const char* title, std::uint64_t items, std::size_t capacity = slots) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue push/pop", waiting<peers::Weir<weir::SpscQueue<T>>, T>(1, capacity)});
    v.push_back({"weir::SpscQueue try, spins", spinning<peers::Weir<weir::SpscQueue<T>>, T>(1, capacity)});
    v.push_back({"weir::MpscQueue push/pop", waiting<peers::Weir<weir::MpscQueue<T>>, T>(1, capacity)});
    v.push_back({"weir::MpmcQueue push/pop", waiting<peers::Weir<weir::MpmcQueue<T>>, T>(1, capacity)});
#ifdef PEER_RIGTORP
    v.push_back({"rigtorp::SPSCQueue, spins", spinning<peers::Rigtorp<T>, T>(1, capacity)});
#endif
    v.push_back({"cached-index ring, spins", spinning<peers::CachedIndexRing<T>, T>(1, capacity)});
    v.push_back({"naive ring, spins", spinning<peers::NaiveRing<T>, T>(1, capacity)});
    v.push_back({"slot-sequence ring, spins", spinning<peers::SequenceRing<T, true>, T>(1, capacity)});
    v.push_back({"lazy publish ring, spins", spinning<peers::LazyRing<T>, T>(1, capacity)});
    if constexpr (sizeof(T) == sizeof(void*)) v.push_back({"null-slot ring, spins", spinning<peers::NullRing<T>, T>(1, capacity)});
#ifdef PEER_FASTFLOW
    if constexpr (sizeof(T) == sizeof(void*)) v.push_back({"fastflow SWSR_Ptr_Buffer, spins", spinning<peers::FastFlow<T>, T>(1, capacity)});
#endif
    v.push_back({"Vyukov ring, spins", spinning<peers::SequenceRing<T, false>, T>(1, capacity)});
#ifdef PEER_RIGTORP_MPMC
    v.push_back({"rigtorp::MPMCQueue push/pop", waiting<peers::RigtorpMpmc<T>, T>(1, capacity)});
#endif
#ifdef PEER_BOOST
    v.push_back({"boost spsc_queue, spins", spinning<peers::BoostSpsc<T>, T>(1, capacity)});
    v.push_back({"boost queue, spins", spinning<peers::BoostMpmc<T>, T>(1, capacity)});
#endif
#ifdef PEER_RWQ
    v.push_back({"moodycamel RWQ, spins", spinning<peers::ReaderWriter<T>, T>(1, capacity)});
#endif
#ifdef PEER_CQ
    v.push_back({"moodycamel CQ tokens, spins", spinning<peers::Concurrent<T>, T>(1, capacity)});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue, spins", spinning<peers::TbbBounded<T>, T>(1, capacity)});
#endif
    v.push_back({"mutex deque, spins", spinning<peers::MutexDeque<T>, T>(1, capacity)});
    return group;
}

template <typename T>
Group two_producers(const char* title, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::MpscQueue push/pop", waiting<peers::Weir<weir::MpscQueue<T>>, T>(2)});
    v.push_back({"weir::MpmcQueue push/pop", waiting<peers::Weir<weir::MpmcQueue<T>>, T>(2)});
    v.push_back({"weir::MpscQueue try, yields", spinning<peers::Weir<weir::MpscQueue<T>>, T, Yield>(2)});
#ifdef PEER_RIGTORP_MPMC
    v.push_back({"rigtorp::MPMCQueue try, yields", spinning<peers::RigtorpMpmc<T>, T, Yield>(2)});
#endif
    v.push_back({"Vyukov ring, yields", spinning<peers::SequenceRing<T, false>, T, Yield>(2)});
#ifdef PEER_BOOST
    v.push_back({"boost queue, yields", spinning<peers::BoostMpmc<T>, T, Yield>(2)});
#endif
#ifdef PEER_CQ
    v.push_back({"moodycamel CQ, yields", spinning<peers::ConcurrentWithoutTokens<T>, T, Yield>(2)});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue, waits", waiting<peers::TbbBounded<T>, T>(2)});
#endif
    v.push_back({"mutex deque, waits", waiting<peers::MutexDeque<T>, T>(2)});
    return group;
}

} // namespace

int main(int argc, char** argv) {
    return queues::main(argc, argv,
                        {per_item<Item<8>>("per item, 8 B", 2'000'000), per_item<Item<64>>("per item, 64 B", 1'000'000),
                         per_item<Item<8>>("per item, 8 B, 4096 slots", 2'000'000, 4096),
                         two_producers<Item<8>>("two producers, 8 B", 1'000'000)});
}
