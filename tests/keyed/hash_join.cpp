// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "source/user_queue.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using weir::JoinType;

namespace {

struct Flight {
    std::string carrier;
    int delay;
};
struct Carrier {
    std::string code;
    std::string name;
};
const std::vector<Flight> flights{{"LH", 5}, {"XX", 1}, {"AF", -2}, {"LH", 30}};
const std::vector<Carrier> carriers{{"AF", "Air France"}, {"LH", "Lufthansa"}, {"BA", "British Airways"}};

/// A key that may be missing, and a number of its own.
struct Row {
    std::optional<int> key;
    int n;
};
using Rows = std::vector<Row>;
using Pair = std::pair<int, int>;
constexpr int nobody = -1;

/// Rows in blocks of any size, the last of them empty.
struct Blocks {
    using event_type = Row;
    Rows rows;
    weir::Random random;
    std::size_t at = 0;
    std::span<Row> next_batch() {
        const std::size_t n = std::min<std::size_t>(rows.size() - at, 1 + random.below(random.one_in(4) ? 300 : 5));
        at += n;
        return std::span(rows).subspan(at - n, n);
    }
};

/// The join as its rules stand.
std::vector<Pair> nested_loops(JoinType type, const Rows& left, const Rows& right, std::size_t& unmatched) {
    const bool keeps_left = type == JoinType::left || type == JoinType::full, keeps_right = type == JoinType::right || type == JoinType::full;
    std::vector<Pair> pairs;
    std::vector<bool> matched(right.size());
    for (const Row& l : left) {
        bool any = false;
        for (std::size_t i = 0; i < right.size(); ++i) {
            if (not l.key || not right[i].key || *l.key != *right[i].key) continue;
            any = matched[i] = true;
            if (type != JoinType::semi && type != JoinType::anti) pairs.push_back({l.n, right[i].n});
        }
        if (type == JoinType::semi || type == JoinType::anti) {
            if (any == (type == JoinType::semi)) pairs.push_back({l.n, nobody});
            else unmatched += type == JoinType::semi;
        } else if (not any && keeps_left) {
            pairs.push_back({l.n, nobody});
        } else {
            unmatched += not any;
        }
    }
    for (std::size_t i = 0; i < right.size(); ++i) {
        if (matched[i]) continue;
        if (keeps_right) pairs.push_back({nobody, right[i].n});
        else ++unmatched;
    }
    return pairs;
}

struct PairOf {
    template <typename Left, typename Right>
    Pair operator()(const Left& left, const Right& right) const { return {number(left), number(right)}; }
    static int number(const Row& row) { return row.n; }
    static int number(const Row* row) { return row != nullptr ? row->n : nobody; }
};

/// The same by weir.
template <JoinType type>
std::vector<Pair> joined(const Rows& left, const Rows& right, std::uint64_t seed, std::size_t& unmatched, std::size_t memory = 0, std::uint64_t* spilled = nullptr) {
    auto l = weir::from(Blocks{left, weir::Random(seed)}) | weir::key_by(&Row::key);
    auto r = weir::from(Blocks{right, weir::Random(seed + 1)}) | weir::key_by(&Row::key);
    std::vector<Pair> pairs;
    const auto ends = [&](auto join) { return std::move(join) | weir::collect_into(pairs); };
    weir::Report report;
    if constexpr (type == JoinType::semi || type == JoinType::anti)
        report = weir::run(ends(weir::hash_join<type>(std::move(l), std::move(r)) | weir::map([](const Row& row) { return Pair{row.n, nobody}; })), {.memory = memory});
    else report = weir::run(ends(weir::hash_join<type>(std::move(l), std::move(r), PairOf())), {.memory = memory});
    unmatched = report.at("hash_join#1").dropped(weir::Drop::unmatched);
    if (spilled) *spilled = report.at("hash_join#1").spilled;
    CHECK(weir::detail::wrong_counts(report) == "");
    CHECK(weir::detail::still_held(report) == "");
    return pairs;
}

Rows random_rows(weir::Random& random, std::size_t most, std::size_t n_keys, int from) {
    Rows rows(random.one_in(8) ? 0 : random.below(most));
    const bool skewed = random.one_in(3);
    for (Row& row : rows) {
        row.n = from++;
        if (not random.one_in(10)) row.key = skewed && not random.one_in(4) ? 0 : static_cast<int>(random.below(n_keys));
    }
    return rows;
}

template <JoinType type>
void agree() {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        weir::Random random(seed);
        const std::size_t n_keys = std::vector<std::size_t>{1, 3, 40, 1000}[random.below(4)];
        const Rows left = random_rows(random, 250, n_keys, 0), right = random_rows(random, n_keys == 1 ? 50 : 250, n_keys, 1'000'000);
        std::size_t unmatched = 0, by_weir = 0;
        const auto expected = nested_loops(type, left, right, unmatched);
        INFO("seed " << seed << ", type " << static_cast<int>(type));
        REQUIRE(joined<type>(left, right, seed, by_weir) == expected);
        REQUIRE(by_weir == unmatched);
    }
}

} // namespace

