// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::sys_seconds;
struct Order {
    int id;
    Seconds time;
};
struct Payment {
    int order;
    int amount;
    Seconds time;
};
struct Paid {
    int order;
    int amount;
    friend bool operator==(const Paid&, const Paid&) = default;
};

Seconds at(int seconds) { return Seconds{std::chrono::seconds(seconds)}; }

auto side(const std::vector<Order>& orders) { return weir::from(orders) | weir::event_time(&Order::time) | weir::key_by(&Order::id); }
auto side(const std::vector<Payment>& payments) { return weir::from(payments) | weir::event_time(&Payment::time) | weir::key_by(&Payment::order); }

const auto paid = [](const Order& o, const Payment& p) { return Paid{o.id, p.amount}; };
const auto paid_or_not = [](const Order* o, const Payment* p) { return Paid{o != nullptr ? o->id : -p->order, p != nullptr ? p->amount : 0}; };

using Script = weir::TestStream<int>;
const auto itself = [](int x) { return x; };
const auto both = [](int l, int r) { return 100 * l + r; };

} // namespace

TEST_CASE("interval_join gives each pair of one key whose times are near enough") {
    const std::vector<Order> orders{{1, at(0)}, {2, at(10)}, {3, at(20)}};
    const std::vector<Payment> payments{{2, 30, at(9)}, {1, 10, at(40)}, {1, 11, at(60)}, {3, 20, at(500)}};
    std::vector<Paid> out;
    const weir::Report report = weir::run(weir::interval_join(side(orders), side(payments), weir::within(-1s, 1min), paid) | weir::collect_into(out));
    CHECK(out == std::vector<Paid>{{2, 30}, {1, 10}, {1, 11}});
    const auto& row = report.at("interval_join#1");
    CHECK(row.in == 7);
    CHECK(row.passed == 5);
    CHECK(row.dropped(weir::Drop::unmatched) == 2);
    CHECK(row.held == 0);
    CHECK(report.at("join/left/side#1").in == 3);
}

TEST_CASE("outer joins give rows without a partner once none can come") {
    const std::vector<Order> orders{{1, at(0)}, {2, at(10)}};
    const std::vector<Payment> payments{{1, 10, at(5)}, {3, 30, at(6)}};
    std::vector<Paid> left, full;
    const auto bounds = weir::within(0s, 1min);
    weir::run(weir::interval_join(side(orders), side(payments), bounds.left_outer(), [](const Order& o, const Payment* p) { return Paid{o.id, p != nullptr ? p->amount : 0}; }) |
              weir::collect_into(left));
    weir::run(weir::interval_join(side(orders), side(payments), bounds.full_outer(), paid_or_not) | weir::collect_into(full));
    CHECK(left == std::vector<Paid>{{1, 10}, {2, 0}});
    CHECK(full == std::vector<Paid>{{1, 10}, {-3, 30}, {2, 0}});
}

TEST_CASE("the bounds belong to the interval unless they are said to be exclusive") {
    const auto joined = [](const auto& bounds) {
        Script left, right;
        left.event(1, at(10));
        for (int i = 8; i <= 13; ++i) right.event(i, at(i));
        std::vector<int> out;
        weir::run(weir::interval_join(weir::from(left) | weir::key_by([](int) { return 0; }), weir::from(right) | weir::key_by([](int) { return 0; }), bounds,
                                      [](int, int r) { return r; }) |
                  weir::collect_into(out));
        return out;
    };
    const auto bounds = weir::within(-1s, 2s);
    CHECK(joined(bounds) == std::vector<int>{9, 10, 11, 12});
    CHECK(joined(bounds.lower_exclusive()) == std::vector<int>{10, 11, 12});
    CHECK(joined(bounds.upper_exclusive()) == std::vector<int>{9, 10, 11});
    CHECK(joined(weir::within(weir::unbounded, 0s).keep(1h)) == std::vector<int>{8, 9, 10});
    CHECK(joined(weir::within(1s, weir::unbounded).keep(weir::Duration::max())) == std::vector<int>{11, 12, 13});
    CHECK_THROWS_AS(weir::within(2s, 1s), std::invalid_argument);
    CHECK_THROWS_AS(bounds.accept_late(-1s), std::invalid_argument);
    CHECK_THROWS_AS(bounds.keep(-1s), std::invalid_argument);
}

