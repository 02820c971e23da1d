// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/batch_pace.hpp>
#include <weir/batch/limits.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

template <typename S, bool Whole>
class Batching;

} // namespace detail

/// Cuts items into batches, without a pipeline.
///     MicroBatcher<int> batcher{3};
///     if (auto batch = batcher.push(42)) use(*batch);      // std::optional<std::span<int>>
///     if (auto rest = batcher.flush()) use(*rest);
/// A span that it gives is valid until the next call of a function that is not const; its items may be changed and moved from.
/// Order is kept, no item is lost or doubled; items need only be movable. Memory grows to the largest batch and is then used again:
/// nothing is allocated after the first batch of full size. One thread at a time.
///     With linger or latency, time is the caller's: push(item, now), and poll(now) when deadline() has come; with latency also
///     processed(from, until) behind each batch. example: tests/batch/micro_batcher.cpp
template <typename T>
class MicroBatcher {
    static_assert(std::is_same_v<T, owned_t<T>>, "MicroBatcher<T>: T only looks at events that others own. Use its owned form, as "
                                                 "std::string for std::string_view.");

public:
    explicit MicroBatcher(std::size_t max_items) : MicroBatcher(MicroBatchOptions{.max_items = max_items}) {}
    /// Throws std::invalid_argument where no limit is set, or one with which no batch could hold anything.
    explicit MicroBatcher(const MicroBatchOptions& options) : options_(detail::checked(options)), pace_(options.latency) {}

    /// Adds an item; gives the batch that it completes. Throws std::logic_error where linger or latency is set, which needs push(item, now).
    std::optional<std::span<T>> push(T item) {
        if (lingers()) throw std::logic_error("MicroBatcher: with linger or latency it must know the time: use push(item, now).");
        begin();
        return add(std::move(item)) ? give() : std::nullopt;
    }
    /// Adds an item that came at `now`; gives the batch that it completes, or that has become too old.
    std::optional<std::span<T>> push(T item, Timestamp now) {
        begin();
        const bool full = add(std::move(item));
        age(1, [now] { return now; });
        return full || now >= deadline_ ? give() : std::nullopt;
    }
    /// Gives the batch at hand if it has become too old.
    std::optional<std::span<T>> poll(Timestamp now) {
        begin();
        return not empty() && now >= deadline_ ? give() : std::nullopt;
    }
    /// Gives what is at hand, if anything.
    std::optional<std::span<T>> flush() {
        begin();
        return empty() ? std::nullopt : give();
    }

    /// The batch that was given last has been processed, from then until now: with latency, the next ones are cut by what that costs.
    void processed(Timestamp from, Timestamp now) {
        if (keeps_pace()) pace_.took(given_ ? items().size() : 1, from, now);
    }

    /// When the batch at hand becomes too old; max_time where it cannot.
    [[nodiscard]] Timestamp deadline() const noexcept { return given_ ? max_time : deadline_; }
    /// How many items wait for their batch to be complete.
    [[nodiscard]] std::size_t size() const noexcept { return given_ ? 0 : buffer_.values.size(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
    template <typename S, bool Whole>
    friend class detail::Batching;

    struct Unlimited {};
    explicit MicroBatcher(Unlimited) noexcept {}

    [[nodiscard]] bool keeps_pace() const noexcept { return options_.latency != Duration::max(); }
    [[nodiscard]] bool lingers() const noexcept { return options_.linger != Duration::max() || keeps_pace(); }
    [[nodiscard]] std::size_t most() const noexcept { return keeps_pace() ? std::min(options_.max_items, pace_.most()) : options_.max_items; }
    [[nodiscard]] detail::Buffer<T>& items() noexcept { return buffer_.values; }

    /// What was given is no longer in use.
    void begin() noexcept {
        if (given_) clear();
    }
    void clear() noexcept {
        buffer_.clear();
        bytes_ = 0;
        deadline_ = max_time;
        given_ = false;
    }
    /// True: the batch is complete.
    template <typename U>
    bool add(U&& item) {
        T& added = items().emplace(std::forward<U>(item));
        if (options_.max_bytes != unlimited) {
            bytes_ += detail::counted_bytes(added);
            if (bytes_ >= options_.max_bytes) return true;
        }
        return items().size() >= most();
    }
    /// The `added` last items have just come; were they the first of a batch, its age begins. time(): now
    template <typename Time>
    void age(std::size_t added, Time&& time) {
        if (not lingers()) return;
        if (items().size() == added) {
            const Timestamp now = time();
            pace_.first(now);
            oldest_ = saturating_add(now, options_.linger);
        }
        deadline_ = keeps_pace() ? std::min<Timestamp>(oldest_, pace_.deadline(items().size())) : oldest_;
    }
    std::optional<std::span<T>> give() noexcept {
        given_ = true;
        return std::span<T>(items().all());
    }
    /// How many more items can be added before the last of them completes the batch; at least 1.
    [[nodiscard]] std::size_t missing() noexcept { return options_.max_bytes == unlimited ? std::max<std::size_t>(most(), items().size() + 1) - items().size() : 1; }

    MicroBatchOptions options_{};
    detail::BatchBuffer<T> buffer_; // times and marks are the pipeline operator's
    std::size_t bytes_ = 0;
    Timestamp deadline_ = max_time;
    Timestamp oldest_ = max_time; // by linger alone
    detail::BatchPace pace_;
    bool given_ = false;
};

} // namespace weir
