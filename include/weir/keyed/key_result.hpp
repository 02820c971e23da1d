// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/aggregate.hpp>
#include <weir/core/config.hpp>
#include <weir/core/visible.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace weir::detail {

/// "key x: ", where x is a text or a number; "" for others.
template <typename Key>
[[nodiscard]] std::string told_key(const Key& key) {
    if constexpr (std::convertible_to<const Key&, std::string_view>) return "key '" + visible(std::string_view(key).substr(0, 100)) + "': ";
    else if constexpr (requires { std::to_string(key); }) return "key " + std::to_string(key) + ": ";
    else return {};
}

template <typename Key>
[[noreturn, gnu::cold, gnu::noinline]] void throw_overflow_of(const Key& key, const ResultOverflow& error) {
    throw ResultOverflow("aggregate: " + told_key(key) + error.what());
}

/// What an aggregate makes of the state of a key.
template <typename A, typename State, typename Key>
WEIR_INLINE decltype(auto) key_result(const A& aggregate, const State& state, const Key& key) {
    try {
        return aggregate.finish(state);
    } catch (const ResultOverflow& error) {
        throw_overflow_of(key, error);
    }
}

} // namespace weir::detail
