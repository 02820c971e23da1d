// SPDX-License-Identifier: BSL-1.0
#include <weir/sink/to_lines.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Point {
    int x = 0;
    int y = 0;
};

} // namespace

template <>
struct fmt::formatter<Point> {
    constexpr auto parse(format_parse_context& context) { return context.begin(); }
    template <typename Context>
    auto format(const Point& point, Context& context) const {
        if (point.x < 0) throw std::runtime_error("no such point");
        return fmt::format_to(context.out(), "({}, {})", point.x, point.y);
    }
};

namespace {

using namespace files_test;
using Strings = std::vector<std::string>;

TEST_CASE("to_lines writes each event as a line") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    const weir::Report report = weir::run(weir::from(Strings{"one", "", "three"}) | weir::to_lines(path));
    CHECK(content_of(path) == "one\n\nthree\n");
    CHECK(report.at("to_lines#1").passed == 3);
    CHECK(directory.names() == Strings{"out"});
}

TEST_CASE("numbers, views and whatever fmt can format become text; the event time does not") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    weir::run(weir::from(std::vector{1.5, -2.0}) | weir::to_lines(path));
    CHECK(content_of(path) == "1.5\n-2\n");
    weir::run(weir::from(std::vector<Point>{{1, 2}}) | weir::to_lines(path));
    CHECK(content_of(path) == "(1, 2)\n");
    weir::run(weir::from(std::vector<weir::Event<std::string_view>>{{"view", weir::Timestamp()}}) | weir::to_lines(path));
    CHECK(content_of(path) == "view\n");
    weir::run(weir::from(std::vector<const char*>{"characters"}) | weir::to_lines(path));
    CHECK(content_of(path) == "characters\n");
    weir::run(weir::from_lines(directory.file("in", "a\r\nb")) | weir::to_lines(path));
    CHECK(content_of(path) == "a\nb\n");
}

template <typename V>
void check_integers(const std::string& path) {
    using Limits = std::numeric_limits<V>;
    const std::vector<V> numbers{0, 1, 9, 10, 11, 99, 100, 101, static_cast<V>(-1), static_cast<V>(-10), Limits::max(), Limits::max() / 10, Limits::min()};
    std::string expected;
    for (const V number : numbers) expected += std::to_string(number) + '\n';
    weir::run(weir::from(numbers) | weir::to_lines(path));
    CHECK(content_of(path) == expected);
}

TEST_CASE("integers of any size become text as std::to_string writes them") {
    const TempDirectory directory;
    check_integers<signed char>(directory.path("out"));
    check_integers<unsigned char>(directory.path("out"));
    check_integers<short>(directory.path("out"));
    check_integers<int>(directory.path("out"));
    check_integers<unsigned>(directory.path("out"));
    check_integers<long>(directory.path("out"));
    check_integers<unsigned long long>(directory.path("out"));
    std::vector<std::uint64_t> all;
    std::string expected;
    for (std::uint64_t n = 1; n < std::numeric_limits<std::uint64_t>::max() / 7; n = n * 7 + 3) all.push_back(n), expected += std::to_string(n) + '\n';
    weir::run(weir::from(all) | weir::to_lines(directory.path("out")));
    CHECK(content_of(directory.path("out")) == expected);
}

TEST_CASE("no events make an empty file") {
    const TempDirectory directory;
    weir::run(weir::from(Strings{}) | weir::to_lines(directory.path("out")));
    CHECK(directory.names() == Strings{"out"});
    CHECK(content_of(directory.path("out")).empty());
}

