// SPDX-License-Identifier: BSL-1.0
// Question: what does a hand-over between threads cost with weir's queues as shipped (closeable, default waiting), beside
// their peers?
//     queues [--rounds=9] [--scale=1] [--only=words of a group's title] [--json]
// The producer is pinned to the second processor, the consumer to the first. All variants of a group take turns within a
// round; the figures are medians over the rounds, the ratios medians of each round's ratio to the group's first line (above
// 1: that line is faster). "spins" means: on a full or empty queue, one pause instruction and again; the others wait as they
// were shipped. The round-trip probe, a bare ping-pong of one cache line, tells whether the processors moved meanwhile.
#include "queue_peers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace {

constexpr std::size_t slots = 65'536;

template <std::size_t bytes>
struct Item {
    std::array<std::uint64_t, bytes / 8> words;
};

template <typename T>
T item(std::uint64_t i) {
    T made;
    made.words.fill(i); // whole: a word written alone and then copied as part of a vector stalls, and would be all that is measured
    return made;
}

template <typename T>
std::uint64_t value(const T& item) {
    return item.words.front() ^ (item.words.back() << 1);
}

std::uint64_t checksum(std::uint64_t items) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < items; ++i) sum += i ^ (i << 1);
    return sum;
}

void pin(unsigned processor) {
#if defined(__linux__)
    if (std::thread::hardware_concurrency() < 2) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor % std::thread::hardware_concurrency(), &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
#else
    (void)processor;
#endif
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Runs the producers beside consume() and returns ns per item.
template <typename Produce, typename Consume>
double transfer(std::uint64_t items, unsigned producers, Produce produce, Consume consume) {
    std::atomic<unsigned> ready{0};
    std::atomic<bool> go{false};
    std::vector<std::jthread> threads;
    for (unsigned p = 0; p < producers; ++p)
        threads.emplace_back([&, p] {
            pin(p + 1);
            ready.fetch_add(1);
            while (not go.load()) weir::StdAtomics::pause();
            produce(items * p / producers, items * (p + 1) / producers);
        });
    while (ready.load() != producers) std::this_thread::yield();
    const double start = seconds();
    go.store(true);
    const std::uint64_t sum = consume(items);
    const double took = seconds() - start;
    if (sum != checksum(items)) {
        std::fprintf(stderr, "wrong checksum: a queue lost or changed an item\n");
        std::exit(1);
    }
    return took * 1e9 / static_cast<double>(items);
}

/// Fills the queue and empties it again: the first touch of fresh memory is not the queue's doing.
template <typename T, typename Put, typename Get>
void warm_up(std::size_t capacity, Put put, Get get) {
    for (std::size_t i = 0; i < capacity; ++i) put(item<T>(i));
    T got{};
    for (std::size_t i = 0; i < capacity; ++i) get(got);
}

double round_trip() {
    constexpr int trips = 100'000;
    alignas(64) std::atomic<int> there{0};
    alignas(64) std::atomic<int> back{0};
    std::atomic<bool> ready{false};
    std::jthread echo([&] {
        pin(1);
        ready = true;
        for (int i = 1; i <= trips; ++i) {
            while (there.load(std::memory_order_acquire) != i) weir::StdAtomics::pause();
            back.store(i, std::memory_order_release);
        }
    });
    while (not ready) std::this_thread::yield();
    const double start = seconds();
    for (int i = 1; i <= trips; ++i) {
        there.store(i, std::memory_order_release);
        while (back.load(std::memory_order_acquire) != i) weir::StdAtomics::pause();
    }
    return (seconds() - start) * 1e9 / trips;
}

/// How to go on when a queue is full or empty: the same for all that do not wait themselves.
struct Pause {
    void operator()() const { weir::StdAtomics::pause(); }
};
struct Yield { // more threads than processors
    void operator()() {
        if (++turns % 64 == 0) std::this_thread::yield();
        weir::StdAtomics::pause();
    }
    unsigned turns = 0;
};

using Run = std::function<double(std::uint64_t items)>;

template <typename Queue, typename T, typename Again = Pause>
Run spinning(unsigned producers = 1) {
    return [=](std::uint64_t items) {
        const auto queue = std::make_unique<Queue>(slots);
        warm_up<T>(slots, [&](T next) { queue->try_put(next); }, [&](T& got) { queue->try_get(got); });
        return transfer(
            items, producers,
            [&](std::uint64_t first, std::uint64_t last) {
                Again again;
                for (std::uint64_t i = first; i < last; ++i)
                    for (T next = item<T>(i); not queue->try_put(next);) again();
            },
            [&](std::uint64_t n) {
                Again again;
                std::uint64_t sum = 0;
                for (T got{}; n != 0; --n) {
                    while (not queue->try_get(got)) again();
                    sum += value(got);
                }
                return sum;
            });
    };
}

template <typename Queue, typename T>
Run waiting(unsigned producers = 1, std::size_t capacity = slots) {
    return [=](std::uint64_t items) {
        const auto queue = std::make_unique<Queue>(capacity);
        warm_up<T>(capacity, [&](T&& next) { queue->put(std::move(next)); }, [&](T& got) { queue->get(got); });
        return transfer(
            items, producers,
            [&](std::uint64_t first, std::uint64_t last) {
                for (std::uint64_t i = first; i < last; ++i) queue->put(item<T>(i));
            },
            [&](std::uint64_t n) {
                std::uint64_t sum = 0;
                for (T got{}; n != 0; --n) {
                    queue->get(got);
                    sum += value(got);
                }
                return sum;
            });
    };
}

/// Spans copied in and out. `put_n` and `get_n` return 0 if they could do nothing just now.
template <typename T, typename PutN, typename GetN>
double copied(std::uint64_t items, std::size_t length, PutN put_n, GetN get_n) {
    return transfer(
        items, 1,
        [&](std::uint64_t first, std::uint64_t last) {
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
        [&](std::uint64_t n) {
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
        const auto queue = std::make_unique<Queue>(slots);
        warm_up<T>(slots, [&](T next) { queue->try_put(next); }, [&](T& got) { queue->try_get(got); });
        return copied<T>(items, length, [&](T* p, std::size_t n) { return queue->put_n(p, n); },
                         [&](T* p, std::size_t n) { return queue->get_n(p, n); });
    };
}

template <typename Queue>
Run copied_waiting(std::size_t length) {
    using T = typename Queue::event_type;
    return [=](std::uint64_t items) {
        const auto queue = std::make_unique<Queue>(slots);
        warm_up<T>(slots, [&](T next) { queue->try_push(next); }, [&](T& got) { got = *queue->try_pop(); });
        return copied<T>(items, length, [&](T* p, std::size_t n) { return queue->push_batch({p, n}); },
                         [&](T* p, std::size_t n) { return queue->pop_batch({p, n}); });
    };
}

template <typename T>
Run in_place(std::size_t length) {
    return [=](std::uint64_t items) {
        const auto queue = std::make_unique<weir::SpscQueue<T>>(slots);
        warm_up<T>(slots, [&](T next) { queue->try_push(next); }, [&](T& got) { got = *queue->try_pop(); });
        return transfer(
            items, 1,
            [&](std::uint64_t first, std::uint64_t last) {
                while (first < last) {
                    auto room = queue->claim(std::min<std::size_t>(length, last - first));
                    if (room.room() == 0) queue->wait_writable();
                    while (not room.is_full()) room.emplace_back(item<T>(first++));
                    room.publish();
                }
            },
            [&](std::uint64_t n) {
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

struct Variant {
    std::string name;
    Run run;
    std::vector<double> ns{};
};

struct Group {
    std::string title;
    std::uint64_t items;
    std::vector<Variant> variants;
    double probe_before = 0;
    double probe_after = 0;
};

template <typename T>
Group per_item(const char* title, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::SpscQueue push/pop", waiting<peers::Weir<weir::SpscQueue<T>>, T>()});
    v.push_back({"weir::SpscQueue try, spins", spinning<peers::Weir<weir::SpscQueue<T>>, T>()});
    v.push_back({"weir::MpscQueue push/pop", waiting<peers::Weir<weir::MpscQueue<T>>, T>()});
    v.push_back({"weir::MpmcQueue push/pop", waiting<peers::Weir<weir::MpmcQueue<T>>, T>()});
#ifdef PEER_RIGTORP
    v.push_back({"rigtorp::SPSCQueue, spins", spinning<peers::Rigtorp<T>, T>()});
#endif
    v.push_back({"cached-index ring, spins", spinning<peers::CachedIndexRing<T>, T>()});
#ifdef PEER_RIGTORP_MPMC
    v.push_back({"rigtorp::MPMCQueue push/pop", waiting<peers::RigtorpMpmc<T>, T>()});
#endif
#ifdef PEER_BOOST
    v.push_back({"boost spsc_queue, spins", spinning<peers::BoostSpsc<T>, T>()});
    v.push_back({"boost queue, spins", spinning<peers::BoostMpmc<T>, T>()});
#endif
#ifdef PEER_RWQ
    v.push_back({"moodycamel RWQ, spins", spinning<peers::ReaderWriter<T>, T>()});
#endif
#ifdef PEER_CQ
    v.push_back({"moodycamel CQ tokens, spins", spinning<peers::Concurrent<T>, T>()});
#endif
#ifdef PEER_TBB
    v.push_back({"tbb bounded_queue, spins", spinning<peers::TbbBounded<T>, T>()});
#endif
    v.push_back({"mutex deque, spins", spinning<peers::MutexDeque<T>, T>()});
    return group;
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
Group two_producers(const char* title, std::uint64_t items) {
    Group group{title, items, {}};
    auto& v = group.variants;
    v.push_back({"weir::MpscQueue push/pop", waiting<peers::Weir<weir::MpscQueue<T>>, T>(2)});
    v.push_back({"weir::MpmcQueue push/pop", waiting<peers::Weir<weir::MpmcQueue<T>>, T>(2)});
    v.push_back({"weir::MpscQueue try, yields", spinning<peers::Weir<weir::MpscQueue<T>>, T, Yield>(2)});
#ifdef PEER_RIGTORP_MPMC
    v.push_back({"rigtorp::MPMCQueue try, yields", spinning<peers::RigtorpMpmc<T>, T, Yield>(2)});
#endif
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

double median(std::vector<double> of) {
    std::sort(of.begin(), of.end());
    return of[of.size() / 2];
}

double ratio(const Variant& variant, const Variant& base) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < base.ns.size(); ++i) ratios.push_back(variant.ns[i] / base.ns[i]);
    return median(std::move(ratios));
}

void measure(Group& group, int rounds) {
    pin(0);
    group.probe_before = round_trip();
    for (Variant& variant : group.variants) variant.run(group.items / 8); // warm-up
    for (int round = 0; round < rounds; ++round)
        for (Variant& variant : group.variants) variant.ns.push_back(variant.run(group.items));
    group.probe_after = round_trip();
}

void print(const Group& group) {
    std::printf("\n%s (round trip before %.0f ns, after %.0f ns)\n", group.title.c_str(), group.probe_before, group.probe_after);
    std::printf("  %-32s %9s %19s %7s\n", "", "ns/item", "(least .. most)", "ratio");
    for (const Variant& variant : group.variants) {
        const auto [least, most] = std::minmax_element(variant.ns.begin(), variant.ns.end());
        std::printf("  %-32s %9.2f %8.2f .. %7.2f %7.2f\n", variant.name.c_str(), median(variant.ns), *least, *most,
                    ratio(variant, group.variants.front()));
    }
    std::fflush(stdout);
}

void print_json(const std::vector<Group>& groups) {
    std::printf("[");
    for (const Group& group : groups) {
        std::printf("%s\n {\"group\": \"%s\", \"items\": %llu, \"round_trip_ns\": [%.1f, %.1f], \"results\": [", &group == groups.data() ? "" : ",",
                    group.title.c_str(), static_cast<unsigned long long>(group.items), group.probe_before, group.probe_after);
        for (const Variant& variant : group.variants) {
            std::printf("%s\n  {\"name\": \"%s\", \"median_ns\": %.3f, \"ratio\": %.3f, \"ns\": [", &variant == group.variants.data() ? "" : ",",
                        variant.name.c_str(), median(variant.ns), ratio(variant, group.variants.front()));
            for (const double& ns : variant.ns) std::printf("%s%.3f", &ns == variant.ns.data() ? "" : ", ", ns);
            std::printf("]}");
        }
        std::printf("]}");
    }
    std::printf("\n]\n");
}

} // namespace

int main(int argc, char** argv) {
    int rounds = 9;
    double scale = 1;
    std::string only;
    bool json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument.starts_with("--rounds=")) rounds = std::max(1, std::atoi(argv[i] + 9));
        else if (argument.starts_with("--scale=")) scale = std::atof(argv[i] + 8);
        else if (argument.starts_with("--only=")) only = argument.substr(7);
        else if (argument == "--json") json = true;
        else return std::fprintf(stderr, "usage: %s [--rounds=9] [--scale=1] [--only=part of a title] [--json]\n", argv[0]), 2;
    }

    std::vector<Group> groups;
    groups.push_back(per_item<Item<8>>("per item, 8 B", 2'000'000));
    groups.push_back(per_item<Item<64>>("per item, 64 B", 1'000'000));
    groups.push_back(spans<Item<8>>("spans of 64, 8 B", 64, 16'000'000));
    groups.push_back(spans<Item<8>>("spans of 256, 8 B", 256, 16'000'000));
    groups.push_back(spans<Item<64>>("spans of 64, 64 B", 64, 4'000'000));
    groups.push_back(spans<Item<64>>("spans of 256, 64 B", 256, 4'000'000));
    groups.push_back(blocking<Item<8>>("blocking, 8 B, 65536 slots", slots, 1'000'000));
    groups.push_back(blocking<Item<8>>("blocking, 8 B, 64 slots", 64, 300'000));
    groups.push_back(uncontended<Item<8>>("uncontended push and pop, 8 B", 4'000'000));
    groups.push_back(two_producers<Item<8>>("two producers, 8 B", 1'000'000));
    std::erase_if(groups, [&](const Group& group) { return group.title.find(only) == std::string::npos; });

    for (Group& group : groups) {
        group.items = static_cast<std::uint64_t>(static_cast<double>(group.items) * scale);
        measure(group, rounds);
        if (not json) print(group);
    }
    if (json) print_json(groups);
}
