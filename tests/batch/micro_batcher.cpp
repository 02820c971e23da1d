// SPDX-License-Identifier: BSL-1.0
#include <weir/batch/micro_batcher.hpp>

#include "catch.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using weir::MicroBatcher;
using weir::Timestamp;

namespace {

std::vector<int> all(std::span<int> batch) { return {batch.begin(), batch.end()}; }

TEST_CASE("a micro-batcher gives a batch with the item that completes it, and the rest at a flush") {
    MicroBatcher<int> batcher{3};
    std::vector<std::vector<int>> batches;
    for (int i = 1; i <= 7; ++i)
        if (auto batch = batcher.push(i)) batches.push_back(all(*batch));
    CHECK(batcher.size() == 1);
    if (auto rest = batcher.flush()) batches.push_back(all(*rest));
    CHECK(batches == std::vector<std::vector<int>>{{1, 2, 3}, {4, 5, 6}, {7}});
    CHECK(batcher.empty());
    CHECK_FALSE(batcher.flush().has_value());
}

TEST_CASE("batches of one item are given at once") {
    MicroBatcher<int> batcher{1};
    CHECK(all(*batcher.push(1)) == std::vector{1});
    CHECK(all(*batcher.push(2)) == std::vector{2});
    CHECK_FALSE(batcher.flush().has_value());
}

TEST_CASE("the items of a batch are its owner's: they may be changed and moved from") {
    MicroBatcher<std::unique_ptr<int>> batcher{2};
    batcher.push(std::make_unique<int>(1));
    auto batch = batcher.push(std::make_unique<int>(2));
    REQUIRE(batch);
    const std::unique_ptr<int> taken = std::move((*batch)[1]);
    CHECK(*taken == 2);
    batcher.push(std::make_unique<int>(3));
    CHECK(batcher.size() == 1);
}

TEST_CASE("a span of bool is a span of bool") {
    MicroBatcher<bool> batcher{2};
    batcher.push(true);
    auto batch = batcher.push(false);
    REQUIRE(batch);
    const std::span<bool> bools = *batch;
    CHECK(bools[0]);
    CHECK_FALSE(bools[1]);
}

TEST_CASE("a batch uses the memory of those before it") {
    MicroBatcher<std::string> batcher{100};
    const std::string* first = nullptr;
    for (int round = 0; round < 5; ++round)
        for (int i = 0; i < 100; ++i)
            if (auto batch = batcher.push("item")) {
                if (round == 1) first = batch->data();
                if (round > 1) CHECK(batch->data() == first);
            }
    CHECK(first != nullptr);
}

TEST_CASE("max_bytes cuts batches of empty items, too: each counts as a byte") {
    MicroBatcher<std::string> batcher{{.max_bytes = 3}};
    CHECK_FALSE(batcher.push(""));
    CHECK_FALSE(batcher.push(""));
    CHECK(batcher.push("").value().size() == 3);
}

TEST_CASE("max_bytes ends a batch behind the item that reaches it") {
    MicroBatcher<std::string> batcher{{.max_bytes = 10}};
    CHECK_FALSE(batcher.push("12345").has_value());
    CHECK_FALSE(batcher.push("6789").has_value());
    CHECK(batcher.push("0")->size() == 3);
    CHECK(batcher.push("more than ten").value().size() == 1);
    MicroBatcher<std::string> both{{.max_items = 2, .max_bytes = 10}};
    CHECK_FALSE(both.push("a").has_value());
    CHECK(both.push("b")->size() == 2);
}

TEST_CASE("linger: the batch at hand is given once its first item is that old") {
    MicroBatcher<int> batcher{{.max_items = 10, .linger = 5ms}};
    const Timestamp start{1s};
    CHECK(batcher.deadline() == weir::max_time);
    CHECK_FALSE(batcher.push(1, start).has_value());
    CHECK_FALSE(batcher.push(2, start + 4ms).has_value());
    CHECK(batcher.deadline() == start + 5ms);
    CHECK_FALSE(batcher.poll(start + 4ms).has_value());
    CHECK(all(*batcher.poll(start + 5ms)) == std::vector{1, 2});
    CHECK(batcher.deadline() == weir::max_time);
    CHECK_FALSE(batcher.poll(start + 50ms).has_value());
    batcher.push(3, start + 60ms);
    CHECK(all(*batcher.push(4, start + 65ms)) == std::vector{3, 4});
}

TEST_CASE("linger needs the time, and says so") {
    MicroBatcher<int> batcher{{.max_items = 10, .linger = 5ms}};
    CHECK_THROWS_AS(batcher.push(1), std::logic_error);
}

TEST_CASE("limits with which no batch would ever be cut, or hold anything, are refused") {
    CHECK_THROWS_AS(MicroBatcher<int>{0}, std::invalid_argument);
    CHECK_THROWS_AS(MicroBatcher<int>{weir::MicroBatchOptions{}}, std::invalid_argument);
    CHECK_THROWS_AS((MicroBatcher<int>{{.max_items = 1, .linger = -1ms}}), std::invalid_argument);
    CHECK_THROWS_AS((MicroBatcher<int>{{.max_bytes = 0}}), std::invalid_argument);
}

} // namespace
