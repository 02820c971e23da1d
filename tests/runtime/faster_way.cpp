// SPDX-License-Identifier: BSL-1.0
// Which of two ways is faster, by given times.
#include "catch.hpp"

#include <weir/run/combining_way.hpp>
#include <weir/run/faster_way.hpp>

#include <chrono>
#include <cstdint>

namespace {

using weir::detail::FasterWay;
using Way = FasterWay::Way;

constexpr FasterWay::Pace pace{.settle = 10, .timed = 100, .rest = 1000, .longest = 4000, .aside = 50, .far_aside = 200};

/// Events that take so long, by the way that they go.
struct Stream {
    double first;
    double second;
    FasterWay way{pace};
    std::uint64_t events = 0;
    double now = 0;
    std::uint64_t of_first = 0;

    void run(std::uint64_t n) {
        for (; n != 0; --n) {
            const bool is_first = way.now() == Way::first;
            of_first += is_first;
            now += is_first ? first : second;
            if (++events >= way.next()) way.look(events, weir::Timestamp(weir::Duration(static_cast<std::int64_t>(now))));
        }
    }
};

} // namespace

TEST_CASE("of two ways the faster one is kept, and the other tried again later and later") {
    Stream stream{.first = 100, .second = 200};
    stream.run(100'000);
    CHECK(stream.way.now() == Way::first);
    CHECK(stream.of_first > 97'000);

    Stream other{.first = 200, .second = 100};
    other.run(100'000);
    CHECK(other.way.now() == Way::second);
    CHECK(other.of_first < 4'000);
}

TEST_CASE("a way that is not clearly faster is not changed to") {
    Stream stream{.first = 100, .second = 97};
    stream.run(50'000);
    CHECK(stream.of_first > 45'000);
    Stream other{.first = 100, .second = 93};
    other.run(50'000);
    CHECK(other.of_first < 5'000);
}

TEST_CASE("what changes later is found out") {
    Stream stream{.first = 100, .second = 200};
    stream.run(20'000);
    stream.first = 300;
    stream.run(10'000);
    CHECK(stream.way.now() == Way::second);
    stream.second = 600;
    stream.run(10'000);
    CHECK(stream.way.now() == Way::first);
}

TEST_CASE("a trial that something else holds up does not decide") {
    for (std::uint64_t at = 0; at < 3'000; at += 20) { // wherever it is
        Stream stream{.first = 100, .second = 105};
        stream.run(at);
        stream.now += 50'000;
        stream.run(20'000 - at);
        CHECK(stream.of_first > 18'000);
    }
}

TEST_CASE("a way that is clearly slower is not gone to the end of its trial") {
    Stream stream{.first = 100, .second = 1000};
    stream.run(1'500);
    CHECK(stream.way.now() == Way::first);
    CHECK(stream.events - stream.of_first < 30); // of 110
}

TEST_CASE("trials take about a hundredth of the time, however slow the other way is") {
    for (const double second : {110.0, 150.0, 200.0, 1'000.0, 5'000.0}) {
        for (const bool dear : {false, true}) {
            FasterWay::Pace paced = pace;
            paced.dear = dear;
            Stream stream{.first = 100, .second = second, .way = FasterWay(paced)};
            stream.run(300'000);
            CHECK(stream.way.now() == Way::first);
            CHECK(stream.of_first != stream.events); // there are trials
            CHECK(stream.now < 300'000 * 100 * 1.02);
        }
    }
    // Held up in a trial for long: that says little of the way, and the next trial comes all the same.
    Stream stream{.first = 100, .second = 150};
    while (stream.way.now() == Way::first) stream.run(1);
    stream.now += 1e9;
    while (stream.way.now() == Way::second) stream.run(1);
    stream.second = 50;
    stream.run(4 * 4 * 4'000);
    CHECK(stream.way.now() == Way::second);
}

TEST_CASE("a way that is far slower is left before it has settled") {
    Stream stream{.first = 100, .second = 2'000};
    stream.run(2'000);
    CHECK(stream.events - stream.of_first > 0);
    CHECK(stream.events - stream.of_first < pace.settle);
}

TEST_CASE("where trials of the second way are dear one that loses ends sooner, and the next comes later") {
    const auto with = [](bool dear) {
        FasterWay::Pace paced = pace;
        paced.dear = dear;
        return paced;
    };
    const auto tried = [&](bool dear, double second, std::uint64_t events) {
        Stream stream{.first = 100, .second = second, .way = FasterWay(with(dear))};
        stream.run(events);
        CHECK(stream.way.now() == Way::first);
        return stream.events - stream.of_first;
    };
    CHECK(tried(false, 150, 1'500) == 110);
    CHECK(tried(true, 150, 1'500) < 80);
    CHECK(tried(false, 1000, 1'500) == tried(true, 1000, 1'500));
    CHECK(tried(false, 1000, 4'500) > tried(true, 1000, 4'500));
    CHECK(tried(true, 1000, 7'000) > tried(true, 1000, 4'500));

    for (std::uint64_t at = 0; at < 3'000; at += 20) { // held up for a moment, wherever that is, the faster way is found all the same
        Stream stream{.first = 100, .second = 70, .way = FasterWay(with(true))};
        stream.run(at);
        stream.now += 1'000;
        stream.run(20'000 - at);
        CHECK(stream.way.now() == Way::second);
        CHECK(stream.of_first < 10'000);
    }
}

TEST_CASE("times in which there was nothing to do say nothing") {
    Stream stream{.first = 200, .second = 100};
    for (int i = 0; i < 1000; ++i) {
        stream.run(50);
        stream.way.pause(stream.events);
    }
    CHECK(stream.of_first == 50'000);
    stream.run(2'000); // without a pause
    CHECK(stream.way.now() == Way::second);
}

TEST_CASE("a way that is given up at once is tried again at once, then later and later") {
    Stream stream{.first = 100, .second = 100};
    int begun = 0;
    for (int i = 0; i < 10'000; ++i) {
        stream.run(1);
        if (stream.way.now() == Way::second) continue;
        ++begun;
        stream.way.give_up_first(stream.events);
        REQUIRE(stream.way.now() == Way::second);
    }
    CHECK(begun > 10'000 / (200 + 120) - 2);
    CHECK(begun < 10'000 / 200);
}

namespace {

using weir::detail::CombiningWay;

/// Events that take so long, by the way that they go. Near is given up at once where keys are seldom.
struct Copies {
    double apart;
    double near;
    double wide;
    bool seldom = true;
    bool may_wide = true;
    CombiningWay way{pace, {.settle = 10, .timed = 200, .rest = 4000, .longest = 16'000, .aside = 3000, .far_aside = 10'000, .enough = 2, .first = 500}, may_wide};
    std::uint64_t events = 0;
    double now = 0;
    std::uint64_t gone[3]{};

    void run(std::uint64_t n) {
        for (; n != 0; --n) {
            const auto goes = way.now();
            ++gone[static_cast<std::size_t>(goes)];
            now += goes == CombiningWay::Way::apart ? apart : goes == CombiningWay::Way::near ? near : wide;
            ++events;
            if (goes == CombiningWay::Way::near) {
                if (seldom) way.give_up(events, true);
                else way.pays(true);
            }
            if (events >= way.next()) way.look(events, weir::Timestamp(weir::Duration(static_cast<std::int64_t>(now))));
        }
    }
    [[nodiscard]] std::uint64_t gone_by(CombiningWay::Way which) const { return gone[static_cast<std::size_t>(which)]; }
};

} // namespace

TEST_CASE("keys that come seldom: a wide table is taken, and kept where to hand events over takes longer") {
    Copies far{.apart = 200, .near = 400, .wide = 120};
    far.run(50'000);
    CHECK(far.way.now() == CombiningWay::Way::wide);
    CHECK(far.gone_by(CombiningWay::Way::wide) > 45'000);
    far.apart = 70; // the threads have come nearer
    far.run(50'000);
    CHECK(far.way.now() == CombiningWay::Way::apart);
    CHECK(far.way.has_left_wide());

    Copies tried{.apart = 200, .near = 400, .wide = 120};
    while (tried.way.now() != CombiningWay::Way::wide) tried.run(1);
    while (tried.way.now() == CombiningWay::Way::wide) tried.run(1);
    CHECK_FALSE(tried.way.has_left_wide()); // but for a moment

    Copies near_by{.apart = 80, .near = 200, .wide = 130};
    near_by.run(200'000);
    CHECK(near_by.gone_by(CombiningWay::Way::wide) < 4'000);
    CHECK(near_by.gone_by(CombiningWay::Way::wide) > 500);

    Copies given_memory{.apart = 200, .near = 400, .wide = 120, .may_wide = false};
    given_memory.run(50'000);
    CHECK(given_memory.gone_by(CombiningWay::Way::wide) == 0);
}

TEST_CASE("a trial lasts for more events than queues hold") {
    for (const std::uint64_t queued : {2 * std::uint64_t{4096}, std::uint64_t{1} << 20U}) {
        const auto near = FasterWay::Pace::behind(queued);
        const auto wide = FasterWay::Pace::of_windows(queued);
        CHECK(near.settle > queued);
        CHECK(near.timed > queued);
        CHECK(wide.settle >= near.settle);
        CHECK(wide.timed >= near.timed);
        CHECK(wide.timed >= 1'000'000); // a window or two
    }
}

TEST_CASE("keys that come often: there is no trial of a wide table") {
    Copies often{.apart = 200, .near = 100, .wide = 50, .seldom = false};
    often.run(100'000);
    CHECK(often.gone_by(CombiningWay::Way::near) > 95'000);
    CHECK(often.gone_by(CombiningWay::Way::wide) == 0);
    often.seldom = true;
    often.run(20'000);
    CHECK(often.way.now() == CombiningWay::Way::wide);
}

TEST_CASE("copies that always have some rows of near to take: wide is tried against it all the same") {
    CombiningWay way{pace, {.settle = 10, .timed = 200, .rest = 4000, .longest = 16'000, .aside = 3000, .far_aside = 10'000, .enough = 2, .first = 500}, true};
    std::uint64_t wide = 0;
    for (std::uint64_t events = 0; events < 10'000; ++events) {
        wide += way.now() == CombiningWay::Way::wide;
        if (way.now() == CombiningWay::Way::near) way.pays(false);
        if (events < way.next()) continue;
        if (way.leaves_wide()) way.still_leaves(events, weir::Timestamp(weir::Duration(static_cast<std::int64_t>(events * 100))));
        else way.look(events, weir::Timestamp(weir::Duration(static_cast<std::int64_t>(events * 100))));
    }
    CHECK(wide > 100);
}

TEST_CASE("a wide table that is given up at once is tried later and later") {
    Copies many{.apart = 200, .near = 400, .wide = 120};
    std::uint64_t begun = 0;
    for (int i = 0; i < 200'000; ++i) {
        many.run(1);
        if (many.way.now() != CombiningWay::Way::wide) continue;
        ++begun;
        many.way.give_up(many.events, true);
        REQUIRE(many.way.now() == CombiningWay::Way::apart);
    }
    CHECK(begun > 15);
    CHECK(begun < 25);
}
