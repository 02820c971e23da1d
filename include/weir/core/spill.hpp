// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/buffer.hpp>
#include <weir/core/files.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What can be written to a file and read back in the same process.
template <typename T>
concept Spillable = (std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>) || (not std::is_trivially_copyable_v<T> && savable<T, true>());

/// Rows that have left memory: written one behind the other to a file of their own, in blocks, and read in that order as often as
/// wanted. Trivially copyable rows as they lie in memory, others as saved state.
template <typename T>
    requires Spillable<T>
class Spill {
    static constexpr bool plain = std::is_trivially_copyable_v<T>;
    using Block = std::conditional_t<plain, Buffer<T>, StateWriter>;

public:
    /// block: about how many bytes are written and read at a time, and kept in memory meanwhile; more where one row is longer.
    ///     source: of those of plain rows
    Spill(std::unique_ptr<ScratchFile> file, std::size_t block, MemorySource* source = memory_source)
        : file_(std::move(file)), source_(source), block_(block) {
        if constexpr (plain) waiting_ = Block(source);
    }

    template <typename Row = T>
    void put(const Row& row) {
        if constexpr (plain) {
            if (waiting_.empty()) waiting_.reserve(std::max<std::size_t>(block_ / sizeof(T), 1));
            waiting_.emplace(row);
            if ((waiting_.size() + 1) * sizeof(T) > block_) write();
        } else {
            if constexpr (std::is_same_v<Row, T>) waiting_.put(row);
            else waiting_.put_text(row);
            if (waiting_.size() >= block_) write();
        }
        ++size_;
    }
    /// The last call before it is read: what waits is written, and its memory is free.
    void finish() {
        write();
        if constexpr (plain) waiting_.free();
        else waiting_ = Block();
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Written so far.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// What a reader has in memory at most: a block, or one row that is longer.
    [[nodiscard]] std::size_t largest_block() const noexcept { return largest_; }

    /// Reads them; the Spill must stay where it is.
    class Reader {
    public:
        explicit Reader(const Spill& of) : of_(&of), block_(of.source_) {}
        /// A text also as a view, valid until the next one is read.
        template <typename Row = T>
        [[nodiscard]] std::optional<Row> next() {
            if (left() == 0 && not read()) return std::nullopt;
            if constexpr (not std::is_same_v<Row, T>) return state_.get_text();
            else if constexpr (plain) return block_.all()[at_++];
            else {
                const MemoryScope scope(of_->source_); // what the row owns
                return state_.template get<T>();
            }
        }

    private:
        [[nodiscard]] std::size_t left() const noexcept {
            if constexpr (plain) return block_.size() - at_;
            else return state_.left();
        }
        bool read() {
            if (byte_ == of_->bytes_) return false;
            block_.clear();
            if constexpr (plain) {
                const std::size_t n = std::min<std::size_t>(std::max<std::size_t>(of_->block_ / sizeof(T), 1), (of_->bytes_ - byte_) / sizeof(T));
                read_into(block_.extend(n), n * sizeof(T));
                at_ = 0;
            } else {
                std::size_t size = 0;
                read_into(&size, sizeof size);
                read_into(block_.extend(size), size);
                state_ = StateReader(block_.all().data(), size);
            }
            return true;
        }
        void read_into(void* to, std::size_t n) {
            of_->file_->read(byte_, {static_cast<char*>(to), n});
            byte_ += n;
        }
        const Spill* of_;
        std::uint64_t byte_ = 0;
        Buffer<std::conditional_t<plain, T, std::byte>> block_;
        std::size_t at_ = 0;                // of plain rows
        StateReader state_{nullptr, 0};     // of others
    };
    [[nodiscard]] Reader read() const { return Reader(*this); }

private:
    void write() {
        if constexpr (plain) {
            largest_ = std::max(largest_, waiting_.size() * sizeof(T));
            write(waiting_.all().data(), waiting_.size() * sizeof(T));
        } else if (waiting_.size() > 0) {
            const std::size_t size = waiting_.size();
            largest_ = std::max(largest_, size);
            write(&size, sizeof size);
            write(waiting_.data().data(), size);
        }
        waiting_.clear();
    }
    void write(const void* from, std::size_t n) {
        if (n == 0) return;
        file_->write(bytes_, {static_cast<const char*>(from), n});
        bytes_ += n;
    }
    std::unique_ptr<ScratchFile> file_;
    MemorySource* source_;
    std::size_t block_;
    Block waiting_;
    std::size_t size_ = 0;
    std::size_t largest_ = 0;
    std::uint64_t bytes_ = 0;
};

} // namespace weir::detail
