// SPDX-License-Identifier: BSL-1.0
// Memory as C++ promises it and no better: a load may return any value that was not yet overwritten for this thread.
//
// Each atomic keeps all values stored to it, in the order in which they were stored; each thread has a view, how far it must have
// seen each of them; a release store passes the view on to those who acquire what it stored. So a load that is not ordered behind a
// store by something that the program does may return what was there before.
//     after: Kang et al., "A promising semantics for relaxed-memory concurrency", POPL 2017, without promises; CDSChecker, Norris and Demsky,
//     OOPSLA 2013. Not found are faults that need a store to be seen before a load that stands before it in its own thread, or
//     stores to one atomic to be seen in another order than they were made in.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace model {

inline constexpr std::size_t max_threads = 5; // the last is that of the test itself
inline constexpr std::size_t max_atomics = 32;

/// What one has seen: of each atomic the number of the latest store, of each thread how far it had come.
struct View {
    /// A vector of the compilers', whose numbers are compared at once even where nothing is optimised.
    template <std::size_t n>
    using Counts [[gnu::vector_size(n * sizeof(std::uint16_t))]] = std::uint16_t;
    Counts<max_atomics> stores{};
    Counts<8> threads{};

    void join(const View& other) noexcept {
        stores = stores > other.stores ? stores : other.stores;
        threads = threads > other.threads ? threads : other.threads;
    }
};
static_assert(max_threads <= 8);

/// A thread's views.
struct Sight {
    View now;
    View acquired; // what an acquire fence adds
    View released; // at the last release fence: what relaxed stores pass on
};

inline bool acquires(std::memory_order order) noexcept {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
inline bool releases(std::memory_order order) noexcept {
    return order == std::memory_order_release || order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
inline bool is_total(std::memory_order order) noexcept { return order == std::memory_order_seq_cst; }

/// A value of an atomic as it is kept here.
template <typename T>
std::uint64_t to_word(const T& value) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
}
template <typename T>
T from_word(std::uint64_t word) noexcept {
    T value;
    std::memcpy(&value, &word, sizeof(T));
    return value;
}

/// All atomics and watched objects of one run.
class Memory {
public:
    struct Store {
        std::uint64_t word;
        View view;
    };

    void clear() {
        count_ = 0; // the next run uses the memory of this one's stores: it has the same atomics, and there are millions of runs
        watched_.clear();
        total_ = {};
    }
    std::size_t add(std::uint64_t word) {
        if (count_ == max_atomics) throw std::length_error("model: too many atomics");
        atomics_[count_].clear();
        atomics_[count_].push_back({word, {}});
        return count_++;
    }

    /// The stores that a load may return, as how many stores ago: 0 ... the result.
    [[nodiscard]] std::size_t oldest(const Sight& by, std::size_t atomic, std::memory_order order) const noexcept {
        const std::size_t seen = std::max(by.now.stores[atomic], is_total(order) ? total_.stores[atomic] : std::uint16_t{0});
        return latest(atomic) - seen;
    }
    [[nodiscard]] std::uint64_t value(std::size_t atomic, std::size_t ago) const noexcept { return atomics_[atomic][latest(atomic) - ago].word; }

    std::uint64_t load(Sight& by, std::size_t atomic, std::size_t ago, std::memory_order order) noexcept {
        const std::size_t at = latest(atomic) - ago;
        const Store& store = atomics_[atomic][at];
        by.now.stores[atomic] = static_cast<std::uint16_t>(at);
        (acquires(order) ? by.now : by.acquired).join(store.view);
        by.acquired.join(store.view);
        if (is_total(order)) total_.stores[atomic] = std::max(total_.stores[atomic], static_cast<std::uint16_t>(at));
        return store.word;
    }
    void store(Sight& by, std::size_t atomic, std::uint64_t word, std::memory_order order) { append(by, atomic, word, order, {}); }
    /// Reads the latest and stores behind it; who acquires the new value acquires what the old one passed on, too.
    template <typename Change>
    std::uint64_t exchange(Sight& by, std::size_t atomic, Change change, std::memory_order order) {
        const std::uint64_t before = load(by, atomic, 0, order);
        const View passed_on = atomics_[atomic].back().view;
        append(by, atomic, change(before), order, passed_on);
        return before;
    }
    void fence(Sight& by, std::memory_order order) noexcept {
        if (acquires(order)) by.now.join(by.acquired);
        if (is_total(order)) {
            by.now.join(total_);
            total_.join(by.now);
        }
        if (releases(order)) by.released = by.now;
    }

    /// Touches an object that is no atomic; false: another thread did so, and nothing is between the two.
    bool touch(const Sight& by, std::size_t thread, const void* object, bool writes) {
        Watched& w = watched_[object];
        if (w.written > by.now.threads[w.writer]) return false;
        if (writes) {
            for (std::size_t t = 0; t < max_threads; ++t)
                if (w.read[t] > by.now.threads[t]) return false;
            w = {by.now.threads[thread], thread, {}};
        } else {
            w.read[thread] = by.now.threads[thread];
        }
        return true;
    }

private:
    struct Watched {
        std::uint16_t written = 0; // when, by the writer's count
        std::size_t writer = 0;
        std::array<std::uint16_t, max_threads> read{};
    };

    [[nodiscard]] std::size_t latest(std::size_t atomic) const noexcept { return atomics_[atomic].size() - 1; }

    void append(Sight& by, std::size_t atomic, std::uint64_t word, std::memory_order order, const View& passed_on) {
        const auto at = static_cast<std::uint16_t>(atomics_[atomic].size());
        by.now.stores[atomic] = at;
        if (is_total(order)) total_.stores[atomic] = at;
        Store& store = atomics_[atomic].emplace_back(word, passed_on);
        store.view.join(releases(order) ? by.now : by.released);
        store.view.stores[atomic] = at;
    }

    std::array<std::vector<Store>, max_atomics> atomics_;
    std::size_t count_ = 0;
    std::unordered_map<const void*, Watched> watched_;
    View total_; // what is seq_cst has one order for all
};

} // namespace model
