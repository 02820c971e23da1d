// SPDX-License-Identifier: BSL-1.0
// Sorting by time within a delay: in_time_order(). Where a case is partitioned each key has a watermark, and so a stream, of its own.
#include "catch.hpp"
#include "conformance/features.hpp"
#include "conformance/replay.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace conformance;

namespace {

struct Element {
    std::int64_t value;
    weir::Timestamp time;
    std::int64_t index;
};

std::string reorder(const Case& c, Unit unit) {
    std::vector<std::int64_t> late;
    for (const Json& expected : c.expected) {
        std::vector<Element> elements;
        for (std::size_t i = 0; i < c.input.size(); ++i) {
            const Json& step = c.input[i];
            if (step.has("ts") && step["key"] == expected["key"])
                elements.push_back({step["value"].integer(), unit.at(step["ts"].integer()), static_cast<std::int64_t>(i)});
        }
        std::vector<std::int64_t> given;
        weir::run(weir::from(elements) | weir::event_time(&Element::time, weir::bounded_disorder(unit.length(c.params["delay"].integer()))) |
                  weir::in_time_order().late_to(weir::for_each([&](const Element& element) { late.push_back(element.index); })) |
                  weir::for_each([&](const Element& element) { given.push_back(element.value); }));
        std::vector<std::int64_t> wanted;
        for (const Json& value : expected["value"].elements()) wanted.push_back(value.integer());
        if (given != wanted) return "another order of key " + std::to_string(expected["key"].integer());
    }
    std::sort(late.begin(), late.end());
    return c.late && late != *c.late ? "others are late" : "";
}

} // namespace

TEST_CASE("events in the order of their times are those of other engines") {
    for (const Case& c : cases_of({"reorder"})) judge(c, reorder(c, Unit{1'000'000}) + reorder(c, Unit{1}));
}
