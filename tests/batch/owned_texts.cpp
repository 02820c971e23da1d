// SPDX-License-Identifier: BSL-1.0
#include <weir/batch/owned_texts.hpp>

#include "catch.hpp"

#include <cstddef>
#include <string>

namespace {

/// How many of these make it full.
std::size_t fill(weir::detail::OwnedTexts<>& texts, std::size_t length) {
    texts.clear();
    while (not texts.is_full()) texts.add(std::string(length, 'a'));
    return texts.all().size();
}

} // namespace

TEST_CASE("OwnedTexts: a few at a time, whatever their length, and long ones leave no trace") {
    weir::detail::OwnedTexts<> texts;
    CHECK(fill(texts, 10) == 512);
    CHECK(fill(texts, 60'000) == 2);
    CHECK(fill(texts, 10) == 512);
    CHECK(fill(texts, 1'000'000) == 1);
    CHECK(fill(texts, 10) == 512);
    CHECK(texts.all().front() == "aaaaaaaaaa");
}
