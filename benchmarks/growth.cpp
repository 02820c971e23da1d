// SPDX-License-Identifier: BSL-1.0
// Question: how does what an event costs grow with the number of operators, of keys, of windows that an event is in, of threads and of
// workers? (Options: rounds.hpp. Batches: micro_batch.cpp; rates: latency.cpp; numbers in a window: sliding.cpp.) Curves for
// benchmarks/plot: each group is a point.
#include "keys.hpp"
#include "rounds.hpp"
#include "temp_file.hpp"
#include "work.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::uint64_t>;

std::string point(const std::string& curve, const std::string& axis, std::size_t x) { return curve + ", " + axis + " = " + std::to_string(x); }

std::shared_ptr<const Numbers> numbers(std::size_t n) {
    auto all = std::make_shared<Numbers>(n);
    for (std::size_t i = 0; i < n; ++i) (*all)[i] = weir::stable_hash(i);
    return all;
}

// --- operators

constexpr auto turn = [](std::uint64_t x) { return x * 3 + (x >> 7U); };

template <int N>
auto turns() {
    if constexpr (N == 1) return weir::map(turn);
    else return turns<N / 2>() | turns<N - N / 2>();
}

template <int N>
rounds::Group pipeline() {
    return {point("length of a pipeline", "operators", N), [](std::size_t n) {
                const auto in = numbers(n);
                return std::vector<rounds::Variant>{{"by hand, one loop", [in] {
                                                         std::uint64_t sum = 0;
                                                         for (std::uint64_t x : *in) {
                                                             for (int i = 0; i < N; ++i) x = turn(x);
                                                             sum += x;
                                                         }
                                                         return sum;
                                                     }},
                                                    {"weir", [in] {
                                                         std::uint64_t sum = 0;
                                                         weir::run(weir::from(*in) | turns<N>() | weir::fold_into(sum));
                                                         return sum;
                                                     }},
                                                    {"weir, AnyChain", [in] {
                                                         std::uint64_t sum = 0;
                                                         weir::run(weir::from(*in) | weir::AnyChain<std::uint64_t, std::uint64_t>(turns<N>()) | weir::fold_into(sum));
                                                         return sum;
                                                     }},
                                                    {"a std::function per operator", [in] {
                                                         const std::vector<std::function<std::uint64_t(std::uint64_t)>> steps(N, turn);
                                                         std::uint64_t sum = 0;
                                                         for (std::uint64_t x : *in) {
                                                             for (const auto& step : steps) x = step(x);
                                                             sum += x;
                                                         }
                                                         return sum;
                                                     }}};
            }};
}

// --- keys

rounds::Group grouped(std::size_t n_keys) {
    return {point("groups of stored data", "keys", n_keys), [n_keys](std::size_t n) {
                const auto in = std::make_shared<const keys::Keys>(keys::uniform(n, n_keys));
                return std::vector<rounds::Variant>{{"by hand, std::unordered_map", [in] {
                                                         std::unordered_map<std::uint64_t, std::uint64_t> counts;
                                                         for (const std::uint64_t key : *in) ++counts[key];
                                                         std::uint64_t sum = 0;
                                                         for (const auto& [key, count] : counts) sum += key * count;
                                                         return sum;
                                                     }},
                                                    {"weir", [in] {
                                                         std::uint64_t sum = 0;
                                                         weir::run(weir::from(*in) | weir::key_by([](std::uint64_t key) { return key; }) | weir::aggregate(weir::count()) |
                                                                   weir::for_each([&sum](const auto& row) { sum += row.key * static_cast<std::uint64_t>(row.value); }));
                                                         return sum;
                                                     }}};
            }};
}

// --- windows that an event is in

struct Reading {
    std::uint64_t key;
    weir::Timestamp time;
};

