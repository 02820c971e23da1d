// SPDX-License-Identifier: BSL-1.0
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "../catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Totals of this type alone go by lanes wherever they are made, so that it is tested everywhere.
template <>
inline constexpr bool weir::detail::by_lanes<weir::detail::Folding<unsigned long long, std::plus<>>, std::int64_t> = true;

namespace {

std::vector<std::int64_t> random_numbers(std::size_t n) {
    std::vector<std::int64_t> numbers(n);
    std::uint64_t state = 88172645463325252U;
    for (std::int64_t& number : numbers) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        number = static_cast<std::int64_t>(state >> 40);
    }
    return numbers;
}

constexpr auto triple = [](std::int64_t x) { return 3 * x + 1; };
constexpr auto low = [](std::int64_t x) { return (x & 2) == 0; };

/// So many of 256.
struct Below {
    std::int64_t limit;
    bool operator()(std::int64_t x) const { return (x & 255) < limit; }
};

struct Row {
    std::int64_t key;
    double price;
    bool ready;
};

/// Throws at its n-th call.
struct Nth {
    int* left;
    void operator()() const {
        if (--*left == 0) throw std::runtime_error("the call that was asked for");
    }
};

TEST_CASE("a sum over functions that are marked pure, as a user writes it") {
    const std::vector<std::int64_t> numbers{1, 2, 3, 4};
    std::int64_t sum = 0;
    weir::run(weir::from(numbers) | weir::filter(weir::pure([](std::int64_t x) { return x % 2 == 0; })) |
              weir::map(weir::pure([](std::int64_t x) { return 10 * x; })) | weir::fold_into(sum));
    CHECK(sum == 60);
}

