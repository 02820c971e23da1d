// SPDX-License-Identifier: BSL-1.0
// Windows that follow the events of a key, over random streams.
#include "laws/agreement.hpp"

#include <map>

using namespace laws;
using weir::Duration;

namespace {

/// All windows that an event makes while they are still to come; each has what came before it was over.
Expected windows_of_records(const Steps& steps, Time difference, Time earliest) {
    struct Record {
        In in;
        Time mark;
        bool given = false;
    };
    std::map<int, std::vector<Record>> records;
    std::map<std::pair<Time, int>, std::size_t> made; // last time in it and key -> number of the event that made it
    Time mark = streams::first_of_all;
    Expected result;
    const auto advance = [&](Time until) {
        for (;;) {
            auto first = made.end();
            for (auto it = made.begin(); it != made.end(); ++it)
                if (first == made.end() || std::pair(it->first.first, it->second) < std::pair(first->first.first, first->second)) first = it;
            if (first == made.end() || first->first.first > until) break;
            const auto [last, key] = first->first;
            made.erase(first);
            mark = std::max(mark, last);
            result.mark(last - 1);
            std::vector<std::int64_t> values;
            for (Record& record : records[key]) {
                if (record.in.time > last || record.in.time < last - difference || record.mark >= last) continue;
                record.given = true;
                values.push_back(record.in.value);
            }
            if (not values.empty()) result.give({key, last - difference, last + 1, 0, 1, oracles::measured(values, Measure::all)}, last);
        }
        mark = std::max(mark, until);
        result.mark(mark);
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        if (step.kind == Step::Kind::mark) advance(step.time);
        if (step.kind != Step::Kind::event) continue;
        if (step.time + difference <= mark) {
            ++result.late;
            continue;
        }
        result.late_in_some += step.time <= mark;
        records[step.in.key].push_back({step.in, mark});
        for (const Time last : {std::max(step.time - difference, earliest) + difference, step.time + 1 + difference})
            if (last > mark) made.try_emplace({last, step.in.key}, i);
    }
    advance(streams::last_of_all);
    for (const auto& [key, all] : records)
        for (const Record& record : all) result.expired += not record.given;
    return result;
}

} // namespace

TEST_CASE("windows that follow the events are what the rules say") {
    for (const auto& [difference, earliest] : {std::pair<Time, Time>{1, -1000}, {7, 0}, {30, -1000}}) {
        INFO("difference " << difference << ", not before " << earliest);
        const auto make = [spec = weir::record_sliding(Duration(difference)).not_before(streams::at(earliest))](auto source, auto sink) {
            return std::move(source) | weir::key_by(&In::key) | weir::window(spec) | every_aggregate() | weir::map(ToRow{}) | std::move(sink);
        };
        const Oracle oracle = [d = difference, e = earliest](const Steps& steps) { return windows_of_records(steps, d, e); };
        agree_on_random(20, oracle, make);
    }
}
