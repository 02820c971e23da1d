// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_records.hpp>
#include <weir/source/records.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

using namespace files_test;

struct Tick {
    std::int64_t time = 0;
    double price = 0;
    std::array<char, 4> symbol{};
    std::int32_t size = 0;
    friend bool operator==(const Tick&, const Tick&) = default;
};
using Ticks = std::vector<Tick>;

Ticks some(int n) {
    Ticks ticks;
    for (int i = 0; i < n; ++i) ticks.push_back({i * 1'000, i / 8.0, {'A', 'B', 'C', static_cast<char>(i)}, -i});
    return ticks;
}
std::string bytes_of(const Ticks& ticks) { return {reinterpret_cast<const char*>(ticks.data()), ticks.size() * sizeof(Tick)}; }
Ticks rest_of(weir::FileRecords<Tick> source) {
    Ticks ticks;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch()) ticks.insert(ticks.end(), batch.begin(), batch.end());
    return ticks;
}

TEST_CASE("to_records writes the bytes of each event, from_records reads them again") {
    const TempDirectory directory;
    const std::string path = directory.path("ticks");
    const Ticks ticks = some(1'000);
    weir::run(weir::from(ticks) | weir::to_records(path, {.buffer = 100}));
    CHECK(content_of(path) == bytes_of(ticks));
    CHECK(directory.names().size() == 1);
    Ticks again;
    weir::run(weir::from_records<Tick>(path) | weir::filter([](const Tick& tick) { return tick.size < 0; }) | weir::collect_into(again));
    CHECK(again == Ticks(ticks.begin() + 1, ticks.end()));
    const TempStream stream;
    weir::run(weir::from(some(2)) | weir::to_records(stream.get()));
    CHECK(stream.content() == bytes_of(some(2)));
}

TEST_CASE("records do not depend on where blocks, reads and parts end, and can be gone back to") {
    STATIC_REQUIRE(weir::BatchSource<weir::FileRecords<Tick>>);
    STATIC_REQUIRE(weir::PositionedSource<weir::FileRecords<Tick>>);
    STATIC_REQUIRE(weir::SplittableSource<weir::FileRecords<Tick>>);
    const TempDirectory directory;
    const Ticks ticks = some(100);
    const std::vector<std::string> paths{directory.file("a", bytes_of({ticks.begin(), ticks.begin() + 60})), directory.file("b", ""),
                                         directory.file("c", bytes_of({ticks.begin() + 60, ticks.end()}))};
    FaultyFiles short_reads;
    for (const std::size_t piece : {1U, 7U, 100'000U})
        for (const std::size_t block : {1U, 100U, 1'000'000U}) {
            short_reads.piece = piece;
            const weir::RecordsOptions options{.block = block, .files = &short_reads};
            CHECK(rest_of(weir::FileRecords<Tick>(paths, options)) == ticks);
            for (const std::size_t n : {1U, 2U, 7U, 1'000U}) {
                Ticks found;
                std::size_t largest = 0;
                auto parts = weir::FileRecords<Tick>(paths, options).split(n);
                for (const auto& part : parts) {
                    const Ticks some_of_them = rest_of(part);
                    largest = std::max(largest, some_of_them.size());
                    found.insert(found.end(), some_of_them.begin(), some_of_them.end());
                }
                CHECK(found == ticks);
                CHECK(largest <= ticks.size() / n + 1);
            }
            weir::FileRecords<Tick> source(paths, options);
            const std::size_t first = source.next_batch().size();
            const weir::FilePosition place = source.position();
            static_cast<void>(source.next_batch());
            source.seek(place);
            CHECK(rest_of(std::move(source)) == Ticks(ticks.begin() + static_cast<std::ptrdiff_t>(first), ticks.end()));
            CHECK(place == weir::FilePosition{0, first * sizeof(Tick), first});
        }
}

TEST_CASE("a file that ends within a record is an error with the place, after the records before it, in whatever part") {
    const TempDirectory directory;
    const std::string next = directory.file("next", bytes_of(some(1)));
    for (const std::size_t block : {24U, 48U, 1'000'000U})
        for (const std::size_t more : {1U, 23U}) {
            const std::string path = directory.file("ticks", bytes_of(some(5)) + std::string(more, 'x'));
            Ticks seen;
            try {
                weir::run(weir::from_records<Tick>(std::vector<std::string>{path, next}, {.block = block}) | weir::collect_into(seen));
                FAIL("no error");
            } catch (const weir::PositionedError& error) {
                CHECK(error.position() == weir::Position{path, 0, 0, 5 * sizeof(Tick)});
                CHECK(error.what() == "from_records: " + path + ", byte 120: the file ends within a record, behind " + std::to_string(more) + " of its 24 bytes");
            }
            CHECK(seen == some(5));
            auto parts = weir::FileRecords<Tick>(path, {.block = block}).split(3);
            CHECK_THROWS_AS(rest_of(parts.back()), weir::PositionedError);
        }
    CHECK_THROWS_AS(rest_of(weir::FileRecords<Tick>(directory.path("missing"))), weir::FileError);
}

TEST_CASE("a disk that fails is an error that names the file and the byte, after the records before it; a full one leaves what was there") {
    const TempDirectory directory;
    const std::string path = directory.file("ticks", bytes_of(some(100)));
    FaultyFiles faulty;
    faulty.fails_at = 1'000;
    Ticks seen;
    CHECK_THROWS_WITH(weir::run(weir::from_records<Tick>(path, {.block = 240, .files = &faulty}) | weir::collect_into(seen)),
                      path + ": cannot read at byte 1000: Input/output error");
    CHECK(seen == some(40));
    CHECK_THROWS_WITH(weir::run(weir::from(some(200)) | weir::to_records(path, {.buffer = 240, .files = &faulty})), path + ": cannot write at byte 960: No space left on device");
    CHECK(content_of(path) == bytes_of(some(100)));
    CHECK(directory.names().size() == 1);
}

TEST_CASE("records from a pipe are given when they have come") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int before = ::dup(0);
    REQUIRE(::dup2(ends[0], 0) == 0);
    const std::string bytes = bytes_of(some(3));
    const auto write = [&](std::string_view text) { REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())); };
    Ticks seen;
    write(std::string_view(bytes).substr(0, 24));
    weir::run(weir::from_records<Tick>("-") | weir::for_each([&](const Tick& tick) {
                  seen.push_back(tick);
                  if (seen.size() < 3) write(std::string_view(bytes).substr(24 * seen.size(), 24));
                  else ::close(ends[1]);
              }));
    CHECK(seen == some(3));
    ::dup2(before, 0);
    ::close(before);
    ::close(ends[0]);
}

} // namespace
