// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace {

std::vector<int> numbers(int n) {
    std::vector<int> all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return all;
}
std::vector<int> drawn(const std::vector<int>& from, std::size_t n, std::uint64_t seed) {
    std::vector<int> sample;
    weir::run(weir::from(from) | weir::sample(n, seed) | weir::collect_into(sample));
    return sample;
}

TEST_CASE("a sample has n different events in their order, all where there are no more") {
    const auto all = numbers(1000);
    std::vector<int> sample;
    const weir::Report report = weir::run(weir::from(all) | weir::sample(10, 42) | weir::collect_into(sample));
    CHECK(sample.size() == 10);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    CHECK(std::adjacent_find(sample.begin(), sample.end()) == sample.end());
    CHECK(report.at("sample#1").dropped(weir::Drop::filtered) == 990);
    CHECK(drawn(all, 10, 42) == sample);
    CHECK(drawn(all, 10, 43) != sample);
    CHECK(drawn(all, 0, 42).empty());
    CHECK(drawn(all, 1000, 42) == all);
    CHECK(drawn(all, static_cast<std::size_t>(-1), 42) == all);
    CHECK(drawn({}, 5, 42).empty());
}

TEST_CASE("each event is as likely as any other, and so is each pair") {
    constexpr int events = 40, runs = 8000;
    const auto all = numbers(events);
    std::vector<double> alone(events);
    double together = 0; // of the neighbours
    for (std::uint64_t seed = 0; seed < runs; ++seed) {
        const auto sample = drawn(all, 8, seed);
        for (std::size_t i = 0; i < sample.size(); ++i) {
            ++alone[static_cast<std::size_t>(sample[i])];
            if (i > 0 && sample[i] == sample[i - 1] + 1) ++together;
        }
    }
    double chi = 0; // of 39 degrees: above 80 once in 10,000 tries
    for (const double n : alone) chi += (n - runs / 5.0) * (n - runs / 5.0) / (runs / 5.0 * 0.8);
    CHECK(chi < 80);
    const double expected = runs * 39.0 * 8 * 7 / (40 * 39);
    CHECK(std::abs(together - expected) < 5 * std::sqrt(expected));
}

TEST_CASE("the events of a sample keep their times, and are kept where they were only lent") {
    std::vector<std::string> sample;
    weir::run(weir::from(std::vector<std::string_view>(100, "word")) | weir::sample(3) | weir::stage({.capacity = 1}) | weir::collect_into(sample));
    CHECK(sample == std::vector<std::string>(3, "word"));
    const weir::Timestamp t{std::chrono::seconds(7)};
    std::vector<weir::Event<int>> timed;
    weir::run(weir::from(std::vector<weir::Event<int>>{{1, t}}) | weir::sample(3) | weir::collect_into(timed));
    CHECK(timed == std::vector<weir::Event<int>>{{1, t}});
}

} // namespace
