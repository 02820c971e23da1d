// SPDX-License-Identifier: BSL-1.0
// Joins of two inputs that are read in any interleaving, each by itself late: the rows of nested loops over what is not, whoever comes first.
// And joins with a mistake in them, which that comparison must see.
#include "catch.hpp"
#include "laws/streams.hpp"

#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

using streams::In;
using streams::Step;
using streams::Steps;
using streams::Time;
using weir::Duration;
using weir::JoinType;
using Interval = weir::detail::Interval;

namespace {

constexpr std::int64_t nobody = -1'000'000;
using Pair = std::tuple<std::int64_t, std::int64_t, Time>; // the values of both sides, the time of the result
using Values = std::vector<std::int64_t>;

/// What a join gives, in no order, and what it says of its inputs.
struct Joined {
    std::vector<Pair> pairs{};
    Values late_left{}, late_right{};
    std::uint64_t unmatched = 0;
    void sort() {
        std::sort(pairs.begin(), pairs.end());
        std::sort(late_left.begin(), late_left.end());
        std::sort(late_right.begin(), late_right.end());
    }
    friend bool operator==(const Joined&, const Joined&) = default;
};

struct Sides {
    Steps left, right;
};
/// Sides of different rates and disorder; values tell rows apart, but some come twice.
Sides sides(std::uint64_t seed) {
    const auto side = [](std::uint64_t s, const streams::Shape& shape) {
        Steps steps = streams::random_steps(s, shape);
        std::erase_if(steps, [](const Step& step) { return step.kind == Step::Kind::idle; });
        for (std::size_t i = 0; i < steps.size(); ++i)
            if (steps[i].kind == Step::Kind::event && s % 3 != 0) steps[i].in.value = static_cast<std::int64_t>(i);
        return steps;
    };
    const std::uint64_t slow = seed % 4;
    return {side(2 * seed, {.steps = 60, .disorder = 10 + 5 * slow, .speed = 3 + 2 * slow, .mark = 3}),
            side(2 * seed + 1, {.steps = 90, .disorder = 15, .speed = 4, .mark = 2 + slow})};
}
weir::TestStream<In> script_of(const Steps& steps, std::uint64_t seed) {
    weir::Random pause(seed ^ 0xbeefU);
    weir::TestStream<In> script;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::event) script.event(step.in, streams::at(step.time));
        else script.watermark(streams::at(step.time));
        if (pause.one_in(8)) script.advance(Duration(pause.between(1, 9)));
    }
    return script;
}

/// Rows that are not late; late_from(time): what the mark of a side must not have reached.
template <typename LateFrom>
std::vector<In> in_time(const Steps& steps, Values& late, LateFrom late_from) {
    std::vector<In> rows;
    Time mark = streams::first_of_all;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::mark) mark = std::max(mark, step.time);
        else if (late_from(step.time) <= mark) late.push_back(step.in.value);
        else rows.push_back(step.in);
    }
    return rows;
}
/// partners(left, right); alone: the sides whose rows are given without one, with the time that time_of says.
template <typename LateFrom, typename Partners, typename TimeOf>
Joined nested_loops(const Sides& sides, JoinType type, LateFrom late_from, Partners partners, TimeOf time_of) {
    Joined joined;
    const std::vector<In> left = in_time(sides.left, joined.late_left, late_from), right = in_time(sides.right, joined.late_right, late_from);
    std::vector<bool> matched(right.size());
    const auto alone = [&](bool given, const Pair& pair) {
        if (given) joined.pairs.push_back(pair);
        else ++joined.unmatched;
    };
    for (const In& l : left) {
        bool any = false;
        for (std::size_t i = 0; i < right.size(); ++i) {
            if (l.key != right[i].key || not partners(l, right[i])) continue;
            any = matched[i] = true;
            joined.pairs.emplace_back(l.value, right[i].value, time_of(std::max(l.time, right[i].time)));
        }
        if (not any) alone(type == JoinType::left || type == JoinType::full, {l.value, nobody, time_of(l.time)});
    }
    for (std::size_t i = 0; i < right.size(); ++i)
        if (not matched[i]) alone(type == JoinType::right || type == JoinType::full, {nobody, right[i].value, time_of(right[i].time)});
    joined.sort();
    return joined;
}
constexpr auto itself = [](Time t) { return t; };

/// fn for every type of join.
struct PairUp {
    template <typename L, typename R>
    std::pair<std::int64_t, std::int64_t> operator()(const L& l, const R& r) const { return {value(l), value(r)}; }
    static std::int64_t value(const In& in) { return in.value; }
    static std::int64_t value(const In* in) { return in != nullptr ? in->value : nobody; }
};