TEST_CASE("hash_join gives each event of the left side with its partners of a stored right one") {
    std::vector<std::string> out;
    const weir::Report report = weir::run(weir::hash_join(weir::from(flights) | weir::key_by(&Flight::carrier), weir::from(carriers) | weir::key_by(&Carrier::code),
                                                          [](const Flight& f, const Carrier& c) { return fmt::format("{} {}", c.name, f.delay); }) |
                                          weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"Lufthansa 5", "Air France -2", "Lufthansa 30"});
    CHECK(report.at("hash_join#1").dropped(weir::Drop::unmatched) == 2); // XX and BA
    CHECK(report.at("hash_join#1").passed == 5);
}

TEST_CASE("an outer hash join gives what has no partner, with a pointer for who is missing") {
    std::vector<std::string> out;
    weir::run(weir::hash_join<JoinType::full>(weir::from(flights) | weir::key_by(&Flight::carrier), weir::from(carriers) | weir::key_by(&Carrier::code),
                                              [](const Flight* f, const Carrier* c) { return (f ? f->carrier : "-") + " " + (c ? c->name : "-"); }) |
              weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"LH Lufthansa", "XX -", "AF Air France", "LH Lufthansa", "- British Airways"});
}

TEST_CASE("semi and anti hash joins give the left side's events as they are") {
    std::vector<Flight> known, unknown;
    const auto left = [] { return weir::from(flights) | weir::key_by(&Flight::carrier); };
    const auto right = [] { return weir::from(carriers) | weir::key_by(&Carrier::code); };
    weir::run(weir::hash_join<JoinType::semi>(left(), right()) | weir::collect_into(known));
    const weir::Report report = weir::run(weir::hash_join<JoinType::anti>(left(), right()) | weir::collect_into(unknown));
    REQUIRE(known.size() == 3);
    CHECK(known.back().delay == 30);
    REQUIRE(unknown.size() == 1);
    CHECK(unknown.front().carrier == "XX");
    CHECK(report.at("hash_join#1").dropped(weir::Drop::filtered) == 5); // three flights, two carriers
    CHECK(report.at("hash_join#1").dropped(weir::Drop::unmatched) == 1);
}

TEST_CASE("hash joins of any kind are those of nested loops, whatever the keys and wherever spans are cut") {
    agree<JoinType::inner>();
    agree<JoinType::left>();
    agree<JoinType::right>();
    agree<JoinType::full>();
    agree<JoinType::semi>();
    agree<JoinType::anti>();
}

