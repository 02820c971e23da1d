// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/lz4.hpp>

#include "catch.hpp"
#include "connect/packed_files.hpp"

#include <memory>

namespace {

using Files = decltype(weir::lz4::files());

TEST_CASE("lz4: files that lz4 has compressed are read and written as any other") {
    packed_files_test::check_component([](const weir::Files* base, int level) { return std::make_unique<Files>(base, level); }, ".lz4");
}

} // namespace
