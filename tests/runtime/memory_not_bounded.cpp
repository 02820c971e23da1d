// SPDX-License-Identifier: BSL-1.0
#include "memory_parts.hpp"

#include <catch.hpp>
#include <weir/async.hpp>
#include <weir/memory_bound.hpp>
#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct Reading {
    std::int64_t at = 0;
    std::uint64_t sensor = 0;
    double value = 0;
};
/// An event that owns memory, of which its author knows how much.
struct Note {
    std::string text;
};

const auto nothing = [](const auto&) {};
const auto time_of_reading = [](const Reading& r) { return weir::Timestamp(weir::Duration(r.at)); };

template <typename J>
std::string refused(const J& job, const weir::RunOptions& options = {.bounded = true}) {
    try {
        weir::run(job, options);
    } catch (const weir::MemoryNotBounded& e) {
        return e.what();
    }
    return "not refused";
}

} // namespace

template <>
inline constexpr std::size_t weir::owns_at_most<Note> = 100;

TEST_CASE("a job that is to be bounded is refused where nobody knows how much it keeps") {
    const std::vector<Reading> readings(20);
    const auto sums = weir::key_by(&Reading::sensor) | weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; });
    CHECK(refused(weir::from(readings) | sums | weir::for_each(nothing)) ==
          "RunOptions::bounded: nothing says how much this job may keep: scan#1: not bounded: scan without max_keys. Give .max_keys, or say what you know in "
          "RunOptions::at_most, or of your events by weir::owns_at_most");
    CHECK(refused(weir::from(readings) | weir::stage(16) | weir::for_each(nothing)) == "not refused");
    weir::run(weir::from(readings) | sums | weir::for_each(nothing)); // who does not ask is not refused
    // what takes its share of the memory has a bound, and what is above that is another refusal
    CHECK(refused(weir::from(readings) | weir::sort_by(&Reading::value) | weir::for_each(nothing)) == "not refused");
    CHECK_THROWS_AS(weir::run(weir::from(readings) | weir::stage(16) | weir::for_each(nothing), {.memory = 10, .bounded = true}), weir::MemoryTooSmall);
}

TEST_CASE("who has given max_keys is not told to") {
    const std::vector<Reading> readings(20);
    const auto keyed = weir::from(readings) | weir::event_time([](const Reading&) { return weir::Timestamp{}; }) | weir::key_by(&Reading::sensor);
    const auto job = keyed | weir::window(weir::sliding(10s, 1s)) | weir::aggregate(weir::count(), weir::KeyedOptions{.max_keys = 5}) | weir::for_each(nothing);
    CHECK(refused(job).find("nothing says how many windows are open at once") != std::string::npos);
    CHECK(refused(job).find("Give .max_keys") == std::string::npos);
}

TEST_CASE("a job that is to be bounded is refused where its events own what nobody has told of") {
    const std::vector<std::string> words(20, "a word");
    const auto job = weir::from(words) | weir::stage(16) | weir::for_each(nothing);
    CHECK(refused(job).find("stage#1: what its events own is not counted: say MemoryBoundOptions::event_bytes") != std::string::npos);
    CHECK(refused(job, {.bounded = true, .at_most = {.event_bytes = 64}}) == "not refused");
    CHECK_THROWS_AS(weir::run(job, {.memory = 16 * (sizeof(std::string) + 64) + few_signals - 1, .bounded = true, .at_most = {.event_bytes = 64}}), weir::MemoryTooSmall);

    const std::vector<Note> notes(20);
    const auto told = weir::from(notes) | weir::stage(16) | weir::for_each(nothing);
    CHECK(refused(told) == "not refused");
    CHECK(weir::memory_bound(told).bytes == 16 * (sizeof(Note) + 100) + few_signals);
    CHECK(weir::owns_at_most<std::optional<std::pair<Note, std::tuple<int, Note>>>> == 200);
    CHECK(weir::owns_at_most<std::pair<int, double>> == 0);
    CHECK(weir::owns_at_most<std::pair<int, std::string>> == weir::unlimited);
}

