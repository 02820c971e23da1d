// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <list>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

weir::Timestamp at(int seconds) { return weir::Timestamp{std::chrono::seconds(seconds)}; }

/// Says what it is told to, one answer a poll.
struct Script {
    using event_type = weir::Event<int>;
    static constexpr bool bounded = true;
    std::vector<weir::Polled<event_type>> answers;
    std::size_t next_answer = 0;
    weir::Polled<event_type> poll() {
        if (next_answer == answers.size()) return weir::Polled<event_type>::ended();
        return answers[next_answer++];
    }
};

/// Keeps the watermarks that pass, between the events.
struct Marks {
    using kind = weir::OperatorKind;
    static constexpr bool one_to_one = true;
    template <typename S>
    using out = S;
    std::vector<std::string>* seen;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        seen->push_back(std::to_string(weir::value_of(event)));
        next.on_event(std::forward<E>(event));
    }
    template <typename Next>
    void on_watermark(weir::Timestamp t, Next& next) {
        seen->push_back(t == weir::max_time ? "end" : "w" + std::to_string(t.time_since_epoch() / 1s));
        next.on_watermark(t);
    }
};

const auto ignore = weir::for_each([](int) {});

} // namespace

TEST_CASE("merge gives the events of all pipelines, each in its own order") {
    const std::vector<int> odd{1, 3, 5, 7};
    std::list<int> even{2, 4, 6};
    std::vector<int> out;
    const weir::Report report = weir::run(weir::merge(weir::from(odd), weir::from(even) | weir::map([](int x) { return 10 * x; })) | weir::collect_into(out));

    std::vector<int> odd_out;
    std::vector<int> even_out;
    for (int x : out) (x % 2 != 0 ? odd_out : even_out).push_back(x);
    CHECK(odd_out == odd);
    CHECK(even_out == std::vector<int>{20, 40, 60});
    CHECK(report.at("merge/2/map#1").in == 3);
    CHECK(report.at("collect_into#1").in == 7);
    CHECK(report.operators.front().name == "merge/2/map#1"); // rows stand in the order of the pipeline
}

TEST_CASE("merge of one, of empty and of merged pipelines") {
    const std::vector<int> none;
    const std::vector<int> some{1, 2};
    std::vector<int> out;
    weir::run(weir::merge(weir::from(some)) | weir::collect_into(out));
    CHECK(out == some);
    out.clear();
    weir::run(weir::merge(weir::from(none), weir::from(none)) | weir::collect_into(out));
    CHECK(out.empty());
    weir::run(weir::merge(weir::merge(weir::from(some), weir::from(none)), weir::from(some)) | weir::collect_into(out));
    std::sort(out.begin(), out.end());
    CHECK(out == std::vector<int>{1, 1, 2, 2});
}

TEST_CASE("nothing upstream of a merge sees an event after the last taken") {
    std::vector<int> input(100);
    std::iota(input.begin(), input.end(), 0);
    std::vector<int> out;
    int seen = 0;
    const auto count = weir::tap([&seen](int) { ++seen; });
    weir::run(weir::merge(weir::from(input) | count, weir::from(input) | count) | weir::take(7) | weir::collect_into(out));
    CHECK(out.size() == 7);
    CHECK(seen == 7);
}