/// run(left, right, joined, options) -> Report: the join between two scripts. In how many interleavings of random streams it differs.
template <typename Expected, typename Run>
int differing(const Expected& expected, const Run& run, const char* name, std::uint64_t runs = 60) {
    int n = 0;
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
        const Sides made = sides(seed);
        weir::Simulation simulation(seed);
        Joined joined;
        const weir::Report report = run(script_of(made.left, seed), script_of(made.right, seed + 1), joined, simulation.options());
        joined.sort();
        const weir::OperatorReport& row = report.at(name);
        joined.unmatched = row.dropped(weir::Drop::unmatched);
        const bool counted = weir::detail::wrong_counts(report).empty() && row.held == 0 &&
                             row.dropped(weir::Drop::late) == joined.late_left.size() + joined.late_right.size();
        n += joined == expected(made) && counted ? 0 : 1;
    }
    return n;
}

auto keyed(weir::TestStream<In> script) { return weir::from(std::move(script)) | weir::key_by(&In::key); }
auto into(std::vector<Pair>& pairs) {
    return weir::for_each([&pairs](const weir::Event<std::pair<std::int64_t, std::int64_t>>& e) {
        pairs.emplace_back(e.value.first, e.value.second, e.time.time_since_epoch().count());
    });
}
auto late_into(Values& values) { return weir::for_each([&values](const In& in) { values.push_back(in.value); }); }

auto interval_oracle(Time lower, Time upper, JoinType type) {
    return [=](const Sides& sides) {
        return nested_loops(sides, type, itself, [=](const In& l, const In& r) { return r.time - l.time >= lower && r.time - l.time <= upper; }, itself);
    };
}
template <typename Within>
auto interval_join(const Within& within) {
    return [within](auto left, auto right, Joined& joined, const weir::RunOptions& options) {
        const auto bounds = within.late_left_to(late_into(joined.late_left)).late_right_to(late_into(joined.late_right));
        return weir::run(weir::interval_join(keyed(std::move(left)), keyed(std::move(right)), bounds, PairUp()) | into(joined.pairs), options);
    };
}

/// Partners may be a nanosecond nearer only.
struct LosesBound : Interval {
    template <bool IsLeft>
    [[nodiscard]] weir::Timestamp last(weir::Timestamp t) const noexcept { return Interval::last<IsLeft>(t) - Duration(1); }
};
/// Rows wait a nanosecond too short.
struct GivesUpEarly : Interval {
    template <bool IsLeft>
    [[nodiscard]] weir::Timestamp until(weir::Timestamp t) const noexcept { return Interval::until<IsLeft>(t) - Duration(1); }
};
template <typename Bounds>
auto mutant(const Interval& interval) {
    return weir::detail::Within<Bounds, JoinType::full>{Bounds{interval}, false, false, {}, {}, {}};
}

/// The running form of a join that takes each third row twice.
template <typename Join>
struct JoinsTwice : Join {
    std::uint64_t n = 0;
    static constexpr bool takes_merged_span = false;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (++n % 3 == 0) Join::on_event(E(event), next);
        Join::on_event(std::forward<E>(event), next);
    }
};
template <typename Op>
struct JoinsTwiceOp {
    using kind = weir::OperatorKind;
    static constexpr std::string_view name = "interval_join";
    Op op;
    template <typename S>
    using out = typename Op::template out<S>;
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t id) && {
        auto join = std::move(op).bind(stream, binding, id);
        return JoinsTwice<decltype(join)>{std::move(join)};
    }
};

} // namespace

TEST_CASE("interval joins are nested loops, however their sides interleave") {
    using weir::within;
    CHECK(differing(interval_oracle(-5, 7, JoinType::inner), interval_join(within(Duration(-5), Duration(7))), "interval_join#1") == 0);
    CHECK(differing(interval_oracle(0, 0, JoinType::inner), interval_join(within(Duration(0), Duration(0))), "interval_join#1") == 0);
    CHECK(differing(interval_oracle(3, 30, JoinType::inner), interval_join(within(Duration(3), Duration(30))), "interval_join#1") == 0);
    CHECK(differing(interval_oracle(-5, 7, JoinType::full), interval_join(within(Duration(-5), Duration(7)).full_outer()), "interval_join#1") == 0);
    CHECK(differing(interval_oracle(-20, -3, JoinType::full), interval_join(within(Duration(-20), Duration(-3)).full_outer()), "interval_join#1") == 0);
}

