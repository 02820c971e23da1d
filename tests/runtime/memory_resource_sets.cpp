// SPDX-License-Identifier: BSL-1.0
// RunOptions::resource and operators that keep whole sets.
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/memory_resources.hpp"

#include <weir/weir.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace resources;

const auto nothing = [](const auto&) {};

/// Too large to be moved as often as it is compared.
struct Wide {
    Reading reading;
    std::array<double, 20> more{};
};
std::vector<Wide> wide(const std::vector<Reading>& all) {
    std::vector<Wide> wider;
    for (const Reading& r : all) wider.push_back({r});
    return wider;
}
/// So short that they own no memory; many begin alike.
std::vector<std::string> names(std::size_t n) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back("sensor-0" + std::to_string(i * 7919 % n));
    return all;
}

const auto by_value = weir::sort_by(&Reading::value, std::greater<>());
const auto by_value_of_wide = weir::sort_by([](const Wide& w) { return -w.reading.value; });
const auto by_comparing = weir::sort_by([](const Reading& r) { return r.sensor; }, [](std::uint64_t a, std::uint64_t b) { return a % 100 < b % 100; });
const auto wide_by_comparing = weir::sort_by([](const Wide& w) { return w.reading.sensor; }, [](std::uint64_t a, std::uint64_t b) { return a % 100 < b % 100; });
const auto by_text = weir::sort_by([](const std::string& s) -> const std::string& { return s; });
const auto end = weir::for_each(nothing);

} // namespace

TEST_CASE("a sort_by takes all its memory from the resource of its job") {
    const auto all = readings(20'000, 500);
    CHECK(from_the_free_store(weir::from(all) | by_value | end) == 0);
    CHECK(from_the_free_store(weir::from(all) | by_comparing | end) == 0);
    const auto wider = wide(all);
    CHECK(from_the_free_store(weir::from(wider) | by_value_of_wide | end) == 0);
    CHECK(from_the_free_store(weir::from(wider) | wide_by_comparing | end) == 0);
    const auto texts = names(20'000);
    CHECK(from_the_free_store(weir::from(texts) | by_text | end) == 0);
}

TEST_CASE("so do those that workers share") {
    const auto all = readings(20'000, 500);
    CHECK(from_the_free_store(in_parts(all) | by_value | end, {.workers = 2}) == 0);
    CHECK(from_the_free_store(in_parts(all) | by_comparing | end, {.workers = 2}) == 0);
    const auto wider = wide(all);
    CHECK(from_the_free_store(in_parts(wider) | by_value_of_wide | end, {.workers = 2}) == 0);
    const auto texts = names(20'000);
    CHECK(from_the_free_store(in_parts(texts) | by_text | end, {.workers = 2}) == 0);
}

TEST_CASE("a resource may have no more when rows are sorted") {
    const auto all = readings(3'000, 500);
    const auto wider = wide(all);
    const auto texts = names(3'000);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        fails_anywhere("by a number", in_parts(all) | by_value | end, shared);
        fails_anywhere("by a number, wide", in_parts(wider) | by_value_of_wide | end, shared);
        fails_anywhere("by comparing", in_parts(all) | by_comparing | end, shared);
        fails_anywhere("by comparing, wide", in_parts(wider) | wide_by_comparing | end, shared);
        fails_anywhere("by text", in_parts(texts) | by_text | end, shared);
    }
}

TEST_CASE("nor when they are in files") {
    const auto all = readings(3'000, 500);
    const auto texts = names(3'000);
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions small{.workers = workers, .memory = 40'000};
        fails_anywhere("by a number", in_parts(all) | by_value | end, small);
        fails_anywhere("by text", in_parts(texts) | by_text | end, small);
    }
}
