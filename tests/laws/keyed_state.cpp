// SPDX-License-Identifier: BSL-1.0
// The laws for what is kept for keys within bounds, and for what waits for both clocks, where the clock moves as the test says.
#include "laws/laws.hpp"

namespace {

using weir::AtMaxKeys;
using weir::Duration;
using weir::Timestamp;

struct In {
    int key;
    int value;
    static constexpr auto fields() { return weir::fields("key", &In::key, "value", &In::value); }
};

weir::TestStream<In> script(std::uint64_t seed) {
    weir::Random random(seed);
    weir::TestStream<In> made;
    std::int64_t now = 0;
    for (int i = 0; i < 70; ++i) {
        now += static_cast<std::int64_t>(random.below(4));
        const Timestamp time(Duration(now + 8 - static_cast<std::int64_t>(random.below(12))));
        if (random.one_in(5)) made.advance(Duration(random.between(1, 9)));
        else if (random.one_in(4)) made.watermark(Timestamp(Duration(now)));
        else made.event({static_cast<int>(random.below(6)), i}, time);
    }
    return made;
}

/// chain: between source and sink.
template <typename Chain>
void hold(const Chain& chain) {
    const auto make = [chain](auto source, auto sink) { return std::move(source) | chain | std::move(sink); };
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto stream = script(seed);
        weir::detail::check_equivalence_of<true>(stream.items(), make, {.runs = 10});
        weir::check_recovery(stream, make, {.runs = 30});
    }
}

} // namespace

TEST_CASE("sessions with a limit, of whose values some are evicted, keep the laws") {
    hold(weir::key_by(&In::key) | weir::window(weir::session(Duration(7)).at_most(Duration(20)).allowed_lateness(Duration(4))) |
         weir::aggregate(weir::count(), weir::evicting(weir::keep_last(3), weir::collect(&In::value))));
}

TEST_CASE("windows of no more than so many keys keep the laws") {
    hold(weir::key_by(&In::key) | weir::window(weir::sliding(Duration(12), Duration(5)).allowed_lateness(Duration(3))) |
         weir::aggregate(weir::collect(&In::value), weir::KeyedOptions{.max_keys = 3, .at_max = AtMaxKeys::evict}));
}

TEST_CASE("timers on both clocks, of no more than so many keys, keep the laws") {
    const auto on_event = [](const In& in, int& n, auto& context) {
        context.emit(++n);
        context.set_timer(context.time() + Duration(in.value % 9 - 2));
        context.set_processing_timer(context.now() + Duration(in.value % 7 - 1)); // also at once
        if (in.value % 5 == 0) context.delete_processing_timer(context.now() + Duration(3));
    };
    const auto on_timer = [](Timestamp, int& n, auto& context) {
        context.emit(-n);
        if (++n % 4 == 0) context.set_processing_timer(context.now() + Duration(2));
        if (n > 9) context.clear();
    };
    hold(weir::key_by(&In::key) | weir::process_keyed<int, int>(on_event, on_timer, {.max_keys = 4, .at_max = AtMaxKeys::evict, .ttl = Duration(30)}));
}

TEST_CASE("windows of processing time keep the laws") {
    hold(weir::map(&In::value) | weir::processing_time() | weir::key_by([](int x) { return x % 3; }) |
         weir::window(weir::tumbling(Duration(10))) | weir::aggregate(weir::count(), weir::collect()));
}

TEST_CASE("suppress keeps the laws") {
    hold(weir::key_by(&In::key) | weir::suppress(Duration(9)));
    hold(weir::key_by(&In::key) | weir::suppress(Duration(30), {.max_keys = 3, .at_max = AtMaxKeys::evict}));
}
