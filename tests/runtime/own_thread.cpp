// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace {

std::string name_of(std::string_view task) { return weir::detail::thread_name(task).data(); }

/// What a thread that calls it is, as the kernel says.
struct Seen {
    std::mutex mutex;
    std::set<std::string> names;
    std::vector<int> processors;
    void look() {
        const std::scoped_lock lock(mutex);
        std::string name;
        std::getline(std::ifstream("/proc/thread-self/comm"), name);
        if (not names.insert(name).second) return;
#if defined(__linux__)
        cpu_set_t may;
        if (sched_getaffinity(0, sizeof may, &may) == 0) processors.push_back(CPU_COUNT(&may));
#endif
    }
};

} // namespace

TEST_CASE("a thread's name says with which operator its task begins") {
    REQUIRE(name_of("behind/stage#1") == "weir/stage#1");
    REQUIRE(name_of("input/map#12") == "weir/map#12");
    REQUIRE(name_of("parallel#1/copy#2") == "weir/copy#2");
    REQUIRE(name_of("behind/a rather long name") == "weir/a rather l");
    REQUIRE(name_of("behind/a rather long name/copy#10") == "weir/copy#10");
    REQUIRE(name_of("") == "weir/");
}

#if defined(__linux__)
TEST_CASE("the threads of a job are named, and the caller's is not; they stay where they are only if that is asked for", "[threads]") {
    std::string own;
    std::getline(std::ifstream("/proc/thread-self/comm"), own);
    const std::vector<int> input(2000, 1);
    for (const bool pin : {false, true}) {
        Seen seen;
        weir::run(weir::from(input) | weir::tap([&](int) { seen.look(); }) | weir::stage() | weir::tap([&](int) { seen.look(); }) |
                      weir::parallel(2, weir::tap([&](int) { seen.look(); })) | weir::for_each([&](int) { seen.look(); }),
                  {.wait = weir::Wait::yield, .pin = pin}); // else the copies may share threads
        for (const char* name : {"weir/stage#1", "weir/parallel#1"}) REQUIRE(seen.names.contains(name));
        REQUIRE((seen.names.contains("weir/copy#1") || seen.names.contains("weir/copy#2")));
        REQUIRE(seen.names.contains(own));
        REQUIRE((not pin || std::count(seen.processors.begin(), seen.processors.end(), 1) >= 3));
        cpu_set_t may;
        REQUIRE(sched_getaffinity(0, sizeof may, &may) == 0);
        if (not pin) REQUIRE(std::count(seen.processors.begin(), seen.processors.end(), CPU_COUNT(&may)) == static_cast<std::ptrdiff_t>(seen.processors.size()));
    }
    Seen seen;
    weir::start(weir::from(input) | weir::for_each([&](int) { seen.look(); }), {.pin = true}).wait();
    REQUIRE(seen.names == std::set<std::string>{"weir/job"});
    REQUIRE(seen.processors == std::vector<int>{1});
    weir::Pool pool(2);
    Seen pooled;
    weir::run(weir::from(input) | weir::stage() | weir::for_each([&](int) { pooled.look(); }), {.executor = &pool});
    for (const std::string& name : pooled.names) REQUIRE((name == own || name == "weir/pool"));
}
#endif
