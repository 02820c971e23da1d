// SPDX-License-Identifier: BSL-1.0
// sort_by, groups, joins and windows of workers take no more memory than it may, as counted where all of it comes from.
#include <weir/memory_bound.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "memory/given.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using memory_test::counts;
using memory_test::live;
using memory_test::peak;

namespace {

struct Numbered {
    std::uint64_t key = 0;
    std::uint64_t value = 0;
};
struct Named {
    std::string name;
    std::uint64_t key = 0;
    static constexpr auto fields() { return weir::fields("name", &Named::name, "key", &Named::key); }
};

/// Most memory while n rows are sorted, of which none is there before.
template <typename Make, typename By>
std::size_t most_memory(std::uint64_t n, std::size_t memory, Make make, By by) {
    std::uint64_t i = 0, seen = 0;
    const std::size_t before = peak = live.load();
    weir::run(weir::from(weir::generate([&] { return make(weir::stable_hash(++i)); })) | weir::take(n) | weir::sort_by(by) |
                  weir::for_each([&seen](const auto&) { ++seen; }),
              {.memory = memory});
    CHECK(seen == n);
    return peak - before;
}

/// Lines of a file, all different, of which several workers make one result each.
template <typename Chain>
std::size_t most_memory_of_workers(std::size_t workers, std::size_t memory, const Chain& chain) {
    const files_test::TempDirectory directory;
    std::string text;
    for (std::uint64_t i = 0; i < 40'000; ++i) text += std::to_string(weir::stable_hash(i)) + std::string(i % 100, 'x') + '\n';
    const std::string path = directory.file("lines", text);
    text = {};
    std::uint64_t seen = 0;
    const std::size_t before = peak = live.load();
    weir::run(weir::from_lines(path, {.block = 4096}) | chain | weir::for_each([&seen](const auto&) { ++seen; }), {.workers = workers, .memory = memory});
    CHECK(seen == 40'000);
    return peak - before;
}

TEST_CASE("what is sorted by way of the disk takes the memory that it may, and a fifth more at most") {
    constexpr std::size_t memory = std::size_t{1} << 20U;
    const auto numbered = [](std::uint64_t x) { return Numbered{x, x}; };
    const auto named = [](std::uint64_t x) { return Named{std::string(20 + x % 150, 'x'), x}; };
    const auto is_bound = [](std::size_t most) { return not counts || (most > memory / 4 && most < memory / 5 * 6); };
    CHECK(is_bound(most_memory(250'000, memory, numbered, &Numbered::key)));
    CHECK(is_bound(most_memory(100'000, memory, numbered, [](const Numbered& row) { return row.key; })));
    CHECK(is_bound(most_memory(70'000, memory, numbered, [](const Numbered& row) { return std::pair(row.key, row.value); })));
    CHECK(is_bound(most_memory(25'000, memory, named, &Named::name)));
    CHECK(is_bound(most_memory(15'000, memory, named, [](const Named& row) { return row.name + '!'; })));
    const auto all = [](const std::string& line) -> const std::string& { return line; };
    // each longer than all before it, and than what is taken at a time
    const std::size_t most = most_memory(700, 4 * memory, [n = 300'000](std::uint64_t x) mutable { return std::to_string(x) + std::string(static_cast<std::size_t>(n += 500), 'x'); }, all);
    CAPTURE(most);
    CHECK((not counts || most < 8 * memory)); // by a few lines more than there may be
    for (const std::size_t workers : {2U, 4U}) CHECK(is_bound(most_memory_of_workers(workers, memory, weir::sort_by(all))));
}

TEST_CASE("so do the groups of workers, and of one thread") {
    constexpr std::size_t memory = std::size_t{1} << 20U;
    for (const std::size_t workers : {1U, 2U, 4U, 8U}) {
        const std::size_t most = most_memory_of_workers(workers, memory, weir::map([](std::string_view line) { return std::string(line); }) |
                                                                             weir::key_by([](const std::string& line) { return line; }) | weir::aggregate(weir::count()));
        CAPTURE(workers, most);
        CHECK((not counts || (most > memory / 8 && most < memory / 5 * 6)));
    }
}

/// Names of rows, in order, from a to b, as batches that are split: in as many parts as one wants.
struct Names {
    using event_type = Named;
    std::uint64_t from = 0, to = 0, keys = 1;
    std::size_t parts = 0;
    std::vector<Named> batch{};
    std::span<Named> next_batch() {
        batch.clear();
        for (; batch.size() < 64 && from != to; ++from) batch.push_back({"key number " + std::to_string(weir::stable_hash(from) % keys), from});
        return batch;
    }
    std::vector<Names> split(std::size_t n) && {
        std::vector<Names> all;
        std::uint64_t at = from;
        for (n = parts != 0 ? parts : n; n > 0; --n) {
            const std::uint64_t next = at + (to - at) / n;
            all.push_back({at, next, keys, 0, {}});
            at = next;
        }
        return all;
    }
};

TEST_CASE("so do joins, of workers and of one thread, also where a row has many partners") {
    constexpr std::size_t memory = std::size_t{1} << 20U;
    const auto number = [](const Named* left, const Named* right) { return (left ? left->name : right->name) + '!'; };
    for (const auto& [left, right, many] :
         {std::tuple(5000U, 40'000U, 30'000U), std::tuple(100U, 20'000U, 10U), std::tuple(300U, 3000U, 30U)}) { // the last: not by way of files
        for (const std::size_t workers : {1U, 8U}) {
            std::uint64_t seen = 0;
            const auto side = [keys = many](std::uint64_t n) { return weir::from(Names{0, n, keys, 0, {}}) | weir::key_by(&Named::name); };
            const std::size_t before = peak = live.load();
            weir::run(weir::hash_join<weir::JoinType::full>(side(left), side(right), number) | weir::for_each([&seen](const auto&) { ++seen; }),
                      {.workers = workers, .memory = memory});
            const std::size_t most = peak - before;
            CAPTURE(workers, left, right, seen, most);
            CHECK(seen >= right);
            CHECK((not counts || (most > memory / 8 && most < memory / 5 * 6)));
        }
    }
}

TEST_CASE("so do windows that workers gather, though each has a large part of the stream") {
    constexpr std::size_t memory = std::size_t{1} << 20U;
    std::uint64_t truth = 0;
    for (const std::size_t workers : {1U, 2U, 8U}) {
        std::uint64_t sum = 0;
        const auto at = [](const Named& row) { return weir::Timestamp(std::chrono::milliseconds(row.key)); };
        const std::size_t before = peak = live.load();
        weir::run(weir::from(Names{0, 50'000, 50'000, 5, {}}) | weir::event_time(at) | weir::key_by(&Named::name) | weir::window(weir::tumbling(std::chrono::seconds(1))) |
                      weir::aggregate(weir::collect(&Named::key)) | weir::for_each([&sum](const auto& row) { sum = sum * 31 + row.value.front(); }),
                  {.workers = workers, .memory = memory});
        const std::size_t most = peak - before;
        if (workers == 1) truth = sum;
        CAPTURE(workers, most);
        CHECK(sum == truth);
        CHECK((not counts || most < memory / 5 * 6));
    }
}

/// What a job of many events of as many keys takes, of what memory_bound says.
template <typename Chain>
double share_of_bound(const Chain& chain) {
    std::uint64_t i = 0;
    const auto job = weir::from(weir::generate([&i] { return ++i, Numbered{weir::stable_hash(i), i}; })) | weir::take(30'000) | chain | weir::for_each([](const auto&) {});
    const weir::MemoryBound bound = weir::memory_bound(job);
    REQUIRE(bound.bounded);
    const std::size_t before = peak = live.load();
    weir::run(job);
    return static_cast<double>(peak - before) / static_cast<double>(bound.bytes);
}

TEST_CASE("what memory_bound says is enough, and not much more than that") {
    const auto fits = [](double share) { return not counts || (share > 0.25 && share < 1.02); }; // with the task itself
    const weir::KeyedOptions keys{.max_keys = 5000, .at_max = weir::AtMaxKeys::evict};
    const auto keyed = weir::key_by(&Numbered::key);
    const auto sum = [](std::uint64_t so_far, const Numbered& row) { return so_far + row.value; };
    CHECK(fits(share_of_bound(weir::stage(10'000))));
    CHECK(fits(share_of_bound(weir::stage({.capacity = 8192, .overflow = weir::Overflow::drop_oldest}))));
    CHECK(fits(share_of_bound(weir::micro_batch(9000))));
    CHECK(fits(share_of_bound(weir::top_n(9000, &Numbered::key))));
    CHECK(fits(share_of_bound(keyed | weir::scan(std::uint64_t{0}, sum, keys))));
    CHECK(fits(share_of_bound(keyed | weir::deduplicate(keys))));
    CHECK(fits(share_of_bound(keyed | weir::aggregate(weir::sum(&Numbered::value), keys))));
}

} // namespace
