// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/zstd.hpp>

#include "catch.hpp"
#include "connect/packed_files.hpp"

#include <memory>

namespace {

using Files = decltype(weir::zstd::files());

TEST_CASE("zstd: files that zstd has compressed are read and written as any other") {
    packed_files_test::check_component([](const weir::Files* base, int level) { return std::make_unique<Files>(base, level); }, ".zst");
}

} // namespace
