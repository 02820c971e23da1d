// SPDX-License-Identifier: BSL-1.0
// Where there is no memory, at whichever allocation, or from there on for good, a job ends: with std::bad_alloc, or right. It keeps nothing, and
// the next one is as ever.
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "memory/given.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <new>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace std::chrono_literals;
using memory_test::NoMemory;

namespace {

using Digest = std::uint64_t;

std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 1);
    return v;
}
std::string text_of(int x) { return std::string(30, static_cast<char>('a' + x % 7)); }
auto time_of() {
    return weir::event_time([](int x) { return weir::Timestamp(std::chrono::milliseconds(x)); });
}
/// All that comes, in whichever order.
auto add_to(Digest& digest) {
    return weir::for_each([&digest](const auto& event) {
        if constexpr (requires { event.size(); }) digest += event.size() * 31 + static_cast<Digest>(event.front());
        else if constexpr (requires { event.value; }) digest += static_cast<Digest>(event.value) * 31;
        else digest += static_cast<Digest>(event) * 31;
    });
}
int open_descriptors() {
    int n = 0;
    for (int i = 0; i < 256; ++i) n += ::fcntl(i, F_GETFD) != -1;
    return n;
}

/// Runs the job with memory for n allocations, for each n until that is enough. (With several threads that is not the same each time.)
///     is_right(): looks at what else there is behind it
void runs_out_of_memory(const std::function<Digest()>& job, const std::function<bool()>& is_right = [] { return true; }) {
    if (not memory_test::counts) return;
    const Digest expected = job();
    REQUIRE(is_right());
    for (const bool for_good : {false, true}) {
        int enough = 0;
        for (std::int64_t n = 0; enough != 2; ++n) {
            const std::size_t before = memory_test::live;
            const int open_before = open_descriptors();
            Digest found = expected;
            bool has_failed = false;
            {
                const NoMemory none(n, for_good);
                try {
                    found = job();
                } catch (const std::bad_alloc&) {
                } catch (const std::length_error&) { // of a queue: it names its operator
                }
                has_failed = NoMemory::has_failed();
            }
            const std::size_t after = memory_test::live;
            const int open_after = open_descriptors();
            const bool was_right = is_right();
            const Digest again = job();
            if (found != expected || after != before || open_after != open_before || not was_right || again != expected || not is_right()) {
                CAPTURE(n, for_good);
                REQUIRE(found == expected);
                REQUIRE(after == before);
                REQUIRE(open_after == open_before);
                REQUIRE(was_right);
                FAIL("the next one is not as ever");
            }
            enough = has_failed ? 0 : enough + 1;
        }
    }
}

} // namespace

TEST_CASE("without memory a job with stages ends") {
    const std::vector<int> in = numbers(20);
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::run(weir::from(in) | weir::map(text_of) | weir::stage({.capacity = 4}) | weir::filter([](const std::string& s) { return s[0] != 'c'; }) |
                      weir::stage({.capacity = 4}) | add_to(digest),
                  {.figures = 1ns});
        return digest;
    });
}

TEST_CASE("so do jobs with marks, copies and several inputs") {
    const std::vector<int> in = numbers(20);
    runs_out_of_memory([&] { // marks between events
        Digest digest = 0;
        weir::run(weir::from(in) | time_of() | weir::stage({.capacity = 4}) | add_to(digest));
        return digest;
    });
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::run(weir::from(in) | time_of() | weir::key_by(text_of) | weir::parallel(3, weir::scan(0, [](int sum, int x) { return sum + x; })) | add_to(digest));
        return digest;
    });
    runs_out_of_memory([&] { // threads are shared
        Digest digest = 0;
        weir::run(weir::from(in) | weir::map(text_of) | weir::parallel(8, weir::map([](const std::string& s) { return s + 's'; }), weir::ordered) | weir::stage({.capacity = 4}) | add_to(digest));
        return digest;
    });
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::run(weir::merge(weir::from(in) | weir::stage({.capacity = 4}), weir::from(in)) | add_to(digest));
        return digest;
    });
}

