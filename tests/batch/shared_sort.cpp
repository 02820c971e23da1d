// SPDX-License-Identifier: BSL-1.0
#include <weir/batch/row_sorter.hpp>
#include <weir/batch/shared_radix.hpp>
#include <weir/batch/shared_sort.hpp>
#include <weir/testing/random.hpp>

#include "catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using weir::detail::RowSorter;
using weir::detail::SharedRadix;
using weir::detail::SharedSort;

struct Row {
    double key = 0;
    std::uint32_t place = 0;
};

/// Each step's pieces in any order.
template <typename Sort, typename Sorter>
void share(Sort&& sort, Sorter& all, std::size_t threads, weir::Random& random) {
    const std::size_t n = all.size();
    sort.begin(all, threads);
    if (sort.pieces() != 0) {
        do {
            std::vector<std::size_t> pieces(sort.pieces());
            std::iota(pieces.begin(), pieces.end(), std::size_t{0});
            for (std::size_t left = pieces.size(); left > 0; --left) {
                std::swap(pieces[random.below(left)], pieces[left - 1]);
                sort.work(pieces[left - 1]);
            }
            CHECK(sort.size() == n);
        } while (sort.end_step(all));
    }
    CHECK(sort.size() == 0);
}

/// Rows that came in parts of any size, sorted in pieces by so many threads, with or without merging.
template <typename Kept, typename Proj, typename Less>
std::vector<Kept> sorted(const std::vector<Kept>& rows, std::size_t threads, weir::Random& random, Proj by, Less less, bool merges = true) {
    using Sorter = RowSorter<Kept, Proj, Less>;
    Sorter all(by, less);
    all.block_bytes(random.one_in(3) ? 1 : random.between(1, 3000));
    for (std::size_t i = 0; i < rows.size();) {
        Sorter part(by, less);
        part.block_bytes(random.between(1, 3000));
        for (std::size_t n = random.below(rows.size() / 4 + 2); n > 0 && i < rows.size(); --n) part.add(rows[i++]);
        all.take(part);
        CHECK(part.size() == 0);
    }
    CHECK(all.size() == rows.size());
    if (merges) share(SharedSort<Sorter>(), all, threads, random);
    if constexpr (Sorter::by_key)
        if (not merges && all.size() > 0) share(SharedRadix<Sorter>(), all, threads, random);
    CHECK(all.size() == rows.size());
    std::vector<Kept> given;
    all.sort();
    while (true) {
        const auto piece = all.next();
        if (piece.empty()) return given;
        given.insert(given.end(), piece.begin(), piece.end());
    }
}

template <typename Proj, typename Less = std::less<>>
void agrees(Proj by, Less less = {}) {
    weir::Random random(5);
    for (const std::size_t n : {0U, 1U, 2U, 7U, 60U, 900U})
        for (std::size_t threads = 1; threads <= 9; ++threads) {
            std::vector<Row> rows;
            for (std::uint32_t i = 0; i < n; ++i) rows.push_back({threads == 4 ? i / 3 : static_cast<double>(random.below(n / 3 + 1)), i}); // in order, or not
            std::vector<std::uint32_t> places, without_merging, expected;
            for (const Row& row : sorted(rows, threads, random, by, less)) places.push_back(row.place);
            for (const Row& row : sorted(rows, threads, random, by, less, false)) without_merging.push_back(row.place);
            std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
                if (std::invoke(less, std::invoke(by, a), std::invoke(by, b))) return true;
                return a.place < b.place && not std::invoke(less, std::invoke(by, b), std::invoke(by, a));
            });
            for (const Row& row : rows) expected.push_back(row.place);
            CHECK(places == expected);
            CHECK(without_merging == expected);
        }
}

TEST_CASE("what several threads sort in pieces is what one sorts") {
    agrees(&Row::key);                                                                         // by digits
    agrees([](const Row& row) { return row.key; }, std::greater<>());                          // with the digits beside the row
    agrees([](const Row& row) { return "a text in common " + std::to_string(row.key); });      // by keys that are made
    agrees(&Row::key, [](double a, double b) { return static_cast<int>(a) / 3 < static_cast<int>(b) / 3; }); // by comparing
}

/// Plain memory that is not to be copied.
struct Ticket {
    explicit Ticket(int n) : number(n) {}
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = default;
    int number;
};
static_assert(std::is_trivially_copyable_v<Ticket> && not std::is_copy_constructible_v<Ticket>);

TEST_CASE("plain rows that can only be moved are sorted in pieces") {
    weir::Random random(3);
    const auto less = [](int a, int b) { return a < b; };
    using Sorter = RowSorter<Ticket, int Ticket::*, decltype(less)>;
    Sorter all(&Ticket::number, less);
    for (int i = 0; i < 300; ++i) {
        Sorter part(&Ticket::number, less);
        part.add(Ticket(i * 7 % 300));
        all.take(part);
    }
    share(SharedSort<Sorter>(), all, 3, random);
    all.sort();
    int next = 0;
    for (auto piece = all.next(); not piece.empty(); piece = all.next())
        for (const Ticket& ticket : piece) REQUIRE(ticket.number == next++);
    CHECK(next == 300);
}

TEST_CASE("texts are sorted in pieces by their bytes") {
    weir::Random random(6);
    std::vector<std::string> texts;
    for (int i = 0; i < 800; ++i) texts.push_back("12345678" + std::string(random.below(3), 'x') + std::to_string(random.below(300)));
    const auto itself = [](const std::string& text) -> const std::string& { return text; };
    std::vector<std::string> expected = texts;
    std::sort(expected.begin(), expected.end());
    for (const std::size_t threads : {1U, 2U, 5U}) CHECK(sorted(texts, threads, random, itself, std::less<>()) == expected);
    std::reverse(expected.begin(), expected.end());
    CHECK(sorted(texts, 3, random, itself, std::greater<>()) == expected);
}

TEST_CASE("an order that contradicts itself loses no row, and what is thrown while it is made leaves none behind") {
    weir::Random random(7);
    std::vector<std::string> texts;
    for (int i = 0; i < 500; ++i) texts.push_back("a text that has memory of its own " + std::to_string(i * 77 % 500));
    const auto itself = [](const std::string& text) -> const std::string& { return text; };
    for (const std::size_t threads : {2U, 3U, 8U}) {
        auto given = sorted(texts, threads, random, itself, [&random](const std::string&, const std::string&) { return random.one_in(2); });
        std::sort(given.begin(), given.end());
        std::vector<std::string> expected = texts;
        std::sort(expected.begin(), expected.end());
        CHECK(given == expected);
        for (std::size_t limit = 500; limit <= 3000; limit += 250)
            CHECK_THROWS_AS(sorted(texts, threads, random, itself, [left = std::make_shared<std::size_t>(limit)](const std::string& a, const std::string& b) {
                if (--*left == 0) throw std::runtime_error("no");
                return a < b;
            }), std::runtime_error);
    }
}

} // namespace
