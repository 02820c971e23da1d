// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "../op/next.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Trade {
    std::string symbol;
    int price;
    weir::Timestamp time{};
};

const std::vector<Trade> trades{{"A", 10, second(1)}, {"B", 7, second(2)}, {"A", 12, second(11)}, {"B", 9, second(12)}, {"A", 11, second(13)}};

constexpr auto dearer = [](Trade a, const Trade& b) { return b.price > a.price ? b : a; };
constexpr auto price = [](const Trade& t) { return t.price; };

constexpr bool reduces_at_compile_time() {
    std::nullptr_t binding{};
    return given_by<int>(weir::reduce([](int a, int b) { return a * b; }).bind(weir::Stream<int>{}, binding, 0), std::vector{2, 3, 4}) ==
           std::vector{2, 6, 24};
}

} // namespace

TEST_CASE("reduce gives for each event what its key has been reduced to") {
    std::vector<int> prices;
    const weir::Report report = weir::run(weir::from(trades) | weir::key_by(&Trade::symbol) | weir::reduce(dearer) | weir::map(price) |
                                          weir::collect_into(prices));
    CHECK(prices == std::vector<int>{10, 7, 12, 9, 12});
    CHECK(report.at("reduce#1") == row("reduce#1", 5, 5, 5));
}

TEST_CASE("without a key reduce works on the whole stream") {
    std::vector<int> prices;
    weir::run(weir::from(trades) | weir::reduce(dearer) | weir::map(price) | weir::collect_into(prices));
    CHECK(prices == std::vector<int>{10, 10, 12, 12, 12});
    CHECK(reduces_at_compile_time());
}

TEST_CASE("reduce gives nothing for no event, and one event as it is") {
    std::vector<int> out;
    const auto never = [](int, int) -> int { throw std::logic_error("there are no two"); };
    weir::run(weir::from(std::vector<int>{}) | weir::reduce(never) | weir::collect_into(out));
    CHECK(out.empty());
    weir::run(weir::from(std::vector<int>{5}) | weir::key_by([](int x) { return x; }) | weir::reduce(never) | weir::collect_into(out));
    CHECK(out == std::vector<int>{5});
}

TEST_CASE("a running reduction has the time of the event that it follows") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(trades) | weir::event_time(&Trade::time) | weir::key_by(&Trade::symbol) | weir::reduce(dearer) | weir::map(price) |
              weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{10, second(1)}, {7, second(2)}, {12, second(11)}, {9, second(12)}, {12, second(13)}});
    out.clear();
    weir::run(weir::from(timed(3)) | weir::reduce([](int a, int b) { return a + b; }) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{1, second(1)}, {3, second(2)}, {6, second(3)}});
}

TEST_CASE("behind a window reduce gives one value for each window and key") {
    using Row = weir::Windowed<std::string, Trade>;
    std::vector<std::tuple<std::string, int, weir::Timestamp>> rows;
    weir::run(weir::from(trades) | weir::event_time(&Trade::time) | weir::key_by(&Trade::symbol) | weir::window(weir::tumbling(10s)) |
              weir::reduce(dearer) |
              weir::for_each([&](const Row& row) { rows.emplace_back(row.key, row.value.price, row.window.end); }));
    CHECK(rows == std::vector<std::tuple<std::string, int, weir::Timestamp>>{
                      {"A", 10, second(10)}, {"B", 7, second(10)}, {"A", 12, second(20)}, {"B", 9, second(20)}});
}

TEST_CASE("windows that share parts reduce in the order of the events") {
    std::vector<std::string> rows;
    std::vector<weir::Event<std::string>> letters;
    for (int i = 0; i < 6; ++i) letters.push_back({std::string(1, static_cast<char>('a' + i)), second(5 * i)});
    weir::run(weir::from(letters) | weir::window(weir::sliding(20s, 10s)) |
              weir::reduce([](std::string so_far, const std::string& next) { return so_far + next; }) |
              weir::for_each([&](const weir::Windowed<weir::NoKey, std::string>& row) { rows.push_back(row.value); }));
    CHECK(rows == std::vector<std::string>{"ab", "abcd", "cdef", "ef"});
}

