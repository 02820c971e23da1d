// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/zlib.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "connect/packed_files.hpp"
#include "files.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

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

struct Row {
    int a = 0;
    static constexpr auto fields() { return weir::fields("a", &Row::a); }
};

TEST_CASE("zlib: the rows of a compressed CSV file; of one that is cut off those before, then an error that names it") {
    const files_test::TempDirectory directory;
    const auto files = weir::zlib::files();
    const std::string path = directory.path("rows.csv.gz");
    std::vector<Row> rows, read;
    for (int i = 0; i < 50'000; ++i) rows.push_back({i * 7919 % 10'007});
    weir::run(weir::from(rows) | weir::to_csv(path, {.files = &files}));
    const auto job = [&](const std::string& from, std::size_t workers = 1) {
        read.clear();
        weir::run(weir::from_csv<Row>(from, {.files = &files}) | weir::collect_into(read), {.workers = workers});
    };
    const auto same = [](const Row& one, const Row& other) { return one.a == other.a; };
    for (const std::size_t workers : {1U, 3U}) {
        job(path, workers);
        CHECK(std::equal(read.begin(), read.end(), rows.begin(), rows.end(), same));
    }
    const std::string data = files_test::content_of(path), cut = directory.file("cut", data.substr(0, data.size() * 3 / 4));
    CHECK_THROWS_WITH(job(cut), cut + ": cannot read gzip data at byte " + std::to_string(data.size() * 3 / 4) + ": the file is cut off");
    CHECK(read.size() > 10'000);
    CHECK(std::equal(read.begin(), read.end(), rows.begin(), same));
}

} // namespace
