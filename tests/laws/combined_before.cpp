// SPDX-License-Identifier: BSL-1.0
// Events that are combined before copies get them: rows, their order, what is late and all counts are as in copies that get each event.
#include "laws/laws.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

using laws::failing;

namespace {

constexpr weir::ParallelOptions three{.copies = 3, .capacity = 4};

struct Item {
    int key;
    int value;
};

auto seconds_of(const Item& item) { return weir::Timestamp(std::chrono::seconds(item.value)); }

} // namespace

TEST_CASE("combined before it is divided a stream keeps the laws: late events and keys that throw, too") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::map([](int x) { return Item{x % 3, x}; }) | weir::event_time(failing(fault, seconds_of), weir::bounded_disorder(std::chrono::seconds(6))) |
               weir::parallel(three, weir::key_by(failing(fault, [](const Item& item) { return item.key; })) | weir::window(weir::tumbling(std::chrono::seconds(12))) |
                                         weir::aggregate(weir::count(), weir::max(&Item::value), weir::sum(&Item::value))) |
               std::move(sink);
    };
    weir::check_laws(laws::numbers(90), make, {.runs = 40, .marks = false});
    weir::check_laws(laws::numbers(90, 8), make, {.runs = 40, .marks = false});
    weir::check_laws(std::vector<int>{}, make, {.runs = 4});
}

TEST_CASE("the same where times lie beside the events") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::event_time(failing(fault, [](int x) { return weir::Timestamp(std::chrono::seconds(x)); }), weir::bounded_disorder(std::chrono::seconds(9))) |
               weir::key_by(failing(fault, [](int x) { return x % 5; })) | weir::window(weir::tumbling(std::chrono::seconds(7))) |
               weir::parallel(three, weir::aggregate(weir::count()) | weir::map([](const auto& row) { return row.value; })) | std::move(sink);
    };
    weir::check_laws(laws::numbers(60), make, {.runs = 24, .marks = false});
}

TEST_CASE("the same of keys that are text") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::event_time([](int x) { return weir::Timestamp(std::chrono::seconds(x)); }, weir::bounded_disorder(std::chrono::seconds(9))) |
               weir::key_by(failing(fault, [](int x) { return std::string(static_cast<std::size_t>(20 + x % 2), 'k'); })) | weir::window(weir::tumbling(std::chrono::seconds(7))) |
               weir::parallel(three, weir::aggregate(weir::count()) | weir::map([](const auto& row) { return row.value; })) | std::move(sink);
    };
    weir::check_laws(laws::numbers(60), make, {.runs = 24, .marks = false});
}

TEST_CASE("the same of many keys: in a wide table, too, whose rows are more than a block has") {
    const auto make = [](auto source, auto sink, const weir::Fault& fault) {
        return std::move(source) | weir::map([](int x) { return Item{x % 23, x}; }) | weir::event_time(seconds_of, weir::bounded_disorder(std::chrono::seconds(25))) |
               weir::parallel(three, weir::key_by(failing(fault, [](const Item& item) { return item.key; })) | weir::window(weir::tumbling(std::chrono::seconds(15))) |
                                         weir::aggregate(weir::count(), weir::last(&Item::value))) |
               std::move(sink);
    };
    weir::check_laws(laws::numbers(160, 12), make, {.runs = 30, .marks = false});
    weir::check_stopping(laws::numbers(160, 12), make, {.runs = 10, .marks = false});
}
