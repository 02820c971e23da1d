// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(std::chrono::seconds s) { return weir::Timestamp(s); }

struct Login {
    std::string user;
    bool failed;
    weir::Timestamp time;
};
struct Attempts {
    int failed = 0;
};
struct Alert {
    std::string user;
    int failed;
    friend bool operator==(const Alert&, const Alert&) = default;
};

/// A number per event, to try timers with: its tens are the key, its ones say after how many seconds the key wants to be called.
constexpr auto tens = [](int x) { return x / 10; };

} // namespace

TEST_CASE("process_keyed keeps state and timers for each key") {
    const std::vector<Login> logins{{"ann", true, at(1s)},  {"bob", true, at(2s)},  {"ann", true, at(3s)},
                                    {"ann", false, at(4s)}, {"bob", true, at(50s)}, {"bob", true, at(55s)}};
    std::vector<Alert> alerts;
    weir::run(weir::from(logins) | weir::event_time(&Login::time) | weir::key_by(&Login::user) |
              weir::process_keyed<Attempts, Alert>(
                  [](const Login& login, Attempts& attempts, auto& context) {
                      if (login.failed) ++attempts.failed;
                      else attempts.failed = 0;
                      if (login.failed) context.set_timer(login.time + 30s);
                  },
                  [](weir::Timestamp, Attempts& attempts, auto& context) {
                      if (attempts.failed > 0) context.emit({context.key(), attempts.failed});
                      context.clear();
                  }) |
              weir::map([](Alert alert) { return alert; }) | weir::collect_into(alerts));
    REQUIRE(alerts == std::vector<Alert>{{"bob", 2}, {"bob", 1}}); // ann succeeded; the event at 50 s shows that bob's first failure is 30 s old
}

TEST_CASE("a timer fires when the watermark reaches it, once, in time order, then in the order they were set") {
    weir::TestStream<int> script;
    script.watermark(at(1s)).event(16, at(2s)).event(26, at(2s)).event(16, at(2s)).watermark(at(2s)).event(37, at(3s)).watermark(at(5s)).watermark(at(7s));
    std::vector<weir::Event<std::pair<int, weir::Timestamp>>> calls;
    weir::run(weir::from(script) | weir::key_by(tens) |
              weir::process_keyed<int, std::pair<int, weir::Timestamp>>(
                  [](int x, int&, auto& context) { context.set_timer(at(std::chrono::seconds(x % 10))); },
                  [](weir::Timestamp t, int&, auto& context) { context.emit({context.key(), t}); }) |
              weir::collect_into(calls));
    REQUIRE(calls.size() == 3);
    CHECK(calls[0] == weir::Event<std::pair<int, weir::Timestamp>>{{1, at(6s)}, at(6s)});
    CHECK(calls[1] == weir::Event<std::pair<int, weir::Timestamp>>{{2, at(6s)}, at(6s)});
    CHECK(calls[2] == weir::Event<std::pair<int, weir::Timestamp>>{{3, at(7s)}, at(7s)});
}

TEST_CASE("a deleted timer does not fire") {
    weir::TestStream<int> script;
    script.event(15, at(0s)).event(25, at(0s)).event(10, at(1s));
    std::vector<weir::Event<int>> calls;
    weir::run(weir::from(script) | weir::key_by(tens) |
              weir::process_keyed<int, int>(
                  [](int x, int&, auto& context) {
                      if (x % 10 != 0) context.set_timer(at(5s));
                      else context.delete_timer(at(5s));
                  },
                  [](weir::Timestamp, int&, auto& context) { context.emit(context.key()); }) |
              weir::collect_into(calls));
    REQUIRE(calls == std::vector<weir::Event<int>>{{2, at(5s)}});
}

TEST_CASE("a timer in the past fires behind the call that set it, before anything else") {
    weir::TestStream<int> script;
    script.watermark(at(10s)).event(13, at(11s)).event(29, at(12s));
    std::vector<weir::Event<std::string>> log;
    weir::run(weir::from(script) | weir::key_by(tens) |
              weir::process_keyed<int, std::string>(
                  [](int x, int&, auto& context) {
                      context.set_timer(at(std::chrono::seconds(x % 10)));
                      context.emit("event " + std::to_string(context.key()));
                  },
                  [](weir::Timestamp, int&, auto& context) { context.emit("timer " + std::to_string(context.key())); }) |
              weir::collect_into(log));
    std::vector<std::string> order;
    for (auto& entry : log) order.push_back(entry.value);
    REQUIRE(order == std::vector<std::string>{"event 1", "timer 1", "event 2", "timer 2"});
}

