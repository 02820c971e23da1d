// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/batch.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace weir {

/// A batch that owns its events: what a Batch becomes where it is kept, as in the queue of a stage. Its buffers come from a
/// pool and go back to it, so a steady stream of batches allocates nothing. A range of its events, and a std::span<T> where asked.
template <typename T>
class OwnedBatch {
public:
    using value_type = T;

    OwnedBatch() = default;
    /// Takes the events: the whole buffer where the batch is lent by micro_batch or whole, else moved one by one.
    template <typename U>
        requires std::is_constructible_v<T, U&&>
    OwnedBatch(Batch<U>&& batch) {
        if constexpr (std::is_same_v<U, T>)
            if (take_home(batch)) return;
        fill<U&&>(batch);
    }
    /// Copies them.
    template <typename U>
        requires std::is_constructible_v<T, const U&>
    OwnedBatch(const Batch<U>& batch) {
        fill<const U&>(batch);
    }
    template <typename U>
        requires std::is_same_v<owned_t<U>, T>
    explicit OwnedBatch(std::span<U> values) {
        fill<const U&>(Batch<const U>(values));
    }

    OwnedBatch(OwnedBatch&& other) noexcept = default;
    OwnedBatch(const OwnedBatch& other)
        requires std::is_copy_constructible_v<T>
        : pool_(other.pool_) {
        if (pool_) buffer_ = pool_->take();
        fill<const T&>(other.view());
    }
    OwnedBatch& operator=(OwnedBatch&& other) noexcept {
        OwnedBatch(std::move(other)).swap(*this);
        return *this;
    }
    OwnedBatch& operator=(const OwnedBatch& other)
        requires std::is_copy_constructible_v<T>
    {
        OwnedBatch(other).swap(*this);
        return *this;
    }
    ~OwnedBatch() {
        if (pool_) pool_->give_back(std::move(buffer_));
    }
    void swap(OwnedBatch& other) noexcept {
        buffer_.swap(other.buffer_);
        pool_.swap(other.pool_);
    }

    [[nodiscard]] T* data() noexcept { return values().data(); }
    [[nodiscard]] const T* data() const noexcept { return values().data(); }
    [[nodiscard]] T* begin() noexcept { return data(); }
    [[nodiscard]] T* end() noexcept { return data() + size(); }
    [[nodiscard]] const T* begin() const noexcept { return data(); }
    [[nodiscard]] const T* end() const noexcept { return data() + size(); }
    [[nodiscard]] std::size_t size() const noexcept { return buffer_.values.size(); }
    [[nodiscard]] bool empty() const noexcept { return buffer_.values.empty(); }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return values()[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return values()[i]; }
    [[nodiscard]] std::span<T> values() noexcept { return buffer_.values.all(); }
    [[nodiscard]] std::span<const T> values() const noexcept { return buffer_.values.all(); }
    [[nodiscard]] std::span<const Timestamp> times() const noexcept { return buffer_.times.all(); }
    [[nodiscard]] std::span<const BatchMark> marks() const noexcept { return buffer_.marks.all(); }
    /// Where streams meet: its marks become those of its own input, on which the others' events do not depend. mark: of that input before it.
    void comes_from_one_of_several(Timestamp mark) noexcept {
        Timestamp own = min_time;
        for (BatchMark& here : buffer_.marks.all()) {
            if (here.own) own = here.time;
            else if (mark < here.time) mark = here.time; // no std::max, whose instantiation all includers would pay
            here = {here.before, own < mark ? mark : own, true};
        }
    }
    [[nodiscard]] Batch<T> view() noexcept { return {values(), times(), marks()}; }
    [[nodiscard]] Batch<const T> view() const noexcept { return {values(), times(), marks()}; }

    friend bool operator==(const OwnedBatch& a, const OwnedBatch& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end()) && std::equal(a.times().begin(), a.times().end(), b.times().begin(), b.times().end()) &&
               std::equal(a.marks().begin(), a.marks().end(), b.marks().begin(), b.marks().end());
    }

private:
    template <typename U>
    bool take_home(Batch<U>& batch) {
        detail::BatchHome<T>* home = batch.home_;
        if (home == nullptr || batch.size() != home->buffer.values.size() || batch.data() != home->buffer.values.all().data()) return false;
        pool_ = home->pool;
        buffer_.swap(home->buffer);
        pool_->take_into(home->buffer);
        batch = {};
        return true;
    }
    template <typename As, typename U>
    void fill(const Batch<U>& batch) {
        buffer_.values.template append<As>(batch.values());
        buffer_.times.template append<const Timestamp&>(batch.times());
        buffer_.marks.template append<const BatchMark&>(batch.marks());
    }

    friend struct Saved<OwnedBatch>;
    detail::BatchBuffer<T> buffer_;
    std::shared_ptr<detail::BatchPool<T>> pool_;
};

template <typename T>
struct Owned<Batch<T>> {
    using type = OwnedBatch<owned_t<T>>;
};

/// A span that a processor gives lives no longer than its call, as a batch does.
template <typename T>
struct Owned<std::span<T>> {
    using type = OwnedBatch<owned_t<T>>;
};

template <Savable T>
struct Saved<OwnedBatch<T>> {
    static void save(StateWriter& to, const OwnedBatch<T>& batch) {
        to.put(batch.buffer_.values);
        to.put(batch.buffer_.times);
        to.put(batch.buffer_.marks);
    }
    static OwnedBatch<T> load(StateReader& from) {
        OwnedBatch<T> batch;
        from.get(batch.buffer_.values);
        from.get(batch.buffer_.times);
        from.get(batch.buffer_.marks);
        return batch;
    }
};

} // namespace weir
