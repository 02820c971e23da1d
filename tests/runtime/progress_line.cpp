// SPDX-License-Identifier: BSL-1.0
#include <catch.hpp>
#include <files.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Row {
    int n = 0;
    static constexpr auto fields() { return weir::fields("n", &Row::n); }
};

TEST_CASE("progress: four times a second, and at the end, what has been read") {
    const files_test::TempDirectory directory;
    std::string text = "n\n";
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i % 10) + "\n";
    const std::vector<std::string> paths{directory.file("1", text), directory.file("2", text)};
    for (const std::size_t workers : {1U, 3U}) {
        weir::ManualClock clock;
        std::vector<weir::RunProgress> said;
        weir::run(weir::from_csv<Row>(paths) | weir::map([&clock, n = 0](const Row& row) mutable {
                      if (++n % 100 == 0) clock.advance(1ms);
                      return row.n;
                  }) | weir::tap([](int) {}) | weir::for_each([](int) {}),
                  {.workers = workers, .clock = &clock, .progress = [&said](const weir::RunProgress& progress) { said.push_back(progress); }});
        REQUIRE(said.size() >= 2);
        for (std::size_t i = 1; i < said.size(); ++i) {
            CHECK(said[i].events >= said[i - 1].events);
            CHECK(said[i].bytes >= said[i - 1].bytes);
            CHECK((said[i].ended || said[i].elapsed - said[i - 1].elapsed >= 250ms));
        }
        CHECK(said.size() <= 2'000'000 / 250 / 1000 + 4);
        CHECK(said.back().ended);
        CHECK(said.back().events == 200'000);
        CHECK(said.back().bytes == 2 * text.size());
        CHECK(said.back().total == 2 * text.size());
    }
}

TEST_CASE("progress: both sides of a join count, and all inputs of a merge") {
    const files_test::TempDirectory directory;
    std::string text = "n\n";
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i) + "\n";
    const std::string left = directory.file("left", text), right = directory.file("right", text + text.substr(2));
    const std::uint64_t bytes = 3 * text.size() - 2;
    std::vector<weir::RunProgress> said;
    weir::ManualClock clock;
    const auto tell = [&said](const weir::RunProgress& progress) { said.push_back(progress); };
    const auto side = [&clock](const std::string& path) {
        return weir::from_csv<Row>(path) | weir::map([&clock, n = 0](const Row& row) mutable {
                   if (++n % 100 == 0) clock.advance(1ms);
                   return row.n;
               });
    };
    const auto by_value = weir::key_by([](int n) { return n; });
    for (const std::size_t workers : {1U, 2U}) {
        said.clear();
        std::size_t pairs = 0;
        weir::run(weir::hash_join(side(left) | by_value, side(right) | by_value, [](int n, int) { return n; }) | weir::for_each([&pairs](int) { ++pairs; }),
                  {.workers = workers, .clock = &clock, .progress = tell});
        CHECK(pairs == 100'000);
        REQUIRE(said.size() >= 3);
        for (const weir::RunProgress& progress : said) CHECK(progress.total == bytes);
        CHECK(said[1].bytes > 0);
        CHECK(said[1].events < 100'000); // of the right side, which is read first
        CHECK(said.back().bytes == bytes);
        CHECK(said.back().events == 150'000);
    }
    said.clear();
    weir::run(weir::merge(side(left), side(right)) | weir::for_each([](int) {}), {.clock = &clock, .progress = tell});
    REQUIRE(said.size() >= 3);
    CHECK(said.back().total == bytes);
    CHECK(said.back().bytes == bytes);
    CHECK(said.back().events == 150'000);
}

/// Knows how much of it has been read, and not how much there is.
struct Endless {
    using event_type = int;
    std::vector<int> block = std::vector<int>(100);
    int left = 100;
    std::span<int> next_batch() { return std::span(block).first(left-- > 0 ? block.size() : 0); }
    weir::SourceBytes measure() const { return {400u * static_cast<unsigned>(100 - left), 0}; }
};

TEST_CASE("progress: what is read is not a share of what only some of the sources know") {
    const files_test::TempDirectory directory;
    const std::string path = directory.file("known", "n\n1\n2\n");
    weir::RunProgress last;
    weir::run(weir::merge(weir::from_csv<Row>(path) | weir::map([](const Row& row) { return row.n; }), weir::from(Endless())) | weir::for_each([](int) {}),
              {.progress = [&last](const weir::RunProgress& progress) { last = progress; }});
    CHECK(last.events == 10'002);
    CHECK(last.bytes > 40'000);
    CHECK(last.total == 0);
    CHECK(weir::RunProgress{.bytes = 10, .total = 5}.share() == 1);
}

TEST_CASE("progress: a source that knows no bytes gives its events; what is told may throw") {
    std::vector<weir::RunProgress> said;
    weir::run(weir::from(std::vector<int>(10'000, 1)) | weir::for_each([](int) {}), {.progress = [&said](const weir::RunProgress& progress) { said.push_back(progress); }});
    CHECK(said.back().events == 10'000);
    CHECK(said.back().total == 0);
    CHECK_THROWS_WITH(weir::run(weir::from(std::vector<int>(10'000, 1)) | weir::for_each([](int) {}),
                                {.progress = [](const weir::RunProgress&) { throw std::runtime_error("enough"); }}),
                      "enough");
}

TEST_CASE("progress_line says what is known, in short, and is silent where nobody looks") {
    CHECK(to_string(weir::RunProgress{.events = 12'345'678, .bytes = 1'200'000'000, .total = 4'800'000'000, .elapsed = 4s}) ==
          "12.3 M events, 1.20 GB of 4.80 GB (25 %), 300 MB/s, 0:12 left");
    CHECK(to_string(weir::RunProgress{.events = 999, .elapsed = 2s}) == "999 events, 500 events/s");
    CHECK(to_string(weir::RunProgress{.events = 1'000, .bytes = 5'000, .elapsed = 3'725s, .ended = true}) == "1.00 k events, 5.00 kB, 1 B/s, 1:02:05");
    CHECK(to_string(weir::RunProgress{}) == "0 events");
    std::FILE* const file = std::tmpfile();
    weir::run(weir::from(std::vector<int>(10, 1)) | weir::for_each([](int) {}), {.progress = weir::progress_line(file)});
    CHECK(std::ftell(file) == 0);
    std::fclose(file);
}

} // namespace
