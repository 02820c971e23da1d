// SPDX-License-Identifier: BSL-1.0
#include <catch.hpp>
#include <files.hpp>
#include <sanitized.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Bid {
    int item = 0;
    int price = 0;
    weir::Timestamp time{};
};

/// Bids in batches, to be split where chance says: also in parts without any.
class Bids {
public:
    using event_type = Bid;
    Bids(std::vector<Bid> all, std::uint64_t seed) : all_(std::move(all)), random_(seed) {}

    std::span<Bid> next_batch() {
        const std::size_t n = std::min(all_.size() - at_, static_cast<std::size_t>(random_.between(1, 50)));
        at_ += n;
        return std::span(all_).subspan(at_ - n, n);
    }
    std::vector<Bids> split(std::size_t n) && {
        std::vector<std::size_t> cuts{0, all_.size()};
        for (std::size_t i = 1; i < n; ++i) cuts.push_back(static_cast<std::size_t>(random_.below(all_.size() + 1)));
        std::sort(cuts.begin(), cuts.end());
        std::vector<Bids> parts;
        for (std::size_t i = 0; i < n; ++i) {
            const auto begin = all_.begin();
            parts.emplace_back(std::vector(begin + static_cast<std::ptrdiff_t>(cuts[i]), begin + static_cast<std::ptrdiff_t>(cuts[i + 1])), i);
        }
        return parts;
    }

private:
    std::vector<Bid> all_;
    weir::Random random_;
    std::size_t at_ = 0;
};
static_assert(weir::SplittableSource<Bids>);

std::vector<Bid> some_bids(std::size_t n, std::uint64_t seed) {
    weir::Random random(seed);
    std::vector<Bid> bids;
    for (std::size_t i = 0; i < n; ++i)
        bids.push_back({static_cast<int>(random.below(20)), static_cast<int>(random.below(1000)),
                        weir::Timestamp(std::chrono::milliseconds(i * 10 + random.below(300)))});
    return bids;
}

std::string text_of(int n) { return std::to_string(n); }
std::string text_of(double n) { return fmt::format("{:.9g}", n); }
std::string text_of(std::uint64_t n) { return std::to_string(n); }
std::string text_of(const std::string& text) { return text; }
std::string text_of(weir::NoKey) { return "-"; }
std::string text_of(const Bid& bid) { return fmt::format("{}:{}", bid.item, bid.price); }
template <typename T>
std::string text_of(const std::vector<T>& all) {
    std::string text;
    for (const T& one : all) text += text_of(one) + ' ';
    return text;
}
template <typename... Ts>
std::string text_of(const std::tuple<Ts...>& all) {
    return std::apply([](const auto&... one) { return ((text_of(one) + ',') + ...); }, all);
}
template <typename K, typename V>
std::string text_of(const weir::Keyed<K, V>& row) { return text_of(row.key) + "=" + text_of(row.value); }
template <typename K, typename V>
std::string text_of(const weir::Windowed<K, V>& row) {
    return fmt::format("{}@{}+{}={}", text_of(row.key), row.window.start.time_since_epoch().count(), (row.window.end - row.window.start).count(), text_of(row.value));
}

struct Result {
    std::vector<std::string> rows;
    weir::Report report;
    std::string error;
};

template <typename Chain>
Result run(const std::vector<Bid>& bids, const Chain& chain, std::size_t workers, std::uint64_t seed, bool simulated, std::size_t memory = 0) {
    Result result;
    weir::Simulation simulation(seed);
    try {
        result.report = weir::run(weir::from(Bids(bids, seed)) | chain | weir::for_each([&](const auto& row) { result.rows.push_back(text_of(row)); }),
                                  {.workers = workers, .memory = memory, .clock = simulated ? &simulation.clock() : nullptr, .executor = simulated ? &simulation : nullptr});
    } catch (const std::exception& e) {
        result.error = e.what();
    }
    return result;
}

