// SPDX-License-Identifier: BSL-1.0
// Joins with tables over random streams of both sides' events, against loops that look for the last row of a key anew each time.
#include "laws/sided.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

using namespace laws;

namespace {

/// One row in four deletes.
constexpr auto deletes = [](const In& in) { return in.value % 4 == 1 || in.value % 4 == -2; };

/// The last row of a side's key before a step, and whether it is there: not deleted.
struct Found {
    const In* last = nullptr;
    const In* row = nullptr;
};
Found last_of(const Steps& steps, std::size_t before, bool left, int key) {
    while (before-- > 0) {
        const Step& step = steps[before];
        if (step.kind == Step::Kind::event && is_left(step.in) == left && step.in.key == key) return {&step.in, deletes(step.in) ? nullptr : &step.in};
    }
    return {};
}
/// How many rows the tables hold in the end.
std::uint64_t rows_of(const Steps& steps, bool left) {
    std::uint64_t n = 0;
    for (int key = 0; key < 50; ++key) n += last_of(steps, steps.size(), left, key).row != nullptr;
    return n;
}
/// give(expected, i): what step i gives.
template <typename Give>
Expected each_at_once(const Steps& steps, Give give) {
    Expected expected;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (steps[i].kind == Step::Kind::mark) expected.mark(steps[i].time);
        if (steps[i].kind == Step::Kind::event) give(expected, i);
    }
    expected.mark(streams::last_of_all);
    return expected;
}

Expected looked_up(const Steps& steps) {
    Expected expected = each_at_once(steps, [&steps](Expected& to, std::size_t i) {
        const In& in = steps[i].in;
        if (is_left(in)) to.give(pair_of(&in, last_of(steps, i, false, in.key).row), in.time);
    });
    expected.held = rows_of(steps, false);
    return expected;
}
constexpr Time gone = -2'000'000;
Expected joined_tables(const Steps& steps) {
    Expected expected = each_at_once(steps, [&steps](Expected& to, std::size_t i) {
        const In& in = steps[i].in;
        const Found before = last_of(steps, i, is_left(in), in.key), other = last_of(steps, i, not is_left(in), in.key);
        const In* const mine = deletes(in) ? nullptr : &in;
        const Time at = other.row != nullptr ? std::max(in.time, other.last->time) : in.time;
        if (mine != nullptr || other.row != nullptr) to.give(is_left(in) ? pair_of(mine, other.row) : pair_of(other.row, mine), at);
        else if (before.row != nullptr) to.give({in.key, gone, gone, 0, 0, {}}, at);
    });
    expected.held = rows_of(steps, true) + rows_of(steps, false);
    return expected;
}

template <typename Deletes>
auto lookup_join(Deletes is_deleted) {
    return [is_deleted](auto source, auto sink) {
        return std::move(source) | weir::map(to_sided) |
               weir::detail::LookupJoinOp<weir::JoinType::left, int In::*, int In::*, Deletes, PairOf>{{&In::key, &In::key, is_deleted, {}, {}, "lookup_join"}} |
               std::move(sink);
    };
}
auto table_join() {
    return [](auto source, auto sink) {
        using Deletes = std::remove_const_t<decltype(deletes)>;
        const auto row = [](const weir::Change<int, Row>& change) { return change.value ? *change.value : Row{change.key, gone, gone, 0, 0, {}}; };
        return std::move(source) | weir::map(to_sided) |
               weir::detail::TableJoinOp<weir::JoinType::full, int In::*, int In::*, Deletes, Deletes, PairOf>{&In::key, &In::key, deletes, deletes, {}, {}} |
               weir::map(row) | std::move(sink);
    };
}

} // namespace

TEST_CASE("lookup joins of random streams find the row that was last") {
    agree_on_random(24, looked_up, lookup_join(deletes), "lookup_join");
}

TEST_CASE("joins of random tables are those of their last rows, change by change") {
    agree_on_random(24, joined_tables, table_join(), "table_join");
}

TEST_CASE("the comparison sees deletions that are lost") {
    CHECK(differing(looked_up, lookup_join(deletes)) == 0);
    CHECK(differing(looked_up, lookup_join([](const In& in) { return deletes(in) && in.key != 0; })) > 5);
}
