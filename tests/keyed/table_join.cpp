// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace {

using Seconds = std::chrono::sys_seconds;
struct Stock {
    int item;
    int pieces; // negative: the item is no more
    Seconds time;
};
struct Price {
    int item;
    int cents; // negative: it has none
    Seconds time;
};

/// Both tables, changed one row after the other.
struct Shop {
    weir::SpscQueue<Stock> stock{16};
    weir::SpscQueue<Price> prices{16};

    auto left() {
        return weir::table(weir::from(stock) | weir::event_time(&Stock::time) | weir::key_by(&Stock::item)).deleted_when([](const Stock& s) { return s.pieces < 0; });
    }
    auto right() {
        return weir::table(weir::from(prices) | weir::event_time(&Price::time) | weir::key_by(&Price::item)).deleted_when([](const Price& p) { return p.cents < 0; });
    }
    template <typename Job>
    weir::Report run(Job job) {
        auto stepper = weir::stepper(std::move(job));
        const auto pieces = [&](int t, int item, int n) { stock.push({item, n, Seconds(std::chrono::seconds(t))}), settle(stepper); };
        const auto price = [&](int t, int item, int n) { prices.push({item, n, Seconds(std::chrono::seconds(t))}), settle(stepper); };
        pieces(1, 7, 10);
        price(2, 7, 50);
        price(3, 8, 20);
        pieces(4, 7, 11);
        price(3, 7, -1); // its time counts no more than that of another change
        pieces(6, 7, 12);
        pieces(7, 7, -1);
        pieces(8, 7, -1);
        pieces(2, 8, 5);
        stock.close();
        prices.close();
        while (stepper.step() != weir::Progress::ended) {}
        return stepper.report();
    }
    static void settle(weir::Stepper& stepper) { while (stepper.step() == weir::Progress::more) {} }
};

struct Texts {
    std::vector<std::string>* to;
    void on_event(const weir::Event<weir::Change<int, int>>& e) const {
        to->push_back(fmt::format("{} {}: {}", e.time.time_since_epoch() / std::chrono::seconds(1), e.value.key, e.value.value ? std::to_string(*e.value.value) : "gone"));
    }
};

} // namespace

TEST_CASE("table_join gives the joined row whenever a row of either table changes") {
    Shop shop;
    std::vector<std::string> out;
    const weir::Report report =
        shop.run(weir::table_join(shop.left(), shop.right(), [](const Stock& s, const Price& p) { return s.pieces * p.cents; }) | weir::for_each(Texts{&out}));
    CHECK(out == std::vector<std::string>{"2 7: 500", "4 7: 550", "4 7: gone", "3 8: 100"});
    CHECK(report.at("table_join#1").held == 2);
    CHECK(report.at("table_join#1").dropped(weir::Drop::unmatched) == 3); // two deletions of nothing that was given, and what the first deleted
}

TEST_CASE("an outer table_join also gives rows that only one table has") {
    Shop shop;
    std::vector<std::string> out;
    shop.run(weir::table_join<weir::JoinType::full>(shop.left(), shop.right(),
                                                    [](const Stock* s, const Price* p) { return (s != nullptr ? s->pieces : 1) * (p != nullptr ? p->cents : 1); }) |
             weir::for_each(Texts{&out}));
    CHECK(out == std::vector<std::string>{"1 7: 10", "2 7: 500", "3 8: 20", "4 7: 550", "4 7: 11", "6 7: 12", "7 7: gone", "3 8: 100"});
}

TEST_CASE("what a table_join gives is a table again") {
    Shop shop;
    const std::vector<int> factors{0, 1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<std::string> out;
    const auto itself = [](int x) { return x; };
    shop.run(weir::table_join(weir::table_join(shop.left(), shop.right(), [](const Stock& s, const Price& p) { return s.pieces * p.cents; }) |
                                  weir::key_by(&weir::Change<int, int>::key),
                              weir::from(factors) | weir::event_time([](int) { return Seconds(); }) | weir::key_by(itself),
                              [](const weir::Change<int, int>& worth, int factor) { return *worth.value * factor; }) |
             weir::for_each(Texts{&out}));
    CHECK(out == std::vector<std::string>{"2 7: 3500", "4 7: 3850", "4 7: gone", "3 8: 800"});
}
