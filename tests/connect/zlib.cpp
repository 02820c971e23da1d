// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/zlib.hpp>

#include "catch.hpp"
#include "connect/packed_files.hpp"
#include "files.hpp"

#include <memory>
#include <string>

namespace {

using Files = decltype(weir::zlib::files());

TEST_CASE("zlib: files that gzip has compressed are read and written as any other") {
    packed_files_test::check_component([](const weir::Files* base, int level) { return std::make_unique<Files>(base, level); }, ".gz");
}

TEST_CASE("zlib: what the program gzip has written, with the name of a file in it, is read") {
    using namespace std::string_literals;
    const files_test::TempDirectory directory;
    const std::string data = "\x1f\x8b\x08\x08\x68\x04\x08\x6b\x00\x03" "abc\x00\xcb\xcf\x4b\xe5\x2a\x29\xcf\xe7\x02\x00\xe6\x0b\xba\x12\x08\x00\x00\x00"s;
    CHECK(packed_files_test::read_all(weir::zlib::files(), directory.file("abc", data)) == "one\ntwo\n");
}

} // namespace
