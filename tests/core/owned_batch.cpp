// SPDX-License-Identifier: BSL-1.0
#include <weir/core.hpp>

#include "catch.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using weir::Batch;
using weir::OwnedBatch;
using weir::Timestamp;

TEST_CASE("a batch is a view and a std::span where one is asked for") {
    std::vector<int> values{1, 2, 3};
    const Batch<int> batch{std::span(values)};
    const std::span<int> span = batch;
    const std::span<const int> looked_at = Batch<int>(std::span(values));
    CHECK(span.data() == values.data());
    CHECK(looked_at.size() == 3);
    static_assert(std::is_trivially_copyable_v<Batch<int>>);
}

TEST_CASE("the owned form of a batch owns what its events look at") {
    static_assert(std::is_same_v<weir::owned_t<Batch<const std::string_view>>, OwnedBatch<std::string>>);
    static_assert(std::is_same_v<weir::owned_t<std::span<int>>, OwnedBatch<int>>);
    std::string text = "one two";
    std::vector<std::string_view> words{std::string_view(text).substr(0, 3), std::string_view(text).substr(4)};
    const auto owned = weir::to_owned(Batch<std::string_view>{std::span(words)});
    text.assign("xxxxxxx");
    CHECK(std::vector<std::string>(owned.begin(), owned.end()) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("an rvalue batch is moved from, an lvalue is copied") {
    std::vector<std::string> values{"first", "second"};
    Batch<std::string> batch{std::span(values)};
    const auto copy = weir::to_owned(batch);
    CHECK(values[0] == "first");
    const auto taken = weir::to_owned(std::move(batch));
    CHECK(values[0].empty());
    CHECK(copy == taken);
}

TEST_CASE("a batch that is lent from a home gives its whole buffer, which a pool replaces and gets back") {
    const auto pool = std::make_shared<weir::detail::BatchPool<int>>();
    weir::detail::BatchBuffer<int> buffer;
    const int* first = nullptr;
    for (int round = 0; round < 3; ++round) {
        buffer.clear();
        for (int i = 0; i < 4; ++i) buffer.values.emplace(i + round);
        const int* where = buffer.values.all().data();
        if (round == 0) first = where;
        if (round == 2) CHECK(where == first); // it has come back
        weir::detail::BatchHome<int> home{buffer, pool};
        Batch<int> batch(buffer.values.all(), {}, {}, &home);
        const OwnedBatch<int> owned(std::move(batch));
        CHECK(owned.data() == where);
        CHECK(owned[3] == 3 + round);
        CHECK(buffer.values.empty());
    }
}

TEST_CASE("a part of a lent batch is no whole buffer: its events are moved one by one") {
    const auto pool = std::make_shared<weir::detail::BatchPool<int>>();
    weir::detail::BatchBuffer<int> buffer;
    for (int i = 0; i < 4; ++i) buffer.values.emplace(i);
    weir::detail::BatchHome<int> home{buffer, pool};
    const OwnedBatch<int> owned(Batch<int>(buffer.values.all().first(2), {}, {}, &home));
    CHECK(owned.size() == 2);
    CHECK(buffer.values.size() == 4);
}

TEST_CASE("move-only events make a move-only owned batch") {
    static_assert(not std::is_copy_constructible_v<OwnedBatch<std::unique_ptr<int>>>);
    static_assert(std::is_nothrow_move_constructible_v<OwnedBatch<std::unique_ptr<int>>>);
    static_assert(not std::is_constructible_v<OwnedBatch<std::unique_ptr<int>>, const Batch<std::unique_ptr<int>>&>);
}

TEST_CASE("times and marks are kept, saved and loaded") {
    std::vector<int> values{1, 2};
    const std::vector<Timestamp> times{Timestamp{weir::Duration{5}}, Timestamp{weir::Duration{7}}};
    const std::vector<weir::BatchMark> marks{{1, Timestamp{weir::Duration{3}}}};
    const OwnedBatch<int> owned(Batch<int>(values, times, marks));
    weir::StateWriter to;
    to.put(owned);
    weir::StateReader from(to.data());
    const auto loaded = from.get<OwnedBatch<int>>();
    CHECK(loaded == owned);
    CHECK(loaded.times()[1] == times[1]);
    CHECK(loaded.marks()[0] == marks[0]);
    CHECK_FALSE(loaded == OwnedBatch<int>(Batch<int>(values)));
}

} // namespace
