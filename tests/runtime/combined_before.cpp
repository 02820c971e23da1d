// SPDX-License-Identifier: BSL-1.0
// parallel in front of windows whose aggregates merge: events of a key and window are combined before copies get them.
#include "allocations.hpp"
#include "catch.hpp"

#include <weir/memory_bound.hpp>
#include <weir/testing/manual_clock.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory_resource>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    std::int64_t ms = 0;
    int auction = 0;
    std::int64_t price = 0;
};
const auto time_of = [](const Bid& bid) { return weir::Timestamp(std::chrono::milliseconds(bid.ms)); };

/// One each millisecond, a few out of order and some late.
std::vector<Bid> bids(int n, int auctions) {
    std::vector<Bid> all;
    for (int i = 0; i < n; ++i) all.push_back({i - (i % 7 == 0 ? 30 : 0) - (i % 97 == 0 ? 400 : 0), i * 31 % auctions, i % 1000});
    return all;
}
const auto windows = [](auto&&... aggregates) { return weir::key_by(&Bid::auction) | weir::window(weir::tumbling(500ms)) | weir::aggregate(aggregates...); };
/// By a function that must be called once for each event, in one task: so copies do not read the events themselves.
const auto fed = [](const std::vector<Bid>& all) { return weir::from(all) | weir::event_time(time_of, weir::bounded_disorder(50ms)) | weir::tap([](const Bid&) {}); };
const auto show = [](const auto& row) { return fmt::format("{} {} {} {}", row.key, row.window.start.time_since_epoch().count(), std::get<0>(row.value), std::get<1>(row.value)); };

const auto ignore = weir::for_each([](const auto&) {});

constexpr std::string_view combined = "by key, 2 copies, combined before";
constexpr std::string_view plain = "by key, 2 copies";

std::uint64_t late_of(const weir::Report& report) {
    std::uint64_t late = 0;
    for (const weir::OperatorReport& row : report.operators) late += row.dropped(weir::Drop::late);
    return late;
}

} // namespace

