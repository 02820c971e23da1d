// SPDX-License-Identifier: BSL-1.0
// RunOptions::resource, and what the states of aggregates and the windows of joins own.
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/memory_resources.hpp"

#include <weir/sketches.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace resources;

constexpr auto value = &Reading::value;
const auto second = [](const Reading& r) { return r.second; };
const auto keyed = weir::key_by(&Reading::sensor);

/// Those that give numbers, for which nothing comes from the free store,
auto numbers() {
    return weir::aggregate(weir::distinct_count(value), weir::quantile(value, 0.5), weir::approx_quantile(value, 0.5), weir::approx_distinct_count(value, {.precision = 4}),
                           weir::evicting(weir::keep_last(5), weir::quantile(value, 0.5)), weir::evicting(weir::keep_last(3).after_pane(), weir::distinct_count(second)));
}
/// some of them, which may be merged in any order and are as long then, so that slices and blocks are,
auto sketches() { return weir::aggregate(weir::approx_quantile(value, 0.5), weir::approx_distinct_count(value, {.precision = 4})); }
/// and those whose results own what they give: one block each.
auto lists() {
    return weir::aggregate(weir::collect(value), weir::top_k(3, value, value), weir::arg_max_all(second, value), weir::frequent_items(value, 2), weir::count_min(second, {.width = 8, .depth = 2}));
}
constexpr std::size_t n_lists = 5;

/// timed | windows | states, in all windows that there are.
template <typename Timed, typename States, typename Check>
void in_all_windows(const Timed& timed, const States& states, Check&& check) {
    check("tumbling", timed | keyed | weir::window(weir::tumbling(5s)) | states);
    check("tumbling, early", timed | keyed | weir::window(weir::tumbling(5s).trigger(weir::after_watermark().early(weir::after_count(7)))) | states);
    check("sliding", timed | keyed | weir::window(weir::sliding(4s, 2s).allowed_lateness(2s)) | states);
    check("sessions", timed | keyed | weir::window(weir::session(300ms)) | states);
    check("counts", timed | keyed | weir::window(weir::count_window(10)) | states);
    check("counts that overlap", timed | keyed | weir::window(weir::count_window(10, 3)) | states);
    check("counts of one key", timed | weir::window(weir::count_window(10, 1)) | states);
    check("records", timed | keyed | weir::window(weir::record_sliding(1s)) | states);
    check("all", timed | keyed | states);
}

template <typename Timed, typename Check>
void in_merged_windows(const Timed& timed, Check&& check) {
    check("slices", timed | keyed | weir::window(weir::sliding(4s, 2s).allowed_lateness(2s)) | sketches());
    check("blocks", timed | keyed | weir::window(weir::count_window(10, 3)) | sketches());
    check("blocks of one key", timed | weir::window(weir::count_window(10, 1)) | sketches());
}

/// Of each window a number of what both sides have in it.
auto both(auto left, auto right) {
    return weir::cogroup(std::move(left), std::move(right), weir::tumbling(2s), [](std::span<const Reading> ours, std::span<const Reading> theirs) { return ours.size() * 100 + theirs.size(); });
}
auto pairs(auto left, auto right) {
    return weir::window_join(std::move(left), std::move(right), weir::sliding(4s, 2s), [](const Reading& ours, const Reading& theirs) { return ours.value + theirs.value; });
}
auto pairs_of_sessions(auto left, auto right) {
    return weir::window_join<weir::JoinType::full>(std::move(left), std::move(right), weir::session(200ms), [](const Reading* ours, const Reading* theirs) { return ours && theirs; });
}

} // namespace

TEST_CASE("what states of aggregates own comes from the resource of their job, in windows of all kinds") {
    const auto all = readings(2'000, 15);
    const auto timed = weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(1s));
    std::size_t given = 0;
    const auto count = weir::for_each([&given](const auto&) { ++given; });
    const auto none = [&](const char* which, auto job) {
        CAPTURE(which);
        given = 0;
        CHECK(from_the_free_store(std::move(job) | count) == 0);
        CHECK(given != 0);
    };
    in_all_windows(timed, numbers(), none);
    in_merged_windows(timed, none);
    none("blocks of a span", weir::from(all) | weir::window(weir::count_window(10, 1)) | sketches());
    in_all_windows(timed, lists(), [&](const char* which, auto job) {
        CAPTURE(which);
        given = 0;
        const std::size_t allocated = from_the_free_store(std::move(job) | count); // before given is looked at
        CHECK(allocated == n_lists * given);
        CHECK(given != 0);
    });
}

TEST_CASE("so does what workers gather in them") {
    const auto all = readings(2'000, 15);
    const auto timed = in_parts(all) | weir::event_time(time_of_reading);
    const auto end = weir::for_each([](const auto&) {});
    for (const std::size_t workers : {1U, 2U}) {
        CAPTURE(workers);
        const weir::RunOptions shared{.workers = workers};
        CHECK(from_the_free_store(timed | keyed | numbers() | end, shared) == 0);
        CHECK(from_the_free_store(timed | keyed | weir::window(weir::tumbling(5s)) | numbers() | end, shared) == 0);
        CHECK(from_the_free_store(timed | keyed | weir::window(weir::sliding(4s, 2s)) | numbers() | end, shared) == 0);
    }
}

TEST_CASE("events in the windows of joins come from the resource of their job") {
    const auto all = readings(2'000, 15), others = readings(1'500, 20);
    const auto left = weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(1s)) | keyed;
    const auto right = weir::from(others) | weir::event_time(time_of_reading, weir::bounded_disorder(1s)) | keyed;
    const auto end = weir::for_each([](const auto&) {});
    CHECK(from_the_free_store(both(left, right) | end) == 0);
    CHECK(from_the_free_store(pairs(left, right) | end) == 0);
    CHECK(from_the_free_store(pairs_of_sessions(left, right) | end) == 0);
}

TEST_CASE("a resource may have no more for what states and joins keep") {
    const auto all = readings(30, 2), others = readings(25, 3); // few, as the job is run for each block
    const auto seldom = weir::event_time([](const Reading& r) { return weir::Timestamp(std::chrono::milliseconds(300 * static_cast<int>(r.value))); });
    const auto timed = weir::from(all) | seldom;
    const auto end = weir::for_each([](const auto&) {});
    const auto fails = [&](const char* which, auto job) { fails_anywhere(which, std::move(job) | end); };
    in_all_windows(timed, numbers(), fails);
    in_all_windows(timed, lists(), fails);
    in_merged_windows(timed, fails);
    const auto left = timed | keyed;
    const auto right = weir::from(others) | seldom | keyed;
    fails_anywhere("cogroup", both(left, right) | end);
    fails_anywhere("window_join", pairs(left, right) | end);
    fails_anywhere("window_join of sessions", pairs_of_sessions(left, right) | end);
}

TEST_CASE("results may be kept for longer than the job and its resource") {
    const auto all = readings(200, 3);
    using Sketch = weir::CountMinSketch<std::int64_t>;
    std::vector<weir::Keyed<std::uint64_t, Sketch>> kept;
    {
        std::optional<Counting> resource(std::in_place);
        weir::run(weir::from(all) | keyed | weir::aggregate(weir::count_min(second)) | weir::collect_into(kept), {.resource = &*resource});
        CHECK(resource->bytes == 0);
    }
    REQUIRE(kept.size() == 3);
    const Sketch copy = kept[0].value;
    CHECK(copy.count(0) + copy.count(1) == copy.total());
}
