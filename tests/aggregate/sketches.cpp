// SPDX-License-Identifier: BSL-1.0
// The sketches in windows of every kind, whose states are cut, shared between windows and merged: as of each window's values alone.
#include "aggregate/cut.hpp"
#include "catch.hpp"

#include <weir/sketches.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Request {
    int host = 0;
    std::string page;
    double latency = 0;
    weir::Timestamp time;
};

std::vector<Request> requests() {
    std::mt19937 random(17);
    std::vector<Request> all;
    weir::Timestamp time{};
    for (int i = 0; i < 3000; ++i) {
        time += std::chrono::milliseconds(1 + random() % (i % 100 == 0 ? 20'000 : 300));
        all.push_back({static_cast<int>(random() % 3), "page " + std::to_string(100 / (1 + random() % 100)), static_cast<double>(random() % 5000) / 7, time});
    }
    return all;
}

const auto sketches = weir::detail::in_one_pass(weir::approx_distinct_count(&Request::page, {.precision = 5}), weir::approx_quantile(&Request::latency, 0.9),
                                                weir::frequent_items(&Request::page, 3), weir::count_min(&Request::page));
using Result = weir::aggregate_result_t<decltype(sketches), Request>;

bool same(const Result& a, const Result& b, const std::vector<Request>& values) {
    const auto& [distinct, quantile, frequent, counts] = a;
    for (const Request& request : values)
        if (counts.count(request.page) != std::get<3>(b).count(request.page)) return false;
    return std::tie(distinct, quantile, frequent) == std::tie(std::get<0>(b), std::get<1>(b), std::get<2>(b));
}

/// Each row is what its window's events give by themselves.
template <typename Spec>
void check(Spec spec, std::size_t least_rows) {
    const auto input = requests();
    std::size_t rows = 0;
    weir::run(weir::from(input) | weir::event_time(&Request::time) | weir::key_by(&Request::host) | weir::window(spec) | weir::aggregate(sketches) |
              weir::for_each([&](const weir::Windowed<int, Result>& row) {
                  std::vector<Request> values;
                  for (const Request& request : input)
                      if (request.host == row.key && request.time >= row.window.start && request.time < row.window.end) values.push_back(request);
                  ++rows;
                  if (not same(row.value, aggregate_test::result_of(sketches, values), values)) FAIL("row " << rows << " of " << values.size() << " events");
              }));
    CHECK(rows >= least_rows);
}

TEST_CASE("sketches in windows give what the window's events give by themselves") {
    check(weir::sliding(20s, 4s), 270); // slices that windows share
    check(weir::session(2s), 60);
    check(weir::count_window(40, 8), 350); // parts that windows share
}

TEST_CASE("the partial sketches of batches combine into that of all") {
    const auto input = requests();
    std::vector<Result> results;
    weir::run(weir::from(input) | weir::micro_batch(100) | weir::process(weir::partial(sketches)) | weir::combine(sketches) |
              weir::collect_into(results));
    REQUIRE(results.size() == 1);
    CHECK(same(results[0], aggregate_test::result_of(sketches, input), input));
}

} // namespace
