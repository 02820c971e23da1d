// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include "catch.hpp"

#include <array>
#include <chrono>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

using weir::Event;
using weir::Timestamp;

namespace {

using Ints = std::vector<int>;

template <typename R>
Ints taken_apart(R ranges) {
    Ints out;
    weir::run(weir::from(std::move(ranges)) | weir::unbatch() | weir::collect_into(out));
    return out;
}

TEST_CASE("unbatch takes any range apart, in order") {
    CHECK(taken_apart(std::vector<Ints>{{1, 2}, {}, {3}}) == Ints{1, 2, 3});
    CHECK(taken_apart(std::vector<std::list<int>>{{1, 2}, {3}}) == Ints{1, 2, 3});
    CHECK(taken_apart(std::vector<std::array<int, 2>>{{1, 2}, {3, 4}}) == Ints{1, 2, 3, 4});
    CHECK(taken_apart(std::vector<std::vector<bool>>{{true, false}, {true}}) == Ints{1, 0, 1});
    CHECK(taken_apart(std::vector<Ints>{}).empty());
}

TEST_CASE("elements of a range have the time of its batch") {
    const std::vector<Event<Ints>> ranges{{{1, 2}, Timestamp{std::chrono::seconds(5)}}, {{3}, Timestamp{std::chrono::seconds(6)}}};
    std::vector<Event<int>> out;
    weir::run(weir::from(ranges) | weir::unbatch() | weir::collect_into(out));
    CHECK(out == std::vector<Event<int>>{{1, ranges[0].time}, {2, ranges[0].time}, {3, ranges[1].time}});
}

TEST_CASE("the elements of a lent range are lent and stay as they are") {
    const std::vector<std::vector<std::string>> ranges{{"one", "two"}, {"three"}};
    std::vector<const std::string*> seen;
    weir::run(weir::from(ranges) | weir::unbatch() | weir::for_each([&](const std::string& s) { seen.push_back(&s); }));
    CHECK(seen == std::vector{&ranges[0][0], &ranges[0][1], &ranges[1][0]});
}

TEST_CASE("empty ranges count as dropped, the others as passed") {
    const weir::Report report = [] {
        Ints out;
        return weir::run(weir::from(std::vector<Ints>{{1, 2}, {}, {3}}) | weir::unbatch() | weir::collect_into(out));
    }();
    CHECK(report.at("unbatch#1").in == 3);
    CHECK(report.at("unbatch#1").dropped(weir::Drop::filtered) == 1);
    CHECK(report.at("unbatch#1").passed == 2);
    CHECK(report.at("unbatch#1").out == 3);
}

TEST_CASE("a batch of very many events waits where the next task has no room") {
    constexpr int many = 100'000;
    Ints events(many);
    for (int i = 0; i < many; ++i) events[static_cast<std::size_t>(i)] = i;
    Ints out;
    auto stepper = weir::stepper(weir::from(events) | weir::micro_batch(many) | weir::unbatch() | weir::stage({.capacity = 8}) | weir::collect_into(out));
    std::uint64_t most = 0;
    bool waited = false;
    while (stepper.step(16) != weir::Progress::ended) {
        const weir::Report report = stepper.report();
        most = std::max(most, report.at("stage#1").held);
        waited |= report.at("unbatch#1").held == 1;
    }
    CHECK(out == events);
    CHECK(most <= 8);
    CHECK(waited);
}

TEST_CASE("take behind unbatch ends it in the middle of a batch") {
    Ints out;
    weir::run(weir::from(std::vector<Ints>{{1, 2, 3}, {4, 5, 6}, {7}}) | weir::unbatch() | weir::take(4) | weir::collect_into(out));
    CHECK(out == Ints{1, 2, 3, 4});
}

TEST_CASE("an OwnedBatch is a value: it can be copied, compared, saved and loaded") {
    std::vector<weir::OwnedBatch<std::string>> batches;
    weir::run(weir::from(std::vector<std::string>{"a", "b", "c"}) | weir::micro_batch(2) | weir::stage() | weir::collect_into(batches));
    REQUIRE(batches.size() == 2);
    const auto copy = batches[0];
    CHECK(copy == batches[0]);
    CHECK_FALSE(copy == batches[1]);
    weir::StateWriter to;
    to.put(batches[0]);
    weir::StateReader from(to.data());
    CHECK(from.get<weir::OwnedBatch<std::string>>() == copy);
    const std::span<const std::string> span = copy;
    CHECK(span.size() == 2);
}

} // namespace
