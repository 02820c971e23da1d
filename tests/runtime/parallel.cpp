// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"
#include "runtime/tasks.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::vector<int> numbers(int n, int first = 0) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), first);
    return v;
}

struct Bid {
    int auction;
    int price;
    weir::Timestamp time;
};

std::vector<Bid> bids(int n) {
    weir::Random random(3);
    std::vector<Bid> all;
    for (int i = 0; i < n; ++i) all.push_back({static_cast<int>(random.below(50)), i % 100, weir::Timestamp(std::chrono::milliseconds(10 * i) - std::chrono::milliseconds(random.below(60)))});
    return all;
}

/// Which thread saw which key.
struct Seen {
    std::mutex mutex;
    std::map<int, std::set<std::thread::id>> threads;
    void operator()(int key) {
        const std::scoped_lock lock(mutex);
        threads[key].insert(std::this_thread::get_id());
    }
};

/// What stands before three copies, and their queues, which nobody else reads.
template <typename Slot, typename Key>
struct Divided {
    std::vector<std::shared_ptr<weir::detail::Channel<Slot>>> channels;
    weir::detail::KeyedExchange<Slot, false, Key> exchange;

    explicit Divided(Key key) : channels(make()), exchange(channels, 0, "parallel#1", {}, std::move(key)) {}
    static std::vector<std::shared_ptr<weir::detail::Channel<Slot>>> make() {
        std::vector<std::shared_ptr<weir::detail::Channel<Slot>>> all;
        for (int i = 0; i < 3; ++i) all.push_back(std::make_shared<weir::detail::Channel<Slot>>(2048, weir::Overflow::block));
        return all;
    }
    /// The numbers of what the copies have got, each its own, in order.
    template <typename Number>
    std::vector<int> taken(const Number& number) {
        exchange.end_span();
        std::vector<int> got;
        for (std::size_t i = 0; i < channels.size(); ++i) {
            std::vector<int> own;
            for (auto events = channels[i]->ring.readable(); not events.empty(); events = channels[i]->ring.readable()) {
                for (const Slot& event : events) own.push_back(number(event));
                channels[i]->ring.release(events.size());
            }
            CHECK(std::is_sorted(own.begin(), own.end()));
            for (const int x : own) CHECK(weir::detail::copy_of_key(x, 3) == i);
            got.insert(got.end(), own.begin(), own.end());
        }
        std::sort(got.begin(), got.end());
        return got;
    }
};

struct Fragile {
    int number = 0;
    bool is_broken = false;
    Fragile() = default;
    Fragile(Fragile&&) noexcept = default;
    Fragile& operator=(Fragile&&) noexcept = default;
    Fragile(const Fragile& other) : number(other.is_broken ? throw std::runtime_error("broken") : other.number) {}
    Fragile& operator=(const Fragile&) = default;
    ~Fragile() = default;
};

using Fn = std::function<int(int)>;

/// Copies of one type of chain for several tests, as each type costs the compiler.
auto in_order(std::atomic<int>& read, int end, weir::ParallelOptions options, Fn fn, std::size_t taken, std::vector<int>& got) {
    return weir::from(weir::generate([&read, end]() -> std::optional<int> { return read < end ? std::optional(read++) : std::nullopt; })) |
           weir::parallel(options, weir::map(std::move(fn)), weir::ordered) | weir::take(taken) | weir::collect_into(got);
}
auto in_any_order(int n, weir::ParallelOptions options, Fn fn, std::vector<int>& got) {
    return weir::from(numbers(n)) | weir::parallel(options, weir::map(std::move(fn))) | weir::collect_into(got);
}
constexpr std::size_t unlimited = 1'000'000'000;

int slowly(int x) {
    std::this_thread::sleep_for(50us);
    return x;
}

} // namespace

