// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <span>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using Seconds = std::chrono::sys_seconds;
struct Person {
    std::string name;
    Seconds time;
};
struct Item {
    std::string seller;
    int price;
    Seconds time;
};

Seconds at(int seconds) { return Seconds{std::chrono::seconds(seconds)}; }

const std::vector<Person> persons{{"ann", at(1)}, {"bob", at(3)}, {"ann", at(4)}, {"cid", at(11)}};
const std::vector<Item> items{{"ann", 10, at(2)}, {"dan", 40, at(5)}, {"ann", 11, at(12)}, {"cid", 30, at(19)}};

auto people() { return weir::from(persons) | weir::event_time(&Person::time) | weir::key_by(&Person::name); }
auto goods() { return weir::from(items) | weir::event_time(&Item::time) | weir::key_by(&Item::seller); }

/// Rows as text, in the order of texts.
struct Texts {
    std::vector<std::string>* to;
    template <typename K, typename V>
    void on_event(const weir::Windowed<K, V>& row) const {
        to->push_back(fmt::format("{} {}: {}", row.key, row.window.start.time_since_epoch() / 1s, row.value));
        std::sort(to->begin(), to->end());
    }
};

} // namespace

TEST_CASE("window_join gives the pairs of a key that lie in one window") {
    std::vector<std::string> out;
    const weir::Report report = weir::run(weir::window_join(people(), goods(), weir::tumbling(10s), [](const Person&, const Item& i) { return i.price; }) |
                                          weir::for_each(Texts{&out}));
    CHECK(out == std::vector<std::string>{"ann 0: 10", "ann 0: 10", "cid 10: 30"});
    CHECK(report.at("window_join#1").in == 8);
    CHECK(report.at("pairs#1").dropped(weir::Drop::unmatched) == 3);
}

TEST_CASE("outer window joins also give what has no partner in its window") {
    const auto price = [](const Person*, const Item* i) { return i != nullptr ? i->price : 0; };
    std::vector<std::string> left, full;
    weir::run(weir::window_join<weir::JoinType::left>(people(), goods(), weir::tumbling(10s), [](const Person&, const Item* i) { return i != nullptr ? i->price : 0; }) |
              weir::for_each(Texts{&left}));
    weir::run(weir::window_join<weir::JoinType::full>(people(), goods(), weir::tumbling(10s), price) | weir::for_each(Texts{&full}));
    CHECK(left == std::vector<std::string>{"ann 0: 10", "ann 0: 10", "bob 0: 0", "cid 10: 30"});
    CHECK(full == std::vector<std::string>{"ann 0: 10", "ann 0: 10", "ann 10: 11", "bob 0: 0", "cid 10: 30", "dan 0: 40"});
}

TEST_CASE("pairs are given before a discarding window forgets what they are of") {
    const std::string name = "a name that is too long to lie in the string itself";
    const std::vector<Person> person{{name, at(1)}};
    const std::vector<Item> item{{name, 10, at(2)}};
    std::vector<std::string> out;
    weir::run(weir::window_join(weir::from(person) | weir::event_time(&Person::time) | weir::key_by(&Person::name),
                                weir::from(item) | weir::event_time(&Item::time) | weir::key_by(&Item::seller), weir::tumbling(10s).discarding(),
                                [](const Person& p, const Item& i) { return p.name + i.seller; }) |
              weir::for_each([&out](const auto& row) { out.push_back(row.value); }));
    CHECK(out == std::vector<std::string>{name + name});
}

TEST_CASE("cogroup gives the events of both sides to one function") {
    std::vector<std::string> out;
    const auto counts = [](std::span<const Person> p, std::span<const Item> i) { return fmt::format("{} and {}", p.size(), i.size()); };
    weir::run(weir::cogroup(people(), goods(), weir::session(5s), counts) | weir::for_each(Texts{&out}));
    CHECK(out == std::vector<std::string>{"ann 12: 0 and 1", "ann 1: 2 and 1", "bob 3: 1 and 0", "cid 11: 1 and 0", "cid 19: 0 and 1", "dan 5: 0 and 1"});
}

