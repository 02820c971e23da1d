// SPDX-License-Identifier: BSL-1.0
#include <weir/connect/json.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "source/live_input.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace files_test;
using Catch::Contains;

struct Trip {
    int id = 0;
    std::string name{};
    static constexpr auto fields() { return weir::fields("id", &Trip::id, "name", &Trip::name); }
    friend bool operator==(const Trip&, const Trip&) = default;
};
using Trips = std::vector<Trip>;

/// What has come of a text on standard input that has one whole row when the job is told to stop, or to drain.
template <typename Begin>
Trips left_open(std::string_view text, bool drains, std::size_t workers, const Begin& begin) {
    const StandardInput input;
    input.write(text);
    Trips rows;
    const weir::Report report = files_test::left_open(drains, workers, 1, [&](const auto& see) { return begin() | see | weir::collect_into(rows); });
    for (const auto& row : report.operators) CHECK(row.in == row.passed + row.held + row.dropped());
    return rows;
}

TEST_CASE("a job that waits for JSON lines of a pipe is stopped at once; drained, half a line is one that its file ends in", "[threads]") {
    const auto rows = [] { return weir::from_jsonl<Trip>("-"); };
    for (const std::size_t workers : {1U, 2U}) {
        const std::string whole = "{\"id\":1,\"name\":\"a\"}\n", next = "{\"id\":2,\"name\":\"b\"}";
        CHECK(left_open(whole + next, false, workers, rows) == Trips{{1, "a"}});
        CHECK(left_open(whole + next, true, workers, rows) == Trips{{1, "a"}, {2, "b"}});
        CHECK(left_open(whole, true, workers, rows) == Trips{{1, "a"}});
        CHECK_THROWS_WITH(left_open(whole + next.substr(0, 6), true, workers, rows), Contains("from_jsonl: -:2:"));
        CHECK(left_open(whole + next.substr(0, 6), false, workers, rows) == Trips{{1, "a"}});
        CHECK(left_open(whole + next.substr(0, 6), true, workers, [] { return weir::from_jsonl<Trip>("-", weir::drop()); }) == Trips{{1, "a"}});
    }
}

TEST_CASE("rows of a pipe of JSON lines are those of a file, good and bad, wherever what comes is cut, and lines that are too long are passed over") {
    const TempDirectory directory;
    std::mt19937 random(3);
    for (int round = 0; round < 40; ++round) {
        std::string text;
        for (auto n = random() % 30; n > 0; --n) {
            text += random() % 6 == 0 ? "{\"id\":" : "{\"id\":" + std::to_string(random() % 100) + ",\"name\":\"" + std::string(random() % 3 == 0 ? random() % 300 : 4, 'x') + "\"}";
            text += random() % 3 == 0 ? "\r\n" : "\n";
        }
        if (random() % 2 == 0 && not text.empty()) text.pop_back();
        const weir::JsonOptions options{.max_line = 100, .block = 1 + random() % 80};
        NamedPipe pipe(directory, std::to_string(round));
        const std::size_t longest = round % 2 == 0 ? 20 : 500;
        const auto rows_of = [&](const std::string& path, const auto& run) {
            Trips rows;
            std::vector<weir::Rejected<std::string>> bad;
            run(weir::from_jsonl<Trip>(path, options, weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(rows));
            std::vector<std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t>> places;
            for (const auto& each : bad) places.emplace_back(each.event, each.position.line, each.position.column, each.position.byte);
            return std::pair(rows, places);
        };
        const auto from_pipe = rows_of(pipe.path, [&](auto job) { step_through(std::move(job), pipe, text, [&] { return 1 + random() % longest; }); });
        const auto from_file = rows_of(directory.file("file", text), [](auto job) { weir::run(std::move(job)); });
        REQUIRE(from_pipe == from_file);
    }
}

} // namespace
