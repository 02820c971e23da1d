// SPDX-License-Identifier: BSL-1.0
// Nothing is allocated on the event path once the largest batch has been seen. (Not so, and not here: whole, sort_by, and the ranges
// that a user's function returns.)
#include <weir/weir.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

#include <chrono>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

namespace {

using namespace std::chrono_literals;

/// Timed events in blocks; notes how many allocations there had been when the job was warm, and when it was nearly over.
struct Blocks {
    using event_type = weir::Event<int>;
    std::vector<weir::Event<int>> block = std::vector<weir::Event<int>>(100);
    int n = 0;
    std::size_t warm = 0;
    std::size_t later = 0;
    std::span<weir::Event<int>> next_batch() {
        if (n == 40'000) warm = allocations;
        if (n == 80'000) later = allocations;
        if (n == 90'000) return {};
        for (auto& event : block) event = {n++, weir::Timestamp(std::chrono::milliseconds(n))};
        return block;
    }
};

/// Allocations of a job after its first events. make(source) gives the job.
template <typename Make>
std::size_t after_warm_up(Make make) {
    Blocks blocks;
    weir::run(make(weir::from(blocks)));
    return blocks.later - blocks.warm;
}

int total(std::span<const int> batch) { return std::accumulate(batch.begin(), batch.end(), 0); }

struct Doubled { // keeps its results
    std::vector<int> kept;
    const std::vector<int>& process(std::span<int> batch) {
        kept.clear();
        for (const int x : batch) kept.push_back(2 * x);
        return kept;
    }
};

TEST_CASE("the counter counts") {
    const std::size_t before = allocations;
    const std::vector<int> v(100);
    CHECK(v.size() == 100);
    CHECK(allocations > before);
}

TEST_CASE("micro_batch, unbatch and process allocate nothing after warm-up") {
    const auto ignore = weir::for_each([](auto&&) {});
    CHECK(after_warm_up([&](auto source) { return source | weir::micro_batch(30) | weir::unbatch() | ignore; }) == 0);
    CHECK(after_warm_up([&](auto source) { return source | weir::micro_batch(30, 1h) | weir::process(total) | ignore; }) == 0);
    CHECK(after_warm_up([&](auto source) { return source | weir::micro_batch(30) | weir::process(weir::per_event(Doubled{})) | ignore; }) == 0);
    CHECK(after_warm_up([&](auto source) {
              return source | weir::micro_batch(30) | weir::process(weir::partial(weir::mean())) | weir::combine(weir::mean()) | ignore;
          }) == 0);
    CHECK(after_warm_up([&](auto source) { return source | weir::as_batches() | weir::unbatch() | ignore; }) == 0);
}

TEST_CASE("batches that cross a stage come from a pool, and go back to it") {
    const auto ignore = weir::for_each([](auto&&) {});
    const auto few = [](std::size_t n) { return n <= 20; }; // no more than the batches that the queue can hold, whenever they come
    CHECK(few(after_warm_up([&](auto source) { return source | weir::micro_batch(30) | weir::stage({.capacity = 4}) | weir::unbatch() | ignore; })));
    CHECK(few(after_warm_up([&](auto source) { return source | weir::micro_batch(30) | weir::unbatch() | weir::stage({.capacity = 64}) | ignore; })));
}

TEST_CASE("a micro-batcher allocates nothing after its first batch") {
    weir::MicroBatcher<int> batcher{100};
    for (int i = 0; i < 100; ++i) batcher.push(i);
    const std::size_t before = allocations;
    std::size_t given = 0;
    for (int i = 0; i < 1000; ++i)
        if (auto batch = batcher.push(i)) given += batch->size();
    CHECK(given == 1000);
    CHECK(allocations == before);
}

} // namespace
