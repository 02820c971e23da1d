// SPDX-License-Identifier: BSL-1.0
// The queues as shipped on machines that promise less than they ask for: each order that they ask for is needed, and its absence is found.
#include "catch.hpp"
#include "model/queues.hpp"

#include <atomic>
#include <cstddef>

using model::Watched;

namespace {

enum class Without : unsigned char { release, acquire, total };

constexpr std::memory_order weaker(std::memory_order order, Without what) noexcept {
    using enum std::memory_order;
    if (what == Without::total) return order == seq_cst ? acq_rel : order;
    const auto kept = what == Without::release ? acquire : release;
    if (order == seq_cst || order == acq_rel) return kept;
    return order == kept ? order : relaxed;
}

template <typename T, Without what>
struct WeakAtomic : model::Atomic<T> {
    using Base = model::Atomic<T>;
    using Base::Base;
    T load(std::memory_order order) const {
        const auto left = weaker(order, what);
        return Base::load(left == std::memory_order_acq_rel ? std::memory_order_acquire : left);
    }
    void store(T value, std::memory_order order) {
        const auto left = weaker(order, what);
        Base::store(value, left == std::memory_order_acq_rel ? std::memory_order_release : left);
    }
    T fetch_or(T bits, std::memory_order order) { return Base::fetch_or(bits, weaker(order, what)); }
    bool compare_exchange_weak(T& expected, T value, std::memory_order order) { return Base::compare_exchange_weak(expected, value, weaker(order, what)); }
    bool compare_exchange_strong(T& expected, T value, std::memory_order order) {
        return Base::compare_exchange_strong(expected, value, weaker(order, what));
    }
};

template <Without what>
struct Weak : model::PlainMachine {
    template <typename T>
    using atomic = WeakAtomic<T, what>;
};

template <typename Make>
std::string failure_of(Make make) { return model::least(make, 2, {.stale = 2}).failure; }

} // namespace

TEMPLATE_TEST_CASE("planted: a queue whose stores release nothing, or whose loads acquire nothing, is a race", "",
                   (weir::SpscQueue<Watched, Weak<Without::release>>), (weir::SpscQueue<Watched, Weak<Without::acquire>>),
                   (weir::MpscQueue<Watched, Weak<Without::release>>), (weir::MpscQueue<Watched, Weak<Without::acquire>>),
                   (weir::MpmcQueue<Watched, Weak<Without::release>>), (weir::MpmcQueue<Watched, Weak<Without::acquire>>)) {
    CHECK_THAT(failure_of(model::one_to_one<TestType>(2, 1)), Catch::StartsWith("a race"));
}

TEST_CASE("planted: a queue whose end is not in one order with its pushes loses what came at the same time") {
    using Queue = weir::SpscQueue<Watched, Weak<Without::total>>;
    CHECK_THAT(failure_of(model::closed_meanwhile<Queue>(2, 1)), Catch::StartsWith("what went in did not come out"));
}