TEST_CASE("what is late for a window join goes to late_to, with its side") {
    weir::TestStream<int> left, right;
    left.event(1, at(1)).event(2, at(12)).watermark(at(20)).event(3, at(15));
    right.event(1, at(2)).event(2, at(13)).watermark(at(10)).event(4, at(9)).watermark(at(30));
    std::vector<int> pairs, late;
    const auto itself = [](int x) { return x; };
    weir::run(weir::window_join(weir::from(left) | weir::key_by(itself), weir::from(right) | weir::key_by(itself),
                                weir::tumbling(10s).late_to(weir::for_each([&late](const weir::Sided<int, int>& e) {
                                    late.push_back(e.left() != nullptr ? *e.left() : -*e.right());
                                })),
                                [](int l, int r) { return 10 * l + r; }) |
              weir::for_each([&pairs](const weir::Windowed<int, int>& row) { pairs.push_back(row.value); }));
    CHECK(pairs == std::vector<int>{11, 22});
    std::sort(late.begin(), late.end());
    CHECK(late == std::vector<int>{-4, 3});
}

TEST_CASE("what is late on a side of a window join goes to that side's chain, as it is") {
    weir::TestStream<int> left;
    left.event(1, at(1)).event(2, at(12)).watermark(at(20)).event(3, at(15)).event(5, at(21));
    weir::TestStream<std::string> right;
    right.event("1", at(2)).event("2", at(13)).watermark(at(10)).event("4", at(9)).event("6", at(10)).watermark(at(30));
    const auto number = [](const std::string& text) { return std::stoi(text); };
    const auto both = [](std::span<const int> l, std::span<const std::string> r) { return fmt::format("{}{}", l.size(), r.size()); };
    const auto group = [&](const auto& windows, std::vector<std::string>& rows) {
        return weir::run(weir::cogroup(weir::from(weir::TestStream<int>(left)) | weir::key_by([](int x) { return x; }),
                                       weir::from(weir::TestStream<std::string>(right)) | weir::key_by(number), windows, both) |
                         weir::for_each(Texts{&rows}));
    };
    std::vector<std::string> rows, late_right, only_right, text;
    std::vector<weir::Event<int>> late_left;
    const auto windows = weir::tumbling(10s).late_left_to(weir::for_each([&](const weir::Event<int>& e) { late_left.push_back(e); }));
    const weir::Report report = group(windows.late_right_to(weir::filter([](const std::string& s) { return s == "4"; }) | weir::collect_into(late_right)), rows);
    CHECK(rows == std::vector<std::string>{"1 0: 11", "2 10: 11", "5 20: 10", "6 10: 01"});
    REQUIRE(late_left.size() == 1);
    CHECK(late_left[0] == weir::Event<int>{3, at(15)});
    CHECK(late_right == std::vector<std::string>{"4"});
    CHECK(report.at("cogroup#1").dropped(weir::Drop::late) == 2);
    CHECK(report.at("cogroup#1/late_left_to/for_each#1").in == 1);
    CHECK(report.at("cogroup#1/late_right_to/filter#1").in == 1);
    CHECK(weir::detail::wrong_counts(report).empty());
    // Of one side alone; what is late on the other is dropped.
    CHECK(group(weir::tumbling(10s).late_right_to(weir::collect_into(only_right)), text).at("cogroup#1").dropped(weir::Drop::late) == 2);
    CHECK(only_right == late_right);
    CHECK(text == rows);
}

TEST_CASE("within_window gives the pairs of a window as soon as both are there") {
    std::vector<int> out;
    weir::run(weir::interval_join(people(), goods(), weir::within_window(10s).right_outer(), [](const Person* p, const Item& i) { return p != nullptr ? i.price : -i.price; }) |
              weir::collect_into(out));
    std::sort(out.begin(), out.end());
    CHECK(out == std::vector<int>{-40, -11, 10, 10, 30});
}