/// The same rows and counts from any number of workers, on threads and in simulated orders, however the source is split.
template <typename Chain>
void check(const Chain& chain, bool counts = true, std::size_t memory = 0) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const std::vector<Bid> bids = some_bids(seed == 1 ? 0 : 400 * seed, seed);
        const Result truth = run(bids, chain, 1, seed, false);
        for (std::size_t workers = 1; workers <= 8; ++workers) {
            for (const bool simulated : simulated_or_not()) {
                if (not simulated && workers % 3 != 2) continue;
                const Result result = run(bids, chain, workers, seed * 100 + workers, simulated, memory);
                CAPTURE(seed, workers, simulated, memory);
                REQUIRE(result.rows == truth.rows);
                REQUIRE(result.error == truth.error);
                if (counts && truth.error.empty()) REQUIRE(result.report == truth.report);
            }
        }
    }
}

/// In parts of so many.
struct InParts {
    static constexpr std::size_t of_part = 300;
    using event_type = std::pair<std::string, int>;
    std::vector<event_type> all;
    std::vector<event_type> batch{};
    std::span<event_type> next_batch() {
        batch = std::exchange(all, {});
        return batch;
    }
    std::vector<InParts> split(std::size_t) && {
        std::vector<InParts> parts(all.size() / of_part);
        for (std::size_t i = 0; i < all.size(); ++i) parts[i / of_part].all.push_back(all[i]);
        return parts;
    }
};

const auto is_high = weir::filter([](const Bid& bid) { return bid.price > 100; });
const auto timed = weir::event_time(&Bid::time, weir::bounded_disorder(100ms)); // some come later

} // namespace

TEST_CASE("workers: what they give comes in the order of the source", "[threads]") {
    check(is_high);
    check(is_high | weir::map(&Bid::price) | weir::flat_map([](int price) { return std::vector(static_cast<std::size_t>(price % 3), price); }) | weir::enumerate() |
          weir::map([](const auto& numbered) { return fmt::format("{} {}", numbered.index, numbered.value); }));
    check(weir::skip(10) | weir::take(100), false); // they read ahead
    check(weir::named("front", is_high | weir::map(&Bid::price)) | weir::stage(7) | weir::scan(0, [](int sum, int price) { return sum + price; }));
}

TEST_CASE("workers: each aggregates its parts, and keys come by their first event", "[threads]") {
    check(weir::aggregate(weir::count()));
    check(is_high | weir::key_by(&Bid::item) | weir::aggregate(weir::count(), weir::mean(&Bid::price), weir::min(&Bid::price)));
    check(weir::named("prices", weir::key_by(&Bid::item) | is_high | weir::aggregate(weir::collect(&Bid::price), weir::last(&Bid::price))) | weir::map([](const auto& row) { return std::get<1>(row.value); }));
}

