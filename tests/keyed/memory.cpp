// SPDX-License-Identifier: BSL-1.0
// Memory does not grow with the length of a stream: events of a million keys, whose windows, sessions and timers end.
#include "catch.hpp"

#include <weir/testing/random.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// The pages of this process that are in memory; 0 where the system does not say.
std::size_t resident_pages() {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0, resident = 0;
    return statm >> size >> resident ? resident : 0;
}

struct Reading {
    std::uint64_t key = 0;
    weir::Timestamp time{};
};

/// One event each nanosecond, of any key; notes how much memory there is at half way and at the end.
struct Readings {
    using event_type = Reading;
    std::uint64_t n;
    std::size_t* half_way;
    std::size_t* at_the_end;
    std::uint64_t i = 0;
    weir::Random random{1};

    std::optional<Reading> next() {
        if (i == n / 2) *half_way = resident_pages();
        if (i == n) {
            *at_the_end = resident_pages();
            return {};
        }
        const auto time = static_cast<std::int64_t>(i++);
        return Reading{random.below(1'000'000), weir::Timestamp(weir::Duration(time - (time % 3 == 0 ? time % 50 : 0)))};
    }
};

/// By how many times memory has grown from half way to the end of a stream through the chain; 1 where the system does not say.
template <typename Chain, typename Sink>
double growth(std::uint64_t events, const Chain& chain, const Sink& sink) {
    if (resident_pages() == 0) {
        WARN("/proc/self/statm is not here: memory is not looked at");
        return 1;
    }
    std::size_t half_way = 0, at_the_end = 0;
    const weir::Report report =
        weir::run(weir::from(Readings{events, &half_way, &at_the_end}) | weir::event_time(&Reading::time, weir::bounded_disorder(50ns)) |
                  weir::key_by(&Reading::key) | chain | sink);
    CHECK(report.operators.back().in > events / 10);
    return static_cast<double>(at_the_end) / static_cast<double>(half_way);
}

constexpr auto nothing = weir::for_each([](const auto&) {});

} // namespace

TEST_CASE("tumbling windows of a million keys keep to their memory over a hundred million events", "[soak]") {
    CHECK(growth(100'000'000, weir::window(weir::tumbling(2ms)) | weir::aggregate(weir::count()), nothing) < 1.02);
}

TEST_CASE("sessions of a million keys keep to their memory", "[soak]") {
    CHECK(growth(12'000'000, weir::window(weir::session(1ms)) | weir::aggregate(weir::count()), nothing) < 1.02);
}

TEST_CASE("process_keyed with a timer for each of a million keys keeps to its memory", "[soak]") {
    const auto counts = weir::process_keyed<int, int>(
        [](const Reading& r, int& n, auto& context) {
            if (n++ == 0) context.set_timer(r.time + 1ms);
        },
        [](weir::Timestamp, int& n, auto& context) {
            context.emit(n);
            context.clear();
        });
    CHECK(growth(12'000'000, counts, nothing) < 1.02);
}

TEST_CASE("memory that grows with the stream is seen to grow", "[soak]") {
    if (resident_pages() == 0) return;
    std::vector<weir::Windowed<std::uint64_t, std::uint64_t>> kept;
    CHECK(growth(20'000'000, weir::window(weir::tumbling(2ms)) | weir::aggregate(weir::count()), weir::collect_into(kept)) > 1.02);
}