TEST_CASE("windows of counts and sessions reduce too") {
    const auto sum = weir::reduce([](int a, int b) { return a + b; });
    std::vector<int> out;
    const auto keep = weir::for_each([&](const auto& row) { out.push_back(row.value); });
    weir::run(weir::from(std::vector{1, 2, 3, 4, 5, 6}) | weir::key_by([](int x) { return x % 2; }) | weir::window(weir::count_window(2)) | sum | keep);
    CHECK(out == std::vector<int>{4, 6});
    out.clear();
    weir::run(weir::from(timed(3)) | weir::window(weir::session(2s)) | sum | keep);
    CHECK(out == std::vector<int>{6});
}

TEST_CASE("reduce is an aggregate among others, and so reduces all of a bounded stream") {
    std::vector<std::tuple<std::string, std::uint64_t, int>> rows;
    weir::run(weir::from(trades) | weir::key_by(&Trade::symbol) | weir::aggregate(weir::count(), weir::reduce(dearer)) |
              weir::for_each([&](const auto& row) { rows.emplace_back(row.key, std::get<0>(row.value), std::get<1>(row.value).price); }));
    CHECK(rows == std::vector<std::tuple<std::string, std::uint64_t, int>>{{"A", 3, 12}, {"B", 2, 9}});
    std::vector<weir::Keyed<weir::NoKey, int>> one;
    weir::run(weir::from(std::vector{1, 2, 3}) | weir::aggregate(weir::reduce([](int a, int b) { return a - b; })) | weir::collect_into(one));
    CHECK(one == std::vector<weir::Keyed<weir::NoKey, int>>{{{}, -4}});
    weir::run(weir::from(std::vector<int>{}) | weir::aggregate(weir::reduce([](int a, int) { return a; })) | weir::collect_into(one));
    CHECK(one.size() == 1); // of nothing there is no result
}

TEST_CASE("reduce keeps the owned form of what is only lent") {
    const std::string text = "pear apple fig";
    const std::vector<std::string_view> words{std::string_view(text).substr(0, 4), std::string_view(text).substr(5, 5), std::string_view(text).substr(11)};
    std::vector<std::string> least;
    weir::run(weir::from(words) | weir::reduce([](std::string a, std::string_view b) { return std::min(std::move(a), std::string(b)); }) |
              weir::for_each([&](const std::string& word) { least.push_back(word); }));
    CHECK(least == std::vector<std::string>{"pear", "apple", "apple"});
}

TEST_CASE("reduce copies nothing that it may move") {
    int copies = 0;
    std::vector<int> seen;
    const auto add = [](Counting sum, Counting c) {
        sum.value += c.value;
        return sum;
    };
    const auto keep = weir::for_each([&](const Counting& c) { seen.push_back(c.value); });
    weir::run(weir::from(counting(4, copies)) | weir::reduce(add) | keep);
    weir::run(weir::from(counting(4, copies)) | weir::key_by([](const Counting& c) { return c.value % 2; }) | weir::reduce(add) | keep);
    CHECK(seen == std::vector<int>{0, 1, 3, 6, 0, 1, 2, 4});
    CHECK(copies == 0);
    std::vector<int> products;
    std::vector<std::unique_ptr<int>> owned;
    for (int i = 2; i < 5; ++i) owned.push_back(std::make_unique<int>(i));
    weir::run(weir::from(std::move(owned)) | weir::reduce([](std::unique_ptr<int> a, std::unique_ptr<int> b) {
                  *a *= *b;
                  return a;
              }) | weir::for_each([&](const std::unique_ptr<int>& p) { products.push_back(*p); }));
    CHECK(products == std::vector<int>{2, 6, 24});
}