TEST_CASE("the file gets its name when the job has ended; until then readers see the old one") {
    const TempDirectory directory;
    const std::string path = directory.file("out", "old\n");
    auto job = weir::from(Strings(1'000, "new")) | weir::tap([&](const std::string&) { CHECK(content_of(path) == "old\n"); }) |
               weir::to_lines(path, {.buffer = 10});
    weir::run(job);
    CHECK(content_of(path).size() == 4'000);
    CHECK(directory.names() == Strings{"out"});
}

TEST_CASE("a job that fails leaves what was there before, and nothing else") {
    const TempDirectory directory;
    const std::string path = directory.file("out", "old\n");
    const auto fails = [](int e) {
        if (e == 50) throw std::runtime_error("fifty");
    };
    std::vector<int> numbers(100);
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
    CHECK_THROWS_WITH(weir::run(weir::from(numbers) | weir::tap(fails) | weir::to_lines(path, {.buffer = 10})), "fifty");
    CHECK(content_of(path) == "old\n");
    CHECK(directory.names() == Strings{"out"});
    CHECK_THROWS_WITH(weir::run(weir::from(numbers) | weir::tap(fails) | weir::to_lines(directory.path("fresh"))), "fifty");
    CHECK(directory.names() == Strings{"out"});
}

TEST_CASE("a job that is killed while it writes leaves what was there before, and none of its temporary files") {
    const TempDirectory directory;
    const std::string path = directory.file("out", "old\n");
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        int given = 0;
        weir::run(weir::generate([i = 0]() mutable { return ++i; }) | weir::take(10'000) | weir::sort_by([](int i) { return -i; }) | weir::tap([&](int) {
                      if (++given < 5'000) return;
                      static_cast<void>(::write(told[1], "x", 1));
                      for (;;) ::pause();
                  }) | weir::to_lines(path, {.buffer = 10}),
                  {.memory = 10'000, .scratch = directory.path()});
        ::_exit(1);
    }
    char byte = 0;
    CHECK(::read(told[0], &byte, 1) == 1);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(content_of(path) == "old\n");
    CHECK(directory.names().size() == (has_unnamed_files(directory) ? 1 : 2)); // what it was writing has a name
    ::close(told[0]);
    ::close(told[1]);
    weir::run(weir::from(Strings{"new"}) | weir::to_lines(path));
    CHECK(content_of(path) == "new\n");
    CHECK(directory.names() == Strings{"out"});
}

TEST_CASE("a stopped job completes its file with what it has read") {
    const TempDirectory directory;
    std::stop_source stop;
    int last = 0;
    weir::run(weir::generate([i = 0]() mutable { return ++i; }) | weir::tap([&](int e) {
                  last = e;
                  if (e == 100) stop.request_stop();
              }) | weir::to_lines(directory.path("out")),
              {.stop = stop.get_token()});
    const std::string content = content_of(directory.path("out"));
    CHECK(std::count(content.begin(), content.end(), '\n') == last);
    CHECK(content.ends_with("\n" + std::to_string(last) + "\n"));
}

TEST_CASE("only whole lines are written, also where an event cannot be formatted") {
    const TempStream stream;
    CHECK_THROWS_WITH(weir::run(weir::from(std::vector<Point>{{1, 1}, {-1, 1}}) | weir::to_lines(stream.get(), {.buffer = 1})), "no such point");
    CHECK(stream.content() == "(1, 1)\n");
}

TEST_CASE("a file that cannot be created is an error that names it, before any event is read") {
    const TempDirectory directory;
    int read = 0;
    try {
        weir::run(weir::generate([&read] { return ++read; }) | weir::to_lines(directory.path("no/such/directory")));
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.what() == directory.path("no/such/directory") + ": cannot create: No such file or directory");
    }
    CHECK(read == 0);
}

TEST_CASE("a full disk is an error that names the file and the byte, and leaves the old file") {
    const TempDirectory directory;
    const std::string path = directory.file("out", "old\n");
    FaultyFiles faulty;
    faulty.fails_at = 100;
    try {
        weir::run(weir::from(Strings(50, "123456789")) | weir::to_lines(path, {.buffer = 30, .files = &faulty}));
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.path() == path);
        CHECK(error.byte() == 90);
        CHECK(error.code() == std::errc::no_space_on_device);
    }
    faulty = {};
    faulty.fails_to_complete = true;
    CHECK_THROWS_AS(weir::run(weir::from(Strings{"a"}) | weir::to_lines(path, {.files = &faulty})), weir::FileError);
    CHECK(content_of(path) == "old\n");
    CHECK(directory.names() == Strings{"out"});
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(weir::run(weir::from(Strings{"a"}) | weir::to_lines("/dev/full")), weir::FileError);
}

TEST_CASE("to_lines into a stream leaves it open, and each run adds to it") {
    const TempStream stream;
    weir::run(weir::from(Strings{"one"}) | weir::to_lines(stream.get()));
    std::fputs("between\n", stream.get());
    weir::run(weir::from(Strings{"two"}) | weir::to_lines(stream.get()));
    CHECK(stream.content() == "one\nbetween\ntwo\n");
}

TEST_CASE("lines wait in the buffer unless they are to be seen after each span") {
    for (const bool flush : {false, true}) {
        const TempStream stream;
        weir::SpscQueue<int> queue{4};
        auto job = weir::from(queue) | weir::to_lines(stream.get(), {.flush_spans = flush});
        auto stepper = weir::stepper(job);
        queue.push(1);
        while (stepper.step() != weir::Progress::idle) {}
        CHECK(stream.content() == (flush ? "1\n" : ""));
        queue.close();
        while (stepper.step() != weir::Progress::ended) {}
        CHECK(stream.content() == "1\n");
    }
}

TEST_CASE("two sinks of a job on one file are refused at the start, however its path is spelled; on a pipe or device they are not") {
    const TempDirectory directory;
    const std::string path = directory.file("out", "old"), spelled = directory.path("./out");
    const auto job = [&](const std::string& a, const std::string& b) {
        return weir::from(Strings{"one", "two"}) | weir::broadcast(weir::to_lines(a), weir::filter([](std::string_view) { return true; }) | weir::to_csv(b));
    };
    CHECK_THROWS_WITH(weir::run(job(path, spelled)), Catch::Matchers::Contains("/to_csv#1: ") && Catch::Matchers::Contains("out is written by broadcast#1/") &&
                                                         Catch::Matchers::Contains("/to_lines#1, too, and only what one of them writes would be left."));
    CHECK(content_of(path) == "old");
    CHECK_THROWS_WITH(weir::run(job(directory.path("new"), directory.path("./new"))), Catch::Matchers::Contains("new is written by broadcast#1/")); // there is none yet
    CHECK(directory.names() == std::vector<std::string>{"out"});
    weir::run(job("/dev/null", "/dev/null"));
}

TEST_CASE("what another job has written meanwhile is not overwritten: the later one fails, and what it has written is kept beside it") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    auto first = weir::stepper(weir::from(Strings{"first"}) | weir::to_lines(path)), second = weir::stepper(weir::from(Strings{"second"}) | weir::to_lines(path));
    while (first.step(1) != weir::Progress::ended) {}
    CHECK_THROWS_WITH([&] { while (second.step(1) != weir::Progress::ended) {} }(), Catch::Matchers::StartsWith(path + ": another has written it meanwhile, so what was written is in "));
    CHECK(content_of(path) == "first\n");
    CHECK(content_of(path + ".part") == "second\n");
    weir::run(weir::from(Strings{"third"}) | weir::to_lines(path));
    CHECK(content_of(path) == "third\n");
    CHECK(directory.names() == Strings{"out"});
}

TEST_CASE("a job with to_lines can be kept and run again") {
    const TempDirectory directory;
    const Strings words{"a", "b"};
    auto chain = weir::filter([](const std::string& word) { return word != "a"; }) | weir::to_lines(directory.path("out"));
    weir::run(weir::from(words) | chain);
    weir::run(weir::from(words) | chain);
    CHECK(content_of(directory.path("out")) == "b\n");
}

} // namespace