TEST_CASE("windows of keys in copies: events are combined before, and the Report says so", "[threads]") {
    const auto all = bids(9'000, 40);
    std::vector<std::string> one, two;
    const weir::Report alone = weir::run(fed(all) | windows(weir::count(), weir::sum(&Bid::price)) | weir::for_each([&](const auto& row) { one.push_back(show(row)); }));
    const weir::Report report = weir::run(fed(all) | weir::parallel(2, windows(weir::count(), weir::sum(&Bid::price))) | weir::for_each([&](const auto& row) { two.push_back(show(row)); }));
    CHECK(report.at("parallel#1").plan == combined);
    CHECK(report.at("parallel#1").in == 9'000);
    CHECK(report.at("parallel#1").passed == 9'000);
    CHECK(report.at("parallel#1/copy#1/aggregate#1").in + report.at("parallel#1/copy#2/aggregate#1").in == 9'000);
    CHECK(late_of(alone) > 50);
    CHECK(late_of(report) == late_of(alone));
    std::sort(one.begin(), one.end());
    std::sort(two.begin(), two.end());
    CHECK(two == one);
}

TEST_CASE("a copy gives its rows in the order in which it would give them of single events", "[threads]") {
    const auto all = bids(9'000, 60);
    std::vector<std::string> one, copy;
    weir::run(fed(all) | windows(weir::count(), weir::max(&Bid::price)) | weir::for_each([&](const auto& row) { one.push_back(show(row)); }));
    const weir::Report report = weir::run(fed(all) | weir::parallel(1, windows(weir::count(), weir::max(&Bid::price))) | weir::for_each([&](const auto& row) { copy.push_back(show(row)); }));
    CHECK(report.at("parallel#1").plan == "by key, 1 copies, combined before");
    CHECK(copy == one);
}

TEST_CASE("by whichever way events come, and however often that changes, copies give the same", "[threads]") {
    const auto all = bids(9'000, 60);
    std::vector<std::string> one, copies;
    weir::run(fed(all) | windows(weir::count(), weir::max(&Bid::price)) | weir::for_each([&](const auto& row) { one.push_back(show(row)); }));
    const weir::ManualClock still{}; // what the clock would decide is drawn, and often
    const weir::Report report = weir::run(fed(all) | weir::parallel({.copies = 3, .capacity = 16}, windows(weir::count(), weir::max(&Bid::price))) | weir::for_each([&](const auto& row) { copies.push_back(show(row)); }),
                                          {.clock = &still});
    CHECK(report.at("parallel#1").passed == 9'000);
    std::sort(one.begin(), one.end());
    std::sort(copies.begin(), copies.end());
    CHECK(copies == one);
}

TEST_CASE("where keys seldom come again events go their own way", "[threads]") {
    const auto all = bids(150'000, 5'000); // more than the keys of a wide table are looked at for
    std::uint64_t n = 0;
    const auto count = weir::for_each([&n](const auto& row) { n += row.value; });
    const weir::Report report = weir::run(fed(all) | weir::parallel(2, windows(weir::count())) | count);
    CHECK(report.at("parallel#1").plan == plain);
    CHECK(n + late_of(report) == 150'000);
}

namespace {

struct Name { // of which nobody knows whether it may be looked at by several
    std::string text;
    bool operator==(const Name&) const = default;
    static constexpr auto fields() { return weir::fields("text", &Name::text); }
};

/// The rows of windows that have so many keys each, three events of a key.
template <typename KeyOf>
void check_wide(const KeyOf& key_of, int keys, std::size_t copies, std::string_view plan) {
    std::vector<Bid> all;
    for (int i = 0; i < 12 * keys; ++i) all.push_back({i - (i % 7 == 0 ? 30 : 0) - (i % 997 == 0 ? 4000 : 0), i * 7 % keys, i % 1000});
    const auto windowed = weir::key_by(key_of) | weir::window(weir::tumbling(std::chrono::milliseconds(3 * keys))) | weir::aggregate(weir::count(), weir::sum(&Bid::price));
    std::vector<std::string> one, some;
    const auto say = [](auto& to) {
        return weir::for_each([&to](const auto& row) {
            to.push_back(fmt::format("{} {} {} {}", weir::stable_hash(row.key), row.window.start.time_since_epoch().count(), std::get<0>(row.value), std::get<1>(row.value)));
        });
    };
    const weir::Report alone = weir::run(fed(all) | windowed | say(one));
    const weir::Report report = weir::run(fed(all) | weir::parallel(copies, windowed) | say(some));
    CHECK(report.at("parallel#1").plan == plan);
    CHECK(report.at("parallel#1").passed == all.size());
    CHECK(late_of(report) == late_of(alone));
    if (copies != 1) {
        std::sort(one.begin(), one.end());
        std::sort(some.begin(), some.end());
    }
    CHECK(one == some);
}

} // namespace

TEST_CASE("many keys in a window: copies get all rows at once, and each takes its own", "[threads]") {
    check_wide([](const Bid& bid) { return bid.auction; }, 10'000, 2, "by key, 2 copies, combined before (wide)");
    check_wide([](const Bid& bid) { return bid.auction; }, 9'000, 1, "by key, 1 copies, combined before (wide)"); // in the same order, too
    check_wide([](const Bid& bid) { return std::tuple(bid.auction % 10, bid.auction); }, 9'000, 2, "by key, 2 copies, combined before (wide)");
    check_wide([](const Bid& bid) { return std::to_string(bid.auction) + " of a long name, that lies elsewhere"; }, 9'000, 3, "by key, 3 copies, combined before (wide)");
}

TEST_CASE("many keys of a user's type are written for the copy that gets them", "[threads]") {
    check_wide([](const Bid& bid) { return Name{std::to_string(bid.auction)}; }, 9'000, 2, "by key, 2 copies, combined before (wide)");
}

TEST_CASE("where windows have few events these go their own way, though they find their rows", "[threads]") {
    const auto all = bids(9'000, 2);
    const auto plan_of = [&all](weir::Duration size) {
        return weir::run(fed(all) | weir::parallel(2, weir::key_by(&Bid::auction) | weir::window(weir::tumbling(size)) | weir::aggregate(weir::count())) | ignore).at("parallel#1").plan;
    };
    CHECK(plan_of(20ms) == plain);
    CHECK(plan_of(2s) == combined);
}

TEST_CASE("late events have no rows: they do not make it worth it", "[threads]") {
    std::vector<Bid> all;
    for (int i = 0; i < 150'000; ++i) all.push_back({i % 5 == 0 ? i : i - 5'000, i, 1});
    const weir::Report report = weir::run(fed(all) | weir::parallel(2, windows(weir::count())) | ignore);
    CHECK(report.at("parallel#1").plan == plain);
    CHECK(late_of(report) == 120'000);
}

TEST_CASE("combined before: late events are counted while the job runs") {
    std::vector<Bid> all{{0, 1, 1}, {10'000'000, 1, 1}};
    all.resize(20'000, {1'000, 2, 1});
    int n = 0;
    auto stepper = weir::stepper(weir::from(all) | weir::event_time(time_of, weir::bounded_disorder(50ms)) | weir::tap([&n](const Bid&) { ++n; }) |
                                 weir::parallel(2, windows(weir::count())) | ignore);
    while (n < 15'000) static_cast<void>(stepper.step(100));
    CHECK(late_of(stepper.report()) > 10'000);
}

TEST_CASE("not combined: what a function of the user's adds, windows that give early, allow lateness or give late events elsewhere", "[threads]") {
    const auto all = bids(2'000, 10);
    const auto plan_of = [&all](auto chain) { return weir::run(fed(all) | weir::parallel(2, std::move(chain)) | ignore).at("parallel#1").plan; };
    const auto by_auction = weir::key_by(&Bid::auction);
    const auto tumbling = weir::tumbling(500ms);
    CHECK(plan_of(by_auction | weir::window(tumbling) | weir::aggregate(weir::count())) == combined);
    CHECK(plan_of(by_auction | weir::window(tumbling) | weir::aggregate(weir::sum([](const Bid& bid) { return bid.price; }))) == plain);
    CHECK(plan_of(by_auction | weir::window(tumbling.trigger(weir::after_count(2))) | weir::aggregate(weir::count())) == plain);
    CHECK(plan_of(by_auction | weir::window(tumbling.allowed_lateness(1s)) | weir::aggregate(weir::count())) == plain);
    CHECK(plan_of(by_auction | weir::window(weir::sliding(500ms, 250ms)) | weir::aggregate(weir::count())) == plain);
    CHECK(plan_of(by_auction | weir::filter([](const Bid& bid) { return bid.price != 7; }) | weir::window(tumbling) | weir::aggregate(weir::count())) == plain);
}

TEST_CASE("combined before: an event whose key throws is held, with those that are not handed over yet", "[threads]") {
    const auto all = bids(900, 10);
    const auto key = [](const Bid& bid) {
        if (bid.ms == 299) throw std::runtime_error("no key");
        return bid.auction;
    };
    weir::Job job = weir::start(fed(all) | weir::parallel(2, weir::key_by(key) | weir::window(weir::tumbling(500ms)) | weir::aggregate(weir::count())) | ignore);
    CHECK_THROWS_WITH(job.wait(), "no key");
    const weir::Report report = job.report();
    const weir::OperatorReport& row = report.at("parallel#1");
    CHECK(row.in == 300);
    CHECK(row.in == row.passed + row.held);
}

namespace {

/// A job that has had so many events of one window, and goes on.
struct Begun {
    weir::SpscQueue<Bid> queue{1024};
    std::atomic<int> seen{0};
    std::atomic<std::uint64_t> given{0};
    weir::Job job = weir::start(weir::from(queue) | weir::event_time(time_of, weir::bounded_disorder(50ms)) | weir::tap([this](const Bid&) { ++seen; }) |
                                weir::parallel(2, windows(weir::count())) | weir::for_each([this](const auto& row) { given += row.value; }));
    explicit Begun(int n) {
        for (int i = 0; i < n; ++i) queue.push({i, i % 5, 1});
        while (seen != n) std::this_thread::yield();
    }
};

} // namespace

TEST_CASE("combined before: a stop loses nothing, the windows hold it; a drain gives it", "[threads]") {
    Begun stopped(200);
    stopped.job.stop();
    const weir::Report report = stopped.job.wait();
    CHECK(report.at("parallel#1").in == 200);
    CHECK(report.at("parallel#1").held == 0);
    CHECK(report.at("parallel#1/copy#1/aggregate#1").held + report.at("parallel#1/copy#2/aggregate#1").held == 200);
    CHECK(stopped.given == 0);

    Begun drained(200);
    drained.job.drain();
    CHECK(drained.job.wait().at("parallel#1").held == 0);
    CHECK(drained.given == 200);
}

TEST_CASE("combined before: nothing is allocated for events once it runs") {
    const auto all = bids(64'000, 20); // fewer than are combined before the clock is looked at
    std::uint64_t n = 0;
    std::size_t allocated[2] = {};
    weir::Pool one(1);
    const weir::Report report = weir::run(weir::from(all) | weir::event_time(time_of, weir::bounded_disorder(50ms)) | weir::tap([&](const Bid&) {
                                              if (++n == 40'000 || n == 60'000) allocated[n != 40'000] = allocations;
                                          }) | weir::parallel({.copies = 2, .capacity = 256}, windows(weir::count(), weir::sum(&Bid::price))) | ignore,
                                          {.executor = &one});
    CHECK(report.at("parallel#1").plan == combined);
    CHECK(allocated[1] - allocated[0] < 10); // for 20000 events and 40 windows, each handed over twice; a block may still come to have more windows than ever
}

namespace {

struct Resource final : std::pmr::memory_resource {
    std::size_t bytes = 0;
    void* do_allocate(std::size_t n, std::size_t alignment) override {
        bytes += n;
        return std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment); // not new, which is counted
    }
    void do_deallocate(void* memory, std::size_t, std::size_t) override { std::free(memory); }
    [[nodiscard]] bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

} // namespace

TEST_CASE("combined before: rows come from the job's resource") {
    std::size_t beside[2] = {}, bytes[2] = {};
    for (const bool many : {false, true}) {
        const auto all = bids(8'000, many ? 80 : 2);
        Resource resource;
        weir::Pool one(1);
        const std::size_t before = allocated_bytes;
        const weir::Report report = weir::run(fed(all) | weir::parallel({.copies = 2, .capacity = 64}, windows(weir::count(), weir::sum(&Bid::price))) | ignore,
                                              {.executor = &one, .resource = &resource});
        beside[many] = allocated_bytes - before;
        bytes[many] = resource.bytes;
        CHECK(report.at("parallel#1").plan == combined);
    }
    CHECK(bytes[1] > bytes[0] + 80 * 3 * 2 * sizeof(std::int64_t)); // here, in a block, and in the copies
    CHECK(beside[1] < beside[0] + 1024);
}

TEST_CASE("combined before: so do those that all copies look at") {
    std::size_t beside[2] = {};
    for (const bool many : {false, true}) {
        const auto all = bids(many ? 16'000 : 2'000, 2);
        Resource resource;
        weir::Pool one(1);
        const weir::ManualClock still{}; // a wide table, too, and left again and again
        const std::size_t before = allocated_bytes;
        weir::run(fed(all) | weir::parallel({.copies = 2, .capacity = 64}, windows(weir::count(), weir::sum(&Bid::price))) | ignore,
                  {.clock = &still, .executor = &one, .resource = &resource});
        beside[many] = allocated_bytes - before;
    }
    CHECK(beside[1] < beside[0] + 1024);
}

TEST_CASE("memory_bound has what is combined before", "[threads]") {
    const auto all = bids(10, 2);
    const auto job_of = [&all](auto aggregate) {
        return fed(all) | weir::parallel({.copies = 2, .capacity = 16}, weir::key_by(&Bid::auction) | weir::window(weir::tumbling(500ms)) | aggregate) | ignore;
    };
    const auto bytes_of = [&job_of](auto aggregate, std::size_t memory) {
        const auto bound = weir::memory_bound(job_of(aggregate), {.memory = memory});
        for (const auto& part : bound.parts)
            if (part.name == "parallel#1") return part.bytes;
        return std::size_t{0};
    };
    const std::size_t single = bytes_of(weir::aggregate(weir::sum([](const Bid& bid) { return bid.price; })), 0);
    const std::size_t rows = bytes_of(weir::aggregate(weir::sum(&Bid::price)), 1);
    CHECK(rows > single + 4096 * (sizeof(int) + sizeof(std::int64_t)));
    CHECK(rows < single + (16U << 20U));
    const std::size_t wide = bytes_of(weir::aggregate(weir::sum(&Bid::price)), 0); // nobody says how much memory there is
    CHECK(wide > rows + 4 * (1U << 20U) * (sizeof(int) + sizeof(std::int64_t)));
    CHECK(wide < rows + (640U << 20U));
    CHECK_NOTHROW(weir::require_memory(job_of(weir::aggregate(weir::sum(&Bid::price))), {.memory = 16U << 20U}));
}
