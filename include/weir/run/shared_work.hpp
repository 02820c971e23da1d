// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <exception>
#include <mutex>
#include <utility>

namespace weir::detail {

/// Work in pieces that one task has others do: begun when there is none.
class SharedWork {
public:
    enum class Did : unsigned char { nothing, piece, last };

    void begin(std::size_t pieces, void (*work)(void* on, std::size_t piece), void* on) {
        const std::scoped_lock lock(mutex_);
        work_ = work;
        on_ = on;
        next_ = 0;
        pieces_ = pieces;
    }
    /// Does a piece that nobody has begun.
    Did help() {
        std::unique_lock lock(mutex_);
        if (next_ == pieces_) return Did::nothing;
        const std::size_t piece = next_++;
        ++running_;
        lock.unlock();
        std::exception_ptr error;
        try {
            work_(on_, piece);
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        --running_;
        if (error && (not error_ || piece < failed_)) {
            error_ = std::move(error);
            failed_ = piece;
        }
        if (error_) next_ = pieces_; // nobody wants the others
        return running_ == 0 && next_ == pieces_ ? Did::last : Did::piece;
    }
    /// Whether all of it has been done. Throws what the first piece that failed has thrown.
    [[nodiscard]] bool is_done() {
        const std::scoped_lock lock(mutex_);
        if (running_ != 0 || next_ != pieces_) return false;
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
        return true;
    }
    /// No further piece is begun.
    void cancel() {
        const std::scoped_lock lock(mutex_);
        next_ = pieces_;
    }

private:
    std::mutex mutex_;
    void (*work_)(void*, std::size_t) = nullptr;
    void* on_ = nullptr;
    std::size_t next_ = 0;
    std::size_t pieces_ = 0;
    std::size_t running_ = 0;
    std::exception_ptr error_;
    std::size_t failed_ = 0;
};

} // namespace weir::detail