TEST_CASE("an event that is joined has the greater of both times, one alone its own") {
    using Seconds = std::chrono::sys_seconds;
    struct Reading {
        int key;
        int time;
    };
    const std::vector<Reading> left{{1, 20}, {2, 30}, {3, 31}}, right{{1, 5}, {2, 40}, {7, 3}};
    const auto timed = [](const std::vector<Reading>& rows) {
        return weir::from(rows) | weir::event_time([](const Reading& r) { return Seconds(std::chrono::seconds(r.time)); }) | weir::key_by(&Reading::key);
    };
    const auto key = [](const Reading* l, const Reading* r) { return l != nullptr ? l->key : r->key; };
    std::vector<std::pair<int, std::int64_t>> out;
    const auto show = weir::for_each([&out](const weir::Event<int>& e) { out.emplace_back(e.value, e.time.time_since_epoch() / std::chrono::seconds(1)); });
    weir::run(weir::hash_join<JoinType::full>(timed(left), timed(right), key) | weir::drop_late() | show);
    CHECK(out == std::vector<std::pair<int, std::int64_t>>{{1, 20}, {2, 40}, {3, 31}, {7, 3}}); // none of them is late
    out.clear();
    weir::run(weir::hash_join<JoinType::left>(timed(left), weir::from(right) | weir::key_by(&Reading::key), [](const Reading& l, const Reading*) { return l.key; }) | show);
    CHECK(out == std::vector<std::pair<int, std::int64_t>>{{1, 20}, {2, 30}, {3, 31}});
}

TEST_CASE("either side of a hash join may be one itself, with stages in it, and its rows be lent lines") {
    const auto by_itself = [](int n) { return n; };
    const auto numbers = [](int n) {
        std::vector<int> all;
        for (int i = 0; i < n; ++i) all.push_back(i);
        return all;
    };
    const auto side = [&](int n) { return weir::from(numbers(n)) | weir::key_by(by_itself); };
    const auto sum = [](int l, int r) { return l + r; };
    const auto half = [](int n) { return n / 2; };
    const auto once = [&] { return weir::hash_join(side(3000), side(2000), sum) | weir::map(half); }; // 0 .. 1999
    const auto expected = [&](int n) {
        auto all = numbers(n);
        for (int& i : all) i *= 2;
        return all;
    };
    std::vector<int> left, right, staged, by_stages;
    weir::run(weir::hash_join(once() | weir::key_by(by_itself), side(1000), sum) | weir::collect_into(left));
    const weir::Report report = weir::run(weir::hash_join(side(5000), once() | weir::key_by(by_itself), sum) | weir::collect_into(right));
    weir::run(weir::hash_join(side(5000), once() | weir::stage(16) | weir::key_by(by_itself), sum) | weir::collect_into(staged));
    weir::run(weir::hash_join(once() | weir::stage(16) | weir::key_by(by_itself), weir::from(numbers(1500)) | weir::stage(4) | weir::key_by(by_itself), sum) | weir::collect_into(by_stages));
    CHECK(left == expected(1000));
    CHECK(right == expected(2000));
    CHECK(staged == expected(2000));
    CHECK(by_stages == expected(1500));
    CHECK(report.at("join/right/hash_join#1").dropped(weir::Drop::unmatched) == 1000);
    CHECK(report.at("hash_join#1").in == 7000);
    CHECK(weir::detail::wrong_counts(report) == "");

    std::vector<std::string> lines;
    const std::vector<std::string> words{"a", "b", "c"};
    const auto views = [&words] { return weir::from(words) | weir::map([](const std::string& word) { return std::string_view(word); }) | weir::key_by([](std::string_view word) { return std::string(word); }); };
    auto job = weir::hash_join<JoinType::left>(views(), views(), [](const std::string& l, const std::string* r) { return l + *r; }) | weir::collect_into(lines);
    weir::run(std::as_const(job));
    weir::run(job); // where it lies
    CHECK(lines == std::vector<std::string>{"aa", "bb", "cc", "aa", "bb", "cc"});
}

