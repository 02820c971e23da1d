// SPDX-License-Identifier: BSL-1.0
// The as-of join: each trade with the quote that was valid when it was made, however the two feeds reach us.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using Millis = std::chrono::sys_time<std::chrono::milliseconds>;

struct Trade {
    std::string symbol;
    double price;
    Millis time;
};
struct Quote {
    std::string symbol;
    double bid;
    double ask;
    Millis time;
};
struct Priced {
    std::string symbol;
    double price;
    double middle;
};

int main() {
    const auto at = [](int ms) { return Millis{std::chrono::milliseconds(ms)}; };
    const std::vector<Quote> quotes{{"ACME", 9.9, 10.1, at(5)}, {"BETA", 49.0, 51.0, at(20)}, {"ACME", 10.4, 10.6, at(40)}, {"ACME", 10.2, 10.4, at(35)}};
    const std::vector<Trade> trades{{"ACME", 10.1, at(10)}, {"BETA", 50.5, at(15)}, {"ACME", 10.4, at(38)}, {"BETA", 49.5, at(50)}, {"ACME", 10.4, at(52)}};

    // Quotes may come 10 ms out of order: a trade waits until none can come that was valid before it.
    const auto priced = [](const Trade& t, const Quote& q) { return Priced{t.symbol, t.price, (q.bid + q.ask) / 2}; };
    const weir::Report report =
        weir::run(weir::temporal_join(weir::from(trades) | weir::event_time(&Trade::time) | weir::key_by(&Trade::symbol),
                                      weir::from(quotes) | weir::event_time(&Quote::time, weir::bounded_disorder(10ms)) | weir::key_by(&Quote::symbol), priced) |
                  weir::for_each([](const Priced& p) { fmt::print("{} at {:.2f}, {:+.2f} from the middle\n", p.symbol, p.price, p.price - p.middle); }));
    fmt::print("without a partner: {}\n", report.at("temporal_join#1").dropped(weir::Drop::unmatched)); // BETA's first trade
}

// Output:
// ACME at 10.10, +0.10 from the middle
// ACME at 10.40, +0.10 from the middle
// BETA at 49.50, -0.50 from the middle
// ACME at 10.40, -0.10 from the middle
// without a partner: 1
