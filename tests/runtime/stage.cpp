// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/tasks.hpp"
#include "sanitized.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using State = weir::Step::State;
using weir::Overflow;

namespace {

std::vector<int> numbers(int n, int first = 0) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), first);
    return v;
}

/// What the threads of a job do to find out how to wait, counted.
struct Counting {
    static inline std::chrono::steady_clock::time_point time{};
    static inline unsigned pauses = 0, yields = 0;
    static std::chrono::steady_clock::time_point now() noexcept { return time; }
    static void pause() noexcept { ++pauses; }
    static void yield() noexcept { ++yields; }
};

/// Gives no event before the last one has been seen at the end of the chain.
struct PatientSource {
    using event_type = int;
    std::atomic<int>* seen;
    int last;
    int given = 0;
    bool* waited_in_vain;
    std::optional<int> next() {
        const auto late = std::chrono::steady_clock::now() + 5s;
        while (seen->load() != given)
            if (std::chrono::steady_clock::now() > late) return *waited_in_vain = true, std::nullopt;
        return given == last ? std::nullopt : std::optional(++given);
    }
};

/// Ten events into a stage of four with this policy, whose reader comes only then.
struct Flooded {
    std::vector<int> got;
    weir::Report report;

    explicit Flooded(Overflow overflow) {
        Tasks<> tasks(weir::from(numbers(10)) | weir::stage({.capacity = 4, .overflow = overflow}) | weir::collect_into(got));
        tasks.settle(0);
        tasks.run_to_end();
        report = tasks.graph.report_now();
    }
    [[nodiscard]] std::uint64_t dropped() const { return report.at("stage#1").dropped(weir::Drop::overflow); }
};

} // namespace

TEST_CASE("what the reader of a stage looks at while it waits lies on other cache lines than what the writer writes for each event") {
    const auto channel = std::make_unique<weir::detail::Channel<int>>(16, weir::Overflow::block);
    const auto line = [](const void* at) { return reinterpret_cast<std::uintptr_t>(at) / 64; };
    CHECK(line(&channel->out) > line(reinterpret_cast<const char*>(&channel->lane + 1) - 1));
    CHECK(line(&channel->reader) > line(reinterpret_cast<const char*>(&channel->out + 1) - 1));
    CHECK(line(&channel->writer) > line(&channel->reader_left));
    CHECK(line(&channel->taken) > line(reinterpret_cast<const char*>(&channel->writer + 1) - 1));
}

