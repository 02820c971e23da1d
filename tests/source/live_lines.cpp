// SPDX-License-Identifier: BSL-1.0
#include <weir/source/lines.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace files_test;
using Strings = std::vector<std::string>;

/// A pipe in place of standard input.
class StandardInput {
public:
    StandardInput() : before_(::dup(0)) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        REQUIRE(::dup2(ends[0], 0) == 0);
        ::close(ends[0]);
        end_ = ends[1];
    }
    ~StandardInput() {
        close();
        ::dup2(before_, 0);
        ::close(before_);
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;
    void write(std::string_view text) const { REQUIRE(::write(end_, text.data(), text.size()) == static_cast<ssize_t>(text.size())); }
    void close() {
        if (end_ >= 0) ::close(std::exchange(end_, -1));
    }

private:
    int before_;
    int end_ = -1;
};

/// Waits for it, but not for ever.
template <typename Condition>
bool comes(const Condition& condition) {
    for (int i = 0; i < 1'000 && not condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return condition();
}
std::chrono::milliseconds time_of(const std::function<void()>& what) {
    const auto begin = std::chrono::steady_clock::now();
    what();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}
std::chrono::milliseconds processor_time() {
    return std::chrono::milliseconds(std::clock() * 1'000 / CLOCKS_PER_SEC);
}

/// What has come of "one\ntw" on standard input when the job is told to stop, or to drain, while its writer writes no more.
template <typename Begin>
Strings left_open(bool drains, std::size_t workers, const Begin& begin) {
    const StandardInput input;
    input.write("one\ntw");
    std::atomic<int> seen = 0;
    Strings lines;
    const auto see = weir::filter([&seen](std::string_view) { return ++seen > 0; });
    weir::Job job = weir::start(begin() | see | weir::collect_into(lines), {.workers = workers});
    CHECK(comes([&] { return seen == 1; }));
    const auto used = processor_time();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(processor_time() - used < std::chrono::milliseconds(60)); // it sleeps
    drains ? job.drain() : job.stop();
    CHECK(time_of([&] { job.wait(); }) < std::chrono::milliseconds(1'000));
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
