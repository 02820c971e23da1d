// SPDX-License-Identifier: BSL-1.0
#include <weir/source/files_in.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace {

TEST_CASE("files_in gives the regular files of a folder, sorted, not those that are being written") {
    const files_test::TempDirectory directory;
    const std::string b = directory.file("b", ""), a = directory.file("a.csv", ""), upper = directory.file("B", "");
    static_cast<void>(directory.file(".hidden", ""));
    static_cast<void>(directory.file("c.part", ""));
    std::filesystem::create_directory(directory.path("folder"));
    std::filesystem::create_symlink(a, directory.path("link"));
    std::filesystem::create_symlink(directory.path("missing"), directory.path("broken"));
    const std::vector<std::string> expected{upper, a, b, directory.path("link")};
    CHECK(weir::files_in(directory.path()) == expected);
    CHECK(weir::files_in(directory.path() + (directory.path().ends_with('/') ? "" : "/")) == expected);
    CHECK(weir::files_in(directory.path("folder")).empty());
}

TEST_CASE("a folder that cannot be read is an error that names it") {
    const files_test::TempDirectory directory;
    CHECK_THROWS_WITH(weir::files_in(directory.path("missing")), directory.path("missing") + ": cannot read the folder: No such file or directory");
    CHECK_THROWS_AS(weir::files_in(directory.file("file", "")), weir::FileError);
}

} // namespace