TEST_CASE("workers: keys of parts before come again, pause, and there are new ones") {
    const auto value = &InParts::event_type::second;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        weir::Random random(seed);
        std::vector<InParts::event_type> events;
        for (std::size_t part = 0; part < 60; ++part) {
            const std::size_t keys = random.one_in(8) ? 200 : 12; // many at times, which are not worth keeping
            for (std::size_t i = 0; i < InParts::of_part; ++i)
                events.emplace_back("a key that has memory: " + std::to_string(random.below(keys) + (random.one_in(20) ? part * 3 : part / 8 * 5)), static_cast<int>(events.size()));
        }
        const auto grouped = [&](const weir::RunOptions& options) {
            std::vector<std::string> rows;
            weir::run(weir::from(InParts{events}) | weir::key_by(&InParts::event_type::first) | weir::aggregate(weir::count(), weir::first(value), weir::last(value)) |
                          weir::for_each([&rows](const auto& row) { rows.push_back(text_of(row)); }), options);
            return rows;
        };
        const std::vector<std::string> expected = grouped({});
        for (const std::size_t memory : {std::size_t{1}, std::size_t{200'000}, std::size_t{1} << 30U}) {
            CAPTURE(seed, memory);
            weir::Simulation simulation(seed);
            REQUIRE(grouped({.workers = 2 + seed % 3, .memory = memory, .clock = &simulation.clock(), .executor = &simulation}) == expected);
        }
    }
}

TEST_CASE("workers: fixed windows, with the same late events", "[threads]") {
    const auto per_second = timed | weir::key_by(&Bid::item) | weir::window(weir::tumbling(1s)) | weir::aggregate(weir::count(), weir::first(&Bid::price));
    const Result truth = run(some_bids(2000, 3), per_second, 1, 1, false);
    REQUIRE(truth.report.at("aggregate#1").dropped(weir::Drop::late) > 0);
    check(per_second);
    check(per_second, true, 1); // as soon as they have gathered anything they hand it over
    check(is_high | timed | weir::window(weir::tumbling(300ms)) | weir::aggregate(weir::sum(&Bid::price)) | weir::window(weir::tumbling(3s)) |
          weir::aggregate(weir::count()));
    // what has no fixed windows, or gives more than once, is left to one task
    check(timed | weir::key_by(&Bid::item) | weir::window(weir::session(50ms)) | weir::aggregate(weir::count()));
    check(timed | weir::key_by(&Bid::item) | weir::window(weir::tumbling(1s).allowed_lateness(200ms)) | weir::aggregate(weir::count()));
    check(timed | weir::key_by(&Bid::item) | weir::window(weir::sliding(1s, 250ms)) | weir::aggregate(weir::max(&Bid::price)));
}

TEST_CASE("workers: an error comes behind what the events before it gave", "[threads]") {
    const auto strict = weir::map([](const Bid& bid) {
        if (bid.price == 7) throw std::runtime_error("item " + std::to_string(bid.item));
        return bid.price;
    });
    check(strict);
    check(strict | weir::aggregate(weir::count()));
    for (const std::size_t n : {1U, 5U, 20U, 100U}) check(strict | weir::take(n), false);
    const std::vector<Bid> bids = some_bids(1600, 4); // as many as stand before the error: it is never reached
    const auto bad = std::find_if(bids.begin(), bids.end(), [](const Bid& bid) { return bid.price == 7; });
    REQUIRE(bad != bids.end());
    for (std::uint64_t seed = 1; seed <= 10; ++seed)
        CHECK(run(bids, strict | weir::take(static_cast<std::size_t>(bad - bids.begin())), 3, seed, true).error.empty());
    check(weir::map([](const Bid& bid) {
              if (bid.price == 7) throw std::runtime_error("seven");
              return bid;
          }) | timed | weir::window(weir::tumbling(200ms)) | weir::aggregate(weir::count()));
    check(weir::map(&Bid::price) | weir::tap([n = 0](int) mutable {
              if (++n == 300) throw std::runtime_error("behind the workers");
          }));
}

TEST_CASE("workers: behind an error in what a part's windows give, the part has come") {
    const std::vector<Bid> bids = some_bids(2000, 3);
    for (int bad = 1; bad < 200; bad += 3) {
        auto stepper = weir::stepper(weir::from(Bids(bids, 1)) | timed | weir::key_by(&Bid::item) | weir::window(weir::tumbling(300ms)) | weir::aggregate(weir::count())
                                     | weir::for_each([bad, n = 0](const auto&) mutable {
                                           if (++n == bad) throw std::runtime_error("behind the windows");
                                       }), {.workers = 2});
        CHECK_THROWS_WITH([&stepper] { while (stepper.step() != weir::Progress::ended) {} }(), "behind the windows");
        const weir::Report report = stepper.report();
        const weir::OperatorReport& row = report.at("aggregate#1");
        CAPTURE(bad);
        CHECK(row.in == row.passed + row.dropped() + row.held);
        CHECK(row.out == static_cast<std::uint64_t>(bad));
    }
}

TEST_CASE("workers: what cannot be used goes to the policy in the order of the source", "[threads]") {
    const auto price_of = [](const Bid& bid) {
        if (bid.price % 50 == 7) throw std::runtime_error("item " + std::to_string(bid.item));
        return bid.price;
    };
    check(weir::try_map(price_of));
    check(is_high | weir::named("prices", weir::try_map(price_of, weir::drop()) | weir::map([](int price) { return price / 2; })) | weir::aggregate(weir::count()));
    check(weir::map([](const Bid& bid) { return bid; }) | weir::try_map([](const Bid& bid) -> weir::Outcome<int> {
              if (bid.price % 50 == 7) return std::make_exception_ptr(std::runtime_error("seven"));
              return bid.price;
          }, weir::dead_letter(weir::filter([](const auto& bad) { return bad.event.item > 3; }) | weir::for_each([](const auto&) {}))) | weir::key_by([](int price) { return price % 7; }) | weir::aggregate(weir::count()));

    const files_test::TempDirectory directory;
    std::string text;
    for (int i = 0; i < 3000; ++i) text += i % 97 == 5 ? "bad " + std::to_string(i) + "\n" : std::to_string(i) + "\n";
    const std::string path = directory.file("lines", text);
    const auto read = [&](std::size_t workers) {
        std::vector<std::string> all;
        std::vector<weir::Rejected<std::string>> bad;
        weir::run(weir::from_lines(path) | weir::try_map([](std::string_view line) { return std::stoi(std::string(line)); }, weir::dead_letter(weir::collect_into(bad))) |
                      weir::for_each([&](int n) { all.push_back(std::to_string(n)); }), {.workers = workers});
        for (const auto& letter : bad) all.push_back(to_string(letter.position) + letter.event + letter.what());
        return all;
    };
    CHECK(read(1).size() == 3000);
    CHECK(read(3) == read(1));
}

TEST_CASE("workers: at a stop the parts that were begun are given, without a gap") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::vector<Bid> bids = some_bids(3000, seed);
        std::vector<int> prices;
        weir::Simulation simulation(seed);
        simulation.inject(10 * seed, {seed % 2 == 0 ? weir::Control::Kind::stop : weir::Control::Kind::drain});
        weir::run(weir::from(Bids(bids, seed)) | weir::map(&Bid::price) | weir::collect_into(prices), {.workers = 3, .clock = &simulation.clock(), .executor = &simulation});
        REQUIRE(prices.size() <= bids.size());
        for (std::size_t i = 0; i < prices.size(); ++i) REQUIRE(prices[i] == bids[i].price);
    }
}

