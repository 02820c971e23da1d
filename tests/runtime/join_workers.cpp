// SPDX-License-Identifier: BSL-1.0
#include <catch.hpp>
#include <sanitized.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using weir::JoinType;

namespace {

struct Row {
    std::optional<int> key;
    int n = 0;
};
using Rows = std::vector<Row>;

/// Rows in batches, to be split where chance says: also in parts without any.
class Parts {
public:
    using event_type = Row;
    Parts(Rows all, std::uint64_t seed) : all_(std::move(all)), random_(seed) {}

    std::span<Row> next_batch() {
        const std::size_t n = std::min(all_.size() - at_, static_cast<std::size_t>(random_.between(1, 200)));
        at_ += n;
        return std::span(all_).subspan(at_ - n, n);
    }
    std::vector<Parts> split(std::size_t n) && {
        std::vector<std::size_t> cuts{0, all_.size()};
        for (std::size_t i = 1; i < n; ++i) cuts.push_back(static_cast<std::size_t>(random_.below(all_.size() + 1)));
        std::sort(cuts.begin(), cuts.end());
        std::vector<Parts> parts;
        for (std::size_t i = 0; i < n; ++i)
            parts.emplace_back(Rows(all_.begin() + static_cast<std::ptrdiff_t>(cuts[i]), all_.begin() + static_cast<std::ptrdiff_t>(cuts[i + 1])), i);
        return parts;
    }

private:
    Rows all_;
    weir::Random random_;
    std::size_t at_ = 0;
};

Rows some_rows(weir::Random& random, std::size_t n, std::size_t n_keys, int from) {
    Rows rows(n);
    for (Row& row : rows) {
        row.n = from++;
        if (not random.one_in(20)) row.key = static_cast<int>(random.below(n_keys));
    }
    return rows;
}

/// Workers sort in other runs, of which others are written.
void without_runs(weir::Report& report) {
    for (auto& row : report.operators)
        if (row.name == "sort_by#1") row.spilled = 0;
}

struct Result {
    std::vector<std::pair<int, int>> rows;
    weir::Report report;
    std::string error;
};

/// What make(left, right, sink) gives for these sides.
template <typename Make>
Result run(const Rows& left, const Rows& right, const Make& make, std::uint64_t seed, weir::RunOptions options, bool simulated) {
    Result result;
    weir::Simulation simulation(seed);
    if (simulated) {
        options.clock = &simulation.clock();
        options.executor = &simulation;
    }
    try {
        result.report = weir::run(make(weir::from(Parts(left, seed)), weir::from(right), weir::collect_into(result.rows)), std::move(options));
        without_runs(result.report);
    } catch (const std::exception& e) {
        result.error = e.what();
    }
    return result;
}

/// The same rows, in the same order, and counts from any number of workers, on threads and in simulated orders; with little memory too,
/// where the order is that of the parts, whatever their number.
template <typename Make>
void check(const Make& make) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        weir::Random random(seed);
        const Rows left = some_rows(random, seed == 1 ? 0 : 700 * seed, 300, 0), right = some_rows(random, seed == 2 ? 0 : 400, 350, 1'000'000);
        for (const std::size_t memory : {0U, 20'000U}) {
            const Result truth = run(left, right, make, seed, {.memory = memory}, false);
            for (const std::size_t workers : {1U, 2U, 3U, 8U}) {
                for (const bool simulated : simulated_or_not()) {
                    CAPTURE(seed, workers, simulated, memory);
                    const Result result = run(left, right, make, seed * 100 + workers, {.workers = workers, .memory = memory}, simulated);
                    REQUIRE(result.rows == truth.rows);
                    REQUIRE(result.error == truth.error);
                    if (truth.error.empty()) REQUIRE(result.report == truth.report);
                }
            }
        }
    }
}

struct PairOf {
    template <typename Left, typename Right>
    std::pair<int, int> operator()(const Left& left, const Right& right) const { return {number(left), number(right)}; }
    static int number(const Row& row) { return row.n; }
    static int number(const Row* row) { return row != nullptr ? row->n : -1; }
};
const auto doubled = weir::map([](std::pair<int, int> pair) { return std::pair(pair.first, 2 * pair.second); });

} // namespace

TEST_CASE("workers: windows behind a join have all of its rows, from files too", "[threads]") {
    check([](auto left, auto right, auto sink) {
        return weir::hash_join(std::move(left) | weir::event_time([](const Row& row) { return weir::Timestamp(std::chrono::milliseconds(row.n)); }, weir::bounded_disorder(std::chrono::milliseconds(20)))
                                   | weir::key_by(&Row::key),
                               std::move(right) | weir::key_by(&Row::key), [](const Row& l, const Row& r) { return l.n + r.n % 7; })
               | weir::key_by([](int n) { return n % 5; }) | weir::window(weir::tumbling(std::chrono::milliseconds(50))) | weir::aggregate(weir::count())
               | weir::map([](const auto& row) { return std::pair<int, int>(row.key, static_cast<int>(row.value)); }) | std::move(sink);
    });
}

