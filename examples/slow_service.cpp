// SPDX-License-Identifier: BSL-1.0
// How do I ask a slow service about each event, and not wait for one answer after the other? With several calls at once.
#include <weir/async.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Order {
    int id;
    std::string item;
};
struct Priced {
    int id;
    double price;
};

/// Stands for a service: each answer takes its time, now and then there is none, and some things it does not know.
Priced look_up(const Order& order) {
    static std::atomic<int> asked{0};
    std::this_thread::sleep_for(10ms);
    if (order.item == "unicorn") throw std::runtime_error("nobody sells a unicorn");
    if (++asked % 10 == 0) throw std::runtime_error("the service is busy");
    return {order.id, order.item == "tea" ? 4.5 : 3.0};
}

} // namespace

int main() {
    std::vector<Order> orders;
    for (int id = 1; id <= 40; ++id) orders.push_back({id, id == 13 ? "unicorn" : id % 2 == 0 ? "tea" : "milk"});

    double sum = 0;
    int last = 0;
    bool in_order = true;
    const auto no_price = weir::for_each([](const weir::Rejected<Order>& r) { fmt::print("order {}: {}\n", r.event.id, r.what()); });
    const auto begin = std::chrono::steady_clock::now();
    const weir::Report report =
        weir::run(weir::from(orders)
                  | weir::async_map(16, look_up, weir::ordered, weir::retry(5, 5ms, weir::dead_letter(no_price)))
                  | weir::for_each([&](const Priced& p) {
                        sum += p.price;
                        in_order = in_order && last < p.id;
                        last = p.id;
                    }));
    const auto took = std::chrono::steady_clock::now() - begin;
    fmt::print("{} priced, {:.2f} in all, in order: {}\n", report.at("async_map#1").passed, sum, in_order);
    fmt::print("faster than one call after the other: {}\n", took < 40 * 10ms);

    // A client that answers by itself, later: fn must not wait, so no thread is needed for a call. One that is never answered fails in time.
    std::vector<weir::Completion<double>> unanswered;
    const auto ask = [&](const Order& order, weir::Completion<double> done) {
        if (order.id == 2) unanswered.push_back(done);
        else done(order.id * 1.5); // by the client's thread, as a rule
    };
    orders.resize(3);
    weir::run(weir::from(orders)
              | weir::async_map({.calls = 1000, .timeout = 50ms}, ask, weir::unordered, weir::dead_letter(no_price))
              | weir::for_each([](double price) { fmt::print("{}\n", price); }));
}

// Output:
// order 13: nobody sells a unicorn
// 39 priced, 147.00 in all, in order: true
// faster than one call after the other: true
// 1.5
// 4.5
// order 2: no answer within 50 ms
