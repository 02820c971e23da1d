// SPDX-License-Identifier: BSL-1.0
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using State = weir::Step::State;
using weir::Control;
using weir::Overflow;

namespace {

constexpr std::array policies{Overflow::block, Overflow::drop_newest, Overflow::drop_oldest, Overflow::keep_latest, Overflow::fail};

/// An event that is counted for as long as it lives.
struct Load {
    static inline std::atomic<long> live{0}, most{0};
    long number = 0;
    weir::Timestamp time{};

    Load() noexcept { come(); }
    explicit Load(long n) noexcept : number(n), time(weir::Duration(n)) { come(); }
    Load(const Load& other) noexcept : number(other.number), time(other.time) { come(); }
    Load& operator=(const Load&) noexcept = default;
    ~Load() { --live; }

private:
    static void come() noexcept {
        const long now = ++live;
        for (long seen = most; seen < now && not most.compare_exchange_weak(seen, now);) {}
    }
};

/// Gives numbered events for as long as it is asked, or so many, or throws.
struct Numbers {
    using event_type = Load;
    std::atomic<long>* given;
    long last;
    long throws_at = -1;
    std::optional<Load> next() {
        if (*given == throws_at) throw std::runtime_error("the source");
        if (*given == last) return std::nullopt;
        return Load((*given)++);
    }
};

class Dice {
public:
    explicit Dice(unsigned seed) : random_(seed) {}
    std::size_t operator()(std::size_t least, std::size_t most) { return std::uniform_int_distribution<std::size_t>(least, most)(random_); }
    Overflow policy(bool may_fail) { return policies[(*this)(0, may_fail ? 4 : 3)]; }

private:
    std::mt19937 random_;
};

/// Keeps that numbers only grow.
struct Rising {
    long* last;
    void operator()(const Load& load) const {
        REQUIRE(load.number > *last);
        *last = load.number;
    }
};

void every_event_is_accounted_for(const weir::Report& report, std::uint64_t given) {
    CHECK(weir::detail::wrong_counts(report) == "");
    for (const weir::OperatorReport& row : report.operators)
        if (row.name.find("stage") != row.name.npos) CHECK(row.dropped() == row.dropped(weir::Drop::overflow));
    CHECK(report.operators.front().in == given);
}

} // namespace

