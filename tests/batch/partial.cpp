// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using weir::combine;
using weir::Event;
using weir::partial;
using weir::Timestamp;

namespace {

struct Sample {
    double value = 0;
    std::string name;
};
const std::vector<Sample> samples{{2.5, "b"}, {-1, "a"}, {4, "c"}, {0.5, "d"}};

/// Divide, process, merge, on the samples.
template <typename R, typename P, typename C>
std::vector<R> merged(P p, C c, std::size_t size = 3) {
    std::vector<R> results;
    weir::run(weir::from(samples) | weir::micro_batch(size) | weir::process(partial(p)) | combine(c) | weir::collect_into(results));
    return results;
}

TEST_CASE("the partials of batches merge into one result, at the end") {
    for (const std::size_t size : {1U, 2U, 3U, 100U}) {
        CHECK(merged<std::uint64_t>(weir::count(), weir::count(), size) == std::vector<std::uint64_t>{4});
        CHECK(merged<double>(weir::sum(&Sample::value), weir::sum(), size) == std::vector<double>{6});
        CHECK(merged<double>(weir::mean(&Sample::value), weir::mean(&Sample::value), size) == std::vector<double>{1.5});
        CHECK(merged<double>(weir::min(&Sample::value), weir::min(), size) == std::vector<double>{-1});
        CHECK(merged<std::string>(weir::max(&Sample::name), weir::max(), size) == std::vector<std::string>{"d"});
        const auto variances = merged<double>(weir::variance(&Sample::value), weir::variance(), size);
        REQUIRE(variances.size() == 1);
        CHECK(variances[0] == Approx(14.5 / 3));
    }
}

TEST_CASE("of no events, count and sum are 0, the others give nothing") {
    const std::vector<int> none;
    std::vector<std::uint64_t> counts;
    weir::run(weir::from(none) | weir::micro_batch(3) | weir::process(partial(weir::count())) | combine(weir::count()) | weir::collect_into(counts));
    CHECK(counts == std::vector<std::uint64_t>{0});
    std::vector<double> means;
    weir::run(weir::from(none) | weir::micro_batch(3) | weir::process(partial(weir::mean())) | combine(weir::mean()) | weir::collect_into(means));
    CHECK(means.empty());
    std::vector<int> greatest;
    weir::run(weir::from(none) | weir::micro_batch(3) | weir::process(partial(weir::max())) | combine(weir::max()) | weir::collect_into(greatest));
    CHECK(greatest.empty());
}

TEST_CASE("the result has the time of the latest partial, and is not late") {
    weir::TestStream<int> script;
    const auto at = [](int s) { return Timestamp(std::chrono::seconds(s)); };
    script.event(1, at(10)).event(2, at(20)).watermark(at(30)).event(3, at(15)).event(4, at(12)).watermark(at(40));
    std::vector<Event<std::int64_t>> sums;
    std::vector<Timestamp> marks;
    weir::run(weir::from(script) | weir::micro_batch(2) | weir::process(partial(weir::sum())) | combine(weir::sum()) | weir::collect_into(sums));
    CHECK(sums == std::vector<Event<std::int64_t>>{{10, at(20)}});
}

TEST_CASE("partials cross stages, and those of a stopped job count as held") {
    std::vector<std::int64_t> sums;
    std::vector<int> numbers(1000, 2);
    weir::run(weir::from(numbers) | weir::micro_batch(7) | weir::stage() | weir::process(partial(weir::sum())) | weir::stage() | combine(weir::sum()) |
              weir::collect_into(sums));
    CHECK(sums == std::vector<std::int64_t>{2000});

    sums.clear();
    auto stepper = weir::stepper(weir::from(numbers) | weir::micro_batch(10) | weir::process(partial(weir::sum())) | combine(weir::sum()) |
                                 weir::collect_into(sums));
    stepper.step(50);
    stepper.stop();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(sums.empty());
    CHECK(stepper.report().at("combine#1").held == 5);
}

TEST_CASE("a batch source of timed events is aggregated by its values") {
    struct Blocks {
        using event_type = Event<int>;
        std::vector<Event<int>> events{{1, {}}, {2, {}}, {3, {}}};
        bool given = false;
        std::span<Event<int>> next_batch() { return std::exchange(given, true) ? std::span<Event<int>>() : std::span(events); }
    };
    std::vector<Event<std::int64_t>> sums;
    weir::run(weir::from(Blocks{}) | weir::as_batches() | weir::process(partial(weir::sum())) | combine(weir::sum()) | weir::collect_into(sums));
    REQUIRE(sums.size() == 1);
    CHECK(sums[0].value == 6);
}

} // namespace
