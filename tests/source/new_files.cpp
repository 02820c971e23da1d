// SPDX-License-Identifier: BSL-1.0
#include <catch.hpp>
#include <files.hpp>
#include <weir/source/files_in.hpp>
#include <weir/source/new_files.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using Paths = std::vector<std::string>;

TEST_CASE("what has come since the position that was kept is new, each file once") {
    const files_test::TempDirectory directory;
    const std::string b = directory.file("b", ""), folder = std::filesystem::path(b).parent_path().string();
    std::vector<std::byte> position;
    const auto look = [&] {
        const weir::NewFiles news(weir::files_in(folder), position);
        position = news.position();
        return news.paths();
    };
    CHECK(look() == Paths{b});
    CHECK(look().empty());
    const std::string c = directory.file("c", ""), a = directory.file("a", "");
    CHECK(look() == Paths{a, c});
    CHECK(look().empty());
    const std::size_t size = position.size();
    std::filesystem::remove(a);
    CHECK(look().empty());
    CHECK(position.size() < size); // forgotten,
    static_cast<void>(directory.file("a", ""));
    CHECK(look() == Paths{a}); // so it can come again
    CHECK(weir::NewFiles({"x", "x y", "x\ny"}, weir::NewFiles({"x y"}).position()).paths() == Paths{"x", "x\ny"});
    CHECK(weir::NewFiles({}, position).position().empty());
}

} // namespace