std::vector<int> numbers(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

TEST_CASE("a right side that is a join is read whole before it is looked at, whatever runs beside it") {
    const std::vector<int> rows = numbers(5'000);
    const auto self = [](int n) { return n; };
    const auto left = [](int l, int) { return l; };
    const auto keyed = [&] { return weir::from(rows) | weir::key_by(self); };
    std::vector<int> given;
    weir::run(weir::hash_join(keyed(), weir::hash_join(weir::from(rows) | weir::stage(8) | weir::key_by(self), keyed(), left) | weir::key_by(self), left)
              | weir::collect_into(given));
    CHECK(given == rows);
}

TEST_CASE("a left side of a queue that nobody can listen to is asked again once the right one has been read") {
    source_test::UserQueue<int> queue(4);
    const auto self = [](int n) { return n; };
    std::vector<int> given;
    weir::Job job = weir::start(weir::hash_join(weir::from(queue) | weir::key_by(self), weir::from(numbers(10)) | weir::key_by(self), [](int l, int) { return l; })
                                | weir::collect_into(given));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    queue.push(3);
    queue.close();
    job.wait();
    CHECK(given == std::vector<int>{3});
}

/// Gives ten for each.
struct Tenfold {
    using kind = weir::OperatorKind;
    template <typename Stream>
    using out = Stream;
    template <typename Next>
    void on_event(int event, Next& next) {
        for (int i = 0; i < 10; ++i) next.on_event(event * 10 + i);
    }
};

TEST_CASE("a left side that gives more than there is room for behind the join loses nothing") {
    const auto self = [](int n) { return n; };
    for (const std::size_t size : {1U, 2U, 3U}) {
        std::vector<int> given;
        weir::run(weir::hash_join(weir::from(numbers(10)) | Tenfold{} | weir::micro_batch(size) | weir::unbatch() | weir::key_by(self), weir::from(numbers(100)) | weir::key_by(self),
                                  [](int l, int) { return l; })
                  | weir::stage(1) | weir::for_each([&](int n) {
                        std::this_thread::yield();
                        given.push_back(n);
                    }));
        CHECK(given == numbers(100));
    }
}

TEST_CASE("a tuple with a part that is missing matches none") {
    struct Two {
        int a;
        std::optional<int> b;
    };
    const std::vector<Two> rows{{1, 2}, {1, {}}, {1, 3}};
    const auto side = [&rows] { return weir::from(rows) | weir::key_by(&Two::a, &Two::b); };
    std::vector<int> out;
    weir::run(weir::hash_join(side(), side(), [](const Two& l, const Two& r) { return *l.b * 10 + *r.b; }) | weir::collect_into(out));
    CHECK(out == std::vector<int>{22, 33});
}

TEST_CASE("hash_join: an unbounded left side is joined while it goes on") {
    weir::SpscQueue<Flight> queue{16};
    std::vector<int> out;
    auto stepper = weir::stepper(weir::hash_join<JoinType::left>(weir::from(queue) | weir::key_by(&Flight::carrier), weir::from(carriers) | weir::key_by(&Carrier::code),
                                                                 [](const Flight& f, const Carrier* c) { return c != nullptr ? f.delay : -1; }) |
                                 weir::collect_into(out));
    const auto settle = [&stepper] { while (stepper.step() == weir::Progress::more) {} };
    queue.push({"AF", 7});
    settle();
    queue.push({"XX", 8});
    settle();
    CHECK(out == std::vector<int>{7, -1});
    CHECK(stepper.report().at("hash_join#1").held == 3);
    queue.close();
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(stepper.report().at("hash_join#1").dropped(weir::Drop::unmatched) == 2);
}

TEST_CASE("a stop while the right side is still being read joins nothing with a part of it") {
    Rows left, right;
    for (int n = 0; n < 300; ++n) {
        left.push_back({n % 50, n});
        right.push_back({n % 60, n});
    }
    const auto run = [&](std::uint64_t stop_at, const weir::Control::Kind kind) {
        std::vector<int> alone;
        weir::Simulation simulation(stop_at + 1);
        if (stop_at != 0) simulation.inject(stop_at, {kind});
        weir::run(weir::hash_join<JoinType::anti>(weir::from(left) | weir::stage(64) | weir::key_by(&Row::key),
                                                  weir::from(right) | weir::filter([](const Row& row) { return row.n >= 250; }) | weir::key_by(&Row::key))
                      | weir::for_each([&](const Row& row) { alone.push_back(row.n); }),
                  {.clock = &simulation.clock(), .executor = &simulation});
        return alone;
    };
    const std::vector<int> all = run(0, weir::Control::Kind::stop);
    REQUIRE(not all.empty());
    bool stopped_early = false;
    for (std::uint64_t at = 1; at < 120; ++at) {
        const std::vector<int> alone = run(at, weir::Control::Kind::stop);
        stopped_early |= alone.empty();
        REQUIRE(alone.size() <= all.size());
        REQUIRE(std::equal(alone.begin(), alone.end(), all.begin()));
    }
    REQUIRE(stopped_early);
}

TEST_CASE("many partners of one row are not made before there is room for them") {
    const std::vector<int> right(100'000, 7);
    const std::vector<int> left(50, 7);
    const auto itself = [](int n) { return n; };
    std::size_t made = 0, given = 0;
    auto stepper = weir::stepper(weir::hash_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), [&made](int, int) { return ++made; }) |
                                 weir::stage({.capacity = 64}) | weir::take(200'100) | weir::for_each([&given](std::size_t) { ++given; }));
    std::size_t ahead = 0;
    while (stepper.step() != weir::Progress::ended) ahead = std::max(ahead, made - given);
    CHECK(given == 200'100);
    CHECK(ahead <= 64 + 2);
    CHECK(made <= given + 64 + 2);
}

TEST_CASE("a right side that does not fit into memory is joined part by part, with nothing lost") {
    weir::Random random(11);
    Rows left = random_rows(random, 1, 1, 0), right = left;
    for (int i = 0; i < 8'000; ++i) {
        const auto key = static_cast<int>(random.below(6'000));
        left.push_back({random.one_in(50) ? std::nullopt : std::optional(key), i});
        right.push_back({random.one_in(50) ? std::nullopt : std::optional(random.one_in(40) ? 7 : key + 1500), 1'000'000 + i});
    }
    const auto agree = [&]<JoinType type>(std::integral_constant<JoinType, type>) {
        INFO("type " << static_cast<int>(type));
        std::size_t unmatched = 0, by_weir = 0;
        std::uint64_t spilled = 0;
        auto expected = joined<type>(left, right, 1, unmatched);
        auto got = joined<type>(left, right, 2, by_weir, 30'000, &spilled);
        CHECK(spilled > 0);
        CHECK(by_weir == unmatched);
        std::sort(expected.begin(), expected.end());
        std::sort(got.begin(), got.end());
        CHECK(got == expected);
    };
    agree(std::integral_constant<JoinType, JoinType::inner>());
    agree(std::integral_constant<JoinType, JoinType::full>());
    agree(std::integral_constant<JoinType, JoinType::anti>());
}

TEST_CASE("hash_join: behind an unbounded left side a right one that is too large is an error") {
    weir::SpscQueue<Row> queue{16};
    queue.close();
    Rows right(5'000);
    for (std::size_t i = 0; i < right.size(); ++i) right[i].key = static_cast<int>(i);
    CHECK_THROWS_WITH(weir::run(weir::hash_join(weir::from(queue) | weir::key_by(&Row::key), weir::from(right) | weir::key_by(&Row::key), PairOf()) |
                                    weir::for_each([](const Pair&) {}), {.memory = 1}),
                      Catch::Contains("does not fit into the memory of the job"));
}