TEST_CASE("memory_bound of parallel: queues to each copy and behind it, and what the copies keep") {
    const std::vector<Reading> readings(20);
    const auto sums = weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; }, {.max_keys = 100});
    const auto job = weir::from(readings) | weir::filter([](const Reading&) { return true; }) | weir::key_by(&Reading::sensor) |
                     weir::parallel({.copies = 3, .capacity = 100}, sums) | weir::for_each(nothing);
    const weir::MemoryBound bound = weir::memory_bound(job);
    CHECK(bound.bounded);
    CHECK(part(bound, "parallel#1").bytes >= 3 * 128 * (sizeof(Reading) + sizeof(double)));
    CHECK(part(bound, "parallel#1/copy#3/scan#1").bytes >= 100 * (sizeof(double) + sizeof(std::uint64_t)));
    CHECK(bound.parts.size() == 4);
    same_names(bound, weir::run(job, {.bounded = true}));
    const auto dealt = weir::from(readings) | weir::parallel(2, weir::map(&Reading::value), weir::ordered) | weir::for_each(nothing);
    CHECK(weir::memory_bound(dealt).bytes >= 2 * 4096 * (sizeof(Reading) + sizeof(double)));
    const auto unknown = weir::from(readings) | weir::key_by(&Reading::sensor) | weir::parallel(2, weir::deduplicate()) | weir::for_each(nothing);
    CHECK(refused(unknown).find("parallel#1/copy#1/deduplicate#1: not bounded: deduplicate without max_keys; parallel#1/copy#2/") != std::string::npos);
}

TEST_CASE("memory_bound of async_map: its queue, and the events and answers that wait for their turn") {
    const std::vector<Reading> readings(20);
    const auto call = [](const Reading& r) { return r.value; };
    const auto job = weir::from(readings) | weir::async_map(8, call, weir::ordered) | weir::for_each(nothing);
    const weir::MemoryBound bound = weir::memory_bound(job);
    CHECK(bound.bounded);
    CHECK(part(bound, "async_map#1").bytes >= 16 * sizeof(Reading) + 32 * (sizeof(Reading) + sizeof(double)));
    same_names(bound, weir::run(job, {.bounded = true}));
    const auto texts = weir::from(readings) | weir::async_map(8, [](const Reading& r) { return std::to_string(r.value); }, weir::unordered) | weir::for_each(nothing);
    CHECK(refused(texts).find("async_map#1: what its events own is not counted") != std::string::npos);
    CHECK(weir::memory_bound(texts, {.event_bytes = 1000}).bytes >= 32 * 1000);
}

TEST_CASE("memory_bound goes into the chains inside of operators, under the names that these have in the Report") {
    const std::vector<Reading> readings(20);
    const auto sums = weir::key_by(&Reading::sensor) | weir::scan(0.0, [](double sum, const Reading& r) { return sum + r.value; }, {.max_keys = 10});
    const auto end = weir::for_each(nothing);
    const auto job = weir::from(readings) | weir::try_map([](const Reading& r) { return r; }, weir::dead_letter(weir::micro_batch(5) | weir::process([](auto) {}))) |
                     weir::event_time(time_of_reading, weir::bounded_disorder(1s)) | weir::drop_late().late_to(weir::stage(8) | end) |
                     weir::broadcast(sums | end, weir::named("last", weir::distinct(&Reading::sensor, 7) | end)) ;
    const weir::MemoryBound bound = weir::memory_bound(job, {.event_bytes = 10});
    CHECK(bound.bounded);
    CHECK(part(bound, "try_map#1/dead_letter/micro_batch#1").bytes >= 5 * sizeof(weir::Rejected<Reading>));
    CHECK(part(bound, "drop_late#1/late_to/stage#1").bytes >= 8 * sizeof(weir::Event<Reading>));
    CHECK(part(bound, "broadcast#1/branch#1/scan#1").bytes >= 10 * sizeof(double));
    CHECK(part(bound, "broadcast#1/branch#2/last/distinct#1").bytes >= 7 * (sizeof(std::uint64_t) + sizeof(std::size_t)));
    same_names(bound, weir::run(job, {.bounded = true, .at_most = {.event_bytes = 10}}));
    const weir::AnyChain<Reading, Reading, {.bounded = true}> erased = weir::distinct(&Reading::sensor, 7) | weir::top_n(3, &Reading::value);
    const auto any = weir::from(readings) | erased | end;
    CHECK(part(weir::memory_bound(any), "AnyChain#1/top_n#1").bytes >= 6 * sizeof(Reading));
    same_names(weir::memory_bound(any), weir::run(any, {.bounded = true}));
    const auto routed = weir::from(readings) | weir::route([](const Reading& r) { return r.value > 0; }, weir::top_n(3, &Reading::value) | end, weir::otherwise, sums | end);
    CHECK(part(weir::memory_bound(routed), "route#1/branch#1/top_n#1").bytes >= 6 * sizeof(Reading));
    same_names(weir::memory_bound(routed), weir::run(routed));
}