TEST_CASE("by key: each key stays on one copy, its events in their order", "[threads]") {
    Seen seen;
    std::map<int, std::vector<int>> got;
    const auto key = [](int x) { return x % 20; };
    const weir::Report report = weir::run(weir::from(numbers(5000)) |
              weir::parallel(3, weir::key_by(key) | weir::tap([&](int x) { seen(key(x)); }) | weir::scan(0, [](int, int x) { return x; })) |
              weir::for_each([&](int x) { got[key(x)].push_back(x); }),
              {.wait = weir::Wait::yield}); // so each copy has a thread of its own
    REQUIRE(seen.threads.size() == 20);
    std::set<std::thread::id> all;
    for (const auto& [k, threads] : seen.threads) {
        REQUIRE(threads.size() == 1);
        all.insert(threads.begin(), threads.end());
        REQUIRE(got.at(k).size() == 250);
        REQUIRE(std::is_sorted(got.at(k).begin(), got.at(k).end()));
    }
    REQUIRE(all.size() == 3);
    REQUIRE(report.at("parallel#1").plan == "by key, 3 copies");
    REQUIRE(report.at("parallel#1").out == 5000);
    REQUIRE(report.at("parallel#1/copy#1/scan#1").in + report.at("parallel#1/copy#2/scan#1").in + report.at("parallel#1/copy#3/scan#1").in == 5000);
}

TEST_CASE("the rows of a named parallel stand below its name once", "[threads]") {
    const weir::Report report = weir::run(weir::from(numbers(10)) | weir::named("outer", weir::map([](int x) { return x; }) | weir::parallel(2, weir::map([](int x) { return x; }))) |
                                          weir::for_each([](int) {}));
    for (const char* name : {"outer/parallel#1", "outer/parallel#1/copy#1/map#1", "outer/parallel#1/copy#2/map#1", "outer/parallel#1/collect#1"})
        REQUIRE(report.at(name).name == name);
}

TEST_CASE("windows of keys in copies give what one gives, however many there are", "[threads]") {
    const auto all = bids(3000);
    const auto rows = [&all](auto chain) {
        std::vector<std::string> got;
        weir::run(weir::from(all) | weir::event_time(&Bid::time, weir::bounded_disorder(40ms)) | chain |
                  weir::for_each([&](const auto& row) { got.push_back(fmt::format("{} {} {}", row.key, row.window.end.time_since_epoch().count(), row.value)); }));
        std::sort(got.begin(), got.end());
        return got;
    };
    const auto windows = weir::window(weir::tumbling(1s)) | weir::aggregate(weir::sum(&Bid::price));
    const auto one = rows(weir::key_by(&Bid::auction) | windows);
    REQUIRE(one.size() > 1000);
    for (const std::size_t n : {1U, 2U, 5U, 8U}) {
        REQUIRE(rows(weir::parallel(n, weir::key_by(&Bid::auction) | windows)) == one);
        REQUIRE(rows(weir::key_by(&Bid::auction) | weir::parallel(n, windows)) == one);
    }
}

TEST_CASE("ordered: the results have the order of the events", "[threads]") {
    std::vector<int> got;
    std::atomic<int> read{0};
    const weir::Report report = weir::run(in_order(read, 3000, {.copies = 4}, [](int x) { return x + 1; }, unlimited, got));
    REQUIRE(got == numbers(3000, 1));
    REQUIRE(report.at("parallel#1").plan == "in turn, results in order, 4 copies");
    got.clear();
    read = 0;
    std::atomic<int> calls{0};
    weir::run(in_order(read, 300, {.copies = 4, .capacity = 2}, [&](int x) { return calls.fetch_add(1) % 7 == 0 ? slowly(x) : x; }, unlimited, got));
    REQUIRE(got == numbers(300));
}

TEST_CASE("a copy that is slow does not hold up the others where no order is promised", "[threads]") {
    std::atomic<bool> is_first{true}, released{false};
    std::atomic<int> done{0};
    std::vector<int> got;
    weir::run(in_any_order(400, {.copies = 2, .capacity = 8}, [&](int x) {
        if (is_first.exchange(false))
            while (not released) std::this_thread::sleep_for(100us);
        else if (++done == 390) released = true; // the other has done nearly all
        return x;
    }, got));
    std::sort(got.begin(), got.end());
    REQUIRE(got == numbers(400));
}

