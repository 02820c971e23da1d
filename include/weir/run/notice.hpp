// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>

#include <atomic>
#include <utility>

namespace weir::detail {

/// One notice of a NotifyingSource, asked for where there is nothing to read, and not again before it has come: to ask may take a lock,
/// and a fence of all threads.
///     All by one thread, but for the source, which tells it by any. It stays where it is; the source outlives it. Allocates nothing.
template <typename Source, typename Atomics = StdAtomics>
class Notice {
public:
    Notice() = default;
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;
    ~Notice() { cancel(); }

    /// True: fn(arg) will be called, once, when there is something; false: there is now.
    bool ask(Source& source, void (*fn)(void*), void* arg) {
        if (state_.load(std::memory_order_acquire) == asked) return true; // nothing has come since that it will not tell
        fn_ = fn;
        arg_ = arg;
        source_ = &source;
        state_.store(asked, std::memory_order_relaxed); // before: it may be told at once
        if (source.notify_readable([](void* self) { static_cast<Notice*>(self)->tell(); }, this)) return true;
        state_.store(told, std::memory_order_relaxed);
        return false;
    }
    /// Whether there has been something since this was asked last.
    [[nodiscard]] bool take_told() noexcept {
        if (state_.load(std::memory_order_acquire) != told) return false;
        state_.store(none, std::memory_order_relaxed);
        return true;
    }
    /// From then on fn is neither called nor running.
    void cancel() {
        if (not source_) return;
        std::exchange(source_, nullptr)->cancel_notify_readable();
        state_.store(none, std::memory_order_relaxed);
    }

private:
    static constexpr int none = 0, asked = 1, told = 2;

    void tell() {
        const auto fn = fn_;
        void* const arg = arg_;
        state_.store(told, std::memory_order_release); // first: who is woken asks anew; and from here on the two may be others
        fn(arg);
    }

    void (*fn_)(void*) = nullptr;
    void* arg_ = nullptr;
    Source* source_ = nullptr; // one that may be about to tell
    typename Atomics::template atomic<int> state_{none};
};

} // namespace weir::detail
