// SPDX-License-Identifier: BSL-1.0
// Question: what does a window that slides cost, and does that grow with the window? (Options: rounds.hpp.)
// 1. The greatest of the last n of 20 million numbers (times scale), one result every s. By hand: two stacks in a flat ring, turned over
//    block by block, and the numbers compared again each time. weir: count_window(n, s), a row for each result, with a Report.
// 2. Keyed sliding windows of event time, count and sum: size / slide of 2 and of 60 beside tumbling windows of the slide.
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using Numbers = std::vector<std::int64_t>;

std::shared_ptr<const Numbers> numbers(std::size_t n) {
    auto all = std::make_shared<Numbers>(n);
    for (std::size_t i = 0; i < n; ++i) (*all)[i] = static_cast<std::int64_t>(weir::stable_hash(i) >> 20U);
    return all;
}

void add(std::uint64_t& sum, std::int64_t result) { sum = sum * 31 + static_cast<std::uint64_t>(result); }

/// Two stacks: the block before is turned into what each of its places is with all behind it, the block now has one running maximum.
std::uint64_t two_stacks(const Numbers& in, std::size_t n, std::size_t s) {
    std::uint64_t sum = 0;
    std::vector<std::int64_t> ring(n + 1, std::numeric_limits<std::int64_t>::min());
    std::int64_t running = std::numeric_limits<std::int64_t>::min();
    std::size_t at = 0, missing = n;
    for (const std::int64_t x : in) {
        ring[at] = x;
        running = std::max(running, x);
        ++at;
        if (--missing == 0) {
            add(sum, std::max(ring[at], running)); // what the block before still has in the window
            missing = s;
        }
        if (at == n) {
            for (std::size_t i = n - 1; i-- > 0;) ring[i] = std::max(ring[i], ring[i + 1]);
            running = std::numeric_limits<std::int64_t>::min();
            at = 0;
        }
    }
    return sum;
}

/// The same over the maxima of s numbers each.
std::uint64_t two_stacks_of_panes(const Numbers& in, std::size_t n, std::size_t s) {
    std::uint64_t sum = 0;
    const std::size_t panes = n / s;
    std::vector<std::int64_t> ring(panes + 1, std::numeric_limits<std::int64_t>::min());
    std::int64_t running = std::numeric_limits<std::int64_t>::min();
    std::size_t at = 0, missing = panes;
    for (std::size_t begin = 0; begin + s <= in.size(); begin += s) {
        std::int64_t pane = in[begin];
        for (std::size_t i = 1; i < s; ++i) pane = std::max(pane, in[begin + i]);
        ring[at] = pane;
        running = std::max(running, pane);
        ++at;
        if (--missing == 0) {
            add(sum, std::max(ring[at], running));
            missing = 1;
        }
        if (at == panes) {
            for (std::size_t i = panes - 1; i-- > 0;) ring[i] = std::max(ring[i], ring[i + 1]);
            running = std::numeric_limits<std::int64_t>::min();
            at = 0;
        }
    }
    return sum;
}

std::uint64_t again(const Numbers& in, std::size_t n, std::size_t s) {
    std::uint64_t sum = 0;
    for (std::size_t end = n; end <= in.size(); end += s) {
        const auto from = in.begin() + static_cast<std::ptrdiff_t>(end - n);
        std::int64_t most = *from;
        for (std::size_t i = 1; i < n; ++i) most = std::max(most, from[static_cast<std::ptrdiff_t>(i)]);
        add(sum, most);
    }
    return sum;
}

std::uint64_t by_weir(const Numbers& in, const auto& windows) {
    std::uint64_t sum = 0;
    weir::run(weir::from(in) | weir::window(windows) | weir::aggregate(weir::max()) |
              weir::for_each([&sum](const auto& row) { add(sum, row.value); }));
    return sum;
}

rounds::Group count_group(std::size_t n, std::size_t s) {
    const std::string title = s == 1 ? "greatest of the last n at each number, n = " + std::to_string(n)
                                     : "greatest of the last " + std::to_string(n) + ", every " + std::to_string(s);
    return {title, [n, s](std::size_t events) {
                const auto input = numbers(events);
                std::vector<rounds::Variant> v;
                v.push_back({"by hand, two stacks", [input, n, s] { return two_stacks(*input, n, s); }});
                if (s > 1) v.push_back({"by hand, two stacks of panes", [input, n, s] { return two_stacks_of_panes(*input, n, s); }});
                v.push_back({"weir", [input, n, s] { return by_weir(*input, weir::count_window(n, s)); }});
                v.push_back({"weir, without pauses", [input, n, s] { return by_weir(*input, weir::count_window(n, s).without_pauses()); }});
                if (n / s <= 32) v.push_back({"by hand, all compared again", [input, n, s] { return again(*input, n, s); }});
                return v;
            }};
}

struct Reading {
    std::uint64_t key;
    std::int64_t value;
    weir::Timestamp time;
};

template <typename Spec>
std::uint64_t keyed(const std::vector<Reading>& in, const Spec& spec) {
    std::uint64_t inputs = 0;
    const weir::Report report = weir::run(weir::from(in) | weir::event_time(&Reading::time, weir::bounded_disorder(std::chrono::milliseconds(200))) |
                                          weir::key_by(&Reading::key) | weir::window(spec) | weir::aggregate(weir::count(), weir::sum(&Reading::value)) |
                                          weir::for_each([](const auto&) {}));
    for (const weir::OperatorReport& row : report.operators) inputs = std::max(inputs, row.in * (row.name == "aggregate#1" ? 1 : 0));
    return inputs;
}

rounds::Group time_group(std::size_t n_keys) {
    return {"windows of time that slide by 1 s, " + std::to_string(n_keys) + " keys, 100k events a second", [n_keys](std::size_t events) {
                using namespace std::chrono_literals;
                auto input = std::make_shared<std::vector<Reading>>();
                const keys::Keys drawn = keys::uniform(events, n_keys);
                for (std::size_t i = 0; i < events; ++i)
                    input->push_back({drawn[i], static_cast<std::int64_t>(i % 1000), weir::Timestamp(std::chrono::microseconds(10 * i))});
                std::vector<rounds::Variant> v;
                v.push_back({"weir, tumbling 1 s", [input] { return keyed(*input, weir::tumbling(1s)); }});
                v.push_back({"weir, sliding 2 s", [input] { return keyed(*input, weir::sliding(2s, 1s)); }});
                v.push_back({"weir, sliding 60 s", [input] { return keyed(*input, weir::sliding(60s, 1s)); }});
                v.push_back({"weir, sliding 10 min", [input] { return keyed(*input, weir::sliding(10min, 1s)); }});
                return v;
            }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    for (const auto& [n, s] : {std::pair(10, 1), std::pair(1'000, 1), std::pair(100'000, 1), std::pair(1'000'000, 1), std::pair(1'000, 10),
                               std::pair(1'000'000, 100)})
        groups.push_back(count_group(static_cast<std::size_t>(n), static_cast<std::size_t>(s)));
    groups.push_back(time_group(1'000));
    return rounds::main(argc, argv, std::move(groups), 20e6);
}