TEST_CASE("late events of each side go to a chain of their own, unless they are accepted") {
    Script left, right;
    left.event(1, at(10)).watermark(at(20)).event(2, at(20)).event(3, at(21));
    right.event(3, at(20)).event(2, at(19)).event(1, at(11)).watermark(at(30)).event(4, at(5));
    std::vector<int> out, late_left, late_right;
    const auto bounds = weir::within(-10s, 10s).late_left_to(weir::collect_into(late_left)).late_right_to(weir::collect_into(late_right));
    const weir::Report report = weir::run(weir::interval_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), bounds, both) |
                                          weir::collect_into(out));
    std::sort(out.begin(), out.end());
    CHECK(out == std::vector<int>{101, 303});
    CHECK(late_left == std::vector<int>{2}); // its own side's watermark says so, whatever the other's
    CHECK(late_right == std::vector<int>{4});
    CHECK(report.at("interval_join#1").dropped(weir::Drop::late) == 2);
    CHECK(report.at("interval_join#1/late_left_to/collect_into#1").in == 1);

    left.rewind();
    right.rewind();
    out.clear();
    weir::run(weir::interval_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), weir::within(-10s, 10s).accept_late(1ms), both) |
              weir::collect_into(out));
    std::sort(out.begin(), out.end());
    CHECK(out == std::vector<int>{101, 202, 303});
}

TEST_CASE("what accepted late rows give is late for nobody, unless nobody knows how late they are") {
    const auto late_behind = [](const auto& bounds) {
        Script left, right;
        left.event(1, at(10)).watermark(at(30)).advance(1s).event(2, at(25)).event(3, at(40)); // 2 is late when both sides' marks are known
        right.event(2, at(24)).event(1, at(12)).event(3, at(41)).watermark(at(30));
        std::vector<int> out, late;
        weir::run(weir::interval_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), bounds, both) |
                  weir::drop_late().late_to(weir::collect_into(late)) | weir::collect_into(out));
        CHECK(out.size() + late.size() == 3);
        return late;
    };
    const auto bounds = weir::within(-20s, 20s);
    CHECK(late_behind(bounds.accept_late(10s)).empty());
    CHECK(late_behind(bounds.accept_late()) == std::vector<int>{202});
}

TEST_CASE("a result has the greater of both times, and none is late for what follows") {
    Script left, right;
    left.event(1, at(10)).event(2, at(12)).watermark(at(40)).event(3, at(50)).watermark(at(90));
    right.event(1, at(13)).watermark(at(41)).event(4, at(60)).watermark(at(89));
    std::vector<weir::Event<int>> out;
    std::vector<int> late;
    const auto joined = [&](const auto& bounds, const auto& fn) {
        out.clear();
        left.rewind();
        right.rewind();
        weir::run(weir::interval_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself), bounds, fn) |
                  weir::drop_late().late_to(weir::collect_into(late)) | weir::for_each([&out](const weir::Event<int>& e) { out.push_back(e); }));
    };
    joined(weir::within(0s, 10s), both);
    CHECK(out == std::vector<weir::Event<int>>{{101, at(13)}});
    joined(weir::within(0s, 10s).full_outer(), [](const int* l, const int* r) { return 100 * (l != nullptr ? *l : 0) + (r != nullptr ? *r : 0); });
    CHECK(out == std::vector<weir::Event<int>>{{101, at(13)}, {200, at(12)}, {300, at(50)}, {4, at(60)}});
    CHECK(late.empty());
}

TEST_CASE("none is late for what follows where only some of a time had room") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Script left, right;
        std::vector<int> sent, out, late;
        for (int i = 0; i < 60; ++i) {
            sent.push_back(i);
            left.event(i, at(i / 30 * 100 + i / 3));
            if (i % 30 == 29) left.watermark(at(i / 30 * 100 + i / 3 + 50));
        }
        weir::Simulation simulation(seed);
        weir::run(weir::interval_join(weir::from(left) | weir::stage() | weir::key_by(itself), weir::from(right) | weir::key_by(itself), weir::within(0s, 10s).left_outer(),
                                      [](int l, const int*) { return l; }) |
                      weir::drop_late().late_to(weir::collect_into(late)) | weir::stage({.capacity = 4}) | weir::collect_into(out),
                  simulation.options());
        REQUIRE(late.empty());
        REQUIRE(out == sent);
    }
}

