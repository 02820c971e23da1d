// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// RunOptions::resource has not as much memory as an operator needs. what() names the operator, and says how much of it has been taken.
class ResourceExhausted : public std::bad_alloc {
public:
    /// part: the operator, which holds so many bytes of the resource, and the job with it.
    ResourceExhausted(std::string_view part, std::size_t bytes, std::size_t held_by_part, std::size_t held_by_job) noexcept {
        add(part);
        add(": RunOptions::resource has no ");
        add(bytes);
        add(" bytes left: the job holds ");
        add(held_by_job);
        add(" bytes of it, of which this operator has ");
        add(held_by_part);
    }
    [[nodiscard]] const char* what() const noexcept override { return text_.data(); }

private:
    void add(std::string_view text) noexcept {
        const std::size_t n = std::min(text.size(), text_.size() - 1 - size_);
        std::copy_n(text.data(), n, text_.data() + size_);
        size_ += n;
    }
    void add(std::size_t number) noexcept {
        std::array<char, 24> digits{}; // an error for which no memory is needed
        std::size_t first = digits.size();
        do digits[--first] = static_cast<char>('0' + number % 10);
        while ((number /= 10) != 0);
        add(std::string_view(digits.data() + first, digits.size() - first));
    }
    std::array<char, 384> text_{};
    std::size_t size_ = 0;
};

namespace detail {

/// The resource of a job as its operators see it: one of them at a time, whichever threads they are on.
class JobMemory final : public MemorySources {
    struct Shared {
        std::pmr::memory_resource* resource;
        std::mutex mutex{};
        std::size_t held = 0; // bytes
    };
    /// What is taken from it goes back to it, so it lives as long as that: a batch may be kept for longer than its job.
    class OfOperator final : public MemorySource {
    public:
        OfOperator(std::shared_ptr<Shared> shared, std::string name) : shared_(std::move(shared)), name_(std::move(name)) {}
        [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment) override {
            const std::scoped_lock lock(shared_->mutex);
            try {
                void* const memory = shared_->resource->allocate(bytes, alignment);
                ++blocks_;
                held_ += bytes;
                shared_->held += bytes;
                return memory;
            } catch (const std::bad_alloc&) {
                throw ResourceExhausted(name_, bytes, held_, shared_->held);
            }
        }
        void deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept override {
            leave([&] {
                shared_->resource->deallocate(memory, bytes, alignment);
                held_ -= bytes;
                shared_->held -= bytes;
            });
        }
        [[nodiscard]] const std::string& name() const noexcept { return name_; }
        /// The job goes.
        void release() noexcept {
            leave([] {});
        }

    private:
        ~OfOperator() = default;
        template <typename Give>
        void leave(const Give& give) noexcept {
            bool is_last = false;
            {
                const std::scoped_lock lock(shared_->mutex);
                give();
                is_last = --blocks_ == 0;
            }
            if (is_last) delete this;
        }
        std::shared_ptr<Shared> shared_;
        std::string name_;
        std::size_t blocks_ = 1; // and the job
        std::size_t held_ = 0;   // bytes
    };

public:
    explicit JobMemory(std::pmr::memory_resource& resource) : shared_(std::make_shared<Shared>(&resource)) {}
    JobMemory(const JobMemory&) = delete;
    JobMemory& operator=(const JobMemory&) = delete;
    ~JobMemory() {
        for (OfOperator* one : operators_) one->release();
    }
    [[nodiscard]] MemorySource* of(const std::string& name) override {
        const std::scoped_lock lock(mutex_);
        for (OfOperator* const one : operators_)
            if (one->name() == name) return one;
        operators_.reserve(operators_.size() + 1);
        return operators_.emplace_back(new OfOperator(shared_, name));
    }

private:
    std::shared_ptr<Shared> shared_;
    std::mutex mutex_; // of operators_
    std::vector<OfOperator*> operators_;
};

} // namespace detail
} // namespace weir
