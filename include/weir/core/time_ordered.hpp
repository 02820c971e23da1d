// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/time.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace weir::detail {

/// Things with numbers that stay theirs until they are given back, and are then used again.
template <typename T>
class Numbered {
public:
    [[nodiscard]] std::uint32_t take(T item) {
        if (free_.empty()) {
            if (items_.size() == items_.capacity()) grow();
            items_.push_back(std::move(item));
            return static_cast<std::uint32_t>(items_.size() - 1);
        }
        const std::uint32_t number = free_.back();
        items_[number] = std::move(item);
        free_.pop_back();
        return number;
    }
    /// Has its room already, but where more has been loaded than taken: what goes must not fail to, and be counted twice.
    void give_back(std::uint32_t number) { free_.push_back(number); }
    [[nodiscard]] T& operator[](std::uint32_t number) noexcept { return items_[number]; }
    [[nodiscard]] const T& operator[](std::uint32_t number) const noexcept { return items_[number]; }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size() - free_.size(); }
    static constexpr auto fields() { return weir::fields("items", &Numbered::items_, "free", &Numbered::free_); }

private:
    void grow() {
        const std::size_t n = std::max<std::size_t>(4, 2 * items_.size());
        free_.reserve(n);
        items_.reserve(n);
    }
    JobVector<T> items_;
    JobVector<dependent_t<std::uint32_t, T>> free_;
};

/// Numbers of things that wait for their time, by time, then as they came. Nothing is allocated once as many have waited as ever will.
template <typename Number>
class TimeOrdered {
public:
    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }
    /// The time of the first; max_time where there is none.
    [[nodiscard]] Timestamp due() const noexcept { return heap_.empty() ? max_time : heap_.front().at; }
    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    [[nodiscard]] Number first() const noexcept { return heap_.front().number; }
    void clear() noexcept { heap_.clear(); }
    void push(Timestamp at, Number number) {
        heap_.push_back({at, order_++, number});
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
    [[nodiscard]] Number pop() {
        std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
        const Number number = heap_.back().number;
        heap_.pop_back();
        return number;
    }
    static constexpr auto fields() { return weir::fields("heap", &TimeOrdered::heap_, "order", &TimeOrdered::order_); }

private:
    struct Place {
        Timestamp at;
        std::uint64_t order;
        Number number;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    JobVector<Place> heap_;
    std::uint64_t order_ = 0;
};

} // namespace weir::detail
