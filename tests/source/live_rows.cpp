// SPDX-License-Identifier: BSL-1.0
#include <weir/source/csv.hpp>
#include <weir/source/records.hpp>
#include <weir/source/whole_files.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "source/csv_text.hpp"
#include "source/live_input.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace files_test;
using Catch::Contains;
using Strings = std::vector<std::string>;

struct Pair {
    int a = 0;
    int b = 0;
    static constexpr auto fields() { return weir::fields("a", &Pair::a, "b", &Pair::b); }
    friend bool operator==(const Pair&, const Pair&) = default;
};
using Pairs = std::vector<Pair>;

std::string bytes_of(const Pairs& pairs) { return {reinterpret_cast<const char*>(pairs.data()), pairs.size() * sizeof(Pair)}; }

std::uint64_t in_of(const weir::Report& report, std::string_view kind) {
    std::uint64_t in = 0;
    for (const auto& row : report.operators)
        if (row.name.starts_with(kind)) in += row.in;
    return in;
}

/// What has come of a text on standard input that has `n` whole rows when the job is told to stop, or to drain.
template <typename Begin>
Pairs left_open(std::string_view text, int n, bool drains, std::size_t workers, const Begin& begin) {
    const StandardInput input;
    input.write(text);
    Pairs rows;
    const weir::Report report = files_test::left_open(drains, workers, n, [&](const auto& see) { return begin() | see | weir::collect_into(rows); });
    for (const auto& row : report.operators) CHECK(row.in == row.passed + row.held + row.dropped());
    CHECK(in_of(report, "filter") == rows.size());
    return rows;
}

TEST_CASE("a job that waits for rows of a pipe is stopped at once; drained, half a row is one that its file ends in", "[threads]") {
    const auto csv = [] { return weir::from_csv<Pair>("-"); };
    for (const std::size_t workers : {1U, 2U}) {
        CHECK(left_open("a,b\n1,2\n3,4", 1, false, workers, csv) == Pairs{{1, 2}});
        CHECK(left_open("a,b\n1,2\n3,4", 1, true, workers, csv) == Pairs{{1, 2}, {3, 4}});
        CHECK(left_open("a,b\n1,2\n", 1, true, workers, csv) == Pairs{{1, 2}});
        const auto records = [] { return weir::from_records<Pair>("-"); };
        CHECK(left_open(bytes_of({{1, 2}, {3, 4}}), 2, true, workers, records) == Pairs{{1, 2}, {3, 4}});
        CHECK(left_open(bytes_of({{1, 2}, {3, 4}}).substr(0, 15), 1, false, workers, records) == Pairs{{1, 2}});
        CHECK_THROWS_WITH(left_open(bytes_of({{1, 2}, {3, 4}}).substr(0, 15), 1, true, workers, records),
                          "from_records: -, byte 8: the file ends within a record, behind 7 of its 8 bytes");
    }
    CHECK(left_open("a,b\n1,2\n3,4", 1, true, 1, [&] { return csv() | weir::named("some", weir::skip(0)); }) == Pairs{{1, 2}, {3, 4}});
    CHECK(left_open("a,b\n1,2\n3,4", 2, true, 1, [&] { return weir::merge(csv(), weir::from(Pairs{{5, 6}})); }).size() == 3);
    CHECK(left_open("a,b\n1,2\n3,4", 1, true, 1, [&] { return csv() | weir::stage(); }) == Pairs{{1, 2}, {3, 4}});
    CHECK_THROWS_WITH(left_open("a,b\n1,2\n3", 1, true, 1, csv), Contains("row 2 at -:3:1: 1 field instead of 2"));
    CHECK(left_open("a,b\n1,2\n\"3", 1, true, 1, [] { return weir::from_csv<Pair>("-", weir::drop()); }) == Pairs{{1, 2}});
}

