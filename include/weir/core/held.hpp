// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <memory>
#include <type_traits>
#include <utility>

namespace weir {

/// What a user handed over: Held<T> owns a T, Held<T&> refers to one that its owner keeps alive.
template <typename T>
class Held {
public:
    constexpr explicit Held(T value) : value_(std::move(value)) {}
    constexpr T& get() noexcept { return value_; }
    constexpr const T& get() const noexcept { return value_; }

private:
    T value_;
};

template <typename T>
class Held<T&> {
public:
    constexpr explicit Held(T& value) noexcept : value_(std::addressof(value)) {}
    constexpr T& get() const noexcept { return *value_; }

private:
    T* value_;
};

/// The deduced form: an lvalue is referred to, an rvalue is owned.
template <typename T>
using held_t = Held<std::conditional_t<std::is_lvalue_reference_v<T>, T, std::remove_cvref_t<T>>>;

} // namespace weir
