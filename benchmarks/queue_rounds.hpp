// SPDX-License-Identifier: BSL-1.0
// What the benchmarks of queues share: items, two pinned threads, variants that take turns, and a probe of the machine.
//     PROGRAM [--rounds=9] [--scale=1] [--only=words of a group's title] [--json]
// The producer is pinned to the second processor, the consumer to the first. All variants of a group take turns within a
// round; the figures are medians over the rounds, the ratios medians of each round's ratio to the group's first line (above
// 1: that line is faster). The round-trip probe, a bare ping-pong of one cache line, stands before and after each group: it
// tells whether the processors moved meanwhile. Two that are near each other and two that are far give other orders.
// "spins" means: on a full or empty queue, one pause instruction and again; the others wait as they were shipped.
#pragma once
#include "queue_peers.hpp"
#include "rounds.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif

namespace queues {

using rounds::seconds;

inline constexpr std::size_t slots = 65'536;

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

inline std::uint64_t checksum(std::uint64_t items) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < items; ++i) sum += i ^ (i << 1);
    return sum;
}

inline void pin(unsigned processor) {
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

/// Runs the producers beside consume() and returns ns per item. Each producer has a copy of produce: nothing that it looks at may lie
/// in the consumer's frame, or the two would take cache lines from each other that have nothing to do with the queue.
template <typename Produce, typename Consume>
double transfer(std::uint64_t items, unsigned producers, Produce produce, Consume consume) {
    std::atomic<unsigned> ready{0};
    std::atomic<bool> go{false};
    std::vector<std::jthread> threads;
    for (unsigned p = 0; p < producers; ++p)
        threads.emplace_back([&ready, &go, produce, p, first = items * p / producers, last = items * (p + 1) / producers] {
            pin(p + 1);
            ready.fetch_add(1);
            while (not go.load()) weir::StdAtomics::pause();
            produce(first, last);
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

/// ns that one cache line takes there and back.
inline double probe() {
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

/// One by one, by a queue that never waits.
template <typename Queue, typename T, typename Again = Pause>
Run spinning(unsigned producers = 1, std::size_t capacity = slots) {
    return [=](std::uint64_t items) {
        const auto owner = std::make_unique<Queue>(capacity);
        Queue* const queue = owner.get();
        warm_up<T>(capacity, [&](T next) { queue->try_put(next); }, [&](T& got) { queue->try_get(got); });
        return transfer(
            items, producers,
            [queue](std::uint64_t first, std::uint64_t last) {
                Again again;
                for (std::uint64_t i = first; i < last; ++i)
                    for (T next = item<T>(i); not queue->try_put(next);) again();
                if constexpr (requires { queue->flush(); }) queue->flush();
            },
            [queue](std::uint64_t n) {
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

/// The queue waits itself, as it was shipped.
template <typename Queue, typename T>
Run waiting(unsigned producers = 1, std::size_t capacity = slots) {
    return [=](std::uint64_t items) {
        const auto owner = std::make_unique<Queue>(capacity);
        Queue* const queue = owner.get();
        warm_up<T>(capacity, [&](T&& next) { queue->put(std::move(next)); }, [&](T& got) { queue->get(got); });
        return transfer(
            items, producers,
            [queue](std::uint64_t first, std::uint64_t last) {
                for (std::uint64_t i = first; i < last; ++i) queue->put(item<T>(i));
            },
            [queue](std::uint64_t n) {
                std::uint64_t sum = 0;
                for (T got{}; n != 0; --n) {
                    queue->get(got);
                    sum += value(got);
                }
                return sum;
            });
    };
}

struct Variant {
    std::string name;
    Run run;
};

struct Group {
    std::string title;
    std::uint64_t items;
    std::vector<Variant> variants;
};

inline rounds::Group measure(const Group& group, std::uint64_t items, int n) {
    rounds::Group measured{.title = group.title, .make = {}};
    measured.events = items;
    for (const Variant& variant : group.variants) measured.variants.push_back({variant.name, {}});
    pin(0);
    const double before = probe();
    for (const Variant& variant : group.variants) variant.run(items / 8); // warm-up
    for (int round = 0; round < n; ++round)
        for (std::size_t i = 0; i < group.variants.size(); ++i) measured.variants[i].ns.push_back(group.variants[i].run(items));
    measured.note = "a cache line there and back took " + std::to_string(std::lround(before)) + " ns before, " + std::to_string(std::lround(probe())) + " ns after";
    return measured;
}

/// The main of such a program.
inline int main(int argc, char** argv, const std::vector<Group>& groups) {
    const rounds::Options given = rounds::options(argc, argv, 9);
    std::vector<rounds::Group> all;
    for (const Group& group : groups) {
        if (not given.wants(group.title)) continue;
        all.push_back(measure(group, given.scaled(static_cast<double>(group.items)), given.rounds));
        if (not given.json) rounds::print(all.back());
    }
    if (given.json) rounds::print_json(all);
    return 0;
}

} // namespace queues
