// SPDX-License-Identifier: BSL-1.0
// Pipes in place of files, and how long a job takes that waits for what comes through them.
#pragma once
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace files_test {

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
inline std::chrono::milliseconds time_of(const std::function<void()>& what) {
    const auto begin = std::chrono::steady_clock::now();
    what();
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}
inline std::chrono::milliseconds processor_time() {
    return std::chrono::milliseconds(std::clock() * 1'000 / CLOCKS_PER_SEC);
}

/// A pipe with a name. Who writes opens it when somebody has opened it to read.
class NamedPipe {
public:
    explicit NamedPipe(const TempDirectory& directory, const std::string& name = "pipe") : path(directory.path(name)) { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
    ~NamedPipe() { close(); }
    NamedPipe(const NamedPipe&) = delete;
    NamedPipe& operator=(const NamedPipe&) = delete;
    void open() {
        REQUIRE(comes([this] { return end_ >= 0 || (end_ = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; }));
    }
    void write(std::string_view text) const { REQUIRE(::write(end_, text.data(), text.size()) == static_cast<ssize_t>(text.size())); }
    void close() {
        if (end_ >= 0) ::close(std::exchange(end_, -1));
    }
    const std::string path;

private:
    int end_ = -1;
};

/// What a job says that has read `n` events of a pipe which its writer leaves open, and is then told to stop, or to drain. job(see): with an
/// operator that lets each event pass.
template <typename MakeJob>
weir::Report left_open(bool drains, std::size_t workers, int n, const MakeJob& make_job) {
    std::atomic<int> seen = 0;
    weir::Job job = weir::start(make_job(weir::filter([&seen](const auto&) { return ++seen > 0; })), {.workers = workers});
    CHECK(comes([&] { return seen == n; }));
    const auto used = processor_time();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(processor_time() - used < std::chrono::milliseconds(60)); // it sleeps
    drains ? job.drain() : job.stop();
    const auto told = std::chrono::steady_clock::now();
    const weir::Report report = job.wait();
    CHECK(std::chrono::steady_clock::now() - told < std::chrono::milliseconds(1'000));
    return report;
}

/// The job's steps while a pipe is written to, a piece at a time, and closed.
template <typename Job, typename NextPiece>
void step_through(Job&& job, NamedPipe& pipe, std::string_view text, const NextPiece& next_piece) {
    auto stepper = weir::stepper(std::forward<Job>(job));
    const auto step = [&] {
        while (stepper.step() == weir::Progress::more) {}
    };
    step();
    pipe.open();
    while (not text.empty()) {
        const std::string_view piece = text.substr(0, next_piece());
        pipe.write(piece);
        text.remove_prefix(piece.size());
        step();
    }
    pipe.close();
    while (stepper.step() != weir::Progress::ended) {}
}

} // namespace files_test
