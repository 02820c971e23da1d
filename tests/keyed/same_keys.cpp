// SPDX-License-Identifier: BSL-1.0
// Which keys are one: those with a NaN, those whose parts are views, text behind pointers, and those that are not even == to themselves.
#include "catch.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Place {
    double x;
    bool operator==(const Place&) const = default;
    static constexpr auto fields() { return weir::fields("x", &Place::x); }
};
struct Strange { // a NaN of these is not the same as itself
    double x;
    friend bool operator==(const Strange&, const Strange&) = default;
};
struct Seen {
    double x;
    int n;
    weir::Timestamp time;
    [[nodiscard]] Place place() const { return {x}; }
    [[nodiscard]] Strange strange() const { return {x}; }
};

weir::Timestamp at(std::int64_t s) { return weir::Timestamp(std::chrono::seconds(s)); }
const std::vector<Seen> seen{{not_a_number, 1, at(0)}, {not_a_number, 1, at(1)}, {2, 1, at(2)}, {not_a_number, 1, at(3)}, {not_a_number, 2, at(4)}};

/// How many events each row counts.
template <typename... Ops>
std::vector<std::uint64_t> counts(Ops... ops) {
    std::vector<std::uint64_t> all;
    weir::run(((weir::from(seen) | weir::event_time(&Seen::time)) | ... | ops) | weir::for_each([&](const auto& row) { all.push_back(row.value); }));
    return all;
}
template <typename Key>
std::vector<int> suppressed(Key key) {
    std::vector<int> numbers;
    weir::run(weir::from(seen) | weir::event_time(&Seen::time) | weir::key_by(key) | weir::suppress(1h) | weir::for_each([&](const Seen& s) { numbers.push_back(s.n); }));
    return numbers;
}

} // namespace

template <>
struct weir::Hash<Strange> {
    static std::uint64_t of(const Strange& key) { return stable_hash(key.x); }
};

TEST_CASE("keys with a NaN are one key") {
    using Counts = std::vector<std::uint64_t>;
    CHECK(counts(weir::key_by(&Seen::x), weir::aggregate(weir::count())) == Counts{4, 1});
    CHECK(counts(weir::key_by(&Seen::x, &Seen::n), weir::aggregate(weir::count())) == Counts{3, 1, 1});
    CHECK(counts(weir::key_by(&Seen::x, &Seen::n), weir::window(weir::tumbling(10s)), weir::aggregate(weir::count())) == Counts{3, 1, 1});
    CHECK(counts(weir::key_by(&Seen::place), weir::aggregate(weir::count())) == Counts{4, 1});
    CHECK(suppressed(&Seen::place) == std::vector<int>{2, 1});
}

TEST_CASE("rows find their partners by keys with a NaN") {
    std::vector<int> numbers;
    const auto keyed = [] { return weir::from(seen) | weir::key_by(&Seen::x, &Seen::n); };
    weir::run(weir::hash_join<weir::JoinType::semi>(keyed(), keyed()) | weir::for_each([&](const Seen& s) { numbers.push_back(s.n); }));
    CHECK(numbers == std::vector<int>{1, 1, 1, 1, 2});
}

TEST_CASE("keys that are not == themselves are each their own, and go as others do") {
    CHECK(suppressed(&Seen::strange) == std::vector<int>{1, 1, 1, 1, 2});
    const weir::KeyedOptions one{.max_keys = 1, .at_max = weir::AtMaxKeys::evict};
    CHECK(counts(weir::key_by(&Seen::strange), weir::window(weir::count_window(1)), weir::aggregate(weir::count(), one)).size() == 5);
    weir::TestStream<double> late;
    late.event(not_a_number, at(1)).watermark(at(10)).event(not_a_number, at(2)).event(not_a_number, at(3));
    std::size_t rows = 0;
    weir::run(weir::from(late) | weir::key_by([](double x) { return Strange{x}; }) | weir::window(weir::sliding(4s, 2s).allowed_lateness(1min)) |
              weir::aggregate(weir::count()) | weir::for_each([&](const auto&) { ++rows; }));
    CHECK(rows == 6);
}

TEST_CASE("a view in a key is copied where the key is new, whatever it is a part of") {
    const auto counted = [](auto key) { // each text is gone when the next comes
        auto texts = weir::generate([n = 0]() mutable -> std::optional<std::string> {
            return n == 60 ? std::nullopt : std::optional(std::string(40, static_cast<char>('a' + n++ % 3)));
        });
        std::vector<int> numbers;
        weir::run(weir::from(std::move(texts)) | weir::key_by(key) | weir::scan(0, [](int n, const std::string&) { return n + 1; }) | weir::collect_into(numbers));
        return numbers.size() == 60 && numbers.front() == 1 && numbers.back() == 20;
    };
    CHECK(counted([](const std::string& s) { return std::pair<std::string_view, int>(s, 1); }));
    CHECK(counted([](const std::string& s) { return std::pair<const std::string&, int>(s, 1); }));
    CHECK(counted([](const std::string& s) { return std::tuple(std::optional<std::string_view>(s), std::array<std::string_view, 2>{s, s}); }));
    CHECK(counted([](const std::string& s) { return s.c_str(); }));
    CHECK(counted([](const std::string& s) { return std::vector<std::string_view>{s, "x"}; }));
}

TEST_CASE("text behind pointers is one key by its characters, kept as a string") {
    struct Named {
        const char* name;
        int n;
    };
    const char one[] = "AAPL", other[] = "AAPL";
    const std::vector<Named> input{{one, 1}, {other, 2}, {"MSFT", 4}, {one, 8}};
    std::vector<weir::Keyed<std::string, int>> rows;
    weir::run(weir::from(input) | weir::key_by(&Named::name) | weir::aggregate(weir::sum(&Named::n)) |
              weir::for_each([&](const auto& row) { rows.push_back({row.key, static_cast<int>(row.value)}); }));
    CHECK(rows == std::vector<weir::Keyed<std::string, int>>{{"AAPL", 11}, {"MSFT", 4}});
}
