// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/fields.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

struct Flight {
    std::string carrier;
    double delay = 0;
    bool arrived = false;
    int scratch = 7;
    static constexpr auto fields() {
        return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived);
    }
};

struct Point { // somebody else's
    int x = 0;
    int y = 0;
};

} // namespace

template <>
struct weir::Fields<Point> {
    static constexpr auto fields() { return weir::fields("x", &Point::x, "y", &Point::y); }
};

namespace {

struct Stamped : Point {
    long at = 0;
    const int version = 1;
    static constexpr auto fields() { return weir::fields("x", &Stamped::x, "at", &Stamped::at, "version", &Stamped::version); }
};

struct Unrelated {
    static std::vector<int> fields() { return {}; }
};

struct Line {
    std::string_view text;
    static constexpr auto fields() { return weir::fields("text", &Line::text); }
};

template <typename T>
struct Wrapped {
    T value;
    static constexpr auto fields() { return weir::fields("value", &Wrapped::value); }
};

static_assert(weir::HasFields<Flight> && weir::HasFields<const Flight> && weir::HasFields<Point> && weir::HasFields<Stamped>);
static_assert(not weir::HasFields<int> && not weir::HasFields<Unrelated> && not weir::HasFields<std::vector<Flight>>);
static_assert(weir::field_count<Flight> == 3 && weir::field_count<const Point> == 2);
static_assert(weir::field_names<Flight> == std::array<std::string_view, 3>{"carrier", "delay", "arrived"});
static_assert(std::same_as<weir::field_types_t<Flight>, std::tuple<std::string, double, bool>>);
static_assert(std::same_as<weir::field_types_t<Stamped>, std::tuple<int, long, int>>);
static_assert(std::same_as<weir::field_type_t<1, const Flight>, double>);
static_assert(std::same_as<decltype(weir::get_field<0>(std::declval<Flight&>())), std::string&>);
static_assert(std::same_as<decltype(weir::get_field<0>(std::declval<const Flight&>())), const std::string&>);
static_assert(std::same_as<decltype(weir::get_field<0>(std::declval<Flight>())), std::string&&>);

static_assert(not weir::holds_view<Flight> && not weir::holds_view<int> && not weir::holds_view<std::string>);
static_assert(weir::holds_view<std::string_view> && weir::holds_view<const std::string_view> && weir::holds_view<std::span<const int>>);
static_assert(weir::holds_view<Line> && weir::holds_view<std::vector<Line>> && weir::holds_view<std::optional<std::string_view>>);
static_assert(weir::holds_view<std::pair<int, std::string_view>> && weir::holds_view<std::tuple<int, Line>>);
static_assert(weir::holds_view<Wrapped<Wrapped<std::span<int, 4>>>> && weir::holds_view<std::array<std::string_view, 2>>);
static_assert(not weir::holds_view<Wrapped<std::vector<std::optional<Flight>>>> && not weir::holds_view<std::tuple<int, Point>>);

constexpr bool visits_in_order_and_writes() {
    Point point{3, 4};
    int sum = 0;
    weir::for_each_field(point, [&](std::string_view name, int& member) {
        member *= 10;
        sum = sum * 100 + (name == "x" ? member : -member);
    });
    return point.x == 30 && point.y == 40 && sum == 2960;
}
static_assert(visits_in_order_and_writes());

TEST_CASE("for_each_field gives name and member of each field in order, and of no other member") {
    Flight flight{"LH", 4.5, true, 7};
    std::vector<std::string> seen;
    weir::for_each_field(std::as_const(flight), [&](std::string_view name, const auto& member) {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, std::string>) seen.push_back(std::string(name) + "=" + member);
        else seen.push_back(std::string(name) + "=" + std::to_string(static_cast<int>(member)));
    });
    CHECK(seen == std::vector<std::string>{"carrier=LH", "delay=4", "arrived=1"});
    weir::for_each_field(flight, [](std::string_view, auto& member) { member = {}; });
    CHECK(flight.carrier.empty());
    CHECK(flight.scratch == 7);
    CHECK(visits_in_order_and_writes());
}

TEST_CASE("for_each_field_type gives the types without a row, also those of a base") {
    std::vector<std::pair<std::string_view, std::size_t>> seen;
    weir::for_each_field_type<Stamped>([&]<typename T>(std::string_view name, std::type_identity<T>) { seen.emplace_back(name, sizeof(T)); });
    CHECK(seen == std::vector<std::pair<std::string_view, std::size_t>>{{"x", sizeof(int)}, {"at", sizeof(long)}, {"version", sizeof(int)}});
}

TEST_CASE("get_field refers into the row") {
    Flight flight{"LH", 4.5, true, 7};
    weir::get_field<1>(flight) = 8;
    CHECK(flight.delay == 8);
    const std::string taken = weir::get_field<0>(std::move(flight));
    CHECK(taken == "LH");
}

} // namespace
