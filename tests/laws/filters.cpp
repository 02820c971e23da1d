// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

using laws::failing;
using laws::hold_for_operator;
using laws::hold_inside;

TEST_CASE("filter keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::filter(failing(fault, laws::is_even)); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("rule keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::rule(laws::is_even, failing(fault, [](int x) { return -x; })); });
}

TEST_CASE("distinct keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::distinct(); });
    hold_inside([](const weir::Fault& fault) { return weir::distinct(failing(fault, [](int x) { return x / 3; })); });
}

TEST_CASE("distinct with a memory keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::distinct(failing(fault, [](int x) { return x; }), 10); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("skip keeps the laws") {
    for (const std::uint64_t n : {0U, 1U, 25U, 1000U}) hold_inside([n](const weir::Fault&) { return weir::skip(n); });
    hold_for_operator([](const weir::Fault&) { return weir::skip(25); });
}

TEST_CASE("take keeps the laws") {
    for (const std::uint64_t n : {0U, 1U, 25U, 1000U}) hold_inside([n](const weir::Fault&) { return weir::take(n); });
    hold_for_operator([](const weir::Fault&) { return weir::take(25); });
}

TEST_CASE("take_while keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::take_while(failing(fault, [](int x) { return x != 39; })); };
    hold_for_operator(op);
    hold_inside(op);
}
