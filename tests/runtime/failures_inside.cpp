// SPDX-License-Identifier: BSL-1.0
// The same of operators that keep events, have chains inside, or take several at once.
#include "runtime/failures.hpp"

#include <weir/async.hpp>
#include <weir/figures.hpp>

#include <thread>

using namespace failures;

TEST_CASE("keyed operators, in windows and without, and what fires in them") {
    const auto all = numbers(5'000);
    const auto by_time = weir::event_time(second);
    const auto key = [](int x) { return x % 7; };
    const auto sum = weir::aggregate(weir::sum());
    const auto aggregate_bad = [](std::uint64_t n) { return weir::aggregate(weir::sum(bad_at(n, same))); };
    const auto timed = [&](auto projection, auto windows) { return weir::from(all) | by_time | weir::key_by(projection) | weir::window(windows); };
    for (const std::uint64_t n : {1U, 2U, 127U, 128U, 129U, 1000U, 1023U, 2048U}) {
        const auto bad_key = bad_at(n, key);
        CHECK(failure_of(weir::from(all) | weir::event_time(bad_at(n, second)) | ignore) == at_event("event_time#1", n));
        CHECK(failure_of(weir::from(all) | weir::map(same) | weir::event_time(bad_at(n, second)) | ignore) == at_event("event_time#1", n));
        CHECK(failure_of(timed(bad_key, weir::tumbling(10s)) | sum | ignore) == at_event("aggregate#1", n));
        CHECK(failure_of(weir::from(OneByOne{5'000}) | by_time | weir::map(same) | weir::key_by(bad_key) | weir::window(weir::tumbling(10s)) | sum | ignore) == at_event("aggregate#1", n));
        CHECK(may_be(failure_of(timed(key, weir::tumbling(10s)) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(timed(key, weir::sliding(20s, 5s)) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(timed(key, weir::session(3s)) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(timed(key, weir::count_window(5)) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(weir::from(all) | weir::key_by(key) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(weir::from(all) | weir::key_by(std::identity()) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(may_be(failure_of(weir::from(all) | aggregate_bad(n) | ignore), "aggregate#1", n));
        CHECK(failure_of(timed(key, weir::tumbling(10s)) | sum | weir::for_each(throws_at(n, nothing))) == at_event("for_each#1", n));
        CHECK(failure_of(weir::from(all) | weir::key_by(bad_key) | sum | ignore) == at_event("aggregate#1", n));
        CHECK(failure_of(weir::from(all) | weir::key_by(bad_key) | weir::reduce(std::plus<>()) | ignore) == at_event("reduce#1", n));
        CHECK(failure_of(weir::from(all) | weir::key_by(key) | weir::scan(0L, [n](long s, int x) { return s + bad_at(n, same)(x); }) | ignore) == at_event("scan#1", n));
        CHECK(failure_of(weir::from(all) | weir::key_by(bad_key) | weir::window(weir::count_window(4)) | sum | ignore) == at_event("aggregate#1", n));
        CHECK(failure_of(weir::from(all) | weir::sort_by(bad_at(n, same)) | ignore) == at_event("sort_by#1", n));
        CHECK(may_be(failure_of(weir::from(all) | weir::top_n(5, bad_at(n, same)) | ignore), "top_n#1", n));
        CHECK(failure_of(weir::from(all) | weir::distinct(bad_at(n, same)) | ignore) == at_event("distinct#1", n));
    }
    CHECK(failure_of(weir::from(all) | weir::sort_by(same, throws_at(5, std::less<>())) | ignore) == behind("sort_by#1", 5'000));
    CHECK(failure_of(weir::from(all) | weir::sort_by(same) | weir::map(bad_at(77, same)) | ignore) == at_event("map#1", 77));
}

TEST_CASE("a processor is told apart by the events of its batch, the others by their number") {
    const auto all = numbers(1'000);
    const auto batches = [&] { return weir::from(all) | weir::filter([](int x) { return x % 2 == 0; }) | weir::micro_batch(100); };
    const auto whole = [](std::span<int> batch) { return batch[0] == 400 ? throw Bad("bad price") : static_cast<int>(batch.size()); };
    const auto each = [](std::span<int> batch) { return batch[0] == 400 ? throw Bad("bad price") : std::vector<int>(batch.begin(), batch.end()); };
    CHECK(failure_of(batches() | weir::process(whole) | ignore) == "process#1: events 201 to 300");
    CHECK(failure_of(batches() | weir::process(weir::per_event(each)) | ignore) == "process#1: events 201 to 300");
    CHECK(failure_of(weir::from(Blocks{all, 40}) | weir::as_batches() | weir::process(whole) | ignore) == "process#1: events 401 to 440");
    CHECK(failure_of(batches() | weir::stage() | weir::process(whole) | ignore) == "process#1: events 201 to 300");
    CHECK(failure_of(batches() | weir::for_each(throws_at(3, nothing))) == at_event("for_each#1", 3));
    CHECK(failure_of(batches() | weir::unbatch() | weir::map(bad_at(401, same)) | ignore) == at_event("map#1", 201));
}

TEST_CASE("chains inside operators, and several inputs") {
    const auto all = numbers(1'000);
    const auto bad = [](std::uint64_t n) { return weir::map(bad_at(n, same)) | ignore; };
    for (const std::uint64_t n : {1U, 65U, 500U}) {
        CHECK(failure_of(weir::from(all) | weir::broadcast(ignore, bad(n))) == at_event("broadcast#1/branch#2/map#1", n));
        CHECK(failure_of(weir::from(all) | weir::broadcast(weir::map(bad_at(n, same)), weir::map(same)) | ignore) == at_event("broadcast#1/branch#1/map#1", n));
        CHECK(failure_of(weir::from(all) | weir::AnyChain<int, int>(weir::map(same) | weir::map(bad_at(n, same))) | ignore) == at_event("AnyChain#1/map#2", n));
        CHECK(failure_of(weir::from(all) | weir::try_map([](int x) -> int { throw Bad(std::to_string(x)); }, weir::dead_letter(weir::for_each(throws_at(n, nothing)))) | ignore)
              == at_event("try_map#1/dead_letter/for_each#1", n));
        CHECK(failure_of(weir::merge(weir::from(all) | weir::map(same), weir::from(all) | weir::map(bad_at(n, same))) | ignore) == at_event("merge/2/map#1", n));
        CHECK(failure_of(weir::merge(weir::from(all), weir::from(all) | weir::stage()) | weir::map(throws_at(n, same)) | ignore) == at_event("map#1", n));
        const auto side = [&](auto key) { return weir::from(all) | weir::event_time(second) | weir::key_by(key); };
        const auto pair = [](int l, int) { return l; };
        CHECK(failure_of(weir::hash_join(weir::from(all) | weir::key_by(same), weir::from(all) | weir::map(bad_at(n, same)) | weir::key_by(same), pair) | ignore) == at_event("join/right/map#1", n));
        CHECK(failure_of(weir::hash_join(weir::from(all) | weir::key_by(same), weir::from(all) | weir::key_by(same), pair) | weir::map(bad_at(n, same)) | ignore) == at_event("map#1", n));
        CHECK(failure_of(weir::interval_join(side(same), side(same), weir::within(0s, 2s), throws_at(n, pair)) | ignore).starts_with("interval_join#1: event "));
        CHECK(failure_of(weir::window_join(side(same), side(same), weir::tumbling(10s), throws_at(n, pair)) | ignore) == at_event("pairs#1", n));
    }
    const auto policy = [](int x) { return x == 41 ? throw Bad("bad price") : x; };
    std::string said;
    const weir::RunOptions options{.failed = [&said](const Failure& at) { said = to_string(at); }};
    REQUIRE_THROWS_AS(weir::run(weir::from(all) | weir::try_map(policy) | ignore, options), weir::EventError);
    CHECK(said == "try_map#1: event 42: bad price");
    REQUIRE_THROWS_AS(weir::run(weir::from(all) | weir::async_map(4, policy, weir::ordered) | ignore, options), weir::EventError);
    CHECK(said == "async_map#1: event 42: bad price");
    REQUIRE_THROWS_AS(weir::run(weir::from(all) | weir::stage({.capacity = 4, .overflow = weir::Overflow::fail}) | weir::tap([](int) { std::this_thread::sleep_for(1ms); }) | ignore, options),
                      weir::QueueFull);
    CHECK(said.starts_with("stage#1: the queue is full"));
}

TEST_CASE("functions of keys and their timers") {
    const auto all = numbers(100);
    const auto process = [](auto on_event, auto on_timer) { return weir::process_keyed<int, int>(on_event, on_timer); };
    const auto wait = [](int x, int&, auto& context) { context.set_timer(second(x + 5)); };
    const auto timed = [&] { return weir::from(all) | weir::event_time(second) | weir::key_by(same); };
    const auto tick = [](weir::Timestamp, int&, auto&) {};
    const auto bad = [](int x, int&, auto&) { if (x == 41) throw Bad("bad price"); };
    const auto bad_tick = [](weir::Timestamp t, int&, auto&) { if (t == second(50)) throw Bad("bad price"); };
    CHECK(failure_of(timed() | process(bad, tick) | ignore) == at_event("process_keyed#1", 42));
    CHECK(failure_of(timed() | process(wait, bad_tick) | ignore) == behind("process_keyed#1", 52));
    CHECK(failure_of(weir::from(numbers(48)) | weir::event_time(second) | weir::key_by(same) | process(wait, bad_tick) | ignore) == behind("process_keyed#1", 48));
}

TEST_CASE("jobs that do not count name the operator alone, profiled ones do as all") {
    const auto all = numbers(1'000);
    const auto job = [&] { return weir::from(all) | weir::filter([](int x) { return x > 0; }) | weir::map(bad_at(500, same)) | ignore; };
    CHECK(failure_of(weir::uncounted(job())) == "map#1");
    CHECK(failure_of(weir::profiled(job())) == at_event("map#1", 499));
}

namespace {

/// Takes spans, and does not say how much of one it had not finished.
struct Whole {
    using kind = weir::OperatorKind;
    static constexpr std::string_view name = "whole";
    static constexpr bool one_to_one = true;
    static constexpr bool takes_span = true;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
    template <typename E, typename Next>
    void on_span(std::span<E> events, Next& next) {
        for (E& event : events) {
            if (event == 700) throw Bad("bad price");
            next.on_event(event);
        }
    }
};

} // namespace

TEST_CASE("of a span of which an operator does not say where it threw all events are named") {
    CHECK(failure_of(weir::from(Blocks{numbers(1'000), 256}) | Whole{} | ignore) == "whole#1: events 513 to 768");
}