TEST_CASE("so do those with calls that wait, and with other executors") {
    const std::vector<int> in = numbers(20);
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::run(weir::from(in) | weir::async_map(3, [](int x) { return x + 1; }, weir::ordered) | add_to(digest));
        return digest;
    });
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::Pool pool(2);
        weir::run(weir::from(in) | weir::stage({.capacity = 4}) | weir::stage({.capacity = 4}) | add_to(digest), {.executor = &pool});
        return digest;
    });
    runs_out_of_memory([&] {
        Digest digest = 0;
        auto stepper = weir::stepper(weir::from(in) | weir::map(text_of) | weir::stage({.capacity = 4}) | add_to(digest));
        while (stepper.step(4) != weir::Progress::ended) {}
        return digest;
    });
}

TEST_CASE("without memory a running job can be told to stop, and a handle goes") {
    const auto job = [](weir::SpscQueue<int>& queue) { return weir::from(queue) | weir::stage() | weir::for_each([](int) {}); };
    const auto told = [&](void (*tell)(weir::Job&)) {
        runs_out_of_memory([&] {
            weir::SpscQueue<int> queue{4};
            weir::Job running = weir::start(job(queue));
            tell(running);
            return Digest{1};
        });
    };
    told([](weir::Job&) {});
    told([](weir::Job& running) {
        running.pause();
        running.stop();
        running.wait();
    });
    told([](weir::Job& running) {
        running.resume();
        running.drain();
        running.wait();
    });
    runs_out_of_memory([&] {
        weir::SpscQueue<int> queue{4};
        std::stop_source stop;
        weir::Job running = weir::start(job(queue), {.stop = stop.get_token()});
        stop.request_stop();
        running.wait();
        return Digest{1};
    });
}

TEST_CASE("without memory nobody waits for a job that reads a topic, nor for a subscriber") {
    runs_out_of_memory([] {
        weir::Topic<int> topic;
        Digest digest = 0;
        weir::Job running = weir::start(weir::from(topic, {.capacity = 2}) | weir::stage({.capacity = 2}) | add_to(digest));
        for (int i = 0; i < 20; ++i) topic.publish(i);
        topic.close();
        running.wait();
        return digest;
    });
    runs_out_of_memory([] {
        weir::Topic<int> topic;
        Digest digest = 0;
        const weir::Subscription subscription = topic.subscribe(weir::map(text_of) | weir::micro_batch(3) | weir::unbatch() | add_to(digest));
        for (int i = 0; i < 10; ++i) topic.publish(i);
        topic.close();
        return digest + subscription.report().operators.size();
    });
}

TEST_CASE("without memory a file is not there by half, none stays open, and workers end") {
    const files_test::TempDirectory directory;
    std::string text;
    for (int i = 0; i < 20; ++i) text += std::to_string(i) + "\n";
    const std::string lines = directory.file("lines", text), copy = directory.path("copy");
    const auto written = [&] {
        Digest digest = 0;
        weir::run(weir::from_lines(lines, {.block = 20}) | weir::map([](std::string_view line) { return std::string(line) + '!'; }) | weir::tap([&digest](const std::string& s) { digest += s.size(); }) |
                      weir::to_lines(copy, {.buffer = 50}));
        return digest;
    };
    runs_out_of_memory(written, [&] {
        const std::string content = files_test::content_of(copy);
        const bool is_whole = content.empty() ? ::access(copy.c_str(), F_OK) != 0 : content.size() == text.size() + 20;
        ::unlink(copy.c_str());
        return is_whole && directory.names().size() == 1;
    });
    runs_out_of_memory([&] {
        Digest digest = 0;
        weir::run(weir::from_lines(lines, {.block = 20}) | weir::map([](std::string_view line) { return std::string(line) + '!'; }) | add_to(digest), {.workers = 2});
        return digest;
    });
}
