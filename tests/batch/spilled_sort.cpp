// SPDX-License-Identifier: BSL-1.0
// sort_by beyond its memory: the same result, by way of the disk.
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using files_test::FaultyFiles;
using files_test::TempDirectory;

struct Numbered {
    std::uint32_t key = 0;
    std::uint32_t place = 0;
    friend bool operator==(const Numbered&, const Numbered&) = default;
};
struct Named {
    std::string name;
    std::uint32_t place = 0;
    static constexpr auto fields() { return weir::fields("name", &Named::name, "place", &Named::place); }
    friend bool operator==(const Named&, const Named&) = default;
};

std::vector<Numbered> numbered(std::size_t n) {
    weir::Random random(n + 1);
    std::vector<Numbered> rows;
    for (std::uint32_t i = 0; i < n; ++i) rows.push_back({static_cast<std::uint32_t>(random.below(n / 3 + 1)), i});
    return rows;
}
std::vector<Named> named(std::size_t n) {
    weir::Random random(n + 1);
    std::vector<Named> rows;
    for (std::uint32_t i = 0; i < n; ++i) {
        std::string name = random.one_in(4) ? std::string(random.below(90), 'a') : "a name in common " + std::to_string(random.below(n / 3 + 1));
        if (random.one_in(9)) name += '\0';
        rows.push_back({std::move(name), i});
    }
    return rows;
}