TEST_CASE("heavy work is dealt in small blocks, so that no copy gets much more than another", "[threads]") {
    std::vector<int> got;
    const weir::Report report = weir::run(in_any_order(200, {.copies = 4}, slowly, got));
    REQUIRE(got.size() == 200);
    for (int i = 1; i <= 4; ++i) REQUIRE(report.at("parallel#1/copy#" + std::to_string(i) + "/map#1").in >= 10);
}

TEST_CASE("of an event whose key throws the counts before the copies add up") {
    const auto key = [](int x) { return x == 25 ? throw std::runtime_error("the 26th") : x % 7; };
    const auto counts = [&key] { return weir::parallel(2, weir::key_by(key) | weir::scan(0, [](int n, int) { return n + 1; })) | weir::for_each([](int) {}); };
    const auto fails = [](auto pipeline) {
        weir::Job job = weir::start(std::move(pipeline));
        CHECK_THROWS_WITH(job.wait(), "the 26th");
        CHECK(weir::detail::wrong_counts(job.report()) == "");
        return job.report();
    };
    CHECK(fails(weir::from(numbers(100)) | weir::map([](int x) { return x; }) | counts()).at("map#1").in == 26);
    const auto in_order_of_time = weir::event_time([](int x) { return weir::Timestamp(std::chrono::seconds(x)); });
    CHECK(fails(weir::from(numbers(100)) | in_order_of_time | counts()).at("parallel#1").in >= 26); // of a span that came together all
    weir::SpscQueue<int> queue(128);
    for (const int x : numbers(100)) REQUIRE(queue.push(int{x}));
    queue.close();
    CHECK(fails(weir::from(queue) | counts()).at("parallel#1").in >= 26);
}

TEST_CASE("copies whose key function throws have got what stood before that event, and nothing that stood behind it") {
    for (const int bad : {0, 1, 127, 128, 129, 300, 999}) {
        INFO(bad);
        const auto key = [bad](int x) { return x == bad ? throw std::runtime_error("no key") : x; };
        Divided<int, decltype(key)> divided(key);
        std::vector<int> all = numbers(1000);
        CHECK_THROWS_WITH(divided.exchange.on_span(std::span<int>(all)), "no key");
        CHECK(divided.exchange.arrived(0) == 1000);
        CHECK(divided.exchange.interrupted() == static_cast<std::uint64_t>(1000 - bad));
        CHECK(divided.taken([](int x) { return x; }) == numbers(bad));

        using Timed = weir::detail::Marked<weir::Event<int>>;
        Divided<Timed, decltype(key)> timed(key);
        constexpr int most = static_cast<int>(weir::detail::TimedSpan<int>::most);
        const std::vector<weir::Timestamp> times(static_cast<std::size_t>(most));
        std::vector<int> some = numbers(most, bad - bad % most);
        CHECK_THROWS_WITH(timed.exchange.on_timed_span(weir::detail::TimedSpan<int>{some, times.data(), times.data(), {}}), "no key");
        CHECK(timed.exchange.interrupted() == static_cast<std::uint64_t>(most - bad % most));
        CHECK(timed.taken([](const Timed& x) { return x.event.value; }) == numbers(bad % most, bad - bad % most));
    }
}

TEST_CASE("one whose key function looks at what owns its text gets what stood before the event that threw") {
    const auto key = [](const std::string& x) { return x == "300" ? throw std::runtime_error("no key") : std::stoi(x); };
    Divided<std::string, decltype(key)> divided(key);
    std::vector<std::string> texts;
    for (const int x : numbers(1000)) texts.push_back(std::to_string(x));
    std::vector<std::string_view> views(texts.begin(), texts.end());
    CHECK_THROWS_WITH(divided.exchange.on_span(std::span<std::string_view>(views)), "no key");
    CHECK(divided.exchange.arrived(0) == 1000);
    CHECK(divided.exchange.interrupted() == 700);
    CHECK(divided.taken([](const std::string& x) { return std::stoi(x); }) == numbers(300));
}

