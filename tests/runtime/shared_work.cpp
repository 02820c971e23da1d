// SPDX-License-Identifier: BSL-1.0
// Whole sets that workers gather and sort beside each other.
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
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

struct Row {
    std::int32_t key = 0;
    std::int32_t place = 0;
    friend bool operator==(const Row&, const Row&) = default;
};
struct Named {
    std::string name;
    std::int32_t place = 0;
    static constexpr auto fields() { return weir::fields("name", &Named::name, "place", &Named::place); }
};

/// Rows in batches, to be split where chance says: also in parts without any.
class Rows {
public:
    using event_type = Row;
    /// sizes: of the parts; empty: as chance says.
    Rows(std::vector<Row> all, std::uint64_t seed, std::vector<std::size_t> sizes = {}) : all_(std::move(all)), random_(seed), sizes_(std::move(sizes)) {}

    std::span<Row> next_batch() {
        const std::size_t n = std::min(all_.size() - at_, static_cast<std::size_t>(random_.between(1, 50)));
        at_ += n;
        return std::span(all_).subspan(at_ - n, n);
    }
    std::vector<Rows> split(std::size_t n) && {
        std::vector<std::size_t> cuts{0, all_.size()};
        for (std::size_t i = 1, at = 0; i < n; ++i)
            cuts.push_back(sizes_.empty() ? static_cast<std::size_t>(random_.below(all_.size() + 1)) : std::min(all_.size(), at += sizes_[i % sizes_.size()]));
        std::sort(cuts.begin(), cuts.end());
        std::vector<Rows> parts;
        for (std::size_t i = 0; i < n; ++i) {
            const auto begin = all_.begin();
            parts.emplace_back(std::vector(begin + static_cast<std::ptrdiff_t>(cuts[i]), begin + static_cast<std::ptrdiff_t>(cuts[i + 1])), i);
        }
        return parts;
    }

private:
    std::vector<Row> all_;
    weir::Random random_;
    std::vector<std::size_t> sizes_;
    std::size_t at_ = 0;
};

std::vector<Row> some_rows(std::size_t n, std::uint64_t seed) {
    weir::Random random(seed);
    std::vector<Row> rows;
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(n); ++i) rows.push_back({static_cast<std::int32_t>(random.below(n / 3 + 1)), i});
    return rows;
}

struct Unsavable {
    std::string text;
    std::int32_t place = 0;
};
std::int32_t place_of(const Unsavable& row) { return row.place; }
std::int32_t place_of(const Row& row) { return row.place; }
std::int32_t place_of(const Named& row) { return row.place; }
std::int32_t place_of(const std::string& row) { return std::stoi(row.substr(row.rfind(' ') + 1)); }

struct Result {
    std::vector<std::int32_t> places;
    weir::Report report;
    std::string error;
};

template <typename Chain>
Result run(const std::vector<Row>& rows, const Chain& chain, const weir::RunOptions& options, std::uint64_t seed) {
    Result result;
    try {
        result.report = weir::run(weir::from(Rows(rows, seed)) | chain | weir::for_each([&](const auto& row) { result.places.push_back(place_of(row)); }), options);
    } catch (const std::exception& e) {
        result.error = e.what();
    }
    return result;
}

/// The same rows and counts from any number of workers, on threads and in simulated orders, with any memory.
template <typename Chain>
void check(const Chain& chain, bool counts = true, bool spills = true) {
    for (const std::size_t n : {0U, 900U}) {
        const std::uint64_t seed = n + 1;
        const std::vector<Row> rows = some_rows(n, seed);
        const Result truth = run(rows, chain, {}, seed);
        for (const std::size_t workers : {2U, 5U})
            for (const std::size_t memory : {0U, 60'000U, 7'000U, 1U})
                for (const bool simulated : simulated_or_not()) {
                    if (memory == 1 && not simulated) continue; // a file for each row, nearly
                    weir::Simulation simulation(seed * 100 + workers);
                    const weir::RunOptions options{.workers = workers, .memory = memory, .clock = simulated ? &simulation.clock() : nullptr, .executor = simulated ? &simulation : nullptr};
                    const Result result = run(rows, chain, options, seed * 10 + workers);
                    CAPTURE(n, workers, memory, simulated);
                    REQUIRE(result.places == truth.places);
                    REQUIRE(result.error == truth.error);
                    if (counts && memory == 0 && truth.error.empty()) REQUIRE(result.report == truth.report);
                    if (spills && memory == 1 && truth.error.empty() && not rows.empty() && result.report.find("sort_by#1") != nullptr) REQUIRE(result.report.at("sort_by#1").spilled > 0);
                }
    }
}

TEST_CASE("workers: what is sorted is the same, stable, in memory and on disk", "[threads]") {
    check(weir::filter([](const Row& row) { return row.place % 7 != 0; }) | weir::sort_by(&Row::key));
    const std::vector<std::string> texts{"a text, and so on, zz ", "text ", "another, and so on, aa "};
    check(weir::named("names", weir::map([texts](const Row& row) { return Named{texts[static_cast<std::size_t>(row.key % 3)] + std::to_string(row.key), row.place}; }) | weir::sort_by(&Named::name)) |
          weir::take(300), false);
    const auto line = weir::map([texts](const Row& row) { return texts[static_cast<std::size_t>(row.key % 3)] + std::to_string(row.key) + ' ' + std::to_string(row.place); });
    check(line | weir::sort_by([](const std::string& text) { return std::string_view(text).substr(0, text.rfind(' ')); }));
    check(line | weir::sort_by([](const std::string& text) { return text.size(); }));
}