/// Sixteen to the room that the outputs of a part have at first; how many there are at once.
struct Heavy {
    explicit Heavy(int n) : number(n) { count(); }
    Heavy(const Heavy& other) : number(other.number) { count(); }
    Heavy& operator=(const Heavy&) = default;
    ~Heavy() { --there; }
    static void count() {
        const int now = ++there;
        for (int seen = most; seen < now && not most.compare_exchange_weak(seen, now);) {}
    }
    int number;
    char room[16'384 - sizeof(int)] = {};
    static inline std::atomic<int> there{0}, most{0};
};

TEST_CASE("workers: outputs of a part wait in bounded memory, the part whose turn it is goes on, and all come in order", "[threads]") {
    const auto many = [](int price) {
        std::vector<int> all(300);
        for (int i = 0; i < 300; ++i) all[static_cast<std::size_t>(i)] = price * 300 + i;
        return all;
    };
    const auto check_all = [](const auto& chain, int each, int over, bool throws) { // over: what each copy may have beyond its room
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
            const std::vector<Bid> bids = some_bids(static_cast<std::size_t>(3'000 / each), seed);
            const std::size_t workers = 2 + seed % 3, memory = seed % 2 == 0 ? 1 : std::size_t{16} << 20; // what each has at first, or a megabyte more
            weir::Simulation simulation(seed);
            Heavy::most = 0;
            std::vector<int> numbers, wanted;
            for (const Bid& bid : bids)
                for (int i = 0; i < each; ++i) wanted.push_back(bid.price * each + i);
            const auto run = [&](bool simulated) {
                numbers.clear();
                weir::run(weir::from(Bids(bids, seed)) | chain | weir::for_each([&](const Heavy& heavy) {
                              numbers.push_back(heavy.number);
                              if (throws && numbers.size() == 1'000) throw std::runtime_error("enough");
                          }),
                          {.workers = workers, .memory = memory, .clock = simulated ? &simulation.clock() : nullptr, .executor = simulated ? &simulation : nullptr});
            };
            CAPTURE(seed, workers, memory);
            for (const bool simulated : simulated_or_not()) {
                if (throws) CHECK_THROWS_WITH(run(simulated), "enough");
                else run(simulated);
                if (throws) wanted.resize(1'000);
                REQUIRE(numbers == wanted);
                REQUIRE(Heavy::most <= (16 + over) * (2 * static_cast<int>(workers) + 2) + (memory == 1 ? 0 : 2 * 64) + 32);
                REQUIRE(Heavy::there == 0);
            }
        }
    };
    const auto heavy = weir::map([](int n) { return Heavy(n); });
    check_all(weir::map(&Bid::price) | weir::flat_map(many) | heavy, 300, 1, false);
    check_all(weir::map(&Bid::price) | weir::flat_map(many) | heavy, 300, 1, true);
    check_all(weir::map(&Bid::price) | weir::flat_map<Heavy>([](int price, auto emit) {
                  for (int i = 0; i < 10; ++i) emit(Heavy(price * 10 + i));
              }), 10, 10, false);
}

TEST_CASE("workers: a source that is spent, functions that cannot be copied, little memory", "[threads]") {
    const files_test::TempDirectory directory;
    std::string text = "n\n";
    for (int i = 0; i < 2000; ++i) text += std::to_string(i) + "\n";
    struct Number {
        int n = 0;
        static constexpr auto fields() { return weir::fields("n", &Number::n); }
    };
    std::vector<int> all;
    auto job = weir::from_csv<Number>(directory.file("n.csv", text)) | weir::map(&Number::n) | weir::collect_into(all);
    weir::run(job, {.workers = 2});
    CHECK(all.size() == 2000);
    weir::run(job);
    weir::run(job, {.workers = 2});
    CHECK(all.size() == 2000);

    int sum = 0;
    weir::run(weir::from_csv<Number>(directory.path() + "/n.csv") | weir::for_each([&sum, one = std::make_unique<int>(1)](const Number& row) { sum += row.n * *one; }), {.workers = 2});
    CHECK(sum == 1999 * 1000);

    const std::vector<Bid> bids = some_bids(4000, 1);
    const auto counts = [&](const weir::RunOptions& options) {
        std::vector<std::string> rows;
        const auto price_and_item = [](const Bid& bid) { return bid.price * 20 + bid.item; };
        const auto report = weir::run(weir::from(Bids(bids, 1)) | weir::key_by(price_and_item) | weir::aggregate(weir::count()) | weir::for_each([&](const auto& row) { rows.push_back(text_of(row)); }), options);
        if (options.memory != 0) CHECK(report.at("aggregate#1").spilled > 0);
        return rows;
    };
    CHECK(counts({.workers = 3, .memory = 1000}) == counts({}));
}

TEST_CASE("workers: in a job beside us, in a stepper, and uncounted", "[threads]") {
    const std::vector<Bid> bids = some_bids(5000, 1);
    std::vector<int> prices;
    const auto job = [&] { return weir::from(Bids(bids, 1)) | weir::map(&Bid::price) | weir::collect_into(prices); };
    SECTION("start") {
        weir::start(job(), {.workers = 3}).wait();
        CHECK(prices.size() == bids.size());
    }
    SECTION("an end without waiting") {
        auto running = weir::start(job() , {.workers = 3});
        running.stop();
    }
    SECTION("stepper") {
        auto stepper = weir::stepper(job(), {.workers = 3});
        while (stepper.step() != weir::Progress::ended) {}
        CHECK(prices.size() == bids.size());
    }
    SECTION("uncounted") {
        CHECK(weir::run(weir::uncounted(job()), {.workers = 2}).operators.empty());
        CHECK(prices.size() == bids.size());
    }
}
