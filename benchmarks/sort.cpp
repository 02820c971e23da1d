// SPDX-License-Identifier: BSL-1.0
// Question: what does sort_by cost beside the sort that its user would have called? (Options: rounds.hpp.)
// 50 million rows of 16 bytes (times scale) by a number, a tenth as many by a text; each variant copies them out of a vector, sorts and
// goes through the result. The peers are not stable, but for std::stable_sort. Debian package of the peer: libboost-dev (spreadsort).
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#if __has_include(<boost/sort/spreadsort/integer_sort.hpp>)
#include <boost/sort/spreadsort/integer_sort.hpp>
#define PEER_SPREADSORT
#endif

namespace {

struct Numbered {
    std::uint64_t key;
    std::uint64_t value;
};
struct Named {
    std::string key;
    std::uint64_t value;
};
constexpr auto less = [](const auto& a, const auto& b) { return a.key < b.key; };

template <typename Row>
using Rows = std::shared_ptr<const std::vector<Row>>;

/// The same however rows of equal keys lie.
template <typename Row>
struct Checksum {
    std::uint64_t sum = 0;
    std::uint64_t place = 0;
    void operator()(const Row& row) { sum += weir::stable_hash(row.key) * ++place; }
};

template <typename Row, typename Sort>
std::uint64_t by_hand(const Rows<Row>& in, Sort sort) {
    std::vector<Row> rows = *in;
    sort(rows);
    Checksum<Row> all;
    for (const Row& row : rows) all(row);
    return all.sum;
}
template <typename Row, typename By>
std::uint64_t by_weir(const Rows<Row>& in, By by) {
    Checksum<Row> all;
    weir::run(weir::from(*in) | weir::sort_by(by) | weir::for_each(std::ref(all)));
    return all.sum;
}

/// The rows of a vector, for workers.
template <typename Row>
class Parts {
public:
    using event_type = Row;
    explicit Parts(std::span<const Row> rows) : rows_(rows) {}
    std::span<const Row> next_batch() {
        const std::span<const Row> batch = rows_.first(std::min<std::size_t>(rows_.size(), 4096));
        rows_ = rows_.subspan(batch.size());
        return batch;
    }
    std::vector<Parts> split(std::size_t n) && {
        std::vector<Parts> parts;
        for (std::size_t i = 0; i < n; ++i) parts.push_back(Parts(rows_.subspan(rows_.size() * i / n, rows_.size() * (i + 1) / n - rows_.size() * i / n)));
        return parts;
    }

private:
    std::span<const Row> rows_;
};
template <typename Row, typename By>
std::uint64_t by_workers(const Rows<Row>& in, By by) {
    Checksum<Row> all;
    weir::run(weir::from(Parts<Row>(*in)) | weir::sort_by(by) | weir::for_each(std::ref(all)), {.workers = 2});
    return all.sum;
}

template <typename Row>
std::vector<rounds::Variant> variants(const Rows<Row>& in) {
    std::vector<rounds::Variant> v;
    v.push_back({"by hand, std::sort", [in] { return by_hand(in, [](auto& rows) { std::sort(rows.begin(), rows.end(), less); }); }});
    v.push_back({"by hand, std::stable_sort", [in] { return by_hand(in, [](auto& rows) { std::stable_sort(rows.begin(), rows.end(), less); }); }});
#if defined(PEER_SPREADSORT)
    if constexpr (std::is_same_v<Row, Numbered>)
        v.push_back({"by hand, boost spreadsort", [in] {
                         return by_hand(in, [](auto& rows) {
                             boost::sort::spreadsort::integer_sort(rows.begin(), rows.end(), [](const Row& row, unsigned shift) { return row.key >> shift; }, less);
                         });
                     }});
#endif
    v.push_back({"weir, by a member", [in] { return by_weir(in, &Row::key); }});
    v.push_back({"weir, by a function", [in] { return by_weir(in, [](const Row& row) { return row.key; }); }});
    v.push_back({"weir, by a member, two workers", [in] { return by_workers(in, &Row::key); }});
    return v;
}

template <typename KeyOf>
rounds::Group numbers(std::string title, KeyOf key_of) {
    return {std::move(title), [key_of](std::size_t n) {
                auto rows = std::make_shared<std::vector<Numbered>>(n);
                for (std::size_t i = 0; i < n; ++i) (*rows)[i] = {key_of(weir::stable_hash(i)), i};
                return variants(Rows<Numbered>(rows));
            }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    groups.push_back(numbers("random numbers of 64 bits", [](std::uint64_t hash) { return hash; }));
    groups.push_back(numbers("one of 1000 numbers", [](std::uint64_t hash) { return hash % 1000; }));
    groups.push_back({"texts of 16 random digits",
                      [](std::size_t n) {
                          auto rows = std::make_shared<std::vector<Named>>(n);
                          for (std::size_t i = 0; i < n; ++i) (*rows)[i] = {std::to_string(10'000'000'000'000'000 + weir::stable_hash(i) % 10'000'000'000'000'000).substr(1), i};
                          return variants(Rows<Named>(rows));
                      },
                      0.1});
    return rounds::main(argc, argv, std::move(groups), 50e6);
}