TEST_CASE("a job overloaded ten times keeps to its memory, whatever its stages do, and accounts for each event") {
    for (unsigned seed = 1; seed <= 48; ++seed) {
        Dice dice(seed);
        Load::most = 0;
        std::atomic<long> given{0};
        long last = -1;
        std::array<weir::StageOptions, 3> stages{};
        std::size_t room = 0;
        for (weir::StageOptions& stage : stages) {
            stage = {.capacity = dice(1, 40), .overflow = dice.policy(false)};
            room += stage.capacity;
        }
        const std::size_t batch = dice(1, 8);
        CAPTURE(seed, stages[0].capacity, int(stages[0].overflow), stages[1].capacity, int(stages[1].overflow), stages[2].capacity, int(stages[2].overflow), batch);
        Tasks<> tasks(weir::from(Numbers{&given, -1}) | weir::event_time(&Load::time, weir::bounded_disorder(3ns)) | weir::stage(stages[0]) |
                      weir::filter([](const Load& load) { return load.number % 5 != 0; }) | weir::stage(stages[1]) | weir::micro_batch(batch) | weir::unbatch() |
                      weir::stage(stages[2]) | weir::for_each(Rising{&last}));
        std::size_t warm = 0;
        for (int round = 0; round < 4000; ++round) { // each task is given less than the one before it, and in the end one of them nothing
            if (round == 1000) warm = allocated_bytes;
            tasks.step(0, 40);
            for (std::size_t task = 1; task < tasks.size(); ++task)
                if (round < 2000 || task != 1 + seed % 3) tasks.step(task, dice(0, 8 >> task));
        }
        const std::size_t more = allocated_bytes - warm; // 120,000 events later: no queue, of events or of what stands between them, has grown
        CHECK(more < 20'000);
        CHECK(static_cast<std::size_t>(Load::most) <= room + batch * 3 + 2 * tasks.size());
        tasks[0].post({seed % 2 == 0 ? Control::Kind::stop : Control::Kind::drain});
        tasks.run_to_end();
        const weir::Report report = tasks.graph.report_now();
        every_event_is_accounted_for(report, static_cast<std::uint64_t>(given));
        CHECK(weir::detail::still_held(report) == "");
    }
    CHECK(Load::live == 0);
}

namespace {

/// How a job ends.
enum class End : unsigned char { whole, stop, drain, sink_throws, source_throws };

/// A job of two inputs, one of them a queue of the user's, and two stages, whose sink is the slowest of all; it ends in some way.
void race(unsigned seed) {
    Dice dice(seed);
    const auto end = static_cast<End>(dice(0, 4));
    const std::size_t events = dice(200, 1500), at = dice(0, events), capacity = dice(1, 30), pauses = dice(0, 3);
    const Overflow overflow = dice.policy(false);
    std::array<weir::StageOptions, 2> stages{};
    for (weir::StageOptions& stage : stages) stage = {.capacity = dice(1, 30), .overflow = dice.policy(true)};
    const bool fails = std::any_of(stages.begin(), stages.end(), [](const auto& stage) { return stage.overflow == Overflow::fail; });
    CAPTURE(seed, int(end), events, at, capacity, int(overflow), stages[0].capacity, int(stages[0].overflow), stages[1].capacity, int(stages[1].overflow));

    Load::most = 0;
    std::atomic<long> given{0}, seen{0};
    std::atomic<bool> over{false};
    long pushed = 0;
    weir::MpscQueue<Load> queue{capacity, overflow};
    const auto timed = weir::tap([](const Load&) {}) | weir::event_time(&Load::time, weir::bounded_disorder(3ns)); // so that marks stand between events
    weir::Job job = weir::start(
        weir::merge(weir::from(queue) | timed, weir::from(Numbers{&given, static_cast<long>(events), end == End::source_throws ? static_cast<long>(at) : -1}) | timed) |
        weir::stage(stages[0]) | weir::map([](Load load) { return load; }) | weir::stage(stages[1]) | weir::for_each([&](const Load&) {
            for (std::size_t i = 0; i < pauses; ++i) std::this_thread::yield();
            if (const auto n = static_cast<std::size_t>(++seen); end == End::sink_throws && n == 1 + at / 16) throw std::runtime_error("the sink");
        }));
    std::jthread feeding([&] {
        for (std::size_t i = 0; i < events && not over; ++i) { // what a full queue that blocks does not take is tried again
            if (queue.try_push(Load(static_cast<long>(i))) || overflow != Overflow::block) ++pushed;
            else std::this_thread::yield();
        }
        queue.close();
    });
    if (end == End::stop || end == End::drain) {
        while (static_cast<std::size_t>(given) < at / 2 && job.running()) std::this_thread::yield();
        if (end == End::stop) job.stop();
        else job.drain();
    }
    bool threw = false;
    try {
        job.wait();
    } catch (const weir::QueueFull&) {
        threw = true;
        CHECK(fails);
    } catch (const std::runtime_error&) {
        threw = true;
        CHECK((end == End::sink_throws || end == End::source_throws));
    }
    over = true;
    feeding.join();
    const weir::Report report = job.report();
    CHECK(weir::detail::wrong_counts(report) == "");
    if (not threw) CHECK(weir::detail::still_held(report) == "");
    const auto row = [&report](const char* name) { return report.at(name); };
    CHECK(row("for_each#1").in == static_cast<std::uint64_t>(seen));
    CHECK(row("merge/2/tap#1").in == static_cast<std::uint64_t>(given));
    CHECK(row("merge/1/tap#1").in + queue.dropped() + queue.size() == static_cast<std::uint64_t>(pushed));
    if (not threw) CHECK(row("stage#1").in == row("merge/1/tap#1").in + row("merge/2/tap#1").in);
    CHECK(static_cast<std::size_t>(Load::most) <= 2 * capacity + 2 * (stages[0].capacity + stages[1].capacity) + 160); // merge keeps 64 of each input at most
}

} // namespace

TEST_CASE("stop, drain, errors and ends of an overloaded job race, and each event is accounted for", "[threads]") {
    for (unsigned seed = 1; seed <= 40; ++seed) race(seed);
    CHECK(Load::live == 0);
}

TEST_CASE("they race a thousand times", "[soak]") {
    for (unsigned seed = 41; seed <= 1000; ++seed) race(seed);
    CHECK(Load::live == 0);
}