TEST_CASE("memory_bound of windows is known where keys, and windows that are open at once, are") {
    const std::vector<Reading> readings(20);
    const auto windows = [&](auto window, auto... aggregates) {
        return weir::from(readings) | weir::event_time(time_of_reading, weir::bounded_disorder(5s)) | weir::key_by(&Reading::sensor) | weir::window(window) |
               weir::aggregate(aggregates...) | weir::for_each(nothing);
    };
    const weir::KeyedOptions keys{.max_keys = 1000};
    const auto tumbling = windows(weir::tumbling(10s), weir::sum(&Reading::value), keys);
    CHECK(refused(tumbling).find("aggregate#1: not bounded: nothing says how many windows are open at once: say MemoryBoundOptions::windows") != std::string::npos);
    CHECK(refused(tumbling, {.bounded = true, .at_most = {.windows = 3}}) == "not refused");
    const std::size_t three = weir::memory_bound(tumbling, {.windows = 3}).bytes, six = weir::memory_bound(tumbling, {.windows = 6}).bytes;
    CHECK(three >= 3 * 1000 * (sizeof(std::uint64_t) + sizeof(double)));
    CHECK(six > 3 * three / 2);
    CHECK(refused(windows(weir::tumbling(10s), weir::sum(&Reading::value))).find("aggregate without max_keys") != std::string::npos);
    CHECK(refused(windows(weir::tumbling(10s), weir::collect(), keys)).find("an aggregate in it keeps values") != std::string::npos);
    CHECK(refused(windows(weir::count_window(10, 2), weir::count(), keys)) == "not refused");
    const auto sliding = windows(weir::sliding(10s, 5s).allowed_lateness(5s), weir::count(), keys);
    CHECK(refused(sliding).find("say MemoryBoundOptions::windows") != std::string::npos);
    CHECK(refused(sliding, {.bounded = true, .at_most = {.windows = 6}}) == "not refused");
    CHECK(weir::memory_bound(sliding, {.windows = 6}).bytes > six);
    CHECK(refused(windows(weir::session(1s), weir::count(), keys)).find("nothing says how many sessions a key has") != std::string::npos);
}