TEST_CASE("what follows a stage runs on another thread, in order", "[threads]") {
    std::vector<int> got;
    std::set<std::thread::id> before;
    std::set<std::thread::id> behind;
    const auto note = [](std::set<std::thread::id>& ids) { return weir::tap([&ids](int) { ids.insert(std::this_thread::get_id()); }); };
    weir::run(weir::from(numbers(10'000)) | note(before) | weir::stage({.capacity = 16}) | note(behind) | weir::collect_into(got));
    REQUIRE(got == numbers(10'000));
    REQUIRE(before.size() == 1);
    REQUIRE(behind.size() == 1);
    REQUIRE(before != behind);
}

TEST_CASE("ten stages of one event each give the same", "[threads]") {
    std::vector<int> got;
    const weir::StageOptions one{.capacity = 1};
    weir::run(weir::from(numbers(500)) | weir::stage(1) | weir::stage(one) | weir::stage(one) | weir::stage(one) | weir::stage(one) |
              weir::stage(one) | weir::stage(one) | weir::stage(one) | weir::stage(one) | weir::stage(one) | weir::collect_into(got));
    REQUIRE(got == numbers(500));
}

TEST_CASE("however threads wait, the same events come, in order", "[threads]") {
    for (const weir::Wait wait : {weir::Wait::sleep, weir::Wait::yield, weir::Wait::spin})
        for (const std::size_t capacity : {1U, 7U, 4096U})
            for (const bool all : {false, true}) { // said by the stage, or for the whole job
                weir::SpscQueue<int> queue{16};
                std::vector<int> got;
                const auto stage = weir::stage({.capacity = capacity, .wait = all ? weir::Wait::sleep : wait});
                std::jthread feeding([&] {
                    for (int i = 0; i < 400; ++i) {
                        if (i % 150 == 149) std::this_thread::sleep_for(2ms); // now they do wait
                        queue.push(i);
                    }
                    queue.close();
                });
                const weir::Report report = weir::run(weir::from(queue) | stage | stage | weir::collect_into(got), {.wait = all ? wait : weir::Wait::sleep});
                REQUIRE(got == numbers(400));
                REQUIRE(report.at("stage#2").passed == 400);
            }
}

TEST_CASE("a watermark that rises with each event stands between the same events behind a stage", "[threads]") {
    struct Reading {
        int key;
        int value;
        weir::Timestamp time;
    };
    std::uint64_t late = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        weir::Random random(seed);
        std::vector<Reading> left, right;
        for (int i = 0; i < 700; ++i)
            (random.one_in(3) ? right : left).push_back({static_cast<int>(random.below(5)), i, weir::Timestamp(std::chrono::milliseconds(10 * i - static_cast<int>(random.below(60))))});
        const auto timed = weir::event_time(&Reading::time, weir::bounded_disorder(20ms)); // many are late
        const auto value = weir::map([](const Reading& reading) { return std::to_string(reading.value); });
        const auto counts = weir::key_by(&Reading::key) | weir::window(weir::tumbling(70ms)) | weir::aggregate(weir::count(), weir::sum(&Reading::value))
                            | weir::map([](const auto& row) { return std::to_string(row.key) + ":" + std::to_string(std::get<0>(row.value)) + ":" + std::to_string(std::get<1>(row.value)); });
        const auto agree = [&](const auto& source, const auto& rest, bool all = true) { // or it reads ahead
            const auto ran = [&](const auto& between, weir::RunOptions options) {
                std::vector<std::string> rows;
                weir::Report report = weir::run(source() | between | rest | weir::collect_into(rows), std::move(options));
                std::erase_if(report.operators, [](const weir::OperatorReport& row) { return row.name == "stage#1"; });
                return std::pair(rows, report);
            };
            const auto [rows, report] = ran(weir::tap([](const Reading&) {}), {});
            for (const auto& row : report.operators) late += row.dropped(weir::Drop::late);
            for (const std::size_t capacity : {1U, 3U, 40U, 4096U})
                for (const bool simulated : simulated_or_not()) {
                    weir::Simulation simulation(seed);
                    const auto [found, counted] = ran(weir::stage(capacity), simulated ? simulation.options() : weir::RunOptions{});
                    CAPTURE(seed, capacity, simulated);
                    REQUIRE(found == rows);
                    for (const auto& row : counted.operators)
                        if (all) REQUIRE(row == report.at(row.name));
                }
        };
        const auto one = [&] { return weir::from(left) | timed; };
        const auto merged = [&] { return weir::merge(weir::from(left) | timed, weir::from(right) | timed); };
        agree(one, weir::drop_late() | value);
        agree(one, counts);
        agree(one, counts | weir::take(20), false);
        agree(merged, weir::drop_late() | value);
        agree(merged, counts);
    }
    REQUIRE(late > 1000);
}

TEST_CASE("a stop ends a job whose threads never sleep", "[threads]") {
    for (const weir::Wait wait : {weir::Wait::yield, weir::Wait::spin}) {
        weir::SpscQueue<int> queue{16};
        std::atomic<int> seen{0};
        weir::Job job = weir::start(weir::from(queue) | weir::stage({.wait = wait}) | weir::for_each([&](int) { ++seen; }), {.wait = wait});
        queue.push(1);
        while (seen != 1) std::this_thread::yield();
        std::this_thread::sleep_for(1ms);
        job.stop();
        job.wait();
        REQUIRE(job.report().at("stage#1").passed == 1);
    }
}

TEST_CASE("an event is handed over before its source is asked for the next one", "[threads]") {
    for (const weir::Wait wait : {weir::Wait::sleep, weir::Wait::spin}) {
        std::atomic<int> seen{0};
        bool in_vain = false;
        weir::run(weir::from(PatientSource{&seen, 200, 0, &in_vain}) | weir::map([](int x) { return x; }) | weir::stage({.wait = wait}) |
                  weir::for_each([&](int x) { seen = x; }));
        REQUIRE_FALSE(in_vain);
        REQUIRE(seen == 200);
    }
}

TEST_CASE("a reader is woken once for an event, though it has taken that, and waits again, before its writer goes on") {
    struct AtOnce final : weir::Waker {
        Tasks<>* tasks = nullptr;
        int woken = 0;
        void wake(weir::Task&) noexcept override {
            ++woken;
            tasks->settle(1);
        }
    } waker;
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(10)) | weir::stage() | weir::collect_into(got));
    waker.tasks = &tasks;
    tasks.settle(1);
    tasks[1].set_waker(&waker);
    for (int n = 1; n <= 10; ++n) {
        tasks.step(0, 1);
        REQUIRE(got == numbers(n));
        REQUIRE(waker.woken == n);
    }
}

TEST_CASE("a job with nothing to do uses no processor", "[threads]") {
    weir::SpscQueue<int> queue{16};
    std::atomic<int> seen{0};
    weir::Job job = weir::start(weir::from(queue) | weir::stage() | weir::stage() | weir::for_each([&](int) { ++seen; }));
    queue.push(1);
    while (seen != 1) std::this_thread::yield();
    std::this_thread::sleep_for(20ms); // their looks around are over
    const std::clock_t before = std::clock();
    std::this_thread::sleep_for(400ms);
    const double share = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / 0.4;
    REQUIRE(share < 0.2); // one that does not sleep has 1
    REQUIRE(job.report().at("stage#2").in == 1);
    queue.close();
    job.wait();
    REQUIRE(job.report().at("stage#2").passed == 1); // only now: who writes to a stage tells of it when it pauses itself
}

TEST_CASE("a thread looks around for less and less time as that is in vain, and gives way now and then") {
    weir::detail::LookAround<Counting> looks;
    const auto in_vain = [&](weir::Wait how) {
        unsigned n = 0;
        REQUIRE_FALSE(looks.some(how, weir::no_deadline, [&n] { return ++n, false; }));
        return n;
    };
    const unsigned first = in_vain(weir::Wait::sleep);
    REQUIRE(in_vain(weir::Wait::sleep) == first / 2);
    for (int i = 0; i < 10; ++i) in_vain(weir::Wait::sleep);
    const unsigned least = in_vain(weir::Wait::sleep);
    REQUIRE(least < first / 8);
    REQUIRE(looks.some(weir::Wait::sleep, weir::no_deadline, [] { return true; }));
    REQUIRE(in_vain(weir::Wait::sleep) == 2 * least);

    // Without a deadline it looks until there is something; at the deadline it ends; either way others come to run.
    Counting::yields = 0;
    unsigned n = 0;
    REQUIRE(looks.on_and_on(weir::Wait::spin, weir::no_deadline, [&n] { return ++n == 100'000; }));
    REQUIRE(Counting::yields >= 20);
    REQUIRE_FALSE(looks.on_and_on(weir::Wait::spin, Counting::time, [] { return false; }));
    Counting::yields = n = 0;
    REQUIRE(looks.on_and_on(weir::Wait::yield, weir::no_deadline, [&n] { return ++n == 100; }));
    REQUIRE(Counting::yields == 99);
}

TEST_CASE("events are handed over in portions of a few microseconds") {
    weir::detail::Portion<Counting> portion;
    const auto settle = [&](std::chrono::nanoseconds an_event) {
        for (int i = 0; i < 20; ++i) {
            for (int k = 0; k < 3; ++k) {
                Counting::time += an_event * static_cast<int>(portion.size());
                portion.done();
            }
            portion.interrupted();
            Counting::time += 1s; // is nobody's fault
        }
        return portion.size();
    };
    REQUIRE(settle(1ns) == portion.most);
    REQUIRE(settle(100ns) == 32);
    REQUIRE(settle(10us) == 1);
    REQUIRE(settle(1ns) == portion.most);
}

TEST_CASE("the reader of a full stage gives room back before it has read all") {
    int written = 0;
    std::vector<int> got;
    Tasks<>* writer = nullptr;
    Tasks<> tasks(weir::from(numbers(4096)) | weir::tap([&](int) { ++written; }) | weir::stage(2048) | weir::for_each([&](int e) {
                      got.push_back(e);
                      if (got.size() == 513) writer->settle(0);
                  }));
    writer = &tasks;
    tasks.settle(0);
    REQUIRE(written == 2048);
    while (got.size() < 513) tasks.step(1);
    REQUIRE(written == 2560);
    tasks.run_to_end();
    REQUIRE(got == numbers(4096));
}

TEST_CASE("move-only events cross a stage") {
    std::vector<int> got;
    weir::run(weir::from(numbers(100)) | weir::map([](int x) { return std::make_unique<int>(x); }) | weir::stage({.capacity = 3}) |
              weir::for_each([&](std::unique_ptr<int> p) { got.push_back(*p); }));
    REQUIRE(got == numbers(100));
}

TEST_CASE("lent views cross a stage as what owns its text") {
    const std::vector<std::string_view> views{"a", "longer than any small string optimisation"};
    std::vector<std::string> got;
    weir::run(weir::from(views) | weir::stage() | weir::collect_into(got));
    REQUIRE(got == std::vector<std::string>{"a", "longer than any small string optimisation"});
}

TEST_CASE("a full stage that blocks drops nothing") {
    const Flooded flooded(Overflow::block);
    REQUIRE(flooded.got == numbers(10));
    REQUIRE(flooded.dropped() == 0);
}

TEST_CASE("a full stage that drops the newest keeps the first, and counts the others") {
    const Flooded flooded(Overflow::drop_newest);
    REQUIRE(flooded.got == numbers(4));
    REQUIRE(flooded.dropped() == 6);
    REQUIRE(flooded.report.at("stage#1").in == 10);
    REQUIRE(flooded.report.at("stage#1").out == 4);
}

TEST_CASE("a full stage that drops the oldest keeps the last, and counts the others") {
    const Flooded flooded(Overflow::drop_oldest);
    REQUIRE(flooded.got == numbers(4, 6));
    REQUIRE(flooded.dropped() == 6);
    REQUIRE(flooded.report.at("stage#1").passed == 4);
}

TEST_CASE("a full stage that keeps the latest empties itself for what arrives, and counts the others") {
    const Flooded flooded(Overflow::keep_latest);
    REQUIRE(flooded.got == std::vector{8, 9}); // 4 and 8 found it full
    REQUIRE(flooded.dropped() == 8);
}

TEST_CASE("a full stage that fails ends the job with a sentence that names it") {
    std::vector<int> got;
    Tasks<> tasks(weir::from(numbers(10)) | weir::named("narrow", weir::stage({.capacity = 4, .overflow = Overflow::fail})) | weir::collect_into(got));
    REQUIRE_THROWS_WITH(tasks.settle(0), Catch::Contains("narrow") && Catch::Contains("full"));
}

TEST_CASE("an event that blocks the stage in front of a slow reader blocks no thread for ever", "[threads]") {
    for (const Overflow overflow : {Overflow::block, Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest}) {
        std::vector<int> got;
        const weir::Report report = weir::run(weir::from(numbers(3000)) | weir::stage({.capacity = 7, .overflow = overflow}) | weir::collect_into(got));
        const weir::OperatorReport& row = report.at("stage#1");
        REQUIRE(row.in == 3000);
        REQUIRE(row.in == row.passed + row.dropped());
        REQUIRE(row.held == 0);
        REQUIRE(got.size() == row.out);
        REQUIRE(std::is_sorted(got.begin(), got.end()));
        REQUIRE(got.back() == (overflow == Overflow::drop_newest ? got.back() : 2999));
    }
}

TEST_CASE("events dropped by a policy do not drop the watermarks between them") {
    for (const Overflow overflow : {Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest}) {
        weir::TestStream<int> script;
        for (int i = 1; i <= 10; ++i) script.event(i, weir::Timestamp(std::chrono::seconds(i))).watermark(weir::Timestamp(std::chrono::seconds(i)));
        weir::detail::CaptureHome home;
        Tasks<> tasks(weir::from(script) | weir::stage({.capacity = 3, .overflow = overflow}) | weir::detail::CaptureOp{&home, weir::Fault()});
        tasks.settle(0);
        tasks.run_to_end();
        const auto& captured = *static_cast<weir::detail::Captured<weir::Event<int>>*>(home.captured.get());
        REQUIRE(captured.ended);
        REQUIRE(captured.mark == weir::max_time);
        REQUIRE(captured.rows.size() == (overflow == Overflow::keep_latest ? 1 : 3));
        for (const auto& row : captured.rows) // each has the mark that it had, whatever was dropped before it
            REQUIRE(row.mark == (row.event.value == 1 ? weir::min_time : row.event.time - 1s));
    }
}

TEST_CASE("a full queue does not stop a barrier: it passes behind the events that are in") {
    std::vector<int> got;
    Tasks<true> tasks(weir::from(numbers(20)) | weir::stage({.capacity = 4}) | weir::collect_into(got));
    std::optional<std::uint64_t> complete;
    std::size_t at_checkpoint = 0;
    const weir::detail::Checkpoints checkpoints(tasks.graph, [&](std::uint64_t epoch, const weir::StateWriter&) {
        complete = epoch;
        at_checkpoint = got.size();
    });
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    tasks[0].post({weir::Control::Kind::barrier, 7});
    REQUIRE(tasks.settle(0).state == State::waiting_output);
    REQUIRE_FALSE(complete);
    tasks.step(1);
    tasks.settle(1);
    REQUIRE(complete == 7U);
    REQUIRE(at_checkpoint == 4);
    tasks.run_to_end();
    REQUIRE(got == numbers(20));
}

TEST_CASE("a task that throws destroys what it has built in a queue and not handed over") {
    const std::string text(100, 'x'); // owns memory
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(50)) | weir::map([&](int x) { return x == 37 ? throw std::runtime_error("at 37") : text; }) | weir::stage() |
                                  weir::for_each([](const std::string&) {})), "at 37");
}

namespace {
struct OnlyMoved {
    int value = 0;
    OnlyMoved(int v) : value(v) {}
    OnlyMoved(OnlyMoved&&) = default;
    OnlyMoved& operator=(OnlyMoved&&) = default;
};
} // namespace

TEST_CASE("plain events that can only be moved cross a stage") {
    int sum = 0;
    weir::run(weir::from(numbers(100)) | weir::map([](int x) { return OnlyMoved(x); }) | weir::stage(8) | weir::for_each([&](const OnlyMoved& one) { sum += one.value; }));
    REQUIRE(sum == 4950);
}

TEST_CASE("a stage without room, or with more than there can be, is refused by its name, and so are copies") {
    const auto in_copies = [](std::size_t capacity) {
        weir::run(weir::from(numbers(3)) | weir::parallel({.copies = 2, .capacity = capacity}, weir::map([](int x) { return x; })) | weir::for_each([](int) {}));
    };
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(3)) | weir::stage() | weir::stage(0) | weir::for_each([](int) {})), "stage#2: its queue needs a capacity of at least 1");
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(3)) | weir::named("wide", weir::stage({.capacity = SIZE_MAX})) | weir::for_each([](int) {})),
                        Catch::StartsWith("wide: its queue's capacity of ") && Catch::EndsWith(" events is more than memory can hold (a negative number?)"));
    REQUIRE_THROWS_WITH(in_copies(SIZE_MAX), Catch::StartsWith("parallel#1: its queue's capacity of ") && Catch::EndsWith(" events is more than memory can hold (a negative number?)"));
    if (has_own_new) return;
    constexpr std::size_t nowhere = std::size_t{1} << 58U; // no processor has such addresses
    REQUIRE_THROWS_WITH(in_copies(nowhere), "parallel#1: there is no memory for its queue's capacity of 288230376151711744 events, of 4 bytes each");
    REQUIRE_THROWS_WITH(weir::run(weir::from(numbers(3)) | weir::stage() | weir::stage({.capacity = nowhere}) | weir::for_each([](int) {})),
                        "stage#2: there is no memory for its queue's capacity of 288230376151711744 events, of 4 bytes each");
}
