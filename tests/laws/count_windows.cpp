// SPDX-License-Identifier: BSL-1.0
// Windows of so many events over random streams against a list of each key's events.
#include "laws/agreement.hpp"

#include <map>

using namespace laws;

namespace {

/// A window after each `slide` events, of the last `size`; only full ones.
Expected expected_of(const Steps& steps, std::size_t size, std::size_t slide, Measure measure = Measure::all, bool keyed = true) {
    struct Key {
        std::vector<Step> events{};
        std::uint64_t index = 0;
        std::uint64_t since = 0; // events that no window has had
    };
    std::map<int, Key> keys;
    Expected result;
    for (const Step& step : steps) {
        if (step.kind == Step::Kind::mark) result.mark(step.time);
        if (step.kind != Step::Kind::event) continue;
        Key& key = keys[keyed ? step.in.key : 0];
        key.events.push_back(step);
        ++key.since;
        if (key.events.size() < size || (key.events.size() - size) % slide != 0) continue;
        Time first = streams::last_of_all, last = streams::first_of_all;
        std::vector<std::int64_t> values;
        for (std::size_t i = key.events.size() - size; i < key.events.size(); ++i) {
            first = std::min(first, key.events[i].time);
            last = std::max(last, key.events[i].time);
            values.push_back(key.events[i].in.value);
        }
        key.since = 0;
        result.give({keyed ? step.in.key : 0, first, last + 1, key.index++, 1, oracles::measured(values, measure)}, last);
    }
    result.mark(streams::last_of_all);
    for (const auto& [name, key] : keys) result.held += key.since;
    return result;
}

} // namespace

TEST_CASE("count windows with every aggregate are what the rules say") {
    for (const auto& [size, slide] : {std::pair{1U, 1U}, {3U, 3U}, {4U, 2U}, {5U, 2U}, {6U, 4U}, {5U, 1U}}) {
        INFO("windows of " << size << ", every " << slide);
        const auto spec = weir::count_window(size, slide);
        const auto make = [spec](auto source, auto sink) {
            return std::move(source) | weir::micro_batch(4) | weir::unbatch() | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() |
                   weir::map(ToRow{}) | std::move(sink);
        };
        const Oracle oracle = [size, slide](const Steps& steps) { return expected_of(steps, size, slide); };
        agree_on_random(12, oracle, make);
    }
}

TEST_CASE("count windows without keys, whose states do not grow, are what the rules say") {
    const auto agree = [](const auto& spec, std::size_t size, std::size_t slide) {
        INFO("windows of " << size << ", every " << slide);
        const auto make = [spec](auto source, auto sink) {
            return std::move(source) | weir::window(spec) |
                   weir::aggregate(weir::count(), weir::sum(&In::value), weir::max(&In::value), weir::first(&In::value), weir::last(&In::value)) |
                   weir::map(ToRow{}) | std::move(sink);
        };
        const Oracle oracle = [size, slide](const Steps& steps) { return expected_of(steps, size, slide, Measure::ends, false); };
        agree_on_random({}, 8, oracle, make);
        agree_on_random({.steps = 300}, 2, oracle, make);
    };
    for (const auto& [size, slide] : {std::pair{2U, 1U}, {3U, 1U}, {8U, 1U}, {9U, 1U}, {40U, 1U}, {6U, 6U}, {6U, 4U}, {9U, 3U}})
        agree(weir::count_window(size, slide), size, slide);
    for (const auto& [size, slide] : {std::pair{2U, 1U}, {9U, 1U}, {40U, 1U}, {6U, 4U}, {9U, 3U}})
        agree(weir::count_window(size, slide).without_pauses(), size, slide);
}