TEST_CASE("an lvalue merge uses its sources in place and leaves them spent") {
    const std::vector<int> a{1, 2, 3};
    const std::vector<int> b{4, 5, 6};
    std::vector<int> out;
    auto job = weir::merge(weir::from(a), weir::from(b)) | weir::take(4) | weir::collect_into(out);
    weir::run(job);
    CHECK(out.size() == 4);
    weir::run(job);
    std::sort(out.begin(), out.end());
    CHECK(out == std::vector<int>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("the watermark behind a merge is the least of its inputs', and the input that is behind is asked first") {
    using P = weir::Polled<weir::Event<int>>;
    Script slow{{P({1, at(1)}), P::watermark(at(1)), P({2, at(2)}), P::watermark(at(5))}};
    Script fast{{P({3, at(3)}), P::watermark(at(10)), P({4, at(11)})}};
    std::vector<std::string> seen;
    weir::run(weir::merge(weir::from(slow), weir::from(fast)) | Marks{&seen} | ignore);

    // Events are named by their times here but for 3 (at 3) and 4 (at 11): none may come behind a watermark at or after its time.
    const auto time_of = [](const std::string& event) { return event == "4" ? 11 : std::stoi(event); };
    int mark = -1;
    for (const std::string& what : seen) {
        if (what == "end") continue;
        if (what[0] == 'w') mark = std::stoi(what.substr(1));
        else CHECK(time_of(what) > mark);
    }
    CHECK(std::count(seen.begin(), seen.end(), "w10") == 1);
    CHECK(std::count(seen.begin(), seen.end(), "end") == 1);
    CHECK(seen.back() == "end");
}

TEST_CASE("of two stored streams of very different rates neither runs far ahead of the other") {
    using P = weir::Polled<weir::Event<int>>;
    Script rare;
    Script dense;
    for (int i = 0; i < 200; ++i) {
        rare.answers.push_back(P({-1, at(100 * i)}));
        rare.answers.push_back(P::watermark(at(100 * i)));
    }
    for (int i = 0; i < 20'000; ++i) {
        dense.answers.push_back(P({i, at(i)}));
        dense.answers.push_back(P::watermark(at(i)));
    }
    int rare_seen = 0;
    int furthest = 0;
    weir::run(weir::merge(weir::from(rare), weir::from(dense)) | weir::for_each([&](int x) {
                  if (x < 0) ++rare_seen;
                  else furthest = std::max(furthest, std::abs(100 * rare_seen - x));
              }));
    CHECK(rare_seen == 200);
    CHECK(furthest < 7'000); // an input is asked for at most 64 events at a time: 6,400 seconds of the rare one
}

TEST_CASE("stored streams meet in the same order however much is done at a time") {
    std::vector<int> often(1'000), seldom(300);
    std::iota(often.begin(), often.end(), 0);
    std::iota(seldom.begin(), seldom.end(), 0);
    const auto order = [&](std::size_t events) {
        std::vector<int> out;
        auto stepper = weir::stepper(weir::merge(weir::from(often) | weir::filter([](int x) { return x % 3 != 0; }) | weir::event_time(at),
                                                 weir::from(seldom) | weir::event_time([](int x) { return at(3 * x); }) | weir::map([](int x) { return -x; }))
                                     | weir::collect_into(out));
        while (stepper.step(events) != weir::Progress::ended) {}
        return out;
    };
    const std::vector<int> at_once = order(10'000);
    CHECK(at_once.size() == 966);
    for (const std::size_t events : {1U, 2U, 50U, 64U, 65U, 200U}) CHECK(order(events) == at_once);
}

TEST_CASE("pipelines with stages can be merged", "[threads]") {
    std::vector<int> input(5000);
    std::iota(input.begin(), input.end(), 0);
    long sum = 0;
    const weir::Report report = weir::run(weir::merge(weir::from(input) | weir::stage({.capacity = 7}) | weir::map([](int x) { return x; }),
                                                      weir::from(input), weir::from(input) | weir::stage()) |
                                          weir::stage({.capacity = 5}) | weir::fold_into(sum, [](long s, int x) { return s + x; }));
    CHECK(sum == 3L * 5000 * 4999 / 2);
    CHECK(report.at("fold_into#1").in == 15'000);
}

TEST_CASE("merged queues end when all are closed; stop ends them at once", "[threads]") {
    weir::SpscQueue<int> a{16};
    weir::SpscQueue<int> b{16};
    long sum = 0;
    weir::Job job = weir::start(weir::merge(weir::from(a), weir::from(b)) | weir::fold_into(sum, [](long s, int x) { return s + x; }));
    for (int i = 0; i < 500; ++i) {
        a.push(1);
        b.push(2);
    }
    a.close();
    b.close();
    job.wait();
    CHECK(sum == 1500);

    weir::SpscQueue<int> c{16};
    weir::SpscQueue<int> d{16};
    weir::SpscQueue<int> e{16};
    weir::SpscQueue<int> f{16};
    auto inner = weir::merge(weir::from(d), weir::from(e) | weir::filter([](int) { return true; }));
    weir::Job other = weir::start(weir::merge(weir::from(c), std::move(inner), weir::from(f) | weir::stage()) | ignore);
    other.stop();
    const weir::Report report = other.wait();
    CHECK_FALSE(other.running());
    CHECK(report.at("merge/2/filter#1").in == 0);
}

TEST_CASE("an exception in one of the merged pipelines ends the job", "[threads]") {
    const std::vector<int> input{1, 2, 3};
    const auto fails = weir::map([](int x) {
        if (x == 2) throw std::runtime_error("two");
        return x;
    });
    CHECK_THROWS_WITH(weir::run(weir::merge(weir::from(input), weir::from(input) | fails) | ignore), "two");
    CHECK_THROWS_WITH(weir::run(weir::merge(weir::from(input), weir::from(input) | weir::stage() | fails | weir::stage()) | ignore), "two");
}

TEST_CASE("what operators of an input have to give at its end comes, however much it is, and however late") {
    std::vector<int> many(1000);
    std::iota(many.begin(), many.end(), 0);
    const std::vector<int> other{-1};
    const auto all_of = [&](auto chain) {
        std::vector<int> out;
        const weir::Report report = weir::run(weir::merge(weir::from(many) | std::move(chain), weir::from(other)) | weir::collect_into(out));
        for (const weir::OperatorReport& row : report.operators) CHECK(row.held == 0);
        std::sort(out.begin(), out.end());
        return out;
    };
    std::vector<int> expected = many;
    expected.insert(expected.begin(), -1);
    const auto same = weir::map([](int x) { return x; });
    const auto key = weir::map([](const auto& row) { return row.key; });
    CHECK(all_of(weir::sort_by([](int x) { return -x; })) == expected);
    CHECK(all_of(weir::key_by([](int x) { return x; }) | weir::aggregate(weir::count()) | key) == expected);
    const auto timed = weir::event_time([](int x) { return at(x); });
    std::size_t rows = 0;
    weir::run(weir::merge(weir::from(many) | timed | weir::key_by([](int x) { return x; }) | weir::window(weir::tumbling(1h)) | weir::aggregate(weir::count()) | key, weir::from(other) | timed) |
              weir::for_each([&rows](int) { ++rows; }));
    CHECK(rows == 1001);
    CHECK(all_of(weir::micro_batch(600) | weir::unbatch()) == expected);
    CHECK(all_of(weir::AnyChain<int, int>(weir::flat_map([&many](int x) { return x == 999 ? many : std::vector<int>{}; }))) == expected);
    CHECK(all_of(weir::route([](int x) { return x % 2 == 0; }, weir::sort_by([](int x) { return -x; }), weir::otherwise, same)) == expected);
    // Again in a second, at the last event: two operators that wait, one behind the other, and one behind them that waits for the end.
    const auto fails_once = [](int at_event) {
        return weir::try_map([at_event, n = 0](int x) mutable { return x == at_event && n++ == 0 ? throw std::runtime_error("once") : x; }, weir::retry(1, 5ms));
    };
    CHECK(all_of(fails_once(999) | fails_once(999) | weir::sort_by([](int x) { return -x; })) == expected);
}

TEST_CASE("an operator that waits for its time at the end of an input costs no processor") {
    const std::vector<int> one{1};
    const auto fails_once = weir::try_map([n = 0](int x) mutable { return n++ == 0 ? throw std::runtime_error("once") : x; }, weir::retry(1, 1h));
    weir::ManualClock clock;
    auto stepper = weir::stepper(weir::merge(weir::from(one) | fails_once, weir::from(std::vector<int>{})) | ignore, {.clock = &clock});
    int steps = 0;
    while (stepper.step() == weir::Progress::more && steps < 100) ++steps;
    CHECK(steps < 100);
    clock.advance(1h);
    while (stepper.step() != weir::Progress::ended) CHECK(++steps < 200);
    CHECK(stepper.report().at("for_each#1").in == 1);
}
