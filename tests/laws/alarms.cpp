// SPDX-License-Identifier: BSL-1.0
// Panes by the job's clock keep the laws, where the clock moves as the test says.
#include "laws/laws.hpp"

namespace {

struct In {
    int key;
    int value;
    static constexpr auto fields() { return weir::fields("key", &In::key, "value", &In::value); }
};

weir::TestStream<In> script(std::uint64_t seed) {
    weir::Random random(seed);
    weir::TestStream<In> made;
    std::int64_t now = 0;
    for (int i = 0; i < 60; ++i) {
        now += static_cast<std::int64_t>(random.below(4));
        const weir::Timestamp time(weir::Duration(now + 8 - static_cast<std::int64_t>(random.below(8))));
        if (random.one_in(4)) made.advance(weir::Duration(random.between(1, 9)));
        else if (random.one_in(4)) made.watermark(weir::Timestamp(weir::Duration(now)));
        else made.event({static_cast<int>(random.below(3)), i}, time);
    }
    return made;
}

template <typename Spec>
void hold(const Spec& spec) {
    const auto make = [spec](auto source, auto sink) {
        return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | weir::aggregate(weir::count(), weir::sum(&In::value)) | std::move(sink);
    };
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto stream = script(seed);
        weir::detail::check_equivalence_of<true>(stream.items(), make, {.runs = 12});
        weir::check_recovery(stream, make, {.runs = 40});
    }
}

} // namespace

TEST_CASE("sessions with a count or a delay keep the laws") {
    hold(weir::session(weir::Duration(5)).trigger(weir::after_watermark().early(weir::after_count(3).or_after(weir::Duration(6)))).allowed_lateness(weir::Duration(4)));
}

TEST_CASE("windows side by side with a delay, again and again, keep the laws") {
    hold(weir::tumbling(weir::Duration(10)).trigger(weir::after_delay(weir::Duration(6))).discarding());
}
