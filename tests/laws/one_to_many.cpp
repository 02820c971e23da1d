// SPDX-License-Identifier: BSL-1.0
#include "laws/laws.hpp"

using laws::failing;
using laws::hold_for_operator;
using laws::hold_inside;

TEST_CASE("flat_map of containers keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::flat_map(failing(fault, [](int x) { return std::vector<int>(static_cast<std::size_t>(x % 5), x); }));
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("flat_map with a collector keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::flat_map<int>([fault](int x, auto&& emit) {
            for (int i = 0; i < x % 5; ++i) {
                fault();
                emit(x + i);
            }
        });
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("flat_map into flat_map keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        const auto times = [fault](int n) {
            return weir::flat_map(failing(fault, [n](int x) { return std::vector<int>(static_cast<std::size_t>(x % n), x + 1); }));
        };
        return times(4) | times(3);
    });
}