/// Sorted in memory and with less and less of it; the bytes that were spilled with the least.
template <typename Row, typename By, typename Less = std::less<>>
std::uint64_t agree(const std::vector<Row>& rows, By by, Less less = {}) {
    std::vector<Row> expected = rows;
    std::sort(expected.begin(), expected.end(), [&](const Row& a, const Row& b) {
        if (std::invoke(less, std::invoke(by, a), std::invoke(by, b))) return true;
        return a.place < b.place && not std::invoke(less, std::invoke(by, b), std::invoke(by, a));
    });
    std::uint64_t spilled = 0;
    for (const std::size_t memory : {std::size_t{1} << 30U, std::size_t{100'000}, std::size_t{7000}, std::size_t{1}}) {
        std::vector<Row> sorted;
        const weir::Report report = weir::run(weir::from(rows) | weir::sort_by(by, less) | weir::collect_into(sorted), {.memory = memory});
        CHECK(sorted == expected);
        if (memory == std::size_t{1} << 30U) CHECK(report.at("sort_by#1").spilled == 0);
        spilled = report.at("sort_by#1").spilled;
    }
    return spilled;
}

TEST_CASE("a set larger than the memory is sorted by way of the disk, equal ones in their order") {
    const auto numbers = numbered(900);
    const std::uint64_t all = numbers.size() * sizeof(Numbered);
    CHECK(agree(numbers, &Numbered::key) > 4 * all); // a run of each row, merged in several passes
    CHECK(agree(numbers, [](const Numbered& row) { return row.key; }, std::greater<>()) > 4 * all);
    CHECK(agree(numbers, [](const Numbered& row) { return std::pair(row.key % 3, row.key); }) > 4 * all);
    CHECK(agree(numbers, &Numbered::key, [](std::uint32_t a, std::uint32_t b) { return a / 7 < b / 7; }) > 4 * all);
    CHECK(agree(std::vector<Numbered>{}, &Numbered::key) == 0);
}

TEST_CASE("texts are sorted by their bytes, in memory and on disk") {
    const auto names = named(600);
    CHECK(agree(names, &Named::name) > 0);
    CHECK(agree(names, &Named::name, std::greater<>()) > 0);
    CHECK(agree(names, [](const Named& row) { return row.name + 'x'; }) > 0);
}

TEST_CASE("lines are sorted by all of them, a part, a number or a text elsewhere, equal ones in their order") {
    weir::Random random(5);
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < 700; ++i) {
        std::string line = std::string(random.below(4), 'b') + std::to_string(random.below(90)) + std::string(random.below(30), random.one_in(3) ? '\0' : '\xff');
        lines.push_back(random.one_in(20) ? std::string() : line + ' ' + std::to_string(i));
        if (random.one_in(99)) lines.back() += std::string(9000, 'c');
    }
    const std::array<std::string, 3> elsewhere{"a text that all of these begin with, b", "a text that all of these begin with", "a text that all of these begin with, a"};
    const auto agree_on = [&lines](const auto& by, auto less) {
        std::vector<std::size_t> order(lines.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return less(by(lines[a]), by(lines[b])) || (a < b && not less(by(lines[b]), by(lines[a])));
        });
        for (const std::size_t memory : {std::size_t{1} << 30U, std::size_t{60'000}, std::size_t{7000}, std::size_t{1}}) {
            std::vector<std::string> sorted;
            const weir::Report report = weir::run(weir::from(lines) | weir::map([](const std::string& line) { return std::string_view(line); }) | weir::sort_by(by, less) |
                                                      weir::stage({.capacity = 3}) | weir::collect_into(sorted), {.memory = memory});
            CHECK(std::equal(sorted.begin(), sorted.end(), order.begin(), order.end(), [&lines](const std::string& line, std::size_t i) { return line == lines[i]; }));
            CHECK((report.at("sort_by#1").spilled > 0) == (memory <= 60'000));
        }
    };
    using TextOf = std::function<std::string_view(const std::string&)>;
    const TextOf keys[] = {
        [](const std::string& line) { return std::string_view(line); },
        [](std::string_view line) { return line.substr(0, line.find(' ')); },
        [](std::string_view line) { return line.substr(line.size() / 2); },
        [&elsewhere](std::string_view line) { return std::string_view(elsewhere[line.size() % 3]); },
        [&elsewhere](std::string_view line) { return line.size() % 5 == 0 ? std::string_view(elsewhere[line.size() % 3]) : line; },
    };
    for (const TextOf& key : keys) {
        agree_on(key, std::less<>());
        agree_on(key, std::greater<>());
    }
    agree_on([](const std::string& line) { return line.size() % 17; }, std::greater<>());
}

TEST_CASE("runs of any length are sorted, and keys may point into their rows") {
    const auto numbers = numbered(3000);
    auto names = named(600);
    for (Named& row : names) row.name.resize(row.name.size() % 16); // within the rows
    for (const std::size_t memory : {2'000U, 4'096U, 8'000U, 30'000U, 65'536U}) {
        const auto sorts = [memory](const auto& rows, auto by, auto is_before) {
            std::vector<std::remove_cvref_t<decltype(rows[0])>> sorted, expected = rows;
            std::sort(expected.begin(), expected.end(), is_before);
            weir::run(weir::from(rows) | weir::sort_by(by) | weir::collect_into(sorted), {.memory = memory});
            return sorted == expected;
        };
        CHECK(sorts(numbers, [](const Numbered& row) { return row.key; }, [](const Numbered& a, const Numbered& b) { return std::pair(a.key, a.place) < std::pair(b.key, b.place); }));
        CHECK(sorts(numbers, &Numbered::key, [](const Numbered& a, const Numbered& b) { return std::pair(a.key, a.place) < std::pair(b.key, b.place); }));
        CHECK(sorts(names, [](const Named& row) { return std::pair(std::string_view(row.name), row.place % 7); },
                    [](const Named& a, const Named& b) { return std::tuple(a.name, a.place % 7, a.place) < std::tuple(b.name, b.place % 7, b.place); }));
    }
}

TEST_CASE("a sorted set on disk waits where the next task has no room, and take ends it") {
    std::vector<int> values, expected;
    for (int i = 0; i < 9000; ++i) expected.push_back(i);
    values.assign(expected.rbegin(), expected.rend());
    const auto by = [](int x) { return x; };
    std::vector<int> sorted, first;
    weir::run(weir::from(values) | weir::sort_by(by) | weir::stage({.capacity = 3}) | weir::collect_into(sorted), {.memory = 9000});
    CHECK(sorted == expected);
    weir::run(weir::from(values) | weir::sort_by(by) | weir::take(3000) | weir::collect_into(first), {.memory = 9000});
    CHECK(first == std::vector<int>(expected.begin(), expected.begin() + 3000));
}

TEST_CASE("a disk that fails is an error of the job, and leaves nothing behind") {
    const TempDirectory directory;
    const auto rows = numbered(5000);
    for (const bool writes : {true, false}) {
        FaultyFiles files;
        (writes ? files.fails_at : files.fails_to_read_at) = 3000;
        std::vector<Numbered> sorted;
        const weir::RunOptions options{.memory = 20'000, .scratch = directory.path(), .files = &files};
        try {
            weir::run(weir::from(rows) | weir::sort_by(&Numbered::key) | weir::collect_into(sorted), options);
            FAIL("it must throw");
        } catch (const weir::FileError& error) {
            CHECK(error.path() == directory.path());
            CHECK(error.code() == (writes ? std::errc::no_space_on_device : std::errc::io_error));
        }
        CHECK(sorted.empty());
        CHECK(directory.names().empty());
    }
    std::vector<Numbered> sorted;
    CHECK_THROWS_AS(weir::run(weir::from(rows) | weir::sort_by(&Numbered::key) | weir::collect_into(sorted), {.memory = 9, .scratch = "/no/such/directory"}), weir::FileError);
    weir::run(weir::from(rows) | weir::sort_by(&Numbered::key) | weir::collect_into(sorted), {.memory = 20'000, .scratch = directory.path()});
    CHECK(sorted.size() == rows.size());
    CHECK(directory.names().empty());
}

TEST_CASE("rows that cannot be written stay in memory") {
    std::vector<std::unique_ptr<int>> pointers, sorted;
    for (int i = 100; i > 0; --i) pointers.push_back(std::make_unique<int>(i));
    const weir::Report report = weir::run(
        weir::from(std::move(pointers)) | weir::sort_by([](const std::unique_ptr<int>& p) { return *p; }) | weir::collect_into(sorted), {.memory = 1});
    CHECK(*sorted.front() == 1);
    CHECK(sorted.size() == 100);
    CHECK(report.at("sort_by#1").spilled == 0);
}

} // namespace
