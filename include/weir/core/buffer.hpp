// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/page_allocator.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// Contiguous items that grow at the end and keep their memory when cleared.
/// Not a std::vector because a span of bool must be a span of bool.
///     Allocator: PageAllocator or JobAllocator, which remember where memory comes from
template <typename T, typename Allocator = PageAllocator<T>>
class Buffer {
public:
    Buffer() = default;
    /// One whose memory comes from there; null: the free store.
    explicit Buffer(MemorySource* source) noexcept : memory_(source) {}
    /// One whose memory comes from where this one's does, as it does when this has been moved from.
    [[nodiscard]] Buffer like() const noexcept { return Buffer(source()); }
    Buffer(Buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)), memory_(other.source()) {}
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer(std::move(other)).swap(*this);
        return *this;
    }
    ~Buffer() {
        if (data_ != nullptr) drop(); // most have been moved from
    }
    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
        std::swap(memory_, other.memory_);
    }

    template <typename... Args>
    T& emplace(Args&&... args) {
        if (size_ == capacity_) reserve(std::max<std::size_t>(size_ * 2, 8));
        T* item = std::construct_at(data_ + size_, std::forward<Args>(args)...);
        ++size_;
        return *item;
    }
    /// Copies or moves the items, as `As` says: T&& or const T&.
    template <typename As, typename U>
    void append(std::span<U> items) {
        if (size_ + items.size() > capacity_) reserve(std::max(size_ * 2, size_ + items.size()));
        for (U& item : items) {
            std::construct_at(data_ + size_, static_cast<As>(item));
            ++size_;
        }
    }
    /// n more that are about to be written as bytes; where.
    T* extend(std::size_t n)
        requires std::is_trivially_copyable_v<T>
    {
        reserve(size_ + n);
        T* const first = data_ + size_;
        size_ += n;
        return first;
    }
    /// n more that have been made where they are, in room that was reserved.
    void adopt(std::size_t n) noexcept { size_ += n; }
    void pop_back() noexcept { std::destroy_at(data_ + --size_); }
    void reserve(std::size_t n) {
        if (n <= capacity_) return;
        Fresh fresh{*this, n};
        move_to(fresh);
    }
    void clear() noexcept {
        std::destroy_n(data_, size_);
        size_ = 0;
    }

    /// And gives the memory back.
    void free() noexcept { like().swap(*this); }

    [[nodiscard]] MemorySource* source() const noexcept { return memory_.source; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }
    [[nodiscard]] std::span<T> all() noexcept { return {data_, size_}; }
    [[nodiscard]] std::span<const T> all() const noexcept { return {data_, size_}; }

protected:
    /// Memory that is not in use yet, and perhaps an item in it.
    struct Fresh {
        Buffer& of;
        std::size_t n;
        T* data = of.memory_.allocate(n);
        T* item = nullptr;
        ~Fresh() {
            if (data == nullptr) return;
            if (item != nullptr) std::destroy_at(item);
            of.memory_.deallocate(data, n);
        }
    };
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

    T* data_ = nullptr;
    std::size_t size_ = 0;

private:
    void drop() noexcept {
        clear();
        memory_.deallocate(data_, capacity_);
    }

    std::size_t capacity_ = 0;
    Allocator memory_;
};

} // namespace detail

template <Savable T>
struct Saved<detail::Buffer<T>> {
    static void save(StateWriter& to, const detail::Buffer<T>& items) {
        to.put(items.size());
        for (const T& item : items.all()) to.put(item);
    }
    static detail::Buffer<T> load(StateReader& from) {
        detail::Buffer<T> items;
        for (auto n = from.get<std::size_t>(); n > 0; --n) items.emplace(from.get<T>());
        return items;
    }
};

} // namespace weir
