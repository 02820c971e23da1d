// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What the states of aggregates keep side by side: a Buffer that can be copied. Its memory comes from where it is made, and that of a copy, too: states are merged, turned
/// and given by way of copies.
///     Not a std::vector because that copies item by item where its allocator is not std::allocator: a sixth more instructions for some states.
template <typename T>
class StateVector : public Buffer<T, JobAllocator<T>> {
    using Base = Buffer<T, JobAllocator<T>>;
    using Base::data_, Base::size_;

public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    using Base::Base;
    StateVector() noexcept = default;
    StateVector(std::size_t n, const T& value, MemorySource* source) : Base(source) { resize(n, value); }
    StateVector(const StateVector& other) : Base(other.source()) { append(other); }
    StateVector(StateVector&&) noexcept = default;
    /// Uses its own memory.
    StateVector& operator=(const StateVector& other) {
        if (this == &other) return *this;
        const std::size_t both = std::min(size_, other.size_);
        std::copy_n(other.data_, both, data_);
        truncate(both);
        append(other.data_ + both, other.size_ - both);
        return *this;
    }
    StateVector& operator=(StateVector&&) noexcept = default;
    ~StateVector() = default;

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] T& front() noexcept { return data_[0]; }
    [[nodiscard]] const T& front() const noexcept { return data_[0]; }

    template <typename... Args>
    T& emplace_back(Args&&... args) {
        if (size_ == this->capacity()) [[unlikely]] return grow_with(std::forward<Args>(args)...);
        T* const item = std::construct_at(data_ + size_, std::forward<Args>(args)...);
        ++size_;
        return *item;
    }
    void push_back(const T& item) { emplace_back(item); }
    void push_back(T&& item) { emplace_back(std::move(item)); }
    /// Copies of another's items, behind these; not of its own.
    void append(const StateVector& other) { append(other.data_, other.size_); }
    void resize(std::size_t n, T value = T()) { // a copy: it may be one of these
        if (n <= size_) return truncate(n);
        make_room(n - size_);
        std::uninitialized_fill_n(data_ + size_, n - size_, value);
        size_ = n;
    }
    void assign(std::size_t n, T value) {
        this->clear();
        resize(n, value);
    }
    /// n more before the first.
    void insert_front(std::size_t n, T value) {
        resize(size_ + n, value);
        std::copy_backward(begin(), end() - n, end());
        std::fill_n(begin(), n, value);
    }
    void erase_front(std::size_t n) {
        std::move(begin() + n, end(), begin());
        truncate(size_ - n);
    }
    /// All but the first n.
    void truncate(std::size_t n) noexcept {
        std::destroy_n(data_ + n, size_ - n);
        size_ = n;
    }

private:
    void append(const T* items, std::size_t n) {
        make_room(n);
        std::uninitialized_copy_n(items, n, data_ + size_);
        size_ += n;
    }
    void make_room(std::size_t more) {
        if (this->capacity() - size_ < more) this->reserve(std::max(2 * size_, size_ + more));
    }
    /// The new item first: it may be made of one that is here.
    template <typename... Args>
    [[gnu::noinline]] T& grow_with(Args&&... args) {
        typename Base::Fresh fresh{*this, std::max<std::size_t>(2 * size_, 1)};
        fresh.item = std::construct_at(fresh.data + size_, std::forward<Args>(args)...);
        this->move_to(fresh);
        ++size_;
        return *fresh.item;
    }
};

template <typename T>
inline constexpr bool is_sequence<StateVector<T>> = true;

} // namespace weir::detail