TEST_CASE("workers: the first of an order are the same", "[threads]") {
    for (const std::size_t n : {0U, 1U, 20U, 2000U}) check(weir::top_n(n, &Row::key));
}

TEST_CASE("workers: an error comes behind the rows before it, or from sorting", "[threads]") {
    for (const int bad : {500, 77, -1}) // these rows cannot be written, so they stay in memory
        check(weir::map([bad](const Row& row) {
                  if (row.place == bad && bad == 500) throw std::runtime_error("place 500");
                  return Unsavable{std::to_string(row.key), row.place};
              }) | weir::sort_by([bad](const Unsavable& row) {
                  if (row.text == "77" && bad == 77) throw std::runtime_error("key 77");
                  return row.text + "!";
              }), true, false);
}

TEST_CASE("workers: after a stop nothing is sorted, and all count as held; a drain gives all that was read") {
    std::size_t stopped = 0, drained = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed)
        for (const bool drains : {false, true}) {
            std::vector<Row> rows = some_rows(1500, seed), sorted;
            weir::Simulation simulation(seed);
            simulation.inject(6 * seed, {drains ? weir::Control::Kind::drain : weir::Control::Kind::stop});
            const weir::Report report = weir::run(weir::from(Rows(rows, seed)) | weir::sort_by(&Row::key) | weir::collect_into(sorted),
                                                  {.workers = 3, .memory = seed % 3 == 0 ? 0U : 9000U, .clock = &simulation.clock(), .executor = &simulation});
            const auto& row = report.at("sort_by#1");
            REQUIRE(row.in == sorted.size() + row.held);
            if (drains) REQUIRE(row.held == 0);
            rows.resize(row.in); // the parts that were begun are all before the others
            std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key != b.key ? a.key < b.key : a.place < b.place; });
            if (row.held == 0) REQUIRE(sorted == rows);
            stopped += row.held != 0 ? 1 : 0;
            drained += drains && row.in != 1500 ? 1 : 0;
        }
    CHECK(stopped > 20);
    CHECK(drained > 20);
}

TEST_CASE("workers: a drain while something is sorted keeps the order of equals") {
    std::vector<std::size_t> sizes(24, 15);
    sizes.insert(sizes.end(), 2, 60);
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        std::vector<Row> rows = some_rows(4000, seed), sorted;
        for (Row& row : rows) row.key %= 5;
        weir::Simulation simulation(seed);
        simulation.inject(20 + 3 * seed, {weir::Control::Kind::drain});
        const weir::Report report = weir::run(weir::from(Rows(rows, seed, sizes)) | weir::sort_by(&Row::key) | weir::collect_into(sorted),
                                              {.workers = 3, .memory = 9000, .clock = &simulation.clock(), .executor = &simulation});
        rows.resize(report.at("sort_by#1").in);
        std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
        REQUIRE(sorted == rows);
    }
}

TEST_CASE("workers: what an order that throws has left is not looked at again", "[threads]") {
    for (const int bad : {300, 900, 2000}) {
        const auto calls = std::make_shared<std::atomic<int>>(0);
        const auto less = [calls, bad](std::int32_t a, std::int32_t b) {
            if (++*calls == bad) throw std::runtime_error("less");
            return a < b;
        };
        CHECK_THROWS_WITH(weir::run(weir::from(Rows(some_rows(3000, 1), 1)) | weir::map([](const Row& row) { return std::make_unique<Row>(row); })
                                    | weir::top_n(10, [](const auto& row) { return row->key; }, less) | weir::for_each([](const auto&) {}), {.workers = 3}),
                          "less");
    }
}

TEST_CASE("workers: where the runs of a part cannot be merged its rows have not come, and all that came is held") {
    int calls = 0, bad = 0;
    const auto text = [&calls, &bad](const Named& row) -> const std::string& {
        if (++calls == bad) throw std::runtime_error("text");
        return row.name;
    };
    int merging = 0;
    for (bad = 1; bad < 6000; bad += 37) {
        calls = 0;
        auto stepper = weir::stepper(weir::from(Rows(some_rows(1000, 1), 1)) | weir::map([](const Row& row) { return Named{std::to_string(row.key), row.place}; })
                                     | weir::sort_by(text) | weir::for_each([](const Named&) {}), {.workers = 2, .memory = 7'000});
        try {
            while (stepper.step() != weir::Progress::ended) {}
        } catch (const std::runtime_error&) {
            const weir::Report report = stepper.report();
            const weir::OperatorReport& row = report.at("sort_by#1");
            CAPTURE(bad);
            CHECK(row.in == row.held);
            merging += row.spilled > 0 ? 1 : 0;
        }
    }
    CHECK(merging > 20);
}

TEST_CASE("workers: a disk that fails is an error of the job, and nothing is left behind", "[threads]") {
    const files_test::TempDirectory directory;
    for (const bool writes : {true, false})
        for (const std::size_t workers : {2U, 4U}) {
            files_test::FaultyFiles files;
            (writes ? files.fails_at : files.fails_to_read_at) = 3000;
            std::vector<Row> sorted;
            try {
                weir::run(weir::from(Rows(some_rows(5000, 1), 1)) | weir::sort_by(&Row::key) | weir::collect_into(sorted),
                          {.workers = workers, .memory = 40'000, .scratch = directory.path(), .files = &files});
                FAIL("it must throw");
            } catch (const weir::FileError& error) {
                CHECK(error.code() == (writes ? std::errc::no_space_on_device : std::errc::io_error));
            }
            CHECK(sorted.empty());
            CHECK(directory.names().empty());
        }
}

} // namespace
