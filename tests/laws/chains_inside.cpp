// SPDX-License-Identifier: BSL-1.0
// Operators with chains inside: broadcast, route, try_map, AnyChain.
#include "laws/laws.hpp"

#include <memory>
#include <stdexcept>

using laws::failing;
using laws::hold_for;
using laws::hold_for_operator;
using laws::hold_inside;

namespace {

constexpr auto plus_hundred = [](int x) { return x + 100; };
constexpr auto repeated = [](int x) { return std::vector<int>(static_cast<std::size_t>(x % 4), x); };
constexpr weir::AnyRules durable{.durable = true};

/// A sink that keeps nothing: what reaches it is seen in the Report.
auto nowhere() {
    return weir::for_each([](const auto&) {});
}

auto odd_fails(const weir::Fault& fault) {
    return [fault](int x) {
        fault();
        if (x % 2 != 0) throw std::runtime_error("odd");
        return x;
    };
}

} // namespace

TEST_CASE("broadcast with one open branch keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::broadcast(weir::filter(laws::is_even) | nowhere(), weir::map(failing(fault, plus_hundred)), weir::take(3) | nowhere());
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("broadcast with several open branches keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::broadcast(weir::flat_map(failing(fault, repeated)), weir::map(plus_hundred) | weir::take(11), weir::skip(2));
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("broadcast in broadcast keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::broadcast(weir::broadcast(weir::map(failing(fault, plus_hundred)), weir::flat_map(repeated)) | weir::filter(laws::is_even),
                               nowhere());
    });
}

TEST_CASE("broadcast to a sink behind a stage keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::broadcast(weir::map(failing(fault, plus_hundred)) | weir::stage({.capacity = 2}) | nowhere(), weir::filter(laws::is_even));
    });
}

TEST_CASE("route keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::route(failing(fault, laws::is_even), weir::flat_map(repeated), laws::is_small, weir::map(plus_hundred) | weir::take(9),
                           [](int x) { return x == 33; }, nowhere());
    };
    hold_for_operator(op);
    hold_inside(op);
}

TEST_CASE("route with one open branch keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) {
        return weir::route(laws::is_even, weir::map(failing(fault, plus_hundred)), weir::otherwise, nowhere());
    });
}

TEST_CASE("try_map keeps the laws") {
    hold_for_operator([](const weir::Fault& fault) { return weir::try_map(odd_fails(fault), weir::drop()); }, {.handles_errors = true});
    hold_for_operator([](const weir::Fault& fault) { return weir::try_map(odd_fails(fault), weir::dead_letter(nowhere())); },
                      {.handles_errors = true});
}

TEST_CASE("try_map that fails keeps the laws of a job that does not") { // its error is an EventError, not the planted one
    const auto make = [](auto source, auto sink) {
        return std::move(source) | weir::try_map(plus_hundred) | weir::filter(laws::is_even) | std::move(sink);
    };
    weir::check_equivalence(laws::numbers(70), make);
    weir::check_accounting(laws::numbers(70), make);
    weir::check_recovery(laws::numbers(70), make);
}

TEST_CASE("try_map with retries at once keeps the laws") {
    const auto op = [](const weir::Fault& fault) {
        return weir::try_map(odd_fails(fault), weir::retry(2, std::chrono::nanoseconds(0), weir::dead_letter(weir::flat_map([](const auto&) {
            return std::vector<int>(3);
        }) | nowhere())));
    };
    hold_for_operator(op, {.handles_errors = true});
    hold_inside(op, {.handles_errors = true});
}

TEST_CASE("try_map that waits before it tries again keeps the laws") {
    hold_inside([](const weir::Fault& fault) { return weir::try_map(odd_fails(fault), weir::retry(2, std::chrono::milliseconds(5), weir::drop())); },
                {.threads = false, .handles_errors = true});
}

namespace {

/// An AnyChain of what chain(fault) makes.
template <typename Chain>
auto any(Chain chain) {
    return [chain](const weir::Fault& fault) { return weir::AnyChain<int, int, durable>(chain(fault)); };
}

const auto some = any([](const weir::Fault& fault) { return weir::filter(laws::is_even) | weir::map(failing(fault, plus_hundred)) | weir::skip(2); });

} // namespace

TEST_CASE("AnyChain keeps the laws") { hold_inside(some); }

TEST_CASE("AnyChain of a chain that can be suspended keeps the laws") {
    hold_inside(any([](const weir::Fault& fault) { return weir::flat_map(failing(fault, repeated)) | weir::skip(2); }));
}

TEST_CASE("AnyChain of a chain that can finish keeps the laws") {
    hold_inside(any([](const weir::Fault& fault) { return weir::map(failing(fault, plus_hundred)) | weir::take(17) | weir::flat_map(repeated); }));
}

TEST_CASE("AnyChain in AnyChain keeps the laws") {
    hold_inside(any([](const weir::Fault& fault) { return some(fault) | weir::map(plus_hundred) | some(fault); }));
}

TEST_CASE("AnyChain keeps the laws of event time") {
    using E = weir::Event<int>;
    const auto make = [](auto source, auto sink) {
        weir::AnyChain<E, E, durable> any = weir::filter(laws::is_even) | weir::flat_map(repeated);
        return std::move(source) | any | weir::skip(1) | std::move(sink);
    };
    const weir::LawOptions options{.runs = 12};
    weir::check_equivalence(laws::timed(60), make, options);
    weir::check_recovery(laws::timed(60), make, options);
}
