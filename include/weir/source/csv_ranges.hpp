// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/csv_records.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace weir::detail {

/// One range of a file.
struct CsvClaim {
    std::size_t number = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool is_last = false; // all behind it, too
};

/// A file whose ranges are read beside each other, at any places. What must be known in order is handed on from range to range: who has
/// claimed one must soon pass its border, whatever happens.
template <typename File>
class CsvRanges {
public:
    /// From the position of a record on. size: of a range.
    CsvRanges(std::unique_ptr<File> file, const CsvPosition& first, std::uint64_t end, std::uint64_t size)
        : file_(std::move(file)), begin_(first.byte), end_(end), size_(size) {
        border_.next = first;
    }
    [[nodiscard]] const File& file() const noexcept { return *file_; }
    [[nodiscard]] std::uint64_t claimed() const noexcept { return begin_; }
    /// For one at a time: the next range; false: there is none.
    bool claim(CsvClaim& claim) noexcept {
        if (begin_ == end_) return false;
        const std::uint64_t end = (begin_ / size_ + 1) * size_; // where pages end, too
        claim = {claims_++, begin_, end, end + size_ > end_};
        begin_ = claim.is_last ? end_ : end;
        return true;
    }

    /// Waits until all ranges before have been passed; the border is one's own until this is gone.
    class Turn {
    public:
        Turn(CsvRanges& ranges, std::size_t number) : ranges_(ranges), next_(number + 1) {
            for (std::size_t seen = ranges.turn_.load(std::memory_order_acquire); seen != number; seen = ranges.turn_.load(std::memory_order_acquire))
                ranges.turn_.wait(seen, std::memory_order_acquire);
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            ranges_.turn_.store(next_, std::memory_order_release);
            ranges_.turn_.notify_all();
        }
        [[nodiscard]] CsvBorder& border() noexcept { return ranges_.border_; }

    private:
        CsvRanges& ranges_;
        std::size_t next_;
    };

private:
    std::unique_ptr<File> file_;
    std::uint64_t begin_; // of what has not been claimed
    std::uint64_t end_;
    std::uint64_t size_;
    std::size_t claims_ = 0;
    std::atomic<std::size_t> turn_{0};
    CsvBorder border_{};
};

/// The same file for one that reads on from a place, whatever has its path by now.
template <typename File>
class CsvRangesFile final : public File {
public:
    explicit CsvRangesFile(std::shared_ptr<const CsvRanges<File>> of) : of_(std::move(of)) {}
    std::size_t read(std::span<char> into) override {
        const std::size_t n = of_->file().read_at(at_, into).value(); // its file can do that
        at_ += n;
        return n;
    }
    void seek(std::uint64_t byte) override { at_ = byte; }
    [[nodiscard]] std::optional<std::uint64_t> size() const override { return of_->file().size(); }

private:
    std::shared_ptr<const CsvRanges<File>> of_;
    std::uint64_t at_ = 0;
};

} // namespace weir::detail
