// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What the states of aggregates keep side by side. Its memory comes from where it is made, and that of a copy, too: states are merged, turned
/// and given by way of copies.
///     Not a std::vector because that copies item by item where its allocator is not std::allocator: a sixth more instructions for some states.
template <typename T>
class StateVector {
public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    StateVector() noexcept = default;
    explicit StateVector(MemorySource* source) noexcept : memory_(source) {}
    StateVector(std::size_t n, const T& value, MemorySource* source) : StateVector(source) { resize(n, value); }
    StateVector(const StateVector& other) : StateVector(other.source()) { append(other); }
    StateVector(StateVector&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)), memory_(other.memory_) {}
    /// Uses its own memory.
    StateVector& operator=(const StateVector& other) {
        if (this == &other) return *this;
        const std::size_t both = std::min(size_, other.size_);
        std::copy_n(other.data_, both, data_);
        truncate(both);
        append(other.data_ + both, other.size_ - both);
        return *this;
    }
    StateVector& operator=(StateVector&& other) noexcept {
        StateVector(std::move(other)).swap(*this);
        return *this;
    }
    ~StateVector() {
        if (data_ != nullptr) drop();
    }
    void swap(StateVector& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        std::swap(memory_.source, other.memory_.source);
    }

    [[nodiscard]] MemorySource* source() const noexcept { return memory_.source; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
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
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

    template <typename... Args>
    T& emplace_back(Args&&... args) {
        if (size_ == capacity_) [[unlikely]] return grow_with(std::forward<Args>(args)...);
        T* const item = std::construct_at(data_ + size_, std::forward<Args>(args)...);
        ++size_;
        return *item;
    }
    void push_back(const T& item) { emplace_back(item); }
    void push_back(T&& item) { emplace_back(std::move(item)); }
    /// Copies of another's items, behind these; not of its own.
    void append(const StateVector& other) { append(other.data_, other.size_); }
    void reserve(std::size_t n) {
        if (n <= capacity_) return;
        Fresh fresh{*this, n};
        move_to(fresh);
    }
    void resize(std::size_t n, T value = T()) { // a copy: it may be one of these
        if (n <= size_) return truncate(n);
        make_room(n - size_);
        std::uninitialized_fill_n(data_ + size_, n - size_, value);
        size_ = n;
    }
    void assign(std::size_t n, T value) {
        clear();
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
    void clear() noexcept { truncate(0); }

private:
    void append(const T* items, std::size_t n) {
        make_room(n);
        std::uninitialized_copy_n(items, n, data_ + size_);
        size_ += n;
    }
    void make_room(std::size_t more) {
        if (capacity_ - size_ < more) reserve(std::max(2 * size_, size_ + more));
    }
    /// Memory that is not in use yet, and perhaps an item in it.
    struct Fresh {
        StateVector& of;
        std::size_t n;
        T* data = of.memory_.allocate(n);
        T* item = nullptr;
        ~Fresh() {
            if (data == nullptr) return;
            if (item != nullptr) std::destroy_at(item);
            of.memory_.deallocate(data, n);
        }
    };
    /// The new item first: it may be made of one that is here.
    template <typename... Args>
    [[gnu::noinline]] T& grow_with(Args&&... args) {
        Fresh fresh{*this, std::max<std::size_t>(2 * size_, 1)};
        fresh.item = std::construct_at(fresh.data + size_, std::forward<Args>(args)...);
        move_to(fresh);
        ++size_;
        return *fresh.item;
    }
    /// Where that throws nothing has changed, if T can be copied or its moves do not throw.
    void move_to(Fresh& fresh) {
        if constexpr (std::is_nothrow_move_constructible_v<T> || not std::is_copy_constructible_v<T>) std::uninitialized_move_n(data_, size_, fresh.data);
        else std::uninitialized_copy_n(data_, size_, fresh.data);
        if (data_ != nullptr) {
            std::destroy_n(data_, size_);
            memory_.deallocate(data_, capacity_);
        }
        data_ = std::exchange(fresh.data, nullptr);
        capacity_ = fresh.n;
    }
    void drop() noexcept {
        clear();
        memory_.deallocate(data_, capacity_);
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    JobAllocator<T> memory_;
};

template <typename T>
inline constexpr bool is_sequence<StateVector<T>> = true;

} // namespace weir::detail
