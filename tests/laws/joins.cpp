// SPDX-License-Identifier: BSL-1.0
// Joins over random streams of both sides' events, against nested loops over all of them.
#include "laws/sided.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using namespace laws;

namespace {

/// What may be wrong with a join.
enum class Mistake : unsigned char { none, joins_twice, alone_too_early, lower_bound_lost, upper_bound_lost, keeps_too_short, passes_watermark, takes_late };

/// A full outer interval join as its rules stand: nested loops, nothing is let go.
struct IntervalOracle {
    Time lower, upper;
    Mistake mistake = Mistake::none;

    struct Kept {
        In in;
        bool matched = false;
        bool gone = false;
    };
    Expected operator()(const Steps& steps) const {
        Expected expected;
        std::vector<Kept> rows; // of both sides, as they came
        Time mark = streams::first_of_all;
        const Time delay = mistake == Mistake::passes_watermark ? 0 : std::max({upper, -lower, Time{0}});
        const auto until = [&](const In& in) { return in.time + (is_left(in) ? upper : -lower) - (mistake == Mistake::alone_too_early ? 1 : 0); };
        const auto partners = [&](const In& l, const In& r) {
            return l.key == r.key && r.time - l.time >= lower + (mistake == Mistake::lower_bound_lost ? 1 : 0) &&
                   r.time - l.time <= upper - (mistake == Mistake::upper_bound_lost ? 1 : 0);
        };
        const auto alone = [&](Kept& row) {
            row.gone = true;
            if (not row.matched) expected.give(is_left(row.in) ? pair_of(&row.in, nullptr) : pair_of(nullptr, &row.in), row.in.time);
        };
        const auto behind = [&](Time t) { return t > streams::first_of_all + delay ? t - delay : streams::first_of_all; };
        const auto advance = [&](Time to) {
            for (;;) { // what is due first, of one time what came first
                Kept* next = nullptr;
                for (Kept& row : rows)
                    if (not row.gone && until(row.in) <= to && (next == nullptr || until(row.in) < until(next->in))) next = &row;
                if (next == nullptr) break;
                if (not next->matched) expected.mark(behind(until(next->in) - 1));
                alone(*next);
            }
            mark = std::max(mark, to);
            expected.mark(mark == streams::last_of_all ? mark : behind(mark));
        };
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::mark) advance(std::max(mark, step.time));
            if (step.kind != Step::Kind::event) continue;
            if (step.time <= mark && mistake != Mistake::takes_late) {
                ++expected.late;
                continue;
            }
            Kept row{step.in};
            std::vector<Kept*> order; // partners by time
            for (Kept& other : rows)
                if (is_left(other.in) != is_left(row.in) && (not other.gone || mistake != Mistake::keeps_too_short || other.in.time > mark) &&
                    partners(is_left(row.in) ? row.in : other.in, is_left(row.in) ? other.in : row.in))
                    order.push_back(&other);
            std::stable_sort(order.begin(), order.end(), [](const Kept* a, const Kept* b) { return a->in.time < b->in.time; });
            for (Kept* other : order) {
                if (mistake == Mistake::keeps_too_short && other->in.time <= mark) continue;
                other->matched = row.matched = true;
                for (int times = mistake == Mistake::joins_twice ? 2 : 1; times > 0; --times)
                    expected.give(is_left(row.in) ? pair_of(&row.in, &other->in) : pair_of(&other->in, &row.in), std::max(row.in.time, other->in.time));
            }
            if (until(row.in) <= mark) alone(row);
            rows.push_back(row);
        }
        advance(streams::last_of_all);
        return expected;
    }
};

/// An as-of join that gives all events, those without a version too.
struct TemporalOracle {
    Mistake mistake = Mistake::none;

    Expected operator()(const Steps& steps) const {
        Expected expected;
        std::vector<In> waiting, versions;
        Time mark = streams::first_of_all;
        const auto version_of = [&](const In& in) {
            const In* found = nullptr;
            for (const In& version : versions)
                if (version.key == in.key && version.time <= in.time - (mistake == Mistake::upper_bound_lost ? 1 : 0) && (found == nullptr || version.time >= found->time))
                    found = &version;
            return found;
        };
        const auto advance = [&](Time to) {
            std::stable_sort(waiting.begin(), waiting.end(), [](const In& a, const In& b) { return a.time < b.time; });
            while (not waiting.empty() && waiting.front().time <= to) {
                const In in = waiting.front();
                waiting.erase(waiting.begin());
                expected.mark(in.time - 1);
                expected.give(pair_of(&in, version_of(in)), in.time);
            }
            mark = std::max(mark, to);
            expected.mark(mark);
        };
        for (const Step& step : steps) {
            if (step.kind == Step::Kind::mark) advance(std::max(mark, step.time));
            if (step.kind != Step::Kind::event) continue;
            if (step.time <= mark) ++expected.late;
            else (is_left(step.in) ? waiting : versions).push_back(step.in);
        }
        advance(streams::last_of_all);
        return expected;
    }
};

