// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Texts one behind the other, each behind its length, in blocks that do not move; each as large as all before it up to `bytes`, or as its text.
template <typename Byte = char> // a template, so that it costs only those who use it
class PackedTexts {
public:
    explicit PackedTexts(std::size_t bytes = std::size_t{1} << 21U) noexcept : most_(bytes) {}
    /// Empty, and from now on with such a largest block.
    void begin(std::size_t bytes) noexcept {
        free();
        most_ = bytes;
    }

    /// Where it is kept.
    const char* add(std::string_view text) {
        const std::size_t bytes = bytes_of(text);
        if (bytes > most_) { // would pass over blocks that are free
            Buffer<Byte> own(source());
            own.reserve(bytes);
            return put(large_.emplace_back(std::move(own)), text);
        }
        while (at_ < blocks_.size() && blocks_[at_].capacity() - blocks_[at_].size() < bytes) ++at_;
        if (at_ == blocks_.size()) {
            Buffer<Byte> block(source());
            block.reserve(std::max(bytes, std::clamp<std::size_t>(bytes_, std::min<std::size_t>(4096, most_), most_)));
            blocks_.push_back(std::move(block));
        }
        return put(blocks_[at_], text);
    }
    const char* put(Buffer<Byte>& block, std::string_view text) {
        const std::size_t bytes = bytes_of(text), size = text.size();
        Byte* const to = block.extend(bytes);
        std::memcpy(to, &size, sizeof size);
        if (size > 0) std::memcpy(to + sizeof size, text.data(), size);
        bytes_ += bytes;
        return to;
    }
    [[nodiscard]] static constexpr std::size_t bytes_of(std::string_view text) noexcept { return sizeof(std::size_t) + text.size(); }
    [[nodiscard]] static std::string_view at(const char* place) noexcept {
        std::size_t size = 0;
        std::memcpy(&size, place, sizeof size);
        return {place + sizeof size, size};
    }
    /// Takes over the texts of another, where they are.
    void join(PackedTexts& later) {
        if (bytes_ == 0) blocks_.clear();
        blocks_.reserve(blocks_.size() + later.blocks_.size());
        large_.reserve(large_.size() + later.large_.size());
        for (Buffer<Byte>& block : later.blocks_) blocks_.push_back(std::move(block));
        for (Buffer<Byte>& block : later.large_) large_.push_back(std::move(block));
        at_ = blocks_.empty() ? 0 : blocks_.size() - 1;
        bytes_ += later.bytes_;
        later.free();
    }
    /// Keeps the memory.
    void clear() noexcept {
        for (Buffer<Byte>& block : blocks_) block.clear();
        large_.clear();
        at_ = bytes_ = 0;
    }
    void free() noexcept {
        List(blocks_.get_allocator()).swap(blocks_);
        List(large_.get_allocator()).swap(large_);
        at_ = bytes_ = 0;
    }

private:
    using List = JobVector<Buffer<Byte>>;
    [[nodiscard]] MemorySource* source() const noexcept { return blocks_.get_allocator().source; }
    std::size_t most_;
    List blocks_;
    List large_; // each of one text
    std::size_t at_ = 0; // the block that grows
    std::size_t bytes_ = 0;
};

} // namespace weir::detail
