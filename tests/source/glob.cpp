// SPDX-License-Identifier: BSL-1.0
#include <weir/source/glob.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <string>
#include <vector>

namespace {

TEST_CASE("glob gives the paths that match, sorted") {
    const files_test::TempDirectory directory;
    const std::string b = directory.file("b.csv", ""), a = directory.file("a.csv", ""), upper = directory.file("B.csv", "");
    static_cast<void>(directory.file("c.txt", ""));
    CHECK(weir::glob(directory.path("*.csv")) == std::vector<std::string>{upper, a, b});
    CHECK(weir::glob(directory.path("[ab].csv")) == std::vector<std::string>{a, b});
    CHECK(weir::glob(a) == std::vector<std::string>{a});
}

TEST_CASE("a pattern that nothing matches is an error that names it") {
    const files_test::TempDirectory directory;
    CHECK_THROWS_WITH(weir::glob(directory.path("*.csv")), directory.path("*.csv") + ": no file matches: No such file or directory");
    CHECK_THROWS_AS(weir::glob(directory.path("missing/*")), weir::FileError);
}

} // namespace
