// SPDX-License-Identifier: BSL-1.0
// The inputs that fuzzing has found worth keeping, each again: tests/fuzz/run finds more.
#include <catch.hpp>

#include "fuzz/input.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace {

std::size_t replay(const std::string& name, void (*check)(std::string_view)) {
    std::ifstream kept(std::filesystem::path(__FILE__).parent_path() / "corpus" / (name + ".hex"));
    std::size_t n = 0;
    for (std::string line; std::getline(kept, line); ++n) {
        std::string bytes;
        for (std::size_t i = 0; i + 1 < line.size(); i += 2) bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
        check(bytes);
    }
    check({});
    return n;
}

TEST_CASE("what fuzzing has found holds still") {
    CHECK(replay("csv", fuzz::csv) > 0);
    CHECK(replay("numbers", fuzz::numbers) > 0);
    CHECK(replay("times", fuzz::times) > 0);
#if __has_include(<simdjson.h>)
    CHECK(replay("json", fuzz::json) > 0);
#endif
#if __has_include(<zlib.h>)
    CHECK(replay("zlib", fuzz::zlib) > 0);
#endif
}

} // namespace