TEST_CASE("a span gives in passes, under a mask and in the fused loop what its events give one by one") {
    for (const std::size_t n : {0U, 1U, 31U, 33U, 255U, 257U, 1000U, 40'000U})
        for (const std::int64_t limit : {0, 3, 128, 250, 256}) {
            const std::vector<std::int64_t> numbers = random_numbers(n);
            const Below below{limit};
            std::vector<std::int64_t> expected;
            std::uint64_t kept = 0;
            std::int64_t expected_sum = 0;
            for (const std::int64_t x : numbers)
                if (below(x)) {
                    ++kept;
                    if (not low(triple(x))) continue;
                    expected.push_back(-triple(x));
                    expected_sum -= triple(x);
                }
            const auto check = [&](const weir::Report& report) {
                CHECK(weir::detail::wrong_counts(report) == "");
                CHECK(report.at("filter#1").out == kept);
                CHECK(report.at("filter#1").dropped(weir::Drop::filtered) == n - kept);
                CHECK(report.at("map#1").in == kept);
                CHECK(report.at("filter#2").out == expected.size());
            };
            std::vector<std::int64_t> out, pure_out, mixed;
            std::int64_t sum = 0;
            unsigned long long sum_by_lanes = 1;
            check(weir::run(weir::from(numbers) | weir::filter(below) | weir::map(triple) | weir::filter(low) | weir::map(std::negate<>()) |
                            weir::collect_into(out)));
            const auto pure = weir::filter(weir::pure(below)) | weir::map(weir::pure(triple)) | weir::filter(weir::pure(low)) |
                              weir::map(weir::pure(std::negate<>()));
            check(weir::run(weir::from(numbers) | pure | weir::collect_into(pure_out)));
            check(weir::run(weir::from(std::vector(numbers)) | weir::filter(below) | weir::map(weir::pure(triple)) | weir::filter(weir::pure(low)) |
                            weir::map(std::negate<>()) | weir::collect_into(mixed)));
            check(weir::run(weir::from(numbers) | pure | weir::fold_into(sum)));
            check(weir::run(weir::from(numbers) | pure | weir::fold_into(sum_by_lanes)));
            CHECK(out == expected);
            CHECK(pure_out == expected);
            CHECK(mixed == expected);
            CHECK(sum == expected_sum);
            CHECK(sum_by_lanes == 1 + static_cast<unsigned long long>(expected_sum));
        }
}

TEST_CASE("under a mask as wide as the widest number of a chain sums and counts are exact, in spans of more than are counted at once") {
    const auto check = []<typename From, typename To>(From, To, std::size_t n) {
        std::vector<From> numbers;
        for (const std::int64_t x : random_numbers(n)) numbers.push_back(static_cast<From>(x & 0x7f));
        std::uint64_t kept = 0, passed = 0;
        std::int64_t expected = -3, sum = -3;
        const auto scaled = [](From x) { return static_cast<To>(x * 2 + 1); };
        const auto keep = [](From x) { return x % 3 == 0; };
        const auto small = [](To x) { return x < 100; };
        for (const From x : numbers)
            if (keep(x))
                if (++kept; small(scaled(x))) ++passed, expected += static_cast<std::int64_t>(scaled(x));
        const weir::Report report = weir::run(weir::from(numbers) | weir::micro_batch(n) | weir::unbatch() | weir::filter(weir::pure(keep)) |
                                              weir::map(weir::pure(scaled)) | weir::filter(weir::pure(small)) |
                                              weir::map(weir::pure([](To x) { return x; })) | weir::fold_into(sum)); // in one span
        CHECK(sum == expected);
        CHECK(report.at("map#1").in == kept);
        CHECK(report.at("fold_into#1").in == passed);
        CHECK(weir::detail::wrong_counts(report) == "");
    };
    for (const std::size_t n : {31U, 1000U}) {
        check(std::int8_t{}, std::int8_t{}, n);
        check(std::uint16_t{}, std::uint32_t{}, n);
        check(std::int32_t{}, std::int32_t{}, n);
        check(std::int32_t{}, std::uint64_t{}, n);
        check(std::int64_t{}, std::int16_t{}, n);
    }
    check(std::uint32_t{}, std::uint32_t{}, (1U << 20) + 77);
}

TEST_CASE("where a function throws under a mask, sums by lanes and others have counted the same") {
    const std::vector<std::int64_t> numbers = random_numbers(1000);
    const auto report_of = [&](auto total, std::size_t place, int call) {
        int left = call;
        const auto at = [&](std::size_t here) { return here == place ? std::function<void()>(Nth{&left}) : [] {}; };
        auto stepper = weir::stepper(weir::from(numbers) | weir::filter(weir::pure([f = at(0)](std::int64_t x) { return f(), (x & 1) == 0; })) |
                                     weir::map(weir::pure([f = at(1)](std::int64_t x) { return f(), triple(x); })) |
                                     weir::filter(weir::pure([f = at(2)](std::int64_t x) { return f(), low(x); })) | weir::fold_into(total));
        CHECK_THROWS_WITH([&] { while (stepper.step() != weir::Progress::ended) {} }(), "the call that was asked for");
        CHECK(weir::detail::wrong_counts(stepper.report()) == "");
        return stepper.report();
    };
    for (std::size_t place = 0; place < 3; ++place)
        for (const int call : {1, 2, 8, 9, 31, 32, 33, 250, 995, 1000}) { // some of them behind the last whole vector
            const weir::Report one = report_of(std::int64_t{}, place, call), other = report_of(0ULL, place, call);
            INFO("place " << place << ", call " << call);
            REQUIRE(one.operators.size() == other.operators.size());
            for (std::size_t i = 0; i < one.operators.size(); ++i) {
                CHECK(one.operators[i].in == other.operators[i].in);
                CHECK(one.operators[i].out == other.operators[i].out);
                CHECK(one.operators[i].held == other.operators[i].held);
            }
        }
}

TEST_CASE("rows of others are passed on where they are, own ones are moved, and event times stay") {
    const std::vector<std::int64_t> numbers = random_numbers(1000);
    std::vector<Row> rows;
    std::vector<std::unique_ptr<std::int64_t>> owned;
    std::vector<weir::Event<std::int64_t>> timed, timed_out;
    std::vector<const Row*> expected, seen;
    for (const std::int64_t x : numbers) {
        rows.push_back({x, static_cast<double>(x) / 2, (x & 1) == 0});
        owned.push_back(std::make_unique<std::int64_t>(x));
        timed.push_back({x, weir::Timestamp(std::chrono::nanoseconds(x))});
    }
    double sum = 0, expected_sum = 0;
    std::int64_t keys = 0, expected_keys = 0;
    for (const Row& row : rows)
        if (row.ready) {
            expected.push_back(&row);
            expected_sum += row.price;
            expected_keys += row.key;
        }
    weir::run(weir::from(rows) | weir::filter([](const Row& row) { return row.ready; }) |
              weir::for_each([&](const Row& row) { seen.push_back(&row); }));
    CHECK(seen == expected);
    weir::run(weir::from(rows) | weir::filter(&Row::ready) | weir::map(&Row::price) | weir::fold_into(sum));
    CHECK(sum == expected_sum);
    weir::run(weir::from(rows) | weir::filter(&Row::ready) | weir::map(&Row::key) | weir::fold_into(keys));
    CHECK(keys == expected_keys);
    std::vector<std::unique_ptr<std::int64_t>> taken;
    weir::run(weir::from(std::move(owned)) | weir::filter([](const auto& p) { return (*p & 1) == 0; }) | weir::collect_into(taken));
    CHECK(taken.size() == expected.size());
    weir::run(weir::from(timed) | weir::filter([](std::int64_t x) { return (x & 1) == 0; }) | weir::map(triple) | weir::collect_into(timed_out));
    REQUIRE(timed_out.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(*taken[i] == expected[i]->key);
        CHECK(timed_out[i] == weir::Event<std::int64_t>{triple(expected[i]->key), weir::Timestamp(std::chrono::nanoseconds(expected[i]->key))});
    }
}

TEST_CASE("items of any size are kept in order, whichever of each sixteen are") {
    const auto check = []<typename T>(T, const auto& value) {
        std::vector<T> items, expected, plain, pure;
        for (std::uint32_t mask = 0; mask < 0x10000; mask += 7)
            for (std::uint32_t i = 0; i < 16; ++i) items.push_back(static_cast<T>((mask >> i & 1) + 2 * (mask + i) % 100));
        const auto keep = [](const T& item) { return (static_cast<std::int64_t>(item) & 1) != 0; };
        for (const T& item : items)
            if (keep(item)) expected.push_back(value(item));
        weir::run(weir::from(items) | weir::filter(keep) | weir::map(value) | weir::collect_into(plain));
        weir::run(weir::from(items) | weir::filter(weir::pure(keep)) | weir::map(weir::pure(value)) | weir::collect_into(pure));
        CHECK(plain == expected);
        CHECK(pure == expected);
    };
    check(std::int64_t{}, std::negate<>());
    check(std::uint32_t{}, [](std::uint32_t x) { return x / 2; });
    check(double{}, std::negate<>());
    check(float{}, std::negate<>());
    check(std::int16_t{}, [](std::int16_t x) { return static_cast<std::int16_t>(x ^ 8); });
    check(char{}, [](char x) { return static_cast<char>(x ^ 8); });
}

TEST_CASE("a filter that cannot be foretold goes ahead by a block, one that can goes event by event") {
    for (const bool steady : {false, true}) {
        std::size_t calls = 0, ahead = 0, last_ahead = 0;
        weir::run(weir::from(random_numbers(2000)) | weir::filter([&](std::int64_t x) { return ++calls, steady || (x & 1) == 0; }) |
                  weir::for_each([&, seen = std::size_t{0}](std::int64_t) mutable {
                      if (not steady) return void(ahead = std::max(ahead, calls - ++seen));
                      last_ahead = calls - ++seen;
                      ahead = std::max(ahead, last_ahead);
                  }));
        CHECK(ahead > 100); // the first block tells
        CHECK(last_ahead == 0);
    }
}

TEST_CASE("a chain of 32 maps and filters is compiled in seconds, and counts as a short one") {
    const auto keep = [](std::int64_t x) { return x % 100 != 0; };
    const auto add = [](std::int64_t x) { return x + 1; };
    const auto eight = weir::filter(keep) | weir::map(add) | weir::filter(keep) | weir::map(add) | weir::filter(keep) | weir::map(add) |
                       weir::filter(keep) | weir::map(add);
    const std::vector<std::int64_t> numbers = random_numbers(2000);
    std::vector<std::int64_t> out, expected;
    for (const std::int64_t x : numbers)
        if ((x + 15) % 100 > 15) expected.push_back(x + 16); // none of the 16 filters saw a multiple
    const weir::Report report = weir::run(weir::from(numbers) | eight | eight | eight | eight | weir::collect_into(out));
    CHECK(out == expected);
    CHECK(report.at("filter#16").out == expected.size());
    CHECK(weir::detail::wrong_counts(report) == "");
}

TEST_CASE("the way that was faster is kept, and longer each time; one that a steady block has shown is kept without a trial") {
    using weir::detail::PassRule;
    PassRule rule;
    const auto kept_for = [&rule](bool fused) {
        std::size_t n = 0;
        for (; not rule.wants_trial(); n += 64) {
            CHECK((rule.fused() != 0) == fused);
            if (fused) rule.went_fused(64);
            else rule.saw(32, 64);
        }
        return n;
    };
    CHECK_FALSE(rule.has_drawn());
    CHECK(kept_for(false) == 4096);
    rule.keep_faster(PassRule::Way::passes, 0);
    CHECK(rule.has_drawn());
    CHECK(kept_for(false) == 16384);
    rule.keep_faster(PassRule::Way::passes, 0);
    CHECK(kept_for(false) == 65536);
    rule.keep_faster(PassRule::Way::fused, 0);
    CHECK(kept_for(true) == 1024); // it may have been luck
    rule.keep_faster(PassRule::Way::fused, 0);
    CHECK(kept_for(true) == 4096);
    rule.keep_faster(PassRule::Way::passes, 64 + 32);
    CHECK(kept_for(false) == 16384 + 8192);
    for (int i = 0; i < 5; ++i) rule.keep_faster(PassRule::Way::passes, 0);
    CHECK(kept_for(false) == 1 << 20);
    rule.saw(6, 64);
    CHECK(rule.fused() == 16384);
    PassRule unsteady;
    unsteady.saw(7, 64);
    CHECK(unsteady.fused() == 0);
}

TEST_CASE("in a pass functions that are marked pure see dropped events too, others never do") {
    const std::vector<std::int64_t> numbers = random_numbers(1000);
    int pure_calls = 0, odd_ones = 0;
    std::vector<std::int64_t> out;
    weir::run(weir::from(numbers) | weir::filter([](std::int64_t x) { return (x & 1) == 0; }) | weir::tap([](std::int64_t) {}) |
              weir::filter([&](std::int64_t x) { return odd_ones += static_cast<int>(x & 1), low(x); }) |
              weir::map(weir::pure([&](std::int64_t x) { return ++pure_calls, x; })) | weir::collect_into(out));
    CHECK(odd_ones == 0);
    CHECK(static_cast<std::size_t>(pure_calls) > out.size());
}

TEST_CASE("nothing behind the last event that a take takes is seen") {
    std::size_t calls = 0;
    std::vector<std::int64_t> out;
    weir::run(weir::from(random_numbers(1000)) | weir::filter([&](std::int64_t x) { return ++calls, (x & 1) == 0; }) | weir::take(3) |
              weir::collect_into(out));
    CHECK(out.size() == 3);
    CHECK(calls < 20);
}

TEST_CASE("what stood before an error has gone on, what stood behind it is held, wherever it is thrown") {
    const std::vector<std::int64_t> random = random_numbers(2000);
    std::vector<std::int64_t> steady(2000, 4); // goes by the fused loop, behind the first block
    for (std::size_t i = 39; i < steady.size(); i += 40) steady[i] = std::array{1, 2, 0}[i / 40 % 3]; // dropped by the first filter, the second, the third
    for (std::size_t place = 0; place < 7; ++place)
        for (const int call : {1, 2, 50, 130, 140, 700, 1001}) {
            const std::vector<std::int64_t>& numbers = call < 700 ? random : steady;
            int left = call;
            const auto at = [&](std::size_t here) { return here == place ? std::function<void()>(Nth{&left}) : [] {}; };
            std::vector<std::int64_t> out;
            const auto first = [f = at(0)](std::int64_t x) { return f(), (x & 1) == 0; };
            const auto second = [f = at(1)](std::int64_t x) { return f(), triple(x); };
            const auto third = [f = at(2)](std::int64_t x) { return f(), low(x); };
            const auto fourth = [f = at(3)](std::int64_t x) { return f(), -x; };
            const auto fifth = [f = at(4)](std::int64_t x) { return f(), (x & 4) == 0; };
            const auto sixth = [f = at(5)](std::int64_t x) { return f(), x; };
            const auto sink = [f = at(6), &out](std::int64_t x) { f(), out.push_back(x); };
            auto stepper = weir::stepper(weir::from(numbers) | weir::filter(first) | weir::map(second) | weir::filter(third) | weir::map(fourth) |
                                         weir::filter(fifth) | weir::map(sixth) | weir::for_each(sink));
            std::string error;
            try {
                while (stepper.step() != weir::Progress::ended) {}
            } catch (const std::exception& e) {
                error = e.what();
            }
            REQUIRE(error == "the call that was asked for");
            const weir::Report report = stepper.report();
            CHECK(weir::detail::wrong_counts(report) == "");
            for (std::size_t i = 0; i + 1 < report.operators.size(); ++i)
                CHECK(report.operators[i].passed == report.operators[i + 1].passed + report.operators[i + 1].dropped());
            // The same, one by one.
            std::vector<std::int64_t> expected;
            std::array<std::uint64_t, 3> kept{};
            left = call;
            try {
                for (const std::int64_t x : numbers)
                    if (first(x) && ++kept[0])
                        if (const auto y = second(x); third(y) && ++kept[1])
                            if (const auto z = fourth(y); fifth(z) && ++kept[2]) {
                                at(6)();
                                if (place == 5) static_cast<void>(sixth(z));
                                expected.push_back(z);
                            }
            } catch (const std::exception&) {
            }
            INFO("place " << place << ", call " << call);
            CHECK(out == expected);
            CHECK(report.at("for_each#1").passed == out.size());
            if (call < 700) continue; // a block is seen by one function before the next
            CHECK(report.at("map#1").in == kept[0]);
            CHECK(report.at("map#2").in == kept[1]);
            CHECK(report.at("map#3").in == kept[2]);
        }
}

} // namespace

TEST_CASE("a member of what an event points to is only looked at behind the filter that asks for it") {
    std::vector<std::shared_ptr<Row>> rows;
    for (const std::int64_t x : random_numbers(300)) rows.push_back((x & 1) == 0 ? std::make_shared<Row>(Row{x, 1, true}) : nullptr);
    double sum = 0;
    weir::run(weir::from(rows) | weir::filter([](const auto& row) { return row != nullptr; }) | weir::map(&Row::price) | weir::fold_into(sum));
    CHECK(sum == static_cast<double>(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row != nullptr; })));
}

TEST_CASE("what a map shows of its own lives until its next call, in spans too") {
    std::vector<std::string> lines, got, expected;
    for (const std::int64_t x : random_numbers(300)) lines.push_back(std::to_string(x & 255));
    for (const std::string& line : lines)
        if (line.size() % 2 == 1) expected.push_back('[' + line);
    weir::run(weir::from(lines) | weir::map([own = std::string()](const std::string& line) mutable {
                  own = '[' + line;
                  return std::string_view(own);
              }) | weir::filter([](std::string_view text) { return text.size() % 2 == 0; }) | weir::for_each([&](std::string_view text) { got.emplace_back(text); }));
    CHECK(got == expected);
}