TEST_CASE("what a side gives may be owned only, or look into memory of others") {
    std::vector<std::unique_ptr<int>> left;
    left.push_back(std::make_unique<int>(7));
    const std::vector<std::string> texts{"7 seven", "8 eight"};
    std::vector<std::string> out;
    const auto zero = [](const auto&) { return at(0); };
    weir::run(weir::interval_join(weir::from(std::move(left)) | weir::event_time(zero) | weir::key_by([](const std::unique_ptr<int>& p) { return *p; }),
                                  weir::from(texts) | weir::map([](const std::string& s) { return std::string_view(s); }) | weir::event_time(zero) |
                                      weir::key_by([](std::string_view s) { return s[0] - '0'; }),
                                  weir::within(0s, 0s), [](const std::unique_ptr<int>& l, const std::string& r) { return std::to_string(*l) + r; }) |
              weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"77 seven"});
}

TEST_CASE("the result of a join can be joined again") {
    const std::vector<Order> orders{{1, at(0)}, {2, at(10)}};
    const std::vector<Payment> payments{{1, 10, at(5)}, {2, 30, at(11)}};
    std::vector<int> out;
    const weir::Report report =
        weir::run(weir::interval_join(weir::interval_join(side(orders), side(payments), weir::within(0s, 1min), paid) | weir::key_by(&Paid::order), side(payments),
                                      weir::within(0s, 1min), [](const Paid& p, const Payment& again) { return p.amount + again.amount; }) |
                  weir::collect_into(out));
    CHECK(out == std::vector<int>{20, 60});
    CHECK(report.find("interval_join#1") != nullptr);
}

TEST_CASE("stored sides of rates 1 : 1000 are joined in little memory, whichever comes first") {
    const auto most_held = [](std::int64_t rare_every, std::int64_t dense_every) {
        std::vector<std::int64_t> rare, dense;
        for (std::int64_t t = 0; t < 1'000'000; t += rare_every) rare.push_back(t);
        for (std::int64_t t = 0; t < 1'000'000; t += dense_every) dense.push_back(t);
        const auto timed = [](const std::vector<std::int64_t>& times) {
            return weir::from(times) | weir::event_time([](std::int64_t t) { return weir::Timestamp(weir::Duration(t)); }) | weir::key_by([](std::int64_t) { return 0; });
        };
        std::uint64_t pairs = 0, most = 0;
        weir::Stepper stepper = weir::stepper(weir::interval_join(timed(rare), timed(dense), weir::within(-500ns, 500ns), [](std::int64_t, std::int64_t) { return 1; }) |
                                              weir::for_each([&pairs](int) { ++pairs; }));
        while (stepper.step(1000) != weir::Progress::ended) most = std::max(most, stepper.report().at("interval_join#1").held);
        CHECK(pairs > 0);
        return most;
    };
    CHECK(most_held(10'000, 10) < 400); // of 100,000: an input is asked for 64 events at most, and now and then out of turn
    CHECK(most_held(10, 10'000) < 400);
}

TEST_CASE("windows at the ends of time are cut off there, not moved") {
    struct At {
        weir::Timestamp time;
    };
    const auto pairs = [](weir::Timestamp left, weir::Timestamp right) {
        const auto side = [](weir::Timestamp t) {
            return weir::from(std::vector{At{t}}) | weir::event_time(&At::time) | weir::key_by([](const At&) { return 0; });
        };
        std::size_t n = 0;
        weir::run(weir::interval_join(side(left), side(right), weir::within_window(10s), [](const At&, const At&) { return 1; }) |
                  weir::for_each([&](int) { ++n; }));
        return n;
    };
    const weir::Timestamp border{-9'223'372'030s}; // the first one behind min_time
    CHECK(pairs(weir::min_time, border - 1ns) == 1);
    CHECK(pairs(weir::min_time, border) == 0);
    CHECK(pairs(border, weir::min_time) == 0);
    CHECK(pairs(weir::max_time, weir::max_time - 1s) == 1);
    CHECK(pairs(weir::max_time, weir::Timestamp(9'223'372'030s) - 1ns) == 0);
}
