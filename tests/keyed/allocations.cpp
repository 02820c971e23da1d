// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "counting_new.hpp"

#include <weir/patterns.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using weir::stable_hash;
using weir::detail::Table;

namespace {

/// Allocations while fn runs.
std::size_t during(auto fn) {
    const std::size_t before = allocations;
    fn();
    return allocations - before;
}

/// So long that a string has to allocate for it, and all of one length.
std::vector<std::string> long_keys(int n) {
    std::vector<std::string> keys;
    for (int i = 0; i < n; ++i) keys.push_back("a key longer than a string keeps inside itself: " + std::to_string(1'000 + i));
    return keys;
}

} // namespace

TEST_CASE("a table that was not used has allocated nothing") {
    CHECK(during([] { Table<int, int> table; }) == 0);
}

TEST_CASE("a cleared table takes the same keys again without allocating, nor do its containers") {
    const auto keys = long_keys(500);
    Table<std::string, std::vector<int>> table;
    const auto fill = [&] {
        for (const std::string_view key : keys) {
            auto& value = table[table.find_or_insert(key, stable_hash(key)).first].value;
            for (int i = 0; i < 10; ++i) value.push_back(i);
        }
    };
    fill();
    table.clear();
    CHECK(during(fill) == 0);
    CHECK(during([&] { table.clear(), fill(); }) == 0);
    CHECK(table.size() == keys.size());
    CHECK(during([&] { // erased rows keep theirs too
              while (not table.empty()) table.erase(0);
              fill();
          }) == 0);
}

TEST_CASE("looking for a string by a view of it makes no string") {
    const auto keys = long_keys(20);
    Table<std::string, int> table;
    for (const auto& key : keys) table.find_or_insert(key, stable_hash(key));
    CHECK(during([&] {
              for (const std::string_view key : keys) {
                  if (table.find(key, stable_hash(key)) == table.none) FAIL("lost a key");
                  if (table.find_or_insert(key, stable_hash(key)).second) FAIL("lost a key");
              }
          }) == 0);
}

TEST_CASE("a table with room reserved does not allocate until it is full") {
    Table<std::uint64_t, int> table;
    table.reserve(1'000);
    CHECK(during([&] {
              for (std::uint64_t i = 0; i < 1'000; ++i) table.find_or_insert(i, stable_hash(i));
              for (std::uint64_t i = 0; i < 1'000; ++i) table.find_or_insert(i, stable_hash(i));
          }) == 0);
}

TEST_CASE("looking for what is there never allocates, however full the table is") {
    for (std::uint64_t n = 1; n < 700; ++n) {
        Table<std::uint64_t, int> table;
        for (std::uint64_t i = 0; i < n; ++i) table.find_or_insert(i, stable_hash(i));
        REQUIRE(during([&] {
                    for (std::uint64_t i = 0; i < n; ++i) table.find_or_insert(i, stable_hash(i));
                }) == 0);
    }
}

TEST_CASE("growing allocates a few times per doubling, not per key") {
    Table<std::uint64_t, int> table;
    CHECK(during([&] {
              for (std::uint64_t i = 0; i < 10'000; ++i) table.find_or_insert(i, stable_hash(i));
          }) < 12 * 4);
}

namespace {

/// Numbers from 1 on, and how much had been allocated after the first ones, and when it gave the last.
struct Numbers {
    using event_type = int;
    static constexpr int warm = 1'000, last = 20'000;
    std::size_t* before;
    std::size_t* after;
    int n = 0;
    std::optional<event_type> next() {
        if (++n == warm) *before = allocations;
        if (n == last) *after = allocations;
        if (n == last) return std::nullopt;
        return n;
    }
};

/// Allocations of a chain behind one of 100 keys, a number a second, once all keys have been seen.
template <typename Chain>
std::size_t after_warm_up(Chain chain) {
    static const auto keys = long_keys(100);
    const auto key = [](int x) -> std::string_view { return keys[static_cast<std::size_t>(x) % keys.size()]; };
    std::size_t before = 0, after = 0;
    const auto time = [](int x) { return weir::Timestamp(std::chrono::seconds(x)); };
    weir::run(weir::from(Numbers{&before, &after}) | weir::event_time(time) | weir::key_by(key) | std::move(chain) | weir::for_each([](const auto&) {}));
    REQUIRE(before > 0);
    return after - before;
}

constexpr auto add = [](int a, int b) { return a + b; };

} // namespace

TEST_CASE("operators of keys allocate nothing for keys that they know") {
    CHECK(after_warm_up(weir::scan(0, add)) == 0);
    CHECK(after_warm_up(weir::reduce(add)) == 0);
    CHECK(after_warm_up(weir::deduplicate({.ttl = 7s})) == 0);
    CHECK(after_warm_up(weir::process_keyed<int, int>([](int x, int& sum, auto& context) { context.emit(sum += x); })) == 0);
}

TEST_CASE("functions that hold memory are copied when a job starts, not while events come") {
    struct Bid {
        std::size_t auction;
        weir::Timestamp time;
    };
    const std::vector<double> weights(100, 2.0);
    const auto weight = [weights](const Bid& b) { return weights[b.auction]; };
    const auto of_weight = [weights](const Bid& b) { return static_cast<int>(weights[b.auction]) + static_cast<int>(b.auction); };
    const auto allocated = [&](std::size_t n) {
        std::vector<Bid> bids;
        for (std::size_t i = 0; i < n; ++i) bids.push_back({i % 7, weir::Timestamp(weir::Duration(i))});
        double sum = 0;
        const auto to_sum = [&sum](const auto& row) { sum += row.value; };
        const std::size_t in_run = during([&] {
            weir::run(weir::from(bids) | weir::event_time(&Bid::time) | weir::key_by(of_weight) | weir::window(weir::tumbling(1h)) |
                      weir::aggregate(weir::sum(weight)) | weir::for_each(to_sum));
            weir::run(weir::from(bids) | weir::window(weir::count_window(100)) | weir::aggregate(weir::sum(weight)) | weir::for_each(to_sum));
        });
        CHECK(sum == 4.0 * static_cast<double>(n));
        return in_run;
    };
    CHECK(allocated(100'000) == allocated(10'000));
}

TEST_CASE("operators of keys that come and go allocate nothing") {
    constexpr weir::KeyedOptions bounded{.max_keys = 30, .at_max = weir::AtMaxKeys::evict, .ttl = 25s};
    CHECK(after_warm_up(weir::scan(0, add, bounded)) == 0);
    CHECK(after_warm_up(weir::reduce(add, bounded)) == 0);
    CHECK(after_warm_up(weir::deduplicate(bounded)) == 0);
    CHECK(after_warm_up(weir::process_keyed<int, int>(
              [](int, int&, auto& context) {
                  context.delete_timer(context.time() + 3s); // its place is used again
                  context.set_timer(context.time() + 90s);
              },
              [](weir::Timestamp, int& n, auto& context) { context.emit(++n); }, bounded)) == 0);
}

TEST_CASE("match allocates nothing once there have been as many partial matches as there ever will be") {
    const auto is_even = [](int x, const auto& so_far) { return x / 100 % 2 == 0 && not so_far.key().empty(); }; // a key's every second number
    const auto is_greater = [](int x, const auto& so_far) { return x > so_far.events().back(); };
    const auto size = [](const auto& match) { return match.size(); };
    const auto pattern = weir::pattern("even", is_even).times(2).followed_by_any("greater", is_greater).within(600s);
    CHECK(after_warm_up(weir::match(pattern, size).timeouts_to(size, weir::for_each([](std::size_t) {}))) == 0);
}

TEST_CASE("a full set of keys allocates nothing, whichever come and go") {
    const weir::KeyedOptions options{.max_keys = 100, .at_max = weir::AtMaxKeys::evict, .ttl = weir::Duration(50)};
    weir::detail::BoundedKeys<std::uint64_t, int> keys(options);
    const auto at = [](std::int64_t n) { return weir::Timestamp(weir::Duration(n)); };
    std::minstd_rand random(3);
    const auto churn = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            const std::uint64_t key = random() % 300;
            keys.changed(keys.enter(key, stable_hash(key)).first, at(i - static_cast<int>(random() % 40)));
            if (i % 10 == 0) keys.expire(at(i));
        }
    };
    churn(0, 20'000);
    CHECK(during([&] { churn(20'000, 100'000); }) == 0);
}

TEST_CASE("a join allocates nothing once it has kept as much as it ever will") {
    std::vector<std::int64_t> ticks(40'000);
    for (std::size_t i = 0; i < ticks.size(); ++i) ticks[i] = static_cast<std::int64_t>(i);
    const auto timed = [&ticks] {
        return weir::from(ticks) | weir::event_time([](std::int64_t t) { return weir::Timestamp(weir::Duration(t)); }) | weir::key_by([](std::int64_t t) { return t % 97; });
    };
    const auto pair = [](std::int64_t l, const std::int64_t* r) { return r != nullptr ? l - *r : l; };
    std::size_t given = 0, warm = 0, last = 0;
    weir::run(weir::interval_join(timed(), timed(), weir::within(0ns, 300ns).left_outer(), pair) | weir::for_each([&](std::int64_t) {
                  if (++given == 60'000) warm = allocations;
                  if (given < 115'000) last = allocations; // then one of the inputs ends, and the other's rest comes alone
              }));
    CHECK(given > 120'000);
    CHECK(last == warm);
}