TEST_CASE("what comes of a pipe in batches of its source, and whole, can be stopped and drained") {
    for (const bool drains : {false, true}) {
        const StandardInput input;
        input.write("one\ntwo\nthr");
        Strings lines;
        const weir::Report report = files_test::left_open(drains, 1, 1, [&](const auto& see) {
            return weir::from_lines("-") | weir::as_batches() | see | weir::for_each([&](weir::Batch<weir::Line> batch) { lines.insert(lines.end(), batch.begin(), batch.end()); });
        });
        CHECK(lines == (drains ? Strings{"one", "two", "thr"} : Strings{"one", "two"}));
        CHECK(in_of(report, "filter") == (drains ? 2 : 1));
    }
    const TempDirectory directory;
    const std::string before = directory.file("before", "whole");
    for (const bool drains : {false, true}) {
        const StandardInput input;
        input.write("half");
        std::vector<weir::WholeFile> files;
        static_cast<void>(files_test::left_open(drains, 1, 1, [&](const auto& see) { return weir::from_files(Strings{before, "-"}) | see | weir::collect_into(files); }));
        REQUIRE(files.size() == (drains ? 2 : 1));
        CHECK(files.front() == weir::WholeFile{before, "whole"});
        if (drains) CHECK(files.back() == weir::WholeFile{"-", "half"});
    }
    const StandardInput input;
    std::vector<weir::WholeFile> files;
    static_cast<void>(files_test::left_open(true, 1, 0, [&](const auto& see) { return weir::from_files("-") | see | weir::collect_into(files); }));
    CHECK(files.empty());
}

TEST_CASE("a pipe may have its header late, or not yet when the job ends") {
    const auto csv = [] { return weir::from_csv<Pair>("-"); };
    CHECK(left_open("", 0, false, 1, csv).empty());
    CHECK(left_open("", 0, true, 1, csv).empty());
    CHECK(left_open("a,b", 0, true, 1, csv).empty());
    CHECK(left_open("a,", 0, false, 1, csv).empty());
    CHECK_THROWS_WITH(left_open("a", 0, true, 1, csv), "-: there is no column b, only a");
    const TempDirectory directory;
    for (const bool has_rows : {false, true}) {
        NamedPipe pipe(directory, has_rows ? "rows" : "none");
        Pairs rows;
        const auto job = [&] { return weir::from_csv<Pair>(Strings{pipe.path, directory.file("next", "a,b\n5,6")}, {.comment = '#'}) | weir::collect_into(rows); };
        if (has_rows) {
            step_through(job(), pipe, "# nothing\n#\n\nb,a\r\n2,1\n\"4\",3", [] { return 1U; });
            CHECK(rows == Pairs{{1, 2}, {3, 4}, {5, 6}});
        } else {
            CHECK_THROWS_WITH(step_through(job(), pipe, "# nothing\n", [] { return 3U; }), Contains(pipe.path + ": there is no header: the file is empty"));
        }
    }
}

TEST_CASE("files that are there and pipes are read one after the other, each as it is") {
    const TempDirectory directory;
    const std::string first = directory.file("first", "a,b\n1,2\n3,4"), last = directory.file("last", "a,b\n7,8");
    for (const bool drains : {false, true}) {
        const StandardInput input;
        NamedPipe pipe(directory, drains ? "drained" : "stopped");
        input.write("a,b\n5,6");
        Pairs rows;
        Strings lines;
        static_cast<void>(files_test::left_open(drains, 1, 2, [&](const auto& see) { return weir::from_csv<Pair>(Strings{first, "-", last}) | see | weir::collect_into(rows); }));
        CHECK(rows == (drains ? Pairs{{1, 2}, {3, 4}, {5, 6}} : Pairs{{1, 2}, {3, 4}}));
        static_cast<void>(files_test::left_open(drains, 1, 3, [&](const auto& see) { return weir::from_lines(Strings{first, pipe.path, last}) | see | weir::collect_into(lines); }));
        CHECK(lines == Strings{"a,b", "1,2", "3,4"});
    }
    NamedPipe pipe(directory);
    Pairs rows;
    step_through(weir::from_records<Pair>(Strings{directory.file("one", bytes_of({{1, 2}})), pipe.path, directory.file("more", bytes_of({{9, 10}}))}) | weir::collect_into(rows), pipe,
                 bytes_of({{3, 4}, {5, 6}, {7, 8}}), [] { return 5U; });
    CHECK(rows == Pairs{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}});
}

