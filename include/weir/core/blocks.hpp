// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Items that grow at the end and never move: a list of blocks, each as large as all before it, and soon as large as a huge page. Measured: a
/// buffer that doubles costs as much as sorting what is in it, as its fresh pages are cleared and written twice, and small pages cost a
/// third of it. (In a virtual machine that must ask its host for memory, huge ones cost up to 1.4 times as much as small ones, once.)
template <typename T>
class Blocks {
public:
    /// bytes: of the largest block; source: of their memory.
    explicit Blocks(std::size_t bytes = std::size_t{1} << 21U, MemorySource* source = memory_source) noexcept
        : most_(std::max<std::size_t>(bytes / sizeof(T), 1)), blocks_(Allocator(source)) {}
    [[nodiscard]] MemorySource* source() const noexcept { return blocks_.get_allocator().source; }
    /// Empty, and from now on with such a largest block.
    void begin(std::size_t bytes) noexcept { Blocks(bytes, source()).swap(*this); }

    template <typename... Args>
    T& emplace(Args&&... args) {
        if (at_ == blocks_.size() || blocks_[at_].size() == blocks_[at_].capacity()) grow();
        T& item = blocks_[at_].emplace(std::forward<Args>(args)...);
        ++size_;
        return item;
    }
    /// Copies or moves the items, as `As` says: T&& or const T&.
    template <typename As, typename U>
    void append(std::span<U> items) {
        while (not items.empty()) {
            if (at_ == blocks_.size() || blocks_[at_].size() == blocks_[at_].capacity()) grow();
            Buffer<T>& block = blocks_[at_];
            const std::size_t before = block.size();
            block.template append<As>(items.first(std::min(items.size(), block.capacity() - before)));
            size_ += block.size() - before;
            items = items.subspan(block.size() - before);
        }
    }
    /// Takes over the items of another, which come next. A few plain ones are copied: its memory is at hand, to be filled again, and blocks
    /// here are large.
    void take(Blocks& later) {
        if (later.empty()) return;
        const bool is_cheap = std::is_trivially_copyable_v<T> && later.size_ <= most_;
        if (is_cheap || (not empty() && blocks_[at_].capacity() - blocks_[at_].size() >= later.size_)) {
            for (Buffer<T>& block : later.blocks_) append<T&&>(block.all());
            return later.clear();
        }
        join(later);
    }
    /// The same, where they stay where they are.
    void join(Blocks& later) {
        if (later.empty()) return;
        blocks_.resize(empty() ? 0 : at_ + 1);
        blocks_.reserve(blocks_.size() + later.at_ + 1);
        for (std::size_t i = 0; i <= later.at_; ++i) blocks_.push_back(std::move(later.blocks_[i]));
        at_ = blocks_.size() - 1;
        size_ += later.size_;
        later.free();
    }
    /// Its items in at most n consecutive parts of about the same size; it is empty then.
    [[nodiscard]] JobVector<Blocks> divide(std::size_t n) {
        JobVector<Blocks> parts(blocks_.get_allocator());
        std::size_t before = 0;
        for (Buffer<T>& block : blocks_) {
            if (block.empty()) continue;
            if (parts.empty() || before * n >= size_ * parts.size()) parts.push_back(Blocks(most_ * sizeof(T), source()));
            before += block.size();
            Blocks& part = parts.back();
            part.size_ += block.size();
            part.blocks_.push_back(std::move(block));
            part.at_ = part.blocks_.size() - 1;
        }
        free();
        return parts;
    }
    /// Keeps the memory.
    void clear() noexcept {
        for (Buffer<T>& block : blocks_) block.clear();
        at_ = size_ = 0;
    }
    /// The block with the most memory, for other use. What is in the others means nothing then: clear() comes next.
    [[nodiscard]] Buffer<T> take_largest() noexcept {
        const auto largest = std::max_element(blocks_.begin(), blocks_.end(), [](const auto& a, const auto& b) { return a.capacity() < b.capacity(); });
        Buffer<T> block(source());
        block.swap(*largest);
        blocks_.erase(largest);
        at_ = 0;
        return block;
    }
    void free() noexcept { begin(most_ * sizeof(T)); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// In their order; some at the end may be empty.
    [[nodiscard]] std::span<Buffer<T>> all() noexcept { return blocks_; }
    [[nodiscard]] std::span<const Buffer<T>> all() const noexcept { return blocks_; }

private:
    using Allocator = JobAllocator<Buffer<T>>;
    void swap(Blocks& other) noexcept {
        std::swap(most_, other.most_);
        blocks_.swap(other.blocks_);
        std::swap(at_, other.at_);
        std::swap(size_, other.size_);
    }
    void grow() {
        const std::size_t next = at_ + (at_ == blocks_.size() ? 0 : 1);
        if (next == blocks_.size()) {
            Buffer<T> block(source());
            block.reserve(size_ < most_ / 4 ? std::clamp<std::size_t>(size_, std::min<std::size_t>(64, most_), most_) : most_);
            blocks_.push_back(std::move(block));
        }
        at_ = next;
    }
    std::size_t most_;
    JobVector<Buffer<T>> blocks_;
    std::size_t at_ = 0; // the block that grows; those behind it are empty
    std::size_t size_ = 0;
};

} // namespace weir::detail
