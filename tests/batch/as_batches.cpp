// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include "catch.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

using weir::Event;
using weir::Timestamp;

namespace {

using Ints = std::vector<int>;

/// Gives 1, then 2 3, then 4 5 6 ... in one buffer of its own.
template <typename T>
struct Triangle {
    using event_type = T;
    int blocks = 4;
    int given = 0;
    int last = 0;
    std::vector<T> buffer{};

    std::span<T> next_batch() {
        if (given == blocks) return {};
        ++given;
        buffer.clear();
        for (int i = 0; i < given; ++i) {
            ++last;
            if constexpr (weir::is_timed<T>) buffer.push_back({last, Timestamp{std::chrono::seconds(100 - last)}});
            else buffer.push_back(last);
        }
        return buffer;
    }
    [[nodiscard]] int position() const { return given; }
    void seek(int block) {
        last = block * (block + 1) / 2;
        given = block;
    }
};

TEST_CASE("as_batches gives the cuts of the source, without a copy") {
    Triangle<int> source;
    std::vector<Ints> blocks;
    const int* where = nullptr;
    bool copied = false;
    weir::run(weir::from(source) | weir::as_batches() | weir::process([&](std::span<int> block) {
                  where = source.buffer.data();
                  copied |= block.data() != where;
                  blocks.emplace_back(block.begin(), block.end());
              }));
    CHECK(blocks == std::vector<Ints>{{1}, {2, 3}, {4, 5, 6}, {7, 8, 9, 10}});
    CHECK_FALSE(copied);
}

TEST_CASE("as_batches may begin a stored chain, named or not, and the source may be owned") {
    int blocks = 0;
    const auto chain = weir::as_batches() | weir::for_each([&](std::span<int>) { ++blocks; });
    weir::run(weir::from(Triangle<int>{}) | chain);
    weir::run(weir::from(Triangle<int>{}) | weir::named("blocks", chain));
    CHECK(blocks == 8);
    weir::run(weir::from(Triangle<int>{}) | weir::as_batches() | weir::map([](std::span<int> block) { return block.size(); }) |
              weir::for_each([&](std::size_t n) { blocks += static_cast<int>(n); }));
    CHECK(blocks == 18);
}

TEST_CASE("a batch of timed events has the time of the latest, and unbatch gives the events as they were") {
    std::vector<Timestamp> times;
    std::vector<Event<int>> events;
    weir::run(weir::from(Triangle<Event<int>>{2}) | weir::as_batches() |
              weir::tap([&](const Event<weir::Batch<Event<int>>>& batch) { times.push_back(batch.time); }) | weir::unbatch() |
              weir::collect_into(events));
    CHECK(times == std::vector{Timestamp{std::chrono::seconds(99)}, Timestamp{std::chrono::seconds(98)}});
    CHECK(events == std::vector<Event<int>>{{1, times[0]}, {2, times[1]}, {3, Timestamp{std::chrono::seconds(97)}}});
}

TEST_CASE("batches that cross a stage are owned") {
    Triangle<int> source;
    std::vector<Ints> blocks;
    weir::run(weir::from(source) | weir::as_batches() | weir::stage({.capacity = 2}) |
              weir::process([&](std::span<int> block) { blocks.emplace_back(block.begin(), block.end()); }));
    CHECK(blocks == std::vector<Ints>{{1}, {2, 3}, {4, 5, 6}, {7, 8, 9, 10}});
}

TEST_CASE("each block is one event in the report") {
    const weir::Report report = weir::run(weir::from(Triangle<int>{}) | weir::as_batches() | weir::unbatch() | weir::for_each([](int) {}));
    CHECK(report.operators.size() == 2);
    CHECK(report.at("unbatch#1").in == 4);
    CHECK(report.at("unbatch#1").out == 10);
}

} // namespace