TEST_CASE("a timer set by a timer fires in its turn") {
    weir::TestStream<int> script;
    script.event(11, at(0s)).event(23, at(0s)).watermark(at(9s));
    std::vector<weir::Event<int>> calls;
    weir::run(weir::from(script) | weir::key_by(tens) |
              weir::process_keyed<int, int>([](int x, int&, auto& context) { context.set_timer(at(std::chrono::seconds(x % 10))); },
                                            [](weir::Timestamp t, int&, auto& context) {
                                                context.emit(context.key());
                                                if (t < at(5s)) context.set_timer(t + 2s);
                                            }) |
              weir::collect_into(calls));
    REQUIRE(calls == std::vector<weir::Event<int>>{{1, at(1s)}, {2, at(3s)}, {1, at(3s)}, {2, at(5s)}, {1, at(5s)}});
}

TEST_CASE("processing timers fire on the job's clock without new input") {
    weir::ManualClock clock;
    weir::TestStream<int> script;
    script.event(1, at(0s)).advance(100s).event(2, at(0s));
    std::vector<weir::Event<int>> got;
    auto stepper = weir::stepper(weir::from(script) | weir::key_by(tens) |
                                     weir::process_keyed<int, int>(
                                         [&](int x, int&, auto& context) {
                                             context.set_processing_timer(context.now() + 10s);
                                             context.emit(x);
                                         },
                                         [](weir::Timestamp, int&, auto& context) { context.emit(-1); }) |
                                     weir::collect_into(got),
                                 {.clock = &clock});
    while (stepper.step() == weir::Progress::more) {}
    REQUIRE(got.size() == 1);
    clock.advance(9s);
    while (stepper.step() == weir::Progress::more) {}
    REQUIRE(got.size() == 1);
    clock.advance(1s);
    while (stepper.step() == weir::Progress::more) {}
    REQUIRE(got.size() == 2);
    REQUIRE(got.back().value == -1);
}

TEST_CASE("a processing timer at or before now fires behind the call that set it, before the next event") {
    weir::ManualClock clock;
    weir::TestStream<int> script;
    script.event(11, at(1s)).event(22, at(2s)).event(13, at(3s)).watermark(at(10s)).event(24, at(12s));
    std::vector<std::string> calls;
    const auto name = [](weir::Timestamp t) { return std::to_string(t.time_since_epoch() / 1s); };
    auto stepper = weir::stepper(weir::from(script) | weir::key_by(tens) |
                                     weir::process_keyed<int, std::string>(
                                         [&](int x, int&, auto& context) {
                                             context.set_processing_timer(context.now() - std::chrono::seconds(x % 10));
                                             if (x == 13) context.set_timer(at(5s));
                                             context.emit("event " + std::to_string(x));
                                         },
                                         [&](weir::Timestamp t, int& fired, auto& context) {
                                             if (t == at(5s)) context.set_processing_timer(context.now()); // set by a timer that the watermark brought
                                             else if (t == context.now() - 1s && ++fired == 1) context.set_processing_timer(context.now() - 4s);
                                             context.emit("timer " + name(t) + " of " + std::to_string(context.key()));
                                         }) |
                                     weir::for_each([&calls](const std::string& text) { calls.push_back(text); }),
                                 {.clock = &clock});
    clock.set(at(100s));
    while (stepper.step(1000) == weir::Progress::more) {}
    CHECK(calls == std::vector<std::string>{"event 11", "timer 99 of 1", "timer 96 of 1", "event 22", "timer 98 of 2", "event 13", "timer 97 of 1", "timer 5 of 1",
                                            "timer 100 of 1", "event 24", "timer 96 of 2"});
}

