// SPDX-License-Identifier: BSL-1.0
#include <weir/source/whole_files.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace files_test;
using Wholes = std::vector<weir::WholeFile>;

Wholes rest_of(weir::WholeFiles source) {
    Wholes found;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch()) found.insert(found.end(), batch.begin(), batch.end());
    return found;
}

TEST_CASE("from_files gives each file as one event, with its path, an empty one too, whatever the reads, the parts and the workers") {
    STATIC_REQUIRE(weir::BatchSource<weir::WholeFiles>);
    STATIC_REQUIRE(weir::PositionedSource<weir::WholeFiles>);
    STATIC_REQUIRE(weir::SplittableSource<weir::WholeFiles>);
    const TempDirectory directory;
    Wholes wholes;
    for (const std::size_t size : {0U, 1U, 4'094U, 4'095U, 4'096U, 10'000U, 0U, 3U})
        wholes.push_back({directory.file("f" + std::to_string(wholes.size()), std::string(size, static_cast<char>('a' + wholes.size()))),
                          std::string(size, static_cast<char>('a' + wholes.size()))});
    const std::vector<std::string> paths = weir::files_in(directory.path());
    FaultyFiles short_reads;
    for (const std::size_t piece : {7U, 100'000U}) {
        short_reads.piece = piece;
        const weir::WholeFilesOptions options{.max_bytes = 10'000, .files = &short_reads};
        CHECK(rest_of(weir::WholeFiles(paths, options)) == wholes);
        for (const std::size_t n : {2U, 5U, 1'000U}) {
            Wholes found;
            for (const auto& part : weir::WholeFiles(paths, options).split(n))
                for (const auto& whole : rest_of(part)) found.push_back(whole);
            CHECK(found == wholes);
        }
        weir::WholeFiles source(paths, options);
        for (std::size_t i = 0; i <= wholes.size(); ++i) {
            const weir::FilePosition place = source.position();
            weir::WholeFiles other(paths, options);
            other.seek(place);
            for (std::size_t k = i; k < wholes.size(); ++k) CHECK(other.next_batch()[0] == wholes[k]);
            CHECK(other.next_batch().empty());
            static_cast<void>(source.next_batch());
        }
    }
    for (const std::size_t workers : {1U, 3U}) {
        Wholes found;
        weir::run(weir::from_files(paths) | weir::collect_into(found), {.workers = workers});
        CHECK(found == wholes);
    }
}

TEST_CASE("a file that is too large, is missing or cannot be read is an error that names it, after the files before it") {
    const TempDirectory directory;
    const std::string small = directory.file("a", "ab"), large = directory.file("b", std::string(5'000, 'x')), missing = directory.path("c");
    FaultyFiles faulty;
    faulty.fails_at = 100;
    const auto error_of = [&](const std::string& second, weir::WholeFilesOptions options) {
        std::string text;
        Wholes seen;
        try {
            weir::run(weir::from_files({small, second}, options) | weir::collect_into(seen));
        } catch (const std::exception& error) {
            text = error.what();
        }
        CHECK(seen == Wholes{{small, "ab"}});
        return text;
    };
    CHECK(error_of(large, {.max_bytes = 4'999}) == "from_files: " + large + ": more than 4999 bytes (WholeFilesOptions::max_bytes)");
    CHECK(error_of(large, {.files = &faulty}) == large + ": cannot read at byte 100: Input/output error");
    CHECK(error_of(missing, {}) == missing + ": cannot open: No such file or directory");
    Gigabyte endless("", "");
    CHECK_THROWS_AS(weir::run(weir::from_files("x", {.max_bytes = 100'000, .files = &endless}) | weir::for_each([](const weir::WholeFile&) {})), weir::PositionedError);
}

} // namespace
