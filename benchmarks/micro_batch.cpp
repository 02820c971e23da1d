// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to cut a stream into batches, to process them, and to make events of them again? (Options: rounds.hpp.)
// 16 million numbers (times scale), from a vector and one by one from a source; by hand: a vector that is filled, summed and cleared.
#include "rounds.hpp"

#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace {

using Numbers = std::vector<std::uint64_t>;

std::uint64_t sum_of(std::span<const std::uint64_t> batch) { return std::accumulate(batch.begin(), batch.end(), std::uint64_t{0}); }

/// As what comes from a network: one by one.
struct OneByOne {
    using event_type = std::uint64_t;
    const Numbers* numbers;
    std::size_t at = 0;
    std::optional<std::uint64_t> next() { return at == numbers->size() ? std::nullopt : std::optional((*numbers)[at++]); }
};

std::uint64_t by_hand(const Numbers& in, std::size_t size) {
    std::uint64_t sum = 0;
    Numbers batch;
    batch.reserve(size);
    for (const std::uint64_t x : in) {
        batch.push_back(x);
        if (batch.size() < size) continue;
        sum += sum_of(batch);
        batch.clear();
    }
    return sum + sum_of(batch);
}
std::uint64_t by_batcher(const Numbers& in, std::size_t size) {
    std::uint64_t sum = 0;
    weir::MicroBatcher<std::uint64_t> batcher(size);
    for (const std::uint64_t x : in)
        if (const auto batch = batcher.push(x)) sum += sum_of(*batch);
    if (const auto rest = batcher.flush()) sum += sum_of(*rest);
    return sum;
}
template <typename Source, typename Chain>
std::uint64_t through(Source&& source, const Chain& chain) {
    std::uint64_t sum = 0;
    weir::run(weir::from(std::forward<Source>(source)) | chain | weir::fold_into(sum));
    return sum;
}

rounds::Group of_size(std::size_t size) {
    return {"batches, events in a batch = " + std::to_string(size), [size](std::size_t n) {
                const auto in = std::make_shared<Numbers>(n);
                for (std::size_t i = 0; i < n; ++i) (*in)[i] = weir::stable_hash(i) >> 8U;
                const auto sums = weir::micro_batch(size) | weir::process([](std::span<std::uint64_t> batch) { return sum_of(batch); });
                const auto again = weir::micro_batch(size) | weir::unbatch();
                return std::vector<rounds::Variant>{{"by hand, a vector", [=] { return by_hand(*in, size); }},
                                                    {"MicroBatcher", [=] { return by_batcher(*in, size); }},
                                                    {"micro_batch | process", [=] { return through(std::as_const(*in), sums); }},
                                                    {"micro_batch | process, one by one", [=] { return through(OneByOne{in.get()}, sums); }},
                                                    {"micro_batch | unbatch", [=] { return through(std::as_const(*in), again); }}};
            }};
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    for (const std::size_t size : {1U, 4U, 16U, 64U, 256U, 1024U, 16384U}) groups.push_back(of_size(size));
    return rounds::main(argc, argv, std::move(groups), 16e6);
}
