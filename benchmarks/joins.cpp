// SPDX-License-Identifier: BSL-1.0
// Question: what does an interval join of two stored streams cost for each event, and does it grow with the keys or with what is stored?
// And a join of whole sets, with a table that is stored, for each event of the other? (Options: rounds.hpp.) Two streams in the order of their times, 24-byte events, a pair where right - left lies in [0, 1 s].
// By hand: the streams are merged by time; a map from each key to the rows of both sides, in rings that are cut at the front whenever
// they are looked at. (Keys that go are not forgotten, there are no outer rows, nothing is counted, and no event may come late.)
#include "keys.hpp"
#include "rounds.hpp"

#include <weir/weir.hpp>

#if defined(WEIR_PEER_ABSL)
#include <absl/container/flat_hash_map.h>
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

struct Row {
    std::uint64_t key;
    std::int64_t value;
    weir::Timestamp time;
};
using Rows = std::vector<Row>;
struct Input {
    Rows left;
    Rows right;
};

/// n events in the order of their times, one of the left side in so many.
std::shared_ptr<const Input> input(std::size_t n, std::size_t n_keys, std::size_t left_in, weir::Duration apart) {
    auto both = std::make_shared<Input>();
    const keys::Keys drawn = keys::uniform(n, n_keys);
    for (std::size_t i = 0; i < n; ++i)
        (i % left_in == 0 ? both->left : both->right).push_back({drawn[i], static_cast<std::int64_t>(i % 1000), weir::Timestamp(static_cast<std::int64_t>(i) * apart)});
    return both;
}

std::uint64_t add(std::uint64_t sum, const Row& left, const Row& right) { return sum + static_cast<std::uint64_t>(left.value * 7 + right.value); }

std::uint64_t by_weir(const Input& in) {
    std::uint64_t sum = 0;
    const auto side = [](const Rows& rows) { return weir::from(rows) | weir::event_time(&Row::time) | weir::key_by(&Row::key); };
    weir::run(weir::interval_join(side(in.left), side(in.right), weir::within(0s, 1s),
                                  [](const Row& l, const Row& r) { return add(0, l, r); }) |
              weir::for_each([&sum](std::uint64_t x) { sum += x; }));
    return sum;
}

/// Rows of one side of a key.
struct Ring {
    std::vector<Row> rows;
    std::size_t first = 0;
    void cut(weir::Timestamp before) {
        while (first < rows.size() && rows[first].time < before) ++first;
        if (first == rows.size()) rows.clear(), first = 0;
        else if (first > 64 && first > rows.size() / 2) rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first)), first = 0;
    }
};

template <template <typename...> typename Map>
std::uint64_t by_hand(const Input& in) {
    Map<std::uint64_t, std::pair<Ring, Ring>> kept;
    std::uint64_t sum = 0;
    for (std::size_t l = 0, r = 0; l < in.left.size() || r < in.right.size();) {
        const bool is_left = r == in.right.size() || (l < in.left.size() && in.left[l].time <= in.right[r].time);
        const Row& row = is_left ? in.left[l++] : in.right[r++];
        auto& [left, right] = kept[row.key];
        left.cut(row.time - 1s);
        right.cut(row.time);
        if (is_left) {
            for (std::size_t i = right.first; i < right.rows.size(); ++i) sum = add(sum, row, right.rows[i]);
            left.rows.push_back(row);
        } else {
            for (std::size_t i = left.first; i < left.rows.size(); ++i) sum = add(sum, left.rows[i], row);
            right.rows.push_back(row);
        }
    }
    return sum;
}

rounds::Group group(std::size_t n_keys, std::size_t left_in, weir::Duration apart, const std::string& title) {
    return {title, [=](std::size_t events) {
                const auto in = input(events, n_keys, left_in, apart);
                std::vector<rounds::Variant> v;
                v.push_back({"by hand, std::unordered_map", [in] { return by_hand<std::unordered_map>(*in); }});
#if defined(WEIR_PEER_ABSL)
                v.push_back({"by hand, absl::flat_hash_map", [in] { return by_hand<absl::flat_hash_map>(*in); }});
#endif
                v.push_back({"weir", [in] { return by_weir(*in); }});
                return v;
            }};
}

/// A stored table with each key once, and events that each have one of them.
struct Stored {
    Rows left;
    Rows right;
};
std::shared_ptr<const Stored> stored(std::size_t n, std::size_t n_keys) {
    auto both = std::make_shared<Stored>();
    for (std::size_t i = 0; i < n_keys; ++i) both->right.push_back({keys::key_of(i), static_cast<std::int64_t>(i % 1000), {}});
    for (const std::uint64_t key : keys::uniform(n, n_keys)) both->left.push_back({key, static_cast<std::int64_t>(both->left.size() % 1000), {}});
    return both;
}
std::uint64_t whole_by_weir(const Stored& in) {
    std::uint64_t sum = 0;
    weir::run(weir::hash_join(weir::from(in.left) | weir::key_by(&Row::key), weir::from(in.right) | weir::key_by(&Row::key),
                              [](const Row& l, const Row& r) { return add(0, l, r); }) |
              weir::for_each([&sum](std::uint64_t x) { sum += x; }));
    return sum;
}
/// (No key may come twice.)
template <template <typename...> typename Map>
std::uint64_t whole_by_hand(const Stored& in) {
    Map<std::uint64_t, Row> rows;
    for (const Row& row : in.right) rows.emplace(row.key, row);
    std::uint64_t sum = 0;
    for (const Row& row : in.left)
        if (const auto found = rows.find(row.key); found != rows.end()) sum = add(sum, row, found->second);
    return sum;
}
rounds::Group whole(std::size_t n_keys, const std::string& title, double share = 1) {
    return {title, [=](std::size_t events) {
                const auto in = stored(events, n_keys);
                std::vector<rounds::Variant> v;
                v.push_back({"by hand, std::unordered_map", [in] { return whole_by_hand<std::unordered_map>(*in); }});
#if defined(WEIR_PEER_ABSL)
                v.push_back({"by hand, absl::flat_hash_map", [in] { return whole_by_hand<absl::flat_hash_map>(*in); }});
#endif
                v.push_back({"weir", [in] { return whole_by_weir(*in); }});
                return v;
            }, share};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    groups.push_back(group(1'000, 2, 1ms, "1 thousand keys, half a pair for each event"));
    groups.push_back(group(100'000, 2, 10us, "100 thousand keys, half a pair for each event"));
    groups.push_back(group(1'000'000, 2, 1us, "1 million keys, half a pair for each event"));
    groups.push_back(group(1'000, 1'001, 1ms, "rates of 1 : 1000"));
    groups.push_back(group(1'000, 2, 100us, "1 thousand keys, 5 pairs for each event"));
    groups.push_back(whole(1'000, "whole sets: with 1 thousand rows"));
    groups.push_back(whole(100'000, "whole sets: with 100 thousand rows"));
    groups.push_back(whole(1'000'000, "whole sets: with 1 million rows", 2));
    return rounds::main(argc, argv, std::move(groups), 2e6);
}