TEST_CASE("an event that cannot be copied to its copy is held, with those behind it") {
    for (const int bad : {0, 1, 127, 128, 500, 999}) {
        INFO(bad);
        Divided<Fragile, int Fragile::*> divided(&Fragile::number);
        std::vector<Fragile> all(1000);
        for (int i = 0; i < 1000; ++i) all[static_cast<std::size_t>(i)].number = i;
        all[static_cast<std::size_t>(bad)].is_broken = true;
        CHECK_THROWS_WITH(divided.exchange.on_span(std::span<const Fragile>(all)), "broken");
        CHECK(divided.exchange.interrupted() == static_cast<std::uint64_t>(1000 - bad));
        CHECK(divided.taken([](const Fragile& x) { return x.number; }) == numbers(bad));
    }
}

TEST_CASE("at the end of a step copies are told how far the stream is where no clock runs, else when it is time, or at a pause") {
    const auto at = [](int s) { return weir::Timestamp(std::chrono::seconds(s)); };
    for (const bool clock_runs : {false, true}) {
        Divided<weir::detail::Marked<weir::Event<int>>, std::identity> divided({});
        divided.exchange.be_patient(clock_runs);
        divided.exchange.end_span(); // it is time at first
        divided.exchange.on_watermark(at(1));
        divided.exchange.end_step();
        CHECK(divided.channels[0]->lane.take(0).has_value() == not clock_runs);
        divided.exchange.catch_up();
        CHECK(divided.channels[1]->lane.take(0)->time == at(1));
        CHECK(divided.channels[0]->lane.take(0).has_value() == clock_runs);
    }
}

TEST_CASE("skewed keys wait for their copy, and a copy that throws ends the job, also while others are blocked", "[threads]") {
    for (const int wrong : {-1, 1234}) {
        const auto next = [wrong](int n, int x) { return x == wrong ? throw std::runtime_error("boom at 1234") : n + 1; };
        for (const std::size_t capacity : {1U, 4096U}) {
            std::vector<int> got;
            const weir::ParallelOptions options{.copies = 3, .capacity = capacity};
            const auto job = weir::from(numbers(2000)) | weir::parallel(options, weir::key_by([](int x) { return x % 50 == 0 ? x : -1; }) | weir::scan(0, next)) | weir::collect_into(got);
            if (wrong == -1) {
                weir::run(job);
                REQUIRE(got.size() == 2000);
                REQUIRE(*std::max_element(got.begin(), got.end()) == 1960); // of the key that most have
            } else {
                const auto fails = [](int x) { return x == 1234 ? throw std::runtime_error("boom at 1234") : x; };
                std::atomic<int> read{0};
                REQUIRE_THROWS_WITH(weir::run(job), "boom at 1234");
                REQUIRE_THROWS_WITH(weir::run(in_any_order(5000, options, fails, got)), "boom at 1234");
                REQUIRE_THROWS_WITH(weir::run(in_order(read, 5000, options, fails, unlimited, got)), "boom at 1234");
            }
        }
    }
}

TEST_CASE("take behind copies ends them, and the source", "[threads]") {
    std::vector<int> got;
    std::atomic<int> read{0};
    weir::run(in_order(read, 2'000'000'000, {.copies = 3, .capacity = 16}, [](int x) { return x; }, 100, got));
    REQUIRE(got == numbers(100));
}

TEST_CASE("take behind copies ends those, too, to which no key belongs", "[threads]") {
    std::vector<int> got;
    weir::run(weir::from(weir::generate([] { return 7; })) | weir::parallel(3, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int n, int) { return n + 1; })) | weir::take(5) | weir::collect_into(got));
    REQUIRE(got == numbers(5, 1));
}

