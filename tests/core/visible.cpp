// SPDX-License-Identifier: BSL-1.0
#include <weir/core/visible.hpp>

#include "catch.hpp"

#include <string_view>

using namespace std::string_view_literals;

TEST_CASE("control characters are written so that a message shows them, and the rest as it is") {
    CHECK(weir::detail::visible("").empty());
    CHECK(weir::detail::visible("a \"b\" \\ \xc3\xa4") == "a \"b\" \\ \xc3\xa4");
    CHECK(weir::detail::visible("\xe2\x82\xac \xf0\x9f\x98\x80") == "\xe2\x82\xac \xf0\x9f\x98\x80");
    CHECK(weir::detail::visible("1\0\t\r\n\x1b[\x7f"sv) == "1\\0\\t\\r\\n\\x1b[\\x7f");
}

TEST_CASE("bytes that are not UTF-8 are written in hexadecimal, and the characters around them as they are") {
    CHECK(weir::detail::visible("M\xfcller") == "M\\xfcller");
    CHECK(weir::detail::visible("\xe2\x82\xac\xe2\x82") == "\xe2\x82\xac\\xe2\\x82");
    CHECK(weir::detail::visible("\xc0\xaf \xed\xa0\x80 \xff") == "\\xc0\\xaf \\xed\\xa0\\x80 \\xff");
}
