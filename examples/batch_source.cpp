// SPDX-License-Identifier: BSL-1.0
// How do stored blocks go to a function that wants a whole block? as_batches() hands them on as they are, without a copy.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

/// A file of blocks, say: lends one after the other.
class Blocks {
public:
    using event_type = double;
    std::span<const double> next_batch() {
        const std::size_t size = std::min<std::size_t>(4, samples_.size() - at_);
        at_ += size;
        return std::span(samples_).subspan(at_ - size, size);
    }

private:
    std::vector<double> samples_{1, 2, 3, 4, 10, 20, 30, 40, 7, 9};
    std::size_t at_ = 0;
};

struct Peak {
    std::size_t of = 0;
    double value = 0;
};

int main() {
    const auto peak_of = [](std::span<const double> block) { return Peak{block.size(), *std::max_element(block.begin(), block.end())}; };

    fmt::print("as the source cuts them:\n");
    weir::run(weir::from(Blocks{}) | weir::as_batches() | weir::process(peak_of)
              | weir::for_each([](const Peak& peak) { fmt::print("  {} of {}\n", peak.value, peak.of); }));

    fmt::print("all of them at once:\n");
    weir::run(weir::from(Blocks{}) | weir::whole() | weir::process(peak_of)
              | weir::for_each([](const Peak& peak) { fmt::print("  {} of {}\n", peak.value, peak.of); }));

    fmt::print("divided, processed, merged:\n");
    weir::run(weir::from(Blocks{}) | weir::micro_batch(3) | weir::process(weir::partial(weir::mean())) | weir::combine(weir::mean())
              | weir::for_each([](double mean) { fmt::print("  mean {}\n", mean); }));
}

// Output:
// as the source cuts them:
//   4 of 4
//   40 of 4
//   9 of 2
// all of them at once:
//   40 of 10
// divided, processed, merged:
//   mean 12.6
