// SPDX-License-Identifier: BSL-1.0
// What the tests of single operators share.
#pragma once
#include <weir/core.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

/// Stands behind an operator that is tested alone, also at compile time: keeps what it is given.
template <typename E>
struct Kept {
    static constexpr bool can_finish = false;
    static constexpr bool bounded_room = false;
    std::vector<E> events;
    constexpr void on_event(E event) { events.push_back(std::move(event)); }
    constexpr void on_watermark(weir::Timestamp) {}
    constexpr bool done() const { return false; }
    constexpr std::size_t room() const { return weir::unlimited; }
};

/// What an operator, or its running form, gives for these events, one after the other.
template <typename Out, typename Op, typename In>
constexpr std::vector<Out> given_by(Op op, std::vector<In> events) {
    Kept<Out> next;
    for (In& event : events) op.on_event(std::move(event), next);
    return next.events;
}

/// A copy of `fresh` with the state of `op`, saved and loaded.
template <typename Op>
Op restored(const Op& op, Op fresh) {
    weir::StateWriter saved;
    op.save(saved);
    weir::StateReader reader(saved.data());
    fresh.load(reader);
    return fresh;
}

/// An event that counts how often any of its kind was copied.
struct Counting {
    int value = 0;
    int* copies = nullptr;
    Counting(int v, int& counter) : value(v), copies(&counter) {}
    Counting(const Counting& other) : value(other.value), copies(other.copies) { ++*copies; }
    Counting(Counting&&) noexcept = default;
    Counting& operator=(const Counting& other) {
        value = other.value;
        copies = other.copies;
        ++*copies;
        return *this;
    }
    Counting& operator=(Counting&&) noexcept = default;
    friend bool operator==(const Counting& a, const Counting& b) { return a.value == b.value; }
};

/// 0, 1 .. n - 1, none of them copied yet.
inline std::vector<Counting> counting(int n, int& copies) {
    std::vector<Counting> events;
    events.reserve(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) events.emplace_back(i, copies);
    return events;
}

inline weir::Timestamp second(int n) { return weir::Timestamp{std::chrono::seconds(n)}; }

/// Values 1 .. n with their seconds as times.
inline std::vector<weir::Event<int>> timed(int n) {
    std::vector<weir::Event<int>> events;
    for (int i = 1; i <= n; ++i) events.push_back({i, second(i)});
    return events;
}

/// A row of the report, to be compared whole.
inline weir::OperatorReport row(std::string_view name, std::uint64_t in, std::uint64_t out, std::uint64_t passed) {
    weir::OperatorReport row;
    row.name = name;
    row.in = in;
    row.out = out;
    row.passed = passed;
    return row;
}
inline weir::OperatorReport row(std::string_view name, std::uint64_t in, std::uint64_t out, std::uint64_t passed, weir::Drop reason, std::uint64_t n) {
    weir::OperatorReport dropped = row(name, in, out, passed);
    dropped.dropped(reason) = n;
    return dropped;
}