TEST_CASE("workers: a hash join's left side is probed by all, in its order, also where it is joined again", "[threads]") {
    check([](auto left, auto right, auto sink) {
        auto once = weir::hash_join(std::move(left) | weir::filter([](const Row& row) { return row.n % 7 != 0; }) | weir::key_by(&Row::key), std::move(right) | weir::key_by(&Row::key),
                                    [](const Row& l, const Row& r) { return Row{l.n % 5 == 0 ? std::nullopt : std::optional(r.n % 50), l.n}; });
        Rows few{{3, 30}, {4, 40}, {3, 31}, {99, 0}};
        return weir::hash_join<JoinType::left>(std::move(once) | weir::key_by(&Row::key), weir::from(std::move(few)) | weir::key_by(&Row::key), PairOf()) | doubled | std::move(sink);
    });
}

TEST_CASE("workers: what nobody looked at is given when all of them have ended, through what stands behind", "[threads]") {
    check([](auto left, auto right, auto sink) {
        return weir::hash_join<JoinType::full>(std::move(left) | weir::key_by(&Row::key), std::move(right) | weir::key_by(&Row::key), PairOf()) | doubled | std::move(sink);
    });
}

TEST_CASE("workers: what is joined is aggregated where it is, each key from its first row on", "[threads]") {
    check([](auto left, auto right, auto sink) {
        return weir::hash_join<JoinType::right>(std::move(left) | weir::key_by(&Row::key), std::move(right) | weir::key_by(&Row::key), PairOf()) | doubled |
               weir::key_by([](const auto& pair) { return pair.second % 30; }) | weir::aggregate(weir::sum([](const auto& pair) { return pair.first % 1000; })) |
               weir::map([](const auto& row) { return std::pair(row.key, static_cast<int>(row.value)); }) | std::move(sink);
    });
}

TEST_CASE("workers: what is joined is sorted with what nobody looked at", "[threads]") {
    check([](auto left, auto right, auto sink) {
        return weir::hash_join<JoinType::full>(std::move(left) | weir::key_by(&Row::key), std::move(right) | weir::key_by(&Row::key), PairOf()) | doubled |
               weir::sort_by([](const auto& pair) { return pair.second % 100; }) | std::move(sink);
    });
}

TEST_CASE("workers: an anti join, and an error in its right side or behind it", "[threads]") {
    for (const int bad : {-1, 1'000'200, 500}) {
        const auto strict = [bad](const Row& row) {
            if (row.n == bad) throw std::runtime_error("row " + std::to_string(bad));
            return row;
        };
        check([strict](auto left, auto right, auto sink) {
            return weir::hash_join<JoinType::anti>(std::move(left) | weir::map(strict) | weir::key_by(&Row::key), std::move(right) | weir::map(strict) | weir::key_by(&Row::key)) |
                   weir::map([](const Row& row) { return std::pair(row.key.value_or(-1), row.n); }) | std::move(sink);
        });
    }
}

TEST_CASE("workers: a stop before or behind the end of the right side leaves no gap") {
    weir::Random random(5);
    const Rows left = some_rows(random, 3000, 300, 0), right = some_rows(random, 40'000, 350, 1'000'000);
    const auto make = [](auto l, auto r, auto sink) {
        return weir::hash_join<JoinType::left>(std::move(l) | weir::key_by(&Row::key), std::move(r) | weir::filter([](const Row& row) { return row.n % 100 == 0; }) | weir::key_by(&Row::key), PairOf()) | std::move(sink);
    };
    const auto all = run(left, right, make, 1, {}, false).rows;
    bool early = false, late = false;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Result result;
        weir::Simulation simulation(seed);
        simulation.inject(seed <= 10 ? seed : seed * 40, {seed % 2 == 0 ? weir::Control::Kind::stop : weir::Control::Kind::drain});
        weir::run(make(weir::from(Parts(left, seed)), weir::from(right), weir::collect_into(result.rows)), {.workers = 3, .clock = &simulation.clock(), .executor = &simulation});
        if (seed % 2 != 0) continue; // a drain joins with what there was
        early |= result.rows.empty();
        late |= not result.rows.empty();
        REQUIRE(result.rows.size() <= all.size());
        REQUIRE(std::equal(result.rows.begin(), result.rows.end(), all.begin()));
    }
    CHECK(early);
    CHECK(late);
}
