// SPDX-License-Identifier: BSL-1.0
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/memory_resources.hpp"
#include "runtime/tasks.hpp"

#include <weir/memory_bound.hpp>
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace resources;

const auto nothing = [](const auto&) {};

/// Two or three readings of a sensor, each greater than the one before, within four seconds.
const auto risen = weir::pattern("first", [](const Reading&) { return true; })
                       .followed_by("rise", [](const Reading& r, const auto& so_far) { return r.value > so_far["first"].front().value; }).times(1, 2)
                       .within(4s);
const auto risen_by = [](const auto& match) { return match["rise"].back().value - match["first"].front().value; };

/// from | map | stage | key_by | window | aggregate | sink: what many jobs are.
auto averages(const std::vector<Reading>& all, auto sink) {
    return weir::from(all) | weir::map([](const Reading& r) { return Reading{r.second, r.sensor, r.value * 2}; }) |
           weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::stage(256) | weir::key_by(&Reading::sensor) | weir::window(weir::tumbling(5s)) |
           weir::aggregate(weir::mean(&Reading::value), weir::KeyedOptions{.max_keys = 100}) | std::move(sink);
}

template <typename J>
void stays_within_bound(const char* which, const J& job, const weir::MemoryBoundOptions& known = {}) {
    CAPTURE(which);
    Counting resource;
    weir::run(job, {.bounded = true, .resource = &resource, .at_most = known});
    CHECK(resource.most > 0);
    CHECK(resource.most <= weir::memory_bound(job, known).bytes);
    CHECK(resource.bytes == 0); // all came back
}

} // namespace

TEST_CASE("a job runs in an array: nothing comes from the free store while events flow") {
    const auto all = readings(20'000, 100);
    static std::array<std::byte, 256 * 1024> memory;
    std::pmr::monotonic_buffer_resource arena(memory.data(), memory.size(), std::pmr::null_memory_resource());
    std::size_t given = 0;
    auto stepper = weir::stepper(averages(all, weir::for_each([&](const auto&) { ++given; })), {.resource = &arena});
    const std::size_t before = allocations;
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(allocations == before);
    CHECK(given == 40 * 100);
}

TEST_CASE("so do operators of keys and of time, batches, merges and joins") {
    const auto all = readings(20'000, 100);
    const auto timed = weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s));
    const auto keyed = timed | weir::key_by(&Reading::sensor);
    const auto end = weir::for_each(nothing);
    const auto left_of = [](const Reading& left, const auto&) { return left; };
    const weir::KeyedOptions few{.max_keys = 30, .at_max = weir::AtMaxKeys::evict, .ttl = 10s};
    CHECK(from_the_free_store(keyed | weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; }, few) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::deduplicate(few) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::window(weir::sliding(10s, 5s)) | weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 100}) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::window(weir::sliding(10s, 5s)) | weir::aggregate(weir::count()) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::window(weir::sliding(60s, 1s).allowed_lateness(2s)) | weir::aggregate(weir::mean(&Reading::value)) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::match(risen, risen_by) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::match(risen, risen_by, {}, {.max_keys = 50, .at_max = weir::AtMaxKeys::evict}) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::window(weir::session(3s)) | weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 100}) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::window(weir::count_window(10, 2)) | weir::aggregate(weir::mean(&Reading::value)) | end) == 0);
    const auto remind = [](const Reading&, int& n, auto& context) { context.set_timer(context.time() + 3s), ++n; };
    CHECK(from_the_free_store(keyed | weir::process_keyed<int, int>(remind, [](weir::Timestamp, int& n, auto& context) { context.emit(n); }) | end) == 0);
    CHECK(from_the_free_store(keyed | weir::suppress(3s) | end) == 0);
    CHECK(from_the_free_store(timed | weir::distinct(&Reading::sensor, 50) | weir::in_time_order() | weir::top_n(20, &Reading::value) | end) == 0);
    CHECK(from_the_free_store(timed | weir::micro_batch(64) | weir::stage(4) | weir::unbatch() | weir::sample(20) | end) == 0);
    CHECK(from_the_free_store(weir::merge(timed | weir::stage(64), timed) | end) == 0);
    CHECK(from_the_free_store(weir::lookup_join(keyed, keyed, left_of) | end) == 0);
    CHECK(from_the_free_store(weir::interval_join(keyed, keyed, weir::within(0s, 0s), left_of) | end) == 0);
}

