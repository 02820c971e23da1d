// SPDX-License-Identifier: BSL-1.0
// How answers come to async_map: moved under no lock, each call one, and without an allocation; and that its task does not wait for them alone.
#include "allocations.hpp"
#include "catch.hpp"
#include "runtime/measured.hpp"
#include "runtime/tasks.hpp"

#include <weir/async.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

/// A result that answers another call when it is moved, which it could not while its own way in is locked.
struct Nosy {
    std::shared_ptr<weir::Completion<Nosy>> other;
    Nosy() = default;
    Nosy(Nosy&& from) noexcept : other(std::move(from.other)) {
        if (const auto call = std::exchange(other, nullptr)) (*call)(Nosy());
    }
    Nosy& operator=(Nosy&&) = default;
};

/// A result of which the nth move from now on throws.
struct Fragile {
    int* moves;
    explicit Fragile(int& left) : moves(&left) {}
    Fragile(Fragile&& from) : moves(from.moves) {
        if ((*moves)-- == 0) throw std::runtime_error("fragile");
    }
    Fragile& operator=(Fragile&&) = delete;
};

/// Calls a function where a span ends, and before its task waits.
struct AtEndOfSpan {
    using kind = weir::OperatorKind;
    std::function<void()>* fn;
    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) { next.on_event(std::forward<E>(event)); }
    template <typename Next>
    void end_span(Next&) { (*fn)(); }
};

} // namespace

TEST_CASE("results are moved under no lock") { // else this hangs
    std::vector<weir::Completion<Nosy>> calls;
    int seen = 0;
    weir::Stepper stepper = weir::stepper(weir::from(numbers(2)) | weir::async_map({.calls = 2}, [&](int, weir::Completion<Nosy> done) { calls.push_back(std::move(done)); }, weir::ordered) |
                                          weir::for_each([&](const Nosy&) { ++seen; }));
    while (calls.size() < 2) stepper.step();
    Nosy answer;
    answer.other = std::make_shared<weir::Completion<Nosy>>(calls[1]);
    calls[0](std::move(answer));
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(seen == 2);
}

TEST_CASE("a result that cannot be moved in is an error of its call, and no call without an answer") { // else this hangs
    for (int moves = 0; moves < 10; ++moves) {
        std::optional<weir::Completion<Fragile>> call;
        int seen = 0, wrong = 0, left = moves;
        weir::Stepper stepper = weir::stepper(weir::from(numbers(1)) | weir::async_map({.calls = 1}, [&](int, weir::Completion<Fragile> done) { call = std::move(done); }, weir::ordered, weir::dead_letter(weir::for_each([&](const auto&) { ++wrong; }))) |
                                              weir::for_each([&](const Fragile&) { ++seen; }));
        while (not call) stepper.step();
        try {
            (*call)(Fragile(left));
        } catch (const std::runtime_error&) { // on the way to where it is given
        }
        call.reset();
        while (stepper.step() != weir::Progress::ended) {}
        REQUIRE(seen + wrong == 1);
    }
}

TEST_CASE("a call whose result cannot be moved out is made again where the policy says so") {
    std::vector<weir::Completion<Fragile>> calls;
    int seen = 0, left = 9; // on the way in three of each
    weir::Stepper stepper = weir::stepper(weir::from(numbers(3)) | weir::async_map({.calls = 3}, [&](int, weir::Completion<Fragile> done) { calls.push_back(std::move(done)); }, weir::unordered, weir::retry(1, std::chrono::milliseconds(1))) |
                                          weir::for_each([&](const Fragile&) { ++seen; }));
    while (calls.size() < 3) stepper.step();
    for (std::size_t i = 0; i < 3; ++i) calls[i](Fragile(left));
    while (calls.size() < 4) stepper.step();
    REQUIRE(seen == 2);
    calls[3](Fragile(left));
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(seen == 3);
}

TEST_CASE("a call that is answered, or given up, allocates nothing for that: who does it may be a destructor") {
    std::vector<weir::Completion<int>> calls;
    int seen = 0, wrong = 0;
    weir::Stepper stepper = weir::stepper(weir::from(numbers(100)) | weir::async_map({.calls = 100}, [&](int, weir::Completion<int> done) { calls.push_back(std::move(done)); }, weir::unordered, weir::dead_letter(weir::for_each([&](const auto&) { ++wrong; }))) |
                                          weir::for_each([&](int) { ++seen; }));
    while (calls.size() < 100) stepper.step();
    const auto answer = [&](int n) {
        const std::size_t before = allocations;
        for (int i = 0; i < n; ++i) {
            if (i % 2 == 0) calls.back()(i);
            calls.pop_back();
        }
        REQUIRE(allocations == before);
    };
    answer(40);
    stepper.step(); // takes what there is, and the room that it lay in
    answer(60);
    while (stepper.step() != weir::Progress::ended) {}
    REQUIRE(seen == 50);
    REQUIRE(wrong == 50);
}

TEST_CASE("room that comes when a task is about to wait for it is not overlooked, though calls are on their way") {
    std::vector<weir::Completion<int>> calls;
    weir::ManualClock clock;
    std::vector<int> got;
    std::function<void()> read = [] {};
    const auto settled_with = [&](int n, weir::AsyncOptions options) { // two answers find room, for a third the reader makes it at the last moment
        Tasks<> tasks(weir::from(numbers(n)) | weir::async_map(options, [&](int, weir::Completion<int> done) { calls.push_back(std::move(done)); }, weir::ordered) |
                          AtEndOfSpan{&read} | weir::stage(2) | weir::collect_into(got), &clock);
        tasks.settle(0);
        tasks.settle(1);
        read = [&] { tasks.settle(2); };
        for (std::size_t call = 0; call + 1 < options.calls; ++call) calls.at(call)(static_cast<int>(call));
        REQUIRE(tasks.settle(1).state == weir::Step::State::waiting_output);
        read = [] {};
        tasks.settle(2);
    };
    SECTION("for what is done") {
        settled_with(4, {.calls = 4, .timeout = std::chrono::seconds(1)});
        REQUIRE(got == std::vector{0, 1, 2});
    }
    SECTION("for more calls") {
        settled_with(9, {.calls = 3});
        REQUIRE(calls.size() == 5);
    }
}
