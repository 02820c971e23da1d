// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

using laws::failing;
using laws::hold_for_operator;
using laws::hold_inside;

TEST_CASE("map keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::map(failing(fault, [](int x) { return x * 2 + 1; })); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("tap keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::tap(failing(fault, [](int) {})); });
}

TEST_CASE("when keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::when(laws::is_even, failing(fault, [](int) {})); });
}

TEST_CASE("enumerate keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::enumerate(); });
}

TEST_CASE("scan keeps the laws") {
    const auto op = [](const weir::Fault& fault) { return weir::scan(0, failing(fault, [](int sum, int x) { return sum + x; })); };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("scan with a state that allocates keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::scan(std::string(), failing(fault, [](std::string all, int x) { return all.substr(all.size() / 2) + std::to_string(x); }));
    });
}

TEST_CASE("a stage keeps the laws") {
    hold_for_operator([](const weir::Fault&) { return weir::stage({.capacity = 2}); });
    hold_inside([](const weir::Fault&) { return weir::stage({.capacity = 1}); });
}
