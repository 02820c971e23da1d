// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir {

/// What came of one event: a value, or the error that stood in its way. For functions that would rather not throw, and for a
/// processor that answers for each event of its batch. The error goes to the policy of the operator that was given it.
///     It owns its value; it allocates nothing of its own. Example: tests/core/outcome.cpp
template <typename T>
class [[nodiscard]] Outcome {
    static_assert(not std::is_void_v<T> && not std::is_reference_v<T>, "Outcome<T>: T must be a value.");
    static_assert(not std::same_as<T, std::exception_ptr>, "Outcome<T>: an exception_ptr is the error already; T is what there is without one.");

public:
    using value_type = T;

    constexpr Outcome(T value) : value_(std::move(value)) {}
    /// An error, which must not be null: std::make_exception_ptr(...), or std::current_exception() inside a handler.
    Outcome(std::exception_ptr error) noexcept : error_(std::move(error)) {}

    [[nodiscard]] constexpr bool has_value() const noexcept { return value_.has_value(); }
    [[nodiscard]] constexpr explicit operator bool() const noexcept { return has_value(); }

    /// The value; only where has_value().
    [[nodiscard]] constexpr T& operator*() & noexcept { return *value_; }
    [[nodiscard]] constexpr const T& operator*() const& noexcept { return *value_; }
    [[nodiscard]] constexpr T&& operator*() && noexcept { return *std::move(value_); }
    [[nodiscard]] constexpr T* operator->() noexcept { return std::addressof(*value_); }
    [[nodiscard]] constexpr const T* operator->() const noexcept { return std::addressof(*value_); }

    /// The value; throws the error where that is what it holds.
    [[nodiscard]] constexpr T& value() & {
        check();
        return **this;
    }
    [[nodiscard]] constexpr const T& value() const& {
        check();
        return **this;
    }
    [[nodiscard]] constexpr T&& value() && {
        check();
        return *std::move(*this);
    }

    /// The error; null where there is a value.
    [[nodiscard]] std::exception_ptr error() const noexcept { return error_; }

private:
    constexpr void check() const {
        if (not has_value()) std::rethrow_exception(error());
    }
    std::optional<T> value_;
    std::exception_ptr error_; // null where there is a value
};

namespace detail {

template <typename T>
inline constexpr bool is_outcome = false;
template <typename T>
inline constexpr bool is_outcome<Outcome<T>> = true;

/// T, of T and of Outcome<T>.
template <typename T>
struct WithoutOutcome {
    using type = T;
};
template <typename T>
struct WithoutOutcome<Outcome<T>> {
    using type = T;
};

} // namespace detail
} // namespace weir
