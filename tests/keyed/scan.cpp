// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"
#include "../op/next.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Numbers = weir::Stream<int>;

constexpr bool scans_at_compile_time() {
    return given_by<int>(weir::scan(0, std::plus<>{}).bind(Numbers{}), std::vector{1, 2, 3}) == std::vector{1, 3, 6};
}
static_assert(scans_at_compile_time());

} // namespace

TEST_CASE("scan gives the state after each event") {
    const std::vector<int> numbers{1, 2, 3, 4};
    std::vector<int> sums;
    const weir::Report report = weir::run(weir::from(numbers) | weir::scan(10, std::plus<>{}) | weir::collect_into(sums));
    CHECK(sums == std::vector<int>{11, 13, 16, 20});
    CHECK(report.at("scan#1") == row("scan#1", 4, 4, 4));
    CHECK(scans_at_compile_time());
}

TEST_CASE("scan gives nothing for no event") {
    std::vector<int> sums;
    weir::run(weir::from(std::vector<int>{}) | weir::scan(10, std::plus<>{}) | weir::collect_into(sums));
    CHECK(sums.empty());
}

TEST_CASE("scan's state may be of another type than the events") {
    std::vector<std::string> out;
    weir::run(weir::from(std::vector{1, 2, 3}) | weir::scan(std::string(), [](std::string s, int x) { return s + std::to_string(x); }) |
              weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"1", "12", "123"});
}

TEST_CASE("scan keeps event times") {
    std::vector<weir::Event<int>> out;
    weir::run(weir::from(timed(3)) | weir::scan(0, std::plus<>{}) | weir::collect_into(out));
    CHECK(out == std::vector<weir::Event<int>>{{1, second(1)}, {3, second(2)}, {6, second(3)}});
}

TEST_CASE("scan copies neither the state nor an owned event") {
    int copies = 0;
    std::vector<int> seen;
    weir::run(weir::from(counting(4, copies)) | weir::scan(Counting(0, copies), [](Counting sum, Counting c) {
                  sum.value += c.value;
                  return sum;
              }) | weir::for_each([&](const Counting& c) { seen.push_back(c.value); }));
    CHECK(seen == std::vector<int>{0, 1, 3, 6});
    CHECK(copies == 0);
}

TEST_CASE("scan's state may be move-only") {
    using Pointer = std::unique_ptr<int>;
    auto op = weir::scan(std::make_unique<int>(1), [](Pointer p, int x) {
                  *p *= x;
                  return p;
              }).bind(Numbers{});
    struct Last {
        int value = 0;
        void on_event(const Pointer& p) { value = *p; }
    } last;
    op.on_event(2, last);
    op.on_event(5, last);
    CHECK(last.value == 10);
}

TEST_CASE("a view in scan's state is kept as a string, by itself and as a part") {
    std::string line = "a";
    const auto same_memory = weir::map([&](char c) {
        line[0] = c;
        return std::string_view(line);
    });
    const auto greatest = [](std::string_view a, std::string_view b) { return std::max(a, b); };
    std::vector<std::string> out;
    weir::run(weir::from(std::string("xyz")) | same_memory | weir::scan(std::string_view("y"), greatest) | weir::collect_into(out));
    CHECK(out == std::vector<std::string>{"y", "y", "z"});
    using Counted = std::pair<std::string_view, int>;
    const auto counted = [&](Counted most, std::string_view s) { return Counted(greatest(most.first, s), most.second + 1); };
    std::vector<std::pair<std::string, int>> pairs;
    weir::run(weir::from(std::string("yxz")) | same_memory | weir::key_by([](std::string_view) { return 1; }) | weir::scan(Counted(), counted) | weir::collect_into(pairs));
    CHECK(pairs == std::vector<std::pair<std::string, int>>{{"y", 1}, {"y", 2}, {"z", 3}});
}

TEST_CASE("scan's state is saved") {
    const auto running = [] { return weir::scan(0, std::plus<>{}).bind(Numbers{}); };
    auto op = running();
    Kept<int> next;
    op.on_event(5, next);
    CHECK(given_by<int>(restored(op, running()), std::vector{1}) == std::vector<int>{6});
}

TEST_CASE("scan begins anew in each run") {
    const auto sums = weir::scan(0, std::plus<>{});
    std::vector<int> out;
    for (int i = 0; i < 2; ++i) weir::run(weir::from(std::vector{1, 2}) | sums | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 3, 1, 3});
}

namespace {

struct Payment {
    std::string user;
    int amount;
    weir::Timestamp time{};
};

const std::vector<Payment> payments{{"ann", 10, second(1)}, {"bob", 7, second(2)}, {"ann", 5, second(4)}, {"bob", 1, second(3)}};

constexpr auto add = [](int sum, const Payment& p) { return sum + p.amount; };

} // namespace

TEST_CASE("behind key_by each key has a state of its own") {
    std::vector<int> sums;
    const weir::Report report =
        weir::run(weir::from(payments) | weir::key_by(&Payment::user) | weir::scan(100, add) | weir::collect_into(sums));
    CHECK(sums == std::vector<int>{110, 107, 115, 108});
    CHECK(report.at("scan#1") == row("scan#1", 4, 4, 4));
}

TEST_CASE("scan of keys keeps each event's own time, also of one that is older than the one before") {
    std::vector<weir::Event<int>> sums;
    weir::run(weir::from(payments) | weir::event_time(&Payment::time, weir::bounded_disorder(std::chrono::seconds(5))) |
              weir::key_by(&Payment::user) | weir::scan(0, add) | weir::collect_into(sums));
    CHECK(sums == std::vector<weir::Event<int>>{{10, second(1)}, {7, second(2)}, {15, second(4)}, {8, second(3)}});
}

TEST_CASE("the state of a key may know its key, and need not be made of nothing") {
    struct Account {
        explicit Account(int overdraft) : left(overdraft) {}
        std::string user{};
        int left;
    };
    std::vector<std::string> log;
    weir::run(weir::from(payments) | weir::key_by(&Payment::user) | weir::filter([](const Payment& p) { return p.amount > 1; }) |
              weir::scan(Account(50), [](Account account, const Payment& p) {
                  account.user = p.user;
                  account.left -= p.amount;
                  return account;
              }) | weir::for_each([&](const Account& account) { log.push_back(account.user + " " + std::to_string(account.left)); }));
    CHECK(log == std::vector<std::string>{"ann 40", "bob 43", "ann 35"});
}

TEST_CASE("scan of keys copies the first state only, and moves what it is given") {
    int copies = 0;
    std::vector<int> seen;
    weir::run(weir::from(counting(6, copies)) | weir::key_by([](const Counting& c) { return c.value % 2; }) |
              weir::scan(Counting(0, copies), [](Counting sum, Counting c) {
                  sum.value += c.value;
                  return sum;
              }) | weir::for_each([&](const Counting& c) { seen.push_back(c.value); }));
    CHECK(seen == std::vector<int>{0, 1, 2, 4, 6, 9});
    CHECK(copies == 2);
}

TEST_CASE("scan of keys begins anew in each run") {
    const auto sums = weir::key_by([](int x) { return x % 2; }) | weir::scan(0, std::plus<>{});
    std::vector<int> out;
    for (int i = 0; i < 2; ++i) weir::run(weir::from(std::vector{1, 2, 3}) | sums | weir::collect_into(out));
    CHECK(out == std::vector<int>{1, 2, 4, 1, 2, 4});
}