TEST_CASE("a processing timer that always sets itself for now keeps no event from its turn, and the job can be stopped") {
    weir::ManualClock clock;
    clock.set(at(100s));
    std::vector<int> got;
    int fired = 0;
    auto stepper = weir::stepper(weir::generate([n = 0]() mutable { return ++n; }) | weir::stage() | weir::key_by(tens) |
                                     weir::process_keyed<int, int>(
                                         [](int x, int&, auto& context) {
                                             if (x == 1) context.set_processing_timer(context.now());
                                             context.emit(x);
                                         },
                                         [&fired](weir::Timestamp, int&, auto& context) {
                                             if (++fired == 1'000'000) throw std::runtime_error("it has fired a million times");
                                             context.set_processing_timer(context.now());
                                         }) |
                                     weir::collect_into(got),
                                 {.clock = &clock});
    while (got.size() < 2'000) REQUIRE(stepper.step(100) == weir::Progress::more);
    CHECK(fired > 1'000);
    stepper.stop();
    while (stepper.step(100) != weir::Progress::ended) {}
}

TEST_CASE("state of keys and timers survive saving and loading") {
    using States = weir::detail::KeyStates<std::string, int>;
    std::minstd_rand random(3);
    States states;
    std::map<std::string, int> model;
    std::map<std::pair<weir::Timestamp, std::string>, int> timers;
    for (int i = 0; i < 3000; ++i) {
        const std::string key = std::to_string(random() % 50);
        const std::uint32_t id = states.enter(key, weir::stable_hash(key));
        const weir::Timestamp when = at(std::chrono::seconds(random() % 100));
        switch (random() % 6) {
        case 0:
            states[id].reset_keeping_memory();
            states[id].cleared = true;
            states.settle(id, {});
            model.erase(key);
            std::erase_if(timers, [&](const auto& timer) { return timer.first.second == key; });
            break;
        case 1:
            states.remove(id, weir::detail::Domain::event_time, when);
            timers.erase({when, key});
            model.try_emplace(key);
            break;
        case 2:
            states.set(id, weir::detail::Domain::event_time, when);
            timers[{when, key}] = i;
            model.try_emplace(key);
            break;
        default:
            states[id].state = i;
            model[key] = i;
        }
        if (i % 500 == 499) {
            weir::StateWriter to;
            states.save(to);
            States loaded;
            weir::StateReader from(to.data());
            loaded.load(from);
            REQUIRE(from.left() == 0);
            states = std::move(loaded);
        }
        REQUIRE(states.size() == model.size());
    }
    for (const auto& [key, value] : model) REQUIRE(states[states.enter(key, weir::stable_hash(key))].state == value);
    std::size_t fired = 0;
    weir::Timestamp last = weir::min_time;
    for (auto due = states.take(weir::detail::Domain::event_time, weir::max_time); due.id != States::none; due = states.take(weir::detail::Domain::event_time, weir::max_time)) {
        REQUIRE(due.at >= last);
        last = due.at;
        REQUIRE(timers.count({due.at, states.key(due.id)}) == 1);
        ++fired;
    }
    REQUIRE(fired == timers.size());
}

TEST_CASE("a timer that sets itself again and again asks whether the stream has ended") {
    weir::TestStream<int> script;
    script.event(10, at(0s)).watermark(at(125s)).event(20, at(130s));
    std::vector<weir::Event<int>> beats;
    weir::run(weir::from(script) | weir::key_by(tens) |
              weir::process_keyed<int, int>(
                  [](int, int&, auto& context) {
                      CHECK_FALSE(context.at_end());
                      context.set_timer(context.time() + 1min);
                  },
                  [](weir::Timestamp t, int&, auto& context) {
                      context.emit(context.key());
                      if (not context.at_end()) context.set_timer(t + 1min);
                  }) |
              weir::collect_into(beats));
    REQUIRE(beats == std::vector<weir::Event<int>>{{1, at(60s)}, {1, at(120s)}, {1, at(180s)}, {2, at(190s)}});
}

TEST_CASE("timers that timers set at the end of the stream fire, however many follow each other, but not for ever") {
    const auto last = [](std::uint64_t most) {
        std::uint64_t n = 0;
        weir::run(weir::from(std::vector{1}) | weir::event_time([](int) { return at(0s); }) | weir::key_by(tens) |
                  weir::process_keyed<std::uint64_t, int>([](int, std::uint64_t&, auto& context) { context.set_timer(at(0s)); },
                                                          [&](weir::Timestamp t, std::uint64_t& fired, auto& context) {
                                                              n = ++fired;
                                                              if (fired < most) context.set_timer(t + 1s);
                                                          }) |
                  weir::for_each([](int) {}));
        return n;
    };
    CHECK(last(500'000) == 500'000);
    CHECK_THROWS_WITH(last(~std::uint64_t{0}), Catch::Contains("process_keyed: the stream has ended, and its timers go on setting timers") &&
                                                   Catch::Contains("set it only if (not context.at_end())"));
}
