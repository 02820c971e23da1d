// SPDX-License-Identifier: BSL-1.0
#include <weir/core/visible.hpp>

#include "catch.hpp"

#include <string_view>

using namespace std::string_view_literals;

TEST_CASE("control characters are written so that a message shows them, and the rest as it is") {
    CHECK(weir::detail::visible("").empty());
    CHECK(weir::detail::visible("a \"b\" \\ \xc3\xa4") == "a \"b\" \\ \xc3\xa4");
    CHECK(weir::detail::visible("1\0\t\r\n\x1b[\x7f"sv) == "1\\0\\t\\r\\n\\x1b[\\x7f");
}
