// SPDX-License-Identifier: BSL-1.0
// The queues as shipped, in every way that small programs can go: with a pre-emption and a load of an overwritten value, or in all
// orders of steps. The long tests have two and three, or two such loads.
#include "catch.hpp"
#include "model/every_way.hpp"
#include "model/queues.hpp"

using model::Machine;
using model::PlainMachine;
using model::Watched;
using weir::MpmcQueue;
using weir::MpscQueue;
using weir::Overflow;
using weir::SpscQueue;

namespace {

constexpr model::Bounds few{.preemptions = 1, .stale = 1};
constexpr model::Bounds some{.preemptions = 2, .stale = 1};
constexpr model::Bounds more{.preemptions = 2, .stale = 2};
constexpr model::Bounds most{.preemptions = 3, .stale = 1, .ways = 20'000'000};
constexpr model::Bounds all{};

template <typename Make>
void holds(Make make, const model::Bounds& bounds = few) { model::check_every_way(make, bounds); }

} // namespace

TEMPLATE_TEST_CASE("every way: one event goes through", "", (SpscQueue<Watched, Machine>), (SpscQueue<Watched, PlainMachine>),
                   (MpscQueue<Watched, Machine>), (MpscQueue<Watched, PlainMachine>), (MpmcQueue<Watched, Machine>), (MpmcQueue<Watched, PlainMachine>)) {
    holds(model::one_to_one<TestType>(1, 1), all);
}

TEMPLATE_TEST_CASE("every way: a full queue makes its producer wait, and none is forgotten", "", (SpscQueue<Watched, Machine>),
                   (SpscQueue<Watched, PlainMachine>), (MpscQueue<Watched, Machine>), (MpscQueue<Watched, PlainMachine>)) {
    holds(model::one_to_one<TestType>(1, 2));
}

TEMPLATE_TEST_CASE("every way: two producers keep their orders", "", (MpscQueue<Watched, Machine>), (MpmcQueue<Watched, PlainMachine>)) {
    holds(model::two_to_one<TestType>(2, 1), few);
}

TEST_CASE("every way: two consumers get each event once, also when one has only so much time") {
    holds(model::one_to_two<MpmcQueue<Watched, Machine>>(2, false), few);
    holds(model::one_to_two<MpmcQueue<Watched, PlainMachine>>(2, true), few);
}

TEMPLATE_TEST_CASE("every way: two producers and two consumers, each of which gets one", "", (MpmcQueue<Watched, Machine>), (MpmcQueue<Watched, PlainMachine>)) {
    holds(model::two_to_two<TestType>(2), few);
}

TEMPLATE_TEST_CASE("every way: what went in before the end comes out, and then it ends", "", (SpscQueue<Watched, Machine>),
                   (SpscQueue<Watched, PlainMachine>), (MpscQueue<Watched, Machine>), (MpmcQueue<Watched, PlainMachine>)) {
    holds(model::closed_meanwhile<TestType>(1, 1), few);
}

TEMPLATE_TEST_CASE("every way: spans in place", "", (SpscQueue<Watched, Machine>), (SpscQueue<Watched, PlainMachine>)) {
    holds(model::in_place<TestType>(2, 3));
}

TEMPLATE_TEST_CASE("every way: each event comes out or is counted as dropped", "", (SpscQueue<Watched, Machine>),
                   (SpscQueue<Watched, PlainMachine>), (MpscQueue<Watched, Machine>)) {
    holds(model::dropping<TestType>(1, Overflow::drop_oldest, 2));
    holds(model::dropping<TestType>(2, Overflow::keep_latest, 3));
    holds(model::dropping<TestType>(1, Overflow::drop_newest, 2));
}

TEMPLATE_TEST_CASE("every way: a listener is called for what came after the look in vain", "", (SpscQueue<Watched, Machine>),
                   (SpscQueue<Watched, PlainMachine>), (MpscQueue<Watched, Machine>)) {
    holds(model::listening<TestType>(2, 2));
}

TEMPLATE_TEST_CASE("every way, further: queues of one and one", "[soak]", (SpscQueue<Watched, Machine>), (SpscQueue<Watched, PlainMachine>),
                   (MpscQueue<Watched, Machine>), (MpscQueue<Watched, PlainMachine>)) {
    for (const auto& bounds : {more, most}) {
        holds(model::one_to_one<TestType>(1, 2), bounds);
        holds(model::one_to_one<TestType>(2, 3), bounds);
        holds(model::closed_meanwhile<TestType>(1, 1), bounds);
        holds(model::dropping<TestType>(1, Overflow::drop_oldest, 2), bounds);
        holds(model::dropping<TestType>(2, Overflow::keep_latest, 3), bounds);
        holds(model::listening<TestType>(2, 2), bounds);
    }
}

TEMPLATE_TEST_CASE("every way, further: spans in place", "[soak]", (SpscQueue<Watched, Machine>), (SpscQueue<Watched, PlainMachine>)) {
    holds(model::in_place<TestType>(2, 3), more);
    holds(model::in_place<TestType>(2, 3), most);
}

TEMPLATE_TEST_CASE("every way, further: several at a side", "[soak]", (MpmcQueue<Watched, Machine>), (MpmcQueue<Watched, PlainMachine>)) {
    holds(model::two_to_one<TestType>(1, 1), some);
    holds(model::two_to_one<TestType>(2, 1), more);
    holds(model::closed_meanwhile<TestType>(1, 1), some);
    for (const bool timed : {false, true}) holds(model::one_to_two<TestType>(2, timed), some);
    holds(model::two_to_two<TestType>(2), some);
}