TEST_CASE("the comparison sees mistakes in a join") {
    const Interval interval{Duration(-5), Duration(7)};
    const auto expected = interval_oracle(-5, 7, JoinType::full);
    CHECK(differing(expected, interval_join(mutant<LosesBound>(interval)), "interval_join#1") > 10);
    CHECK(differing(expected, interval_join(mutant<GivesUpEarly>(interval)), "interval_join#1") > 5);
    const auto twice = [&](auto left, auto right, Joined& joined, const weir::RunOptions& options) {
        const auto within = weir::within(Duration(-5), Duration(7)).full_outer();
        weir::detail::IntervalJoinOp<std::remove_const_t<decltype(within)>, int In::*, int In::*, PairUp> op{within, {}, &In::key, &In::key, {}};
        return weir::run(weir::detail::joined(keyed(std::move(left)), keyed(std::move(right))) | JoinsTwiceOp<decltype(op)>{op} | into(joined.pairs), options);
    };
    CHECK(differing(expected, twice, "interval_join#1") == 60);
}

TEST_CASE("joins within a window are nested loops, at once or when the window fires") {
    constexpr Time size = 12;
    const auto start = [](Time t) { return t - ((t % size) + size) % size; };
    const auto last = [start](Time t) { return start(t) + size - 1; };
    const auto same = [start](const In& l, const In& r) { return start(l.time) == start(r.time); };
    const auto at_once = [&](JoinType type) { return [=](const Sides& sides) { return nested_loops(sides, type, last, same, itself); }; };
    CHECK(differing(at_once(JoinType::inner), interval_join(weir::within_window(Duration(size))), "interval_join#1") == 0);
    CHECK(differing(at_once(JoinType::full), interval_join(weir::within_window(Duration(size)).full_outer()), "interval_join#1") == 0);

    const auto fired = [&](const Sides& sides) {
        Joined joined = nested_loops(sides, JoinType::full, last, same, last);
        return joined;
    };
    const auto window_join = [&](auto left, auto right, Joined& joined, const weir::RunOptions& options) {
        const auto windows = weir::tumbling(Duration(size)).late_left_to(late_into(joined.late_left)).late_right_to(late_into(joined.late_right));
        return weir::run(weir::window_join<JoinType::full>(keyed(std::move(left)), keyed(std::move(right)), windows, PairUp()) |
                             weir::map([](const auto& row) { return row.value; }) | into(joined.pairs),
                         options);
    };
    CHECK(differing(fired, window_join, "window_join#1") == 0);
}

TEST_CASE("an as-of join finds the last version that is not behind, however its sides interleave") {
    const auto expected = [](const Sides& sides) {
        Joined joined;
        const std::vector<In> left = in_time(sides.left, joined.late_left, itself), versions = in_time(sides.right, joined.late_right, itself);
        std::vector<bool> found(versions.size());
        for (const In& l : left) {
            std::size_t version = versions.size();
            for (std::size_t i = 0; i < versions.size(); ++i)
                if (versions[i].key == l.key && versions[i].time <= l.time && (version == versions.size() || versions[i].time >= versions[version].time)) version = i;
            if (version != versions.size()) found[version] = true;
            joined.pairs.emplace_back(l.value, version != versions.size() ? versions[version].value : nobody, l.time);
        }
        joined.unmatched = static_cast<std::uint64_t>(std::count(found.begin(), found.end(), false));
        joined.sort();
        return joined;
    };
    const auto run = [](auto left, auto right, Joined& joined, const weir::RunOptions& options) {
        const auto on_time = [](auto script, Values& late) {
            return weir::from(std::move(script)) | weir::drop_late().late_to(late_into(late)) | weir::key_by(&In::key);
        };
        return weir::run(weir::temporal_join<JoinType::left>(on_time(std::move(left), joined.late_left), on_time(std::move(right), joined.late_right), PairUp()) |
                             into(joined.pairs),
                         options);
    };
    int wrong = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const Sides made = sides(seed);
        weir::Simulation simulation(seed);
        Joined joined;
        const weir::Report report = run(script_of(made.left, seed), script_of(made.right, seed + 1), joined, simulation.options());
        joined.sort();
        joined.unmatched = report.at("temporal_join#1").dropped(weir::Drop::unmatched);
        wrong += joined == expected(made) && weir::detail::wrong_counts(report).empty() ? 0 : 1;
    }
    CHECK(wrong == 0);
}