/// Of 1 thousand keys, and of 100 thousand events a slide.
rounds::Group sliding(std::size_t slides) {
    return {point("sliding windows", "windows that an event is in", slides), [slides](std::size_t n) {
                const keys::Keys drawn = keys::uniform(n, 1'000);
                const auto in = std::make_shared<std::vector<Reading>>();
                for (std::size_t i = 0; i < n; ++i) in->push_back({drawn[i], weir::Timestamp(std::chrono::microseconds(10 * i))});
                return std::vector<rounds::Variant>{{"weir", [in, slides] {
                                                         std::uint64_t sum = 0;
                                                         weir::run(weir::from(*in) | weir::event_time(&Reading::time, weir::bounded_disorder(0s)) | weir::key_by(&Reading::key) |
                                                                   weir::window(weir::sliding(slides * 1s, 1s)) | weir::aggregate(weir::count()) |
                                                                   weir::for_each([&sum](const auto& row) { sum += static_cast<std::uint64_t>(row.value); }));
                                                         return sum;
                                                     }}};
            }};
}

// --- threads

rounds::Group threads(std::size_t n_threads, int steps) {
    return {point("work of 1 us an event", "threads", n_threads),
            [n_threads, steps](std::size_t n) {
                const auto in = numbers(n);
                const auto by_hand = [in, steps, n_threads] {
                    Numbers sums(n_threads * 8);
                    std::vector<std::thread> all;
                    for (std::size_t t = 0; t < n_threads; ++t)
                        all.emplace_back([&, t] {
                            for (std::size_t i = in->size() * t / n_threads; i < in->size() * (t + 1) / n_threads; ++i) sums[t * 8] += work::of((*in)[i], steps);
                        });
                    for (std::thread& one : all) one.join();
                    std::uint64_t sum = 0;
                    for (const std::uint64_t one : sums) sum += one;
                    return sum;
                };
                const auto copies = [in, steps, n_threads] {
                    std::uint64_t sum = 0;
                    weir::run(weir::from(*in) | weir::parallel(n_threads, weir::map([steps](std::uint64_t x) { return work::of(x, steps); })) | weir::fold_into(sum));
                    return sum;
                };
                return std::vector<rounds::Variant>{{"by hand, threads that share a vector", by_hand}, {"weir, parallel(n, map)", copies}};
            },
            0.02};
}

rounds::Group workers(std::size_t n_workers) {
    return {point("groups of a CSV file", "workers", n_workers), [n_workers](std::size_t n) {
                struct Sale {
                    std::string shop;
                    double price = 0;
                    static constexpr auto fields() { return weir::fields("shop", &Sale::shop, "price", &Sale::price); }
                };
                std::string text = "shop,price\n";
                for (std::size_t i = 0; i < n; ++i) text += "shop " + std::to_string(weir::stable_hash(i) % 500) + "," + std::to_string(i % 1000) + ".25\n";
                const auto file = std::make_shared<const File>(text);
                return std::vector<rounds::Variant>{{"weir, from_csv, key_by, aggregate", [file, n_workers] {
                                                         double sum = 0;
                                                         weir::run(weir::from_csv<Sale>(file->path()) | weir::key_by(&Sale::shop) | weir::aggregate(weir::sum(&Sale::price)) |
                                                                       weir::for_each([&sum](const auto& row) { sum += row.value; }),
                                                                   {.workers = n_workers});
                                                         return static_cast<std::uint64_t>(sum);
                                                     }}};
            }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups{pipeline<1>(), pipeline<2>(), pipeline<4>(), pipeline<8>(), pipeline<16>(), pipeline<32>()};
    for (const std::size_t n : {100U, 1'000U, 10'000U, 100'000U, 1'000'000U, 4'000'000U}) groups.push_back(grouped(n));
    for (const std::size_t n : {1U, 2U, 10U, 60U, 600U, 6'000U}) groups.push_back(sliding(n));
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const int microsecond = work::steps_of(1'000);
    for (std::size_t n = 1; n <= 2 * cores; n *= 2) {
        groups.push_back(threads(n, microsecond));
        groups.push_back(workers(n));
    }
    return rounds::main(argc, argv, std::move(groups), 4e6);
}
