// SPDX-License-Identifier: BSL-1.0
#include <weir/source/lines.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "source/live_input.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace files_test;
using Strings = std::vector<std::string>;

/// What has come of "one\ntw" on standard input when the job is told to stop, or to drain, while its writer writes no more.
template <typename Begin>
Strings left_open(bool drains, std::size_t workers, const Begin& begin) {
    const StandardInput input;
    input.write("one\ntw");
    Strings lines;
    static_cast<void>(files_test::left_open(drains, workers, 1, [&](const auto& see) { return begin() | see | weir::collect_into(lines); }));
    return lines;
}

TEST_CASE("a job that waits for lines of a pipe is stopped at once; drained, what has come without a line end is a line") {
    for (const std::size_t workers : {1U, 2U}) {
        CHECK(left_open(false, workers, [] { return weir::from_lines("-"); }) == Strings{"one"});
        CHECK(left_open(true, workers, [] { return weir::from_lines("-"); }) == Strings{"one", "tw"});
    }
    CHECK(left_open(false, 1, [] { return weir::from_lines(stdin); }) == Strings{"one"});
    CHECK(left_open(true, 1, [] { return weir::from_lines(stdin); }) == Strings{"one", "tw"});
    const auto merged = [] {
        return weir::merge(weir::from_lines("-") | weir::map([](std::string_view line) { return std::string(line); }), weir::from(Strings{}));
    };
    CHECK(left_open(true, 1, merged) == Strings{"one", "tw"});
}

TEST_CASE("a pipe with a name is read as it is written to, and waits for its writer without holding up a stop") {
    const TempDirectory directory;
    const std::string path = directory.path("pipe");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    Strings lines;
    {
        weir::Job job = weir::start(weir::from_lines(path) | weir::collect_into(lines));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        job.stop();
        CHECK(time_of([&] { job.wait(); }) < std::chrono::milliseconds(1'000));
        CHECK(lines.empty());
    }
    auto stepper = weir::stepper(weir::from_lines(std::vector<std::string>{path, directory.file("next", "five\n")}) | weir::collect_into(lines));
    CHECK(stepper.step() == weir::Progress::idle);
    const int end = ::open(path.c_str(), O_WRONLY | O_NONBLOCK);
    REQUIRE(end >= 0);
    CHECK(stepper.step() == weir::Progress::idle);
    for (const std::string_view piece : {"o", "ne", "\ntwo\nth", "ree\r", "\nfo"}) {
        REQUIRE(::write(end, piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()));
        while (stepper.step() == weir::Progress::more) {}
    }
    CHECK(lines == Strings{"one", "two", "three"});
    REQUIRE(::write(end, "ur", 2) == 2);
    ::close(end);
    while (stepper.step() != weir::Progress::ended) {}
    CHECK(lines == Strings{"one", "two", "three", "four", "five"});
}

} // namespace