TEST_CASE("a pipe that is never quiet does not hold up a stop either", "[threads]") {
    const TempDirectory directory;
    const NamedPipe pipe(directory);
    const int end = ::open(pipe.path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(end >= 0);
    const auto stops = [&](bool drains, std::size_t workers, const auto& begin) {
        std::atomic<bool> over = false;
        std::thread writer([&] {
            while (not over) static_cast<void>(::write(end, "1,2\n", 4));
        });
        std::atomic<int> seen = 0;
        {
            weir::Job job = weir::start(begin() | weir::filter([&seen](const auto&) { return ++seen > 0; }) | weir::for_each([](const auto&) {}), {.workers = workers});
            CHECK(comes([&] { return seen > 10'000; }));
            drains ? job.drain() : job.stop();
            CHECK(time_of([&] { job.wait(); }) < std::chrono::milliseconds(2'000));
        }
        over = true;
        writer.join();
    };
    for (const bool drains : {false, true})
        for (const std::size_t workers : {1U, 2U}) {
            stops(drains, workers, [&] { return weir::from_lines(pipe.path); });
            stops(drains, workers, [&] { return weir::from_csv<Pair>(pipe.path, {.header = false, .columns = {"a", "b"}}, weir::drop()); }); // the first line may be half one
        }
    ::close(end);
}

using Place = std::tuple<std::string, std::uint64_t, std::uint64_t, std::uint64_t>; // what is bad, and where

template <typename Row, typename Begin>
std::pair<std::vector<Row>, std::vector<Place>> rows_of(const Begin& begin, const auto& run) {
    std::vector<Row> rows;
    std::vector<weir::Rejected<std::string>> bad;
    run(begin(weir::dead_letter(weir::collect_into(bad))) | weir::collect_into(rows));
    std::vector<Place> places;
    for (const auto& each : bad) places.emplace_back(each.event, each.position.line, each.position.column, each.position.byte);
    return {rows, places};
}

TEST_CASE("rows of a pipe are those of a file, good and bad, wherever what comes is cut, and lines that are too long are passed over") {
    const TempDirectory directory;
    std::mt19937 random(11);
    for (int round = 0; round < 60; ++round) {
        std::string text = csv_test::random_text(random, 1 + random() % 40);
        for (auto n = random() % 4; n > 0; --n) text.insert(4 + random() % (text.size() - 3), "\n3,\"open\n" + std::string(random() % 600, 'x'));
        const weir::CsvOptions options{.max_record = 250, .block = 64 + random() % 100};
        NamedPipe pipe(directory, std::to_string(round));
        const std::size_t longest = round % 2 == 0 ? 20 : 1'000;
        const auto from_pipe = rows_of<csv_test::Texts>([&](const auto& policy) { return weir::from_csv<csv_test::Texts>(pipe.path, options, policy); },
                                                        [&](auto job) { step_through(std::move(job), pipe, text, [&] { return 1 + random() % longest; }); });
        const auto from_file = rows_of<csv_test::Texts>(
            [&](const auto& policy) { return weir::from_csv<csv_test::Texts>(directory.file("file", text), options, policy); }, [](auto job) { weir::run(std::move(job)); });
        REQUIRE(from_pipe == from_file);
    }
}

/// Files of the machine that say how often they were opened.
struct Opened final : weir::Files {
    std::unique_ptr<weir::InFile> open(const std::string& path) const override { return ++count, weir::SystemFiles().open(path); }
    std::unique_ptr<weir::OutFile> create(const std::string& path) const override { return weir::SystemFiles().create(path); }
    bool is_special(const std::string& path) const override { return weir::SystemFiles().is_special(path); }
    mutable int count = 0;
};

TEST_CASE("a pipe is opened by who reads it, and not to ask for its size: its writer would find that nobody reads it any more") {
    const TempDirectory directory;
    const NamedPipe pipe(directory);
    const Opened files;
    weir::FileLines lines(pipe.path, {.files = &files});
    CHECK(lines.measure().total == 0);
    CHECK(std::move(lines).split(3).size() == 1);
    CHECK(weir::CsvRows<Pair>(pipe.path, {.files = &files}).measure().total == 0);
    CHECK(files.count == 0);
}

} // namespace
