// SPDX-License-Identifier: BSL-1.0
// Programs that a user would write, as they stand: micro-batches, batch sources, batch processors.
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Reading {
    int value = 0;

    friend bool operator==(const Reading&, const Reading&) = default;
};

double mean_of(std::span<Reading> batch) {
    double sum = 0;
    for (const Reading& reading : batch) sum += reading.value;
    return sum / static_cast<double>(batch.size());
}

struct Score {
    int of = 0;
};
std::vector<Score> score(std::span<Reading> batch) {
    std::vector<Score> scores;
    for (const Reading& reading : batch) scores.push_back({reading.value * 10});
    return scores;
}
bool hot(const Score& score) { return score.of > 30; }

struct Blocks { // a batch source that the user wrote
    using event_type = int;
    std::vector<int> events{1, 2, 3, 4, 5};
    std::size_t at = 0;
    std::span<const int> next_batch() {
        const std::size_t size = std::min<std::size_t>(2, events.size() - at);
        at += size;
        return std::span(events).subspan(at - size, size);
    }
};

const std::vector<Reading> some_readings{{1}, {2}, {3}, {4}, {5}};

} // namespace

TEST_CASE("a batch processor takes micro-batches of a size and an age", "[acceptance]") {
    const std::vector<Reading> readings = some_readings;
    std::vector<double> shown;
    const auto show = [&](double mean) { shown.push_back(mean); };

    weir::run(weir::from(readings) | weir::micro_batch(1024, 10ms)
                         | weir::process([](std::span<Reading> batch) { return mean_of(batch); }) | weir::for_each(show));

    CHECK(shown == std::vector<double>{3.0});
}

TEST_CASE("a processor's range is taken apart", "[acceptance]") {
    const std::vector<Reading> readings = some_readings;
    std::vector<int> alerts;
    const auto alert = [&](const Score& one) { alerts.push_back(one.of); };

    weir::run(weir::from(readings) | weir::micro_batch(1024) | weir::process(score) /* -> std::vector<Score> */ | weir::unbatch() | weir::filter(hot) | weir::for_each(alert));

    CHECK(alerts == std::vector<int>{40, 50});
}

TEST_CASE("unbatch gives the same events again, with their event times", "[acceptance]") {
    const std::vector<weir::Event<Reading>> readings{{{1}, weir::Timestamp{1s}}, {{2}, weir::Timestamp{2s}}, {{3}, weir::Timestamp{3s}}, {{4}, weir::Timestamp{4s}}};
    std::vector<weir::Event<Reading>> shown;
    const auto show = [&](const weir::Event<Reading>& event) { shown.push_back(event); };

    weir::run(weir::from(readings) | weir::micro_batch(3) | weir::unbatch() | weir::for_each(show));

    CHECK(shown == readings);
}

TEST_CASE("a batch source goes straight into a batch processor", "[acceptance]") {
    Blocks blocks;
    const auto summarise = [](std::span<const int> block) { return std::accumulate(block.begin(), block.end(), 0); };
    std::vector<int> sums;
    const auto show = [&](int sum) { sums.push_back(sum); };

    weir::run(weir::from(blocks) | weir::as_batches() | weir::process(summarise) | weir::for_each(show));

    CHECK(sums == std::vector<int>{3, 7, 5});
}

TEST_CASE("divide, process, merge", "[acceptance]") {
    std::vector<double> samples(2500);
    std::iota(samples.begin(), samples.end(), 0.0);
    std::vector<double> means;

    weir::run(weir::from(samples) | weir::micro_batch(1000) | weir::process(weir::partial(weir::mean())) | weir::combine(weir::mean()) | weir::collect_into(means));

    REQUIRE(means.size() == 1);
    CHECK(means[0] == Approx(1249.5));
}

TEST_CASE("a micro-batcher works without a pipeline", "[acceptance]") {
    std::vector<std::vector<int>> used;
    const auto use = [&](std::span<int> batch) { used.emplace_back(batch.begin(), batch.end()); };

    weir::MicroBatcher<int> batcher{3};
    for (int i = 0; i < 4; ++i)
        if (auto batch = batcher.push(42)) use(*batch);
    if (auto rest = batcher.flush())  use(*rest);

    CHECK(used == std::vector<std::vector<int>>{{42, 42, 42}, {42}});
}

TEST_CASE("a bounded set is sorted, and the first of it taken", "[acceptance]") {
    const std::vector<Reading> readings = some_readings;
    std::vector<Reading> largest;
    weir::run(weir::from(readings) | weir::sort_by([](const auto& row) { return -row.value; }) | weir::take(2) | weir::collect_into(largest));
    CHECK(largest == std::vector<Reading>{{5}, {4}});
}
