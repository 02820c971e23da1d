// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/state.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir {

/// An event of one of the two sides of a join, on its way to where they meet.
///     left(), right(): the value, or nullptr where it is the other side's.
template <typename L, typename R>
class Sided {
    template <template <typename> typename Is>
    static constexpr bool both = Is<L>::value && Is<R>::value;

public:
    using left_type = L;
    using right_type = R;

    /// true_type: of the left side.
    template <typename V>
    Sided(std::true_type, V&& left) : left_(std::forward<V>(left)), is_left_(true) {}
    template <typename V>
    Sided(std::false_type, V&& right) : right_(std::forward<V>(right)), is_left_(false) {}

    Sided(const Sided&)
        requires(both<std::is_trivially_copy_constructible>)
    = default;
    Sided(const Sided& other)
        requires(both<std::is_copy_constructible> && not both<std::is_trivially_copy_constructible>)
        : is_left_(other.is_left_) {
        if (is_left_) std::construct_at(&left_, other.left_);
        else std::construct_at(&right_, other.right_);
    }
    Sided(Sided&&)
        requires(both<std::is_trivially_move_constructible>)
    = default;
    Sided(Sided&& other) noexcept(both<std::is_nothrow_move_constructible>)
        requires(not both<std::is_trivially_move_constructible>)
        : is_left_(other.is_left_) {
        if (is_left_) std::construct_at(&left_, std::move(other.left_));
        else std::construct_at(&right_, std::move(other.right_));
    }
    Sided& operator=(Sided&&)
        requires(both<std::is_trivially_move_assignable> && both<std::is_trivially_destructible>)
    = default;
    Sided& operator=(Sided&& other) noexcept(both<std::is_nothrow_move_constructible>)
        requires(not(both<std::is_trivially_move_assignable> && both<std::is_trivially_destructible>))
    {
        if (this == &other) return *this;
        std::destroy_at(this);
        std::construct_at(this, std::move(other));
        return *this;
    }
    ~Sided()
        requires(both<std::is_trivially_destructible>)
    = default;
    ~Sided()
        requires(not both<std::is_trivially_destructible>)
    {
        if (is_left_) std::destroy_at(&left_);
        else std::destroy_at(&right_);
    }

    [[nodiscard]] bool is_left() const noexcept { return is_left_; }
    [[nodiscard]] const L* left() const noexcept { return is_left_ ? &left_ : nullptr; }
    [[nodiscard]] const R* right() const noexcept { return is_left_ ? nullptr : &right_; }
    [[nodiscard]] L* left() noexcept { return is_left_ ? &left_ : nullptr; }
    [[nodiscard]] R* right() noexcept { return is_left_ ? nullptr : &right_; }

private:
    union {
        L left_;
        R right_;
    };
    bool is_left_;
};

template <typename L, typename R>
    requires(Savable<L> && Savable<R>)
struct Saved<Sided<L, R>> {
    static void save(StateWriter& to, const Sided<L, R>& event) {
        to.put(event.is_left());
        if (const L* const left = event.left()) to.put(*left);
        else to.put(*event.right());
    }
    static Sided<L, R> load(StateReader& from) {
        if (from.get<bool>()) return {std::true_type(), from.get<L>()};
        return {std::false_type(), from.get<R>()};
    }
};

} // namespace weir