TEST_CASE("a job takes no more from its resource than memory_bound says, and gives all of it back") {
    const auto all = readings(20'000, 100);
    const weir::MemoryBoundOptions three_windows{.windows = 3};
    stays_within_bound("averages", averages(all, weir::for_each(nothing)), three_windows);
    stays_within_bound("drop_oldest", weir::from(all) | weir::stage({.capacity = 100, .overflow = weir::Overflow::drop_oldest}) | weir::for_each(nothing));
    stays_within_bound("batches", weir::from(all) | weir::micro_batch(50) | weir::stage(4) | weir::unbatch() | weir::for_each(nothing));
    stays_within_bound("timed batches", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::micro_batch(50) | weir::stage(4) | weir::unbatch() | weir::for_each(nothing));
    stays_within_bound("top_n", weir::from(all) | weir::top_n(50, &Reading::value) | weir::for_each(nothing));
    stays_within_bound("sample", weir::from(all) | weir::sample(50) | weir::for_each(nothing));
    const auto sum = weir::scan(0.0, [](double so_far, const Reading& r) { return so_far + r.value; }, {.max_keys = 100, .at_max = weir::AtMaxKeys::evict, .ttl = 1h, .ttl_clock = weir::TtlClock::processing_time});
    stays_within_bound("scan", weir::from(all) | weir::stage(16) | weir::key_by(&Reading::sensor) | sum | weir::for_each(nothing));
    for (const std::size_t few : {1U, 2U, 5U}) { // what is never less than so much
        const weir::KeyedOptions of_few{.max_keys = few, .at_max = weir::AtMaxKeys::evict, .ttl = 3s};
        const auto short_sum = weir::scan(0.0, [](double so_far, const Reading& r) { return so_far + r.value; }, of_few);
        stays_within_bound("scan of few", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::key_by([few](const Reading& r) { return r.sensor % (2 * few); }) | short_sum | weir::for_each(nothing));
        stays_within_bound("batches of few", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::micro_batch(few) | weir::stage(1) | weir::unbatch() | weir::for_each(nothing));
        stays_within_bound("batches of few of one task", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::micro_batch(few) | weir::unbatch() | weir::for_each(nothing));
    }
    stays_within_bound("parallel", weir::from(all) | weir::key_by(&Reading::sensor) | weir::parallel({.copies = 3, .capacity = 64}, weir::deduplicate({.max_keys = 100})) | weir::for_each(nothing));
    const auto keyed = weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::key_by(&Reading::sensor);
    stays_within_bound("suppress", keyed | weir::suppress(3s, {.max_keys = 100}) | weir::for_each(nothing));
    const auto remind = [](const Reading&, int& n, auto& context) { context.set_timer(context.time() + 3s), ++n; };
    const auto reminders = weir::process_keyed<int, int>(remind, [](weir::Timestamp, int& n, auto& context) { context.emit(n); }, {.max_keys = 100});
    stays_within_bound("process_keyed", keyed | reminders | weir::for_each(nothing), {.timers = 6});
    const weir::KeyedOptions hundred{.max_keys = 100};
    stays_within_bound("count_window", keyed | weir::window(weir::count_window(10)) | weir::aggregate(weir::mean(&Reading::value), hundred) | weir::for_each(nothing));
    stays_within_bound("count_window, overlapping", keyed | weir::window(weir::count_window(100, 2)) | weir::aggregate(weir::mean(&Reading::value), hundred) | weir::for_each(nothing));
    stays_within_bound("table_join", weir::table_join(keyed, keyed, [](const Reading& left, const Reading& right) { return left.value + right.value; }, hundred) | weir::for_each(nothing));
    stays_within_bound("distinct", weir::from(all) | weir::distinct(&Reading::sensor, 50) | weir::for_each(nothing));
    const auto sliding = weir::sliding(4s, 1500ms).allowed_lateness(2s);
    for (const weir::AtMaxKeys full : {weir::AtMaxKeys::drop_new, weir::AtMaxKeys::evict}) {
        const weir::KeyedOptions some{.max_keys = 40, .at_max = full};
        stays_within_bound("sliding windows", keyed | weir::window(sliding) | weir::aggregate(weir::mean(&Reading::value), some) | weir::for_each(nothing), {.windows = 8});
        stays_within_bound("cumulative windows, early", keyed | weir::window(weir::cumulative(6s, 2s).trigger(weir::after_watermark().early(weir::after_count(3)))) | weir::aggregate(weir::count(), some) | weir::for_each(nothing), {.windows = 6});
    }
    std::vector<Reading> in_turn; // keys that come now and later, and are evicted
    for (std::size_t i = 0; i < 40'000; ++i) in_turn.push_back({0, i / 2, static_cast<double>(i)});
    const auto now_and_later = weir::event_time([](const Reading& r) { return weir::Timestamp(static_cast<std::int64_t>(r.value) * 100us + (static_cast<std::int64_t>(r.value) % 2) * 500ms); }, weir::bounded_disorder(2s));
    const weir::KeyedOptions five{.max_keys = 5, .at_max = weir::AtMaxKeys::evict};
    stays_within_bound("sliding windows of keys that go", weir::from(in_turn) | now_and_later | weir::key_by(&Reading::sensor) | weir::window(sliding) | weir::aggregate(weir::count(), five) | weir::for_each(nothing), {.windows = 8});
    stays_within_bound("sliding windows without keys", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::window(sliding) | weir::aggregate(weir::count()) | weir::for_each(nothing), {.windows = 8});
    for (const std::size_t few : {1U, 3U, 40U}) {
        const weir::KeyedOptions some{.max_keys = few, .at_max = weir::AtMaxKeys::evict};
        const weir::MatchOptions partials{.max_partial_matches = 3, .at_max = weir::AtMaxPartialMatches::drop_oldest};
        stays_within_bound("match", keyed | weir::match(risen, risen_by, partials, some) | weir::for_each(nothing), {.waiting = 301});
        stays_within_bound("match of what comes after long", keyed | weir::match(risen.within(24h), risen_by, partials, some) | weir::for_each(nothing), {.waiting = 301});
    }
    const auto left_of = [](const Reading& left, const auto&) { return left; };
    stays_within_bound("lookup_join", weir::lookup_join(keyed, keyed, left_of, {.max_keys = 100}) | weir::for_each(nothing));
    stays_within_bound("in_time_order", weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::in_time_order() | weir::for_each(nothing), {.waiting = 301});
}

TEST_CASE("a resource that has no more ends the job with an error that names who wanted it") {
    const auto all = readings(20'000, 100);
    static std::array<std::byte, 256 * 1024> memory;
    const auto said = [&](std::size_t bytes) -> std::string {
        std::pmr::monotonic_buffer_resource arena(memory.data(), bytes, std::pmr::null_memory_resource());
        try {
            weir::run(averages(all, weir::for_each(nothing)), {.resource = &arena});
        } catch (const weir::ResourceExhausted& e) {
            return e.what();
        }
        return "nothing";
    };
    CHECK(said(1'000) == "stage#1: RunOptions::resource has no 8192 bytes left: the job holds 0 bytes of it, of which this operator has 0");
    CHECK(said(30'000).starts_with("aggregate#1: RunOptions::resource has no "));
    const std::string late = said(30'000); // what the queue has is still held then
    const auto number_behind = [&](std::string_view text) { return std::stoull(late.substr(late.find(text) + text.size())); };
    CHECK(number_behind("the job holds ") >= number_behind("this operator has ") + 8192);
    CHECK(number_behind("the job holds ") <= 30'000);
    CHECK(number_behind("this operator has ") > 0);
    CHECK(said(memory.size()) == "nothing");
}

TEST_CASE("a resource may have no more at any time") {
    const auto all = readings(1'000, 30);
    const auto timed = weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s));
    const auto keyed = timed | weir::key_by(&Reading::sensor);
    const auto end = weir::for_each(nothing);
    const auto left_of = [](const Reading& left, const auto&) { return left; };
    fails_anywhere("averages", averages(all, end));
    fails_anywhere("sliding windows", keyed | weir::window(weir::sliding(4s, 1s)) | weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 100}) | end);
    fails_anywhere("sliding windows of any number of keys", keyed | weir::window(weir::sliding(4s, 1s)) | weir::aggregate(weir::count()) | end);
    fails_anywhere("match", keyed | weir::match(risen, risen_by) | end);
    fails_anywhere("match, few keys", keyed | weir::match(risen, risen_by, {}, {.max_keys = 10, .at_max = weir::AtMaxKeys::evict}) | end);
    fails_anywhere("sessions", keyed | weir::window(weir::session(1s)) | weir::aggregate(weir::count()) | end);
    fails_anywhere("batches", timed | weir::micro_batch(64) | weir::stage(4) | weir::unbatch() | weir::in_time_order() | weir::top_n(20, &Reading::value) | end);
    const auto remind = [](const Reading&, int& n, auto& context) { context.set_timer(context.time() + 3s), ++n; };
    fails_anywhere("process_keyed", keyed | weir::process_keyed<int, int>(remind, [](weir::Timestamp, int& n, auto& context) { context.emit(n); }) | end);
    fails_anywhere("interval_join", weir::interval_join(keyed, keyed | weir::stage(16), weir::within(-1s, 1s), left_of) | end);
    fails_anywhere("interval_join, same times", weir::interval_join(keyed, keyed, weir::within(0s, 0s), left_of) | end);
}

TEST_CASE("a batch of a job may be kept for longer than the job, as long as its resource lives") {
    const auto all = readings(100, 10);
    Counting resource;
    std::vector<weir::OwnedBatch<Reading>> kept;
    weir::run(weir::from(all) | weir::micro_batch(30) | weir::stage(4) | weir::collect_into(kept), {.resource = &resource});
    REQUIRE(kept.size() == 4);
    CHECK(kept[3][9].value == 99);
    CHECK(resource.bytes > 0);
    std::optional<weir::OwnedBatch<Reading>> copy = kept[0];
    kept.clear();
    CHECK((*copy)[29].value == 29);
    copy.reset();
    CHECK(resource.bytes == 0);
}

/// Splits that come one after the other while a job runs, each of three events.
struct Days {
    struct Day {
        using event_type = Reading;
        int day;
        std::size_t left = 3;
        [[nodiscard]] int id() const { return day; }
        weir::Polled<Reading> poll() { return left-- > 0 ? weir::Polled<Reading>(Reading{day, left, 0}) : weir::Polled<Reading>::ended(); }
    };
    using split_type = Day;
    int next = 0;
    weir::SplitChanges<Day, int> changes() {
        weir::SplitChanges<Day, int> changes;
        if (next < 50) changes.added.push_back({next++});
        changes.ended = next == 50;
        return changes;
    }
};

TEST_CASE("so may one of loaded state, and be copied then") {
    const auto all = readings(100, 10);
    const auto job = weir::from(all) | weir::map([](const Reading& r) { return r.second; }) | weir::micro_batch(100) | weir::stage(4);
    Counting resource; // outlives the batches
    std::vector<weir::OwnedBatch<std::int64_t>> before, seconds;
    weir::StateWriter state;
    {
        Tasks<true> tasks(job | weir::collect_into(before));
        const weir::detail::Checkpoints checkpoints(tasks.graph, [&](std::uint64_t, const weir::StateWriter& saved) { state = saved; });
        tasks.step(0, 99);
        tasks[0].post({weir::Control::Kind::barrier, 1});
        tasks.step(0, 1);
        tasks.settle(1);
    }
    REQUIRE(state.size() != 0);
    {
        Tasks<true> tasks(job | weir::collect_into(seconds), weir::RunOptions{.resource = &resource});
        weir::detail::load_graph(tasks.graph, state);
        tasks.run_to_end();
    }
    REQUIRE(seconds.size() == 1);
    const weir::OwnedBatch<std::int64_t> copy = seconds[0];
    CHECK(copy == seconds[0]);
}

TEST_CASE("chains of splits that come while a job runs take from its resource, in several tasks at a time", "[threads]") {
    Counting resource;
    std::size_t given = 0;
    const auto chain = weir::event_time(time_of_reading) | weir::micro_batch(2) | weir::unbatch();
    const auto days = [&chain] { return weir::from_splits(Days(), chain) | weir::stage(16); };
    weir::run(weir::merge(days(), days()) | weir::for_each([&given](const Reading&) { ++given; }), {.resource = &resource});
    CHECK(given == 2 * 50 * 3);
    CHECK(resource.blocks > 2);
    CHECK(resource.bytes == 0);
}

TEST_CASE("tasks on several threads take from a resource that is not synchronised, one at a time", "[threads]") {
    const auto all = readings(20'000, 1'000);
    for (int round = 0; round < 5; ++round) {
        Counting resource;
        const auto copies = weir::parallel({.copies = 2, .capacity = 64}, weir::window(weir::tumbling(10s)) | weir::aggregate(weir::count()));
        weir::run(weir::from(all) | weir::event_time(time_of_reading, weir::bounded_disorder(2s)) | weir::stage(100) | weir::key_by(&Reading::sensor) | copies | weir::micro_batch(100) |
                      weir::stage(4) | weir::unbatch() | weir::for_each(nothing),
                  {.resource = &resource});
        CHECK(resource.blocks > 10);
        CHECK(resource.bytes == 0);
    }
}
