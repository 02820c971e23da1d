// SPDX-License-Identifier: BSL-1.0
// What must a type of mine have to be a source, a handler, a batch source, a processor, an operator? No more than this.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

struct Countdown { // an EventSource: next() gives an event, or nullopt when there will never be another
    using event_type = int;
    int left = 3;
    std::optional<int> next() { return left > 0 ? std::optional(left--) : std::nullopt; }
};

struct Printer { // an EventHandler
    void on_event(const std::string& line) { fmt::print("{}\n", line); }
};

struct Blocks { // a BatchSource: next_batch() lends events until the next call; none: there are no more
    using event_type = int;
    std::array<int, 4> block{1, 2, 3, 4};
    int left = 2;
    std::span<int> next_batch() { return left-- > 0 ? std::span(block) : std::span<int>(); }
};

struct Sum { // a BatchProcessor
    int process(std::span<int> batch) {
        int sum = 0;
        for (const int value : batch) sum += value;
        return sum;
    }
};

struct Pairs { // an Operator: gives every two events as one pair
    using kind = weir::OperatorKind;
    template <typename Stream>
    using out = weir::with_event_t<Stream, std::pair<typename Stream::value, typename Stream::value>>;

    std::optional<int> first;

    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        if (not first) first = event;
        else next.on_event(std::pair(*std::exchange(first, std::nullopt), int(event)));
    }
};

static_assert(weir::EventSource<Countdown>);
static_assert(weir::EventHandler<Printer, const std::string&>);
static_assert(weir::BatchSource<Blocks>);
static_assert(weir::BatchProcessor<Sum, int>);
static_assert(weir::Operator<Pairs>);

int main() {
    weir::run(weir::from(Countdown{}) | weir::map([](int n) { return fmt::format("{} ...", n); }) | weir::for_each(Printer{}));

    weir::run(weir::from(Blocks{}) | Pairs{}
              | weir::map([](const std::pair<int, int>& pair) { return fmt::format("{} and {}", pair.first, pair.second); })
              | weir::for_each(Printer{}));

    weir::run(weir::from(Blocks{}) | weir::as_batches() | weir::process(Sum{})
              | weir::for_each([](int sum) { fmt::print("a block of {}\n", sum); }));
}

// Output:
// 3 ...
// 2 ...
// 1 ...
// 1 and 2
// 3 and 4
// 1 and 2
// 3 and 4
// a block of 10
// a block of 10
