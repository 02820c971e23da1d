// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/core/histogram.hpp>
#include <weir/testing/random.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Histogram;

namespace {

/// Nanoseconds of all sizes: each power of two as often as the others.
std::vector<Duration> of_all_sizes(std::size_t n, std::uint64_t seed, unsigned bits = 50) {
    weir::Random random(seed);
    std::vector<Duration> all;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t top = std::uint64_t{1} << random.below(bits);
        all.emplace_back(static_cast<std::int64_t>(top + random.below(top)));
    }
    return all;
}
Histogram of(const std::vector<Duration>& all) {
    Histogram histogram;
    for (const Duration d : all) histogram.record(d);
    return histogram;
}

} // namespace

TEST_CASE("a histogram knows how long most of them took") {
    Histogram histogram;
    for (int i = 1; i <= 1000; ++i) histogram.record(i * 1us);
    REQUIRE(histogram.count() == 1000);
    REQUIRE(histogram.min() == 1us);
    REQUIRE(histogram.max() == 1ms);
    REQUIRE(histogram.mean() == 500us + 500ns);
    REQUIRE(histogram.quantile(0.5) >= 500us);
    REQUIRE(histogram.quantile(0.5) <= 504us);
    REQUIRE(histogram.quantile(0.99) >= 990us);
    REQUIRE(histogram.quantile(0.99) <= 998us);
    REQUIRE(histogram.quantile(1) == 1ms); // the greatest is exact
    REQUIRE(histogram.at_most(1ms) == 1000);
}

TEST_CASE("quantiles are the exact ones or at most 1/128 more") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        std::vector<Duration> all = of_all_sizes(1 + 37 * static_cast<std::size_t>(seed * seed), seed);
        const Histogram histogram = of(all);
        std::sort(all.begin(), all.end());
        for (const double q : {0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
            const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size())));
            const Duration exact = all[std::max<std::size_t>(rank, 1) - 1];
            INFO("seed " << seed << ", q " << q);
            REQUIRE(histogram.quantile(q) >= exact);
            REQUIRE(histogram.quantile(q) <= exact + exact / 128);
        }
        REQUIRE(histogram.quantile(0) == all.front());
    }
}

TEST_CASE("short durations are exact") {
    for (int i = 0; i < 256; ++i) {
        Histogram histogram;
        histogram.record(Duration(i), 3);
        histogram.record(1h);
        REQUIRE(histogram.quantile(0.5) == Duration(i));
        REQUIRE(histogram.at_most(Duration(i)) == 3);
        REQUIRE(histogram.at_most(Duration(i - 1)) == 0);
    }
}

TEST_CASE("each bucket ends where the next begins") {
    // Whatever is recorded, what is at most its bucket's end is counted, and what is one less than that bucket's beginning is not.
    for (const Duration d : of_all_sizes(5000, 3, 62)) {
        Histogram histogram;
        histogram.record(d);
        histogram.record(Duration::max());
        const Duration end = histogram.quantile(0.25);
        REQUIRE(histogram.at_most(end) == 1);
        REQUIRE(histogram.at_most(end - 1ns) == 0); // a part of a bucket does not count
        Histogram next;
        next.record(end + 1ns);
        next.record(Duration::max());
        REQUIRE(next.quantile(0.25) > end);
        REQUIRE(next.at_most(end) == 0);
    }
}

TEST_CASE("how many are at most d is never more than the truth, and short of it by a bucket at most") {
    const std::vector<Duration> all = of_all_sizes(3000, 11, 40);
    const Histogram histogram = of(all);
    const auto exact = [&all](Duration d) {
        return static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [d](Duration x) { return x <= d; }));
    };
    std::uint64_t before = 0;
    for (Duration d = 100ns; d < 2000s; d = d * 3 / 2) {
        REQUIRE(histogram.at_most(d) <= exact(d));
        REQUIRE(histogram.at_most(d) >= exact(d - d / 128));
        REQUIRE(histogram.at_most(d) >= before);
        before = histogram.at_most(d);
    }
    REQUIRE(histogram.at_most(Duration::max()) == 3000);
    REQUIRE(histogram.at_most(-1ns) == 0);
}

TEST_CASE("parts merge to the whole, in any order") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const std::vector<Duration> all = of_all_sizes(999, seed, static_cast<unsigned>(5 * seed));
        Histogram parts[3];
        for (std::size_t i = 0; i < all.size(); ++i) parts[i % 7 % 3].record(all[i]);
        Histogram forward, backward;
        for (const Histogram& part : parts) forward.merge(part);
        for (int i = 2; i >= 0; --i) backward.merge(parts[i]);
        REQUIRE(forward == of(all));
        REQUIRE(backward == forward);
        forward.merge(Histogram());
        REQUIRE(backward == forward);
    }
}

TEST_CASE("an empty one has zeros, and the ends of the range are in it") {
    Histogram histogram;
    REQUIRE(histogram.empty());
    REQUIRE(histogram.quantile(0.5) == 0ns);
    REQUIRE(histogram.mean() == 0ns);
    REQUIRE(histogram.max() == 0ns);
    REQUIRE(histogram.at_most(1h) == 0);
    histogram.record(1ns, 0);
    REQUIRE(histogram == Histogram());
    histogram.record(-5s);
    REQUIRE(histogram.count() == 1);
    REQUIRE(histogram.max() == 0ns);
    REQUIRE(histogram.at_most(0ns) == 1);
    histogram.record(Duration::max());
    REQUIRE(histogram.quantile(1) == Duration::max());
    REQUIRE(histogram.quantile(7) == Duration::max());
    REQUIRE(histogram.quantile(std::nan("")) == 0ns);
    REQUIRE(histogram.at_most(Duration::max()) == 2);
}

TEST_CASE("a sum that is more than a duration can be stays at the longest") {
    Histogram histogram, other;
    histogram.record(Duration::max(), 3); // as numbers of 64 bits they would begin again
    REQUIRE(histogram.sum() == Duration::max());
    other.record(Duration::max(), 2);
    other.merge(other);
    REQUIRE(other.sum() == Duration::max());
    REQUIRE(other.count() == 4);
}