/// A full outer window join: the events of each pane, as the windows of an aggregate have them, and of these the pairs.
struct WindowOracle {
    Rules rules{};

    Expected operator()(const Steps& steps) const {
        Expected expected = oracles::Windows(oracles::sliding(12, 8), rules, Measure::all)(steps);
        std::vector<oracles::Signal> signals;
        for (const oracles::Signal& signal : expected.signals) {
            if (signal.is_mark) {
                signals.push_back(signal);
                continue;
            }
            std::vector<std::int64_t> left, right;
            for (std::size_t i = oracles::measured({0}, Measure::ends).size(); i < signal.row.values.size(); ++i)
                (signal.row.values[i] % 2 == 0 ? left : right).push_back(signal.row.values[i]);
            if (left.empty()) left.push_back(nobody);
            if (right.empty()) right.push_back(nobody);
            for (const std::int64_t l : left)
                for (const std::int64_t r : right) {
                    signals.push_back(signal);
                    signals.back().row.values = {l, r};
                }
        }
        expected.signals = std::move(signals);
        return expected;
    }
};

/// late: the events that its side chains are given.
auto window_join(const Rules& rules, std::uint64_t* late) {
    return [rules, late](auto source, auto sink) {
        const auto count = weir::for_each([late](const In&) { ++*late; });
        const auto windows = with_rules(weir::sliding(weir::Duration(12), weir::Duration(8)), rules).late_left_to(count).late_right_to(count);
        const auto values = [](const In* l, const In* r) { return std::pair(l != nullptr ? l->value : nobody, r != nullptr ? r->value : nobody); };
        using KeyOf = weir::detail::KeyOfSides<int In::*, int In::*>;
        using Group = weir::detail::CoGroupOp<true, std::remove_const_t<decltype(windows)>, KeyOf, weir::detail::LendSides>;
        return std::move(source) | weir::map(to_sided) | Group{windows, KeyOf{&In::key, &In::key}, {}} |
               weir::detail::PairsOp<weir::JoinType::full, decltype(values)>{values} | weir::map(ToRow()) | std::move(sink);
    };
}

auto interval_join(Time lower, Time upper) {
    const auto bounds = weir::within(weir::Duration(lower), weir::Duration(upper)).full_outer();
    return [bounds](auto source, auto sink) {
        return std::move(source) | weir::map(to_sided) |
               weir::detail::IntervalJoinOp<std::remove_const_t<decltype(bounds)>, int In::*, int In::*, PairOf>{bounds, {}, &In::key, &In::key, {}} | std::move(sink);
    };
}
auto temporal_join() {
    return [](auto source, auto sink) {
        return std::move(source) | weir::map(to_sided) |
               weir::detail::TemporalJoinOp<weir::JoinType::left, int In::*, int In::*, weir::detail::DeletedChange, PairOf>{{&In::key, &In::key, {}, {}, {}, "temporal_join"}} | std::move(sink);
    };
}

const std::pair<Time, Time> intervals[] = {{-5, 7}, {0, 0}, {3, 12}, {-12, -3}, {-40, 2}};

} // namespace

TEST_CASE("interval joins of random streams are what the rules say") {
    for (const auto& [lower, upper] : intervals) {
        INFO("within " << lower << ", " << upper);
        agree_on_random(24, IntervalOracle{lower, upper}, interval_join(lower, upper), "interval_join");
    }
}

TEST_CASE("temporal joins of random streams are what the rules say") {
    agree_on_random(60, TemporalOracle{}, temporal_join(), "temporal_join");
}

TEST_CASE("window joins of random streams are what the rules say") {
    std::uint64_t late = 0;
    for (const Rules& rules : {Rules{}, Rules{.lateness = 7, .accumulates = false}, Rules{.lateness = 5, .count = 3}, Rules{.lateness = 9, .final_pane = true, .every = 6}}) {
        INFO(describe(rules));
        agree_on_random(16, WindowOracle{rules}, window_join(rules, &late), "window_join");
    }
    CHECK(late > 0);
}

TEST_CASE("the comparison sees mistakes of joins") {
    for (const Mistake mistake : {Mistake::joins_twice, Mistake::alone_too_early, Mistake::lower_bound_lost, Mistake::upper_bound_lost, Mistake::keeps_too_short,
                                  Mistake::passes_watermark, Mistake::takes_late}) {
        INFO("mistake " << static_cast<int>(mistake));
        CHECK(differing(IntervalOracle{-5, 7, mistake}, interval_join(-5, 7)) > 5);
    }
    CHECK(differing(IntervalOracle{-5, 7}, interval_join(-5, 7)) == 0);
    CHECK(differing(TemporalOracle{Mistake::upper_bound_lost}, temporal_join()) > 5);
    std::uint64_t late = 0;
    CHECK(differing(WindowOracle{{.lateness = 1}}, window_join({}, &late)) > 5);
}
