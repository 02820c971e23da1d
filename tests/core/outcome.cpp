// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/outcome.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace {

weir::Outcome<int> half(int x) {
    if (x % 2 != 0) return std::make_exception_ptr(std::runtime_error("odd"));
    return x / 2;
}

} // namespace

TEST_CASE("an outcome is a value") {
    weir::Outcome<int> outcome = half(8);
    REQUIRE(outcome);
    CHECK(*outcome == 4);
    CHECK(outcome.value() == 4);
    CHECK(outcome.error() == nullptr);
    *outcome = 5;
    CHECK(*outcome == 5);
}

TEST_CASE("or an error, which value() throws") {
    const weir::Outcome<int> outcome = half(7);
    CHECK_FALSE(outcome.has_value());
    CHECK(outcome.error() != nullptr);
    CHECK_THROWS_WITH(outcome.value(), "odd");
}

TEST_CASE("an outcome of a value that can only be moved") {
    weir::Outcome<std::unique_ptr<std::string>> outcome = std::make_unique<std::string>("text");
    CHECK(outcome->get()->size() == 4);
    const std::unique_ptr<std::string> text = *std::move(outcome);
    CHECK(*text == "text");
}