TEST_CASE("stop and drain end copies: what was read flows through", "[threads]") {
    for (const bool drains : {false, true}) {
        std::atomic<int> read{0};
        std::vector<int> got;
        weir::Job job = weir::start(in_order(read, 2'000'000'000, {.copies = 2, .capacity = 64}, slowly, unlimited, got));
        std::this_thread::sleep_for(20ms);
        if (drains) job.drain();
        else job.stop();
        job.wait();
        REQUIRE(got == numbers(read));
    }
}

TEST_CASE("move-only events, lent views, stages and copies inside copies", "[threads]") {
    std::vector<int> got;
    weir::run(weir::from(numbers(300)) | weir::map([](int x) { return std::make_unique<int>(x); }) | weir::parallel(2, weir::filter([](const std::unique_ptr<int>& p) { return *p % 2 == 0; }), weir::ordered) |
              weir::for_each([&](std::unique_ptr<int> p) { got.push_back(*p); }));
    REQUIRE(got.size() == 150);
    REQUIRE(std::is_sorted(got.begin(), got.end()));

    const std::vector<std::string_view> views{"a", "longer than any small string optimisation"};
    std::vector<std::size_t> sizes;
    weir::run(weir::from(views) | weir::parallel(2, weir::map(&std::string::size), weir::ordered) | weir::collect_into(sizes));
    REQUIRE(sizes == std::vector<std::size_t>{1, 41});
    sizes.clear();
    weir::run(weir::from(views) | weir::parallel(2, weir::key_by([](const std::string& text) { return text; }) | weir::scan(std::size_t{0}, [](std::size_t n, const std::string& text) { return n + text.size(); })) |
              weir::collect_into(sizes));
    std::sort(sizes.begin(), sizes.end());
    REQUIRE(sizes == std::vector<std::size_t>{1, 41});

    got.clear();
    weir::run(weir::from(numbers(1000)) | weir::parallel(2, weir::map([](int x) { return x + 1; }) | weir::stage(8) | weir::parallel(2, weir::map([](int x) { return x - 1; }))) | weir::collect_into(got));
    std::sort(got.begin(), got.end());
    REQUIRE(got == numbers(1000));
}

TEST_CASE("a sink inside copies is one that several may use at once", "[threads]") {
    std::atomic<int> sum{0};
    weir::MpscQueue<int> queue(4096);
    weir::run(weir::from(numbers(1000)) | weir::parallel(3, weir::for_each(weir::shareable([&sum](int x) { sum += x; }))));
    REQUIRE(sum == 499'500);
    weir::run(weir::from(numbers(1000)) | weir::parallel(3, weir::to_queue(queue)));
    REQUIRE(queue.size() == 1000);
}

TEST_CASE("a task that waits has woken those who have something to do by what it gave") {
    struct Noted final : weir::Waker {
        std::set<const weir::Task*> woken;
        void wake(weir::Task& task) noexcept override { woken.insert(&task); }
    } noted;
    weir::SpscQueue<int> queue(64);
    std::vector<int> got;
    const weir::ManualClock clock; // no time goes by that would end their patience
    Tasks tasks(weir::from(queue) | weir::parallel(2, weir::key_by([](int x) { return x; }) | weir::scan(0, [](int, int x) { return x; })) | weir::collect_into(got), &clock);
    REQUIRE(tasks.size() == 4);
    for (int i = 0; i < 4; ++i)
        for (std::size_t task = 0; task < 4; ++task) tasks.settle(task); // all wait
    for (std::size_t task = 0; task < 4; ++task) tasks[task].set_waker(&noted);
    for (int x = 0; x < 20; ++x) queue.push(x);
    tasks.settle(0);
    for (int rounds = 0; rounds < 4; ++rounds)
        for (std::size_t task = 1; task < 4; ++task)
            if (noted.woken.erase(&tasks[task]) != 0) tasks.settle(task);
    std::sort(got.begin(), got.end());
    REQUIRE(got == numbers(20));
    queue.close();
    tasks.run_to_end();
}

/// A source that waits, inside of its call, until all that it has given has been seen; gives up where that does not come.
struct Doubting {
    using event_type = int;
    std::atomic<int>& seen;
    int given = 0;
    bool late = false;

    std::optional<int> next() {
        const auto patience = std::chrono::steady_clock::now() + 20s;
        while (seen != given && not late) {
            late = std::chrono::steady_clock::now() > patience;
            std::this_thread::yield();
        }
        for (const auto then = std::chrono::steady_clock::now() + given % 40 * 1us; std::chrono::steady_clock::now() < then;) {} // a copy may sleep again, or not yet
        return late || given == 1000 ? std::nullopt : std::optional(given++);
    }
};
struct DoubtingBatches {
    using event_type = int;
    Doubting source;
    int event = 0;
    std::span<int> next_batch() {
        const std::optional<int> next = source.next();
        event = next.value_or(0);
        return std::span(&event, next ? 1U : 0U);
    }
};

TEST_CASE("no event waits for a source that waits without a word, though its copy has just gone to sleep", "[threads]") {
    std::atomic<int> seen{0};
    const auto copies = weir::parallel(2, weir::key_by([](int x) { return x % 2; }) | weir::scan(0, [](int n, int) { return n + 1; }) | weir::for_each(weir::shareable([&seen](int) { ++seen; })));
    Doubting source{seen};
    SECTION("one by one, behind an operator that gathers") {
        const weir::AnyChain<int, int> any = weir::map([](int x) { return x; });
        weir::run(weir::from(source) | any | copies);
    }
    SECTION("beside others") { weir::run(weir::merge(weir::from(source), weir::from(std::vector<int>())) | copies); }
    SECTION("in batches") {
        DoubtingBatches batches{Doubting{seen}};
        weir::run(weir::from(batches) | copies);
        source.late = batches.source.late;
    }
    CHECK_FALSE(source.late);
    CHECK(seen == 1000);
}

TEST_CASE("all copies hear how far the stream is before a source that waits without a word gives the next event") {
    struct Reading {
        int key;
        weir::Timestamp time;
    };
    const weir::ManualClock clock; // no time goes by after which they would be told
    const auto check = [&clock](const auto& chain) {
        int given = 0, windows = 0, late = 0;
        std::function<void()> others;
        const auto readings = [&]() -> std::optional<Reading> {
            if (given != 0) others();
            late += windows < given - 1 ? 1 : 0; // all windows but that of the last event have ended
            if (given == 40) return std::nullopt;
            ++given;
            return Reading{given / 3, weir::Timestamp(std::chrono::seconds(given))};
        };
        Tasks tasks(weir::from(weir::generate(readings)) | weir::event_time(&Reading::time, weir::bounded_disorder(0s)) | chain | weir::for_each([&windows](const auto&) { ++windows; }), &clock);
        others = [&tasks] {
            for (int rounds = 0; rounds < 2; ++rounds)
                for (std::size_t task = 1; task < tasks.size(); ++task) tasks.settle(task);
        };
        tasks.run_to_end();
        REQUIRE(windows == 40);
        REQUIRE(late == 0);
    };
    const auto key = weir::key_by(&Reading::key);
    const auto counts = weir::window(weir::tumbling(1s)) | weir::aggregate(weir::count());
    const auto same = weir::map([](const Reading& reading) { return reading; });
    check(key | weir::parallel(2, counts));
    check(weir::parallel(2, same) | key | counts);
    check(weir::parallel(2, same, weir::ordered) | key | counts);
}

TEST_CASE("parallel with no copies is refused") {
    REQUIRE_THROWS_WITH(weir::parallel(0, weir::map(slowly)), Catch::Contains("at least 1 and at most 4096, and is 0"));
    REQUIRE_THROWS_WITH(weir::parallel(-1, weir::map(slowly)), Catch::Contains("is -1"));
    REQUIRE_THROWS_WITH(weir::parallel({.copies = 2, .capacity = 0}, weir::map(slowly)), Catch::Contains("capacity"));
}

TEST_CASE("who is busy for long tells how far the stream is at longer intervals, and begins anew behind a pause") {
    struct Times {
        static std::chrono::steady_clock::time_point& now() {
            static std::chrono::steady_clock::time_point at{std::chrono::hours(1)};
            return at;
        }
    };
    weir::detail::TellingTime<Times> time;
    REQUIRE(time.has_come()); // nobody says before a pause that it will make one
    time.be_patient(true);
    const auto next = [&time] {
        int hundreds = 0;
        for (; not time.has_come(); ++hundreds) Times::now() += std::chrono::microseconds(100);
        return hundreds;
    };
    REQUIRE(next() == 0);
    std::vector<int> intervals;
    for (int i = 0; i < 6; ++i) intervals.push_back(next());
    REQUIRE(intervals == std::vector{2, 4, 8, 10, 10, 10});
    time.pause();
    REQUIRE(next() == 1);
    time.be_patient(false);
    Times::now() += std::chrono::hours(1);
    REQUIRE_FALSE(time.has_come()); // no time goes by
}
