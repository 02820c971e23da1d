// SPDX-License-Identifier: BSL-1.0
// Where a job threw, as it is said, and functions that throw at a known event.
#pragma once
#include "catch.hpp"

#include <weir/weir.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace failures {

using namespace std::chrono_literals;
using weir::Failure;

struct Bad : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// fn, which throws at its n-th call. A copy has calls of its own.
template <typename Fn>
struct Throws {
    std::uint64_t n;
    Fn fn;
    std::uint64_t calls = 0;
    template <typename... Args>
        requires std::invocable<Fn&, Args...>
    decltype(auto) operator()(Args&&... args) {
        if (++calls == n) throw Bad("bad price");
        return fn(std::forward<Args>(args)...);
    }
};
template <typename Fn>
Throws<Fn> throws_at(std::uint64_t n, Fn fn) {
    return {n, std::move(fn)};
}
/// The same for the one of several functions whose turn it is.
struct Turn {
    std::size_t who;
    std::uint64_t n;
    template <typename Fn>
    Throws<Fn> operator()(std::size_t me, Fn fn) const {
        return {me == who ? n : 0, std::move(fn)};
    }
};

inline std::vector<int> numbers(int n) {
    std::vector<int> v(static_cast<std::size_t>(n));
    std::iota(v.begin(), v.end(), 0);
    return v;
}
inline weir::Timestamp second(int x) { return weir::Timestamp(std::chrono::seconds(x)); }

/// Where the job threw, as it is said; nothing, if it ends by itself. What it threw must have kept its type.
template <typename J>
std::string failure_of(J&& job, weir::RunOptions options = {}) {
    std::string said;
    options.failed = [&said](const Failure& at) { said = to_string(at); };
    try {
        weir::run(std::forward<J>(job), options);
    } catch (const Bad&) {
        REQUIRE(said.ends_with(": bad price"));
        said.resize(said.size() - std::string_view(": bad price").size());
    }
    return said;
}
inline std::string at_event(const std::string& where, std::uint64_t n) { return where + ": event " + std::to_string(n); }
inline std::string behind(const std::string& where, std::uint64_t n) { return where + ": behind event " + std::to_string(n); }
/// Of an operator that handles several events together: it had come.
inline bool may_be(const std::string& said, const std::string& where, std::uint64_t n) {
    const std::string before = behind(where, 0).substr(0, where.size() + std::string_view(": behind event ").size());
    return said == at_event(where, n) || (said.starts_with(before) && std::stoull(said.substr(before.size())) >= n);
}

inline constexpr auto same = [](int x) { return x; };
inline constexpr auto nothing = [](const auto&) {};
inline const auto ignore = weir::for_each(nothing);

/// A batch source.
struct Blocks {
    using event_type = int;
    std::vector<int> all;
    std::size_t size;
    std::size_t at = 0;
    std::span<int> next_batch() {
        const std::size_t n = std::min(size, all.size() - at);
        at += n;
        return std::span(all).subspan(at - n, n);
    }
};
/// One that workers may share.
struct Splittable : Blocks {
    explicit Splittable(std::vector<int> some, std::size_t n = 90) : Blocks{std::move(some), n} {}
    std::vector<Splittable> split(std::size_t n) && {
        std::vector<Splittable> parts;
        for (std::size_t i = 0, from = 0; i < n; ++i) {
            const std::size_t to = all.size() * (i + 1) / n;
            parts.emplace_back(std::vector(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)));
            from = to;
        }
        return parts;
    }
};
static_assert(weir::SplittableSource<Splittable>);
/// An event source.
struct OneByOne {
    using event_type = int;
    int n;
    int next_event = 0;
    std::optional<int> next() { return next_event == n ? std::nullopt : std::optional(next_event++); }
};

/// fn, which throws for the n-th of the numbers 0, 1, 2 ...
template <typename Fn>
auto bad_at(std::uint64_t n, Fn fn) {
    return [bad = static_cast<int>(n) - 1, fn](int x) { return x == bad ? throw Bad("bad price") : fn(x); };
}

} // namespace failures