TEST_CASE("what keeps more the longer it waits says so") {
    const std::vector<Reading> readings(20);
    const auto timed = weir::from(readings) | weir::event_time(time_of_reading, weir::bounded_disorder(5s));
    const auto keyed = timed | weir::key_by(&Reading::sensor);
    const auto end = weir::for_each(nothing);
    const auto both = [](const auto& a, const auto&) { return a; };
    CHECK(refused(timed | weir::in_time_order() | end).find("say MemoryBoundOptions::waiting") != std::string::npos);
    CHECK(refused(timed | weir::in_time_order() | end, {.bounded = true, .at_most = {.waiting = 100}}) == "not refused");
    CHECK(refused(weir::interval_join(keyed, keyed, weir::within(1s, 1s), both) | end).find("interval_join#1: not bounded: ") != std::string::npos);
    CHECK(refused(weir::window_join(keyed, keyed, weir::tumbling(1s), both) | end).find("window_join#1: not bounded: ") != std::string::npos);
    CHECK(refused(weir::temporal_join(keyed, keyed, both) | end).find("temporal_join#1: not bounded: ") != std::string::npos);
    CHECK(refused(weir::lookup_join(keyed, keyed, both) | end).find("lookup_join#1: not bounded: lookup_join without max_keys") != std::string::npos);
    CHECK(refused(weir::lookup_join(keyed, keyed, both, {.max_keys = 100}) | end) == "not refused");
    CHECK(refused(weir::table_join(keyed, keyed, both, {.max_keys = 100}) | end) == "not refused");
    const auto rises = weir::pattern("low", [](const Reading& r) { return r.value < 0; }).followed_by("high", [](const Reading& r) { return r.value > 0; });
    const auto found = [](const auto&) { return 1; };
    const weir::KeyedOptions hundred{.max_keys = 100};
    const weir::RunOptions told{.bounded = true, .at_most = {.waiting = 50}};
    CHECK(refused(keyed | weir::match(rises, found) | end, told).find("match#1: not bounded: match without max_keys") != std::string::npos);
    CHECK(refused(keyed | weir::match(rises, found, {}, hundred) | end).find("match#1: not bounded: nothing says how many events wait for the watermark: say MemoryBoundOptions::waiting") != std::string::npos);
    CHECK(refused(keyed | weir::match(rises.one_or_more(), found, {}, hundred) | end, told).find("match#1: not bounded: a step of the pattern takes any number of events: say times(n, m)") != std::string::npos);
    CHECK(refused(keyed | weir::match(rises.times(1, 3), found, {.max_partial_matches = 10}, hundred) | end, told) == "not refused");
    CHECK(refused(timed | weir::match(rises, found) | end, told) == "not refused"); // without keys
    const auto high = weir::match(weir::pattern("high", [](const Reading& r) { return r.value > 0; }).within(1s), [](const auto&) { return 1; });
    const std::string late = refused(keyed | high.late_to(weir::stage(4) | weir::scan(0, [](int n, const Reading&) { return n; }) | end).timeouts_to([](const auto&) { return std::string(); }, weir::stage(4) | end) | end);
    CHECK(late.find("match#1: not bounded: ") != std::string::npos);
    CHECK(late.find("match#1/timeouts_to/stage#1: what its events own") != std::string::npos);
    const auto numbered = weir::process_keyed<int, int>([](const Reading&, int& n, auto& context) { context.emit(++n); }, {.max_keys = 10});
    CHECK(refused(keyed | numbered | end) == "not refused");
    const auto reminded = weir::process_keyed<std::string, int>([](const Reading& r, std::string&, auto& context) { context.set_timer(context.time() + weir::Duration(r.at)); },
                                                                [](weir::Timestamp, std::string&, auto&) {}, {.max_keys = 10});
    CHECK(refused(keyed | reminded | end).find("process_keyed#1: not bounded: nothing says how many timers of a key are set at once") != std::string::npos);
    CHECK(refused(keyed | reminded | end, {.bounded = true, .at_most = {.timers = 2}}).find("what its events own is not counted") != std::string::npos);
    CHECK(refused(keyed | reminded | end, {.bounded = true, .at_most = {.event_bytes = 20, .timers = 2}}) == "not refused");
    CHECK(refused(keyed | weir::suppress(1s, {.max_keys = 100}) | end) == "not refused");
    CHECK(refused(weir::from(readings) | weir::sample(10) | end) == "not refused");
    double total = 0;
    CHECK(refused(weir::from(readings) | weir::ingestion_time() | weir::fold_into(total, [](double a, const Reading& r) { return a + r.value; })) == "not refused");
}
