// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// Where an operator's buffers take their memory from, where a job is given a RunOptions::resource. From any thread.
class MemorySource {
public:
    MemorySource() = default;
    MemorySource(const MemorySource&) = delete;
    MemorySource& operator=(const MemorySource&) = delete;
    /// Throws ResourceExhausted where there is no more.
    [[nodiscard]] virtual void* allocate(std::size_t bytes, std::size_t alignment) = 0;
    virtual void deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept = 0;

protected:
    ~MemorySource() = default;
};

/// The sources of a job's operators.
class MemorySources {
public:
    MemorySources() = default;
    MemorySources(const MemorySources&) = delete;
    MemorySources& operator=(const MemorySources&) = delete;
    /// Of the operator of that name: the same one each time. While the job is made, and from any task that makes operators while it runs.
    [[nodiscard]] virtual MemorySource* of(const std::string& name) = 0;

protected:
    ~MemorySources() = default;
};

/// What containers that are made on this thread just now take memory from; none: the free store. They look at it once, when they are made,
/// and keep it. (As an argument it would go through every operator's bind, and every container in it, for what few jobs ask for.)
inline constinit thread_local MemorySource* memory_source = nullptr;

/// For as long as it lives, containers are made to take their memory from there. No function of a user's runs meanwhile, but what makes, copies and
/// loads values.
class MemoryScope {
public:
    constexpr explicit MemoryScope(MemorySource* source) noexcept {
        if (not std::is_constant_evaluated()) before_ = std::exchange(memory_source, source);
    }
    MemoryScope(const MemoryScope&) = delete;
    MemoryScope& operator=(const MemoryScope&) = delete;
    constexpr ~MemoryScope() {
        if (not std::is_constant_evaluated()) memory_source = before_;
    }

private:
    MemorySource* before_ = nullptr;
};

/// The scope in which a T is made that may own memory; none for what does not.
struct NoMemoryScope {
    constexpr explicit NoMemoryScope(MemorySource*) noexcept {}
};
template <typename T>
using ScopeFor = std::conditional_t<std::is_trivially_destructible_v<T>, NoMemoryScope, MemoryScope>;
/// T{}, to take its memory from there.
template <typename T>
[[nodiscard]] constexpr T made_in(MemorySource* source) {
    [[maybe_unused]] const ScopeFor<T> scope(source);
    return T{};
}

/// The scope in which an operator, or the input of a task, is made.
template <typename Binding>
[[nodiscard]] constexpr MemoryScope memory_scope(Binding& binding, const std::string& name) {
    MemorySources* const sources = binding.memory().sources();
    return MemoryScope(sources ? sources->of(name) : nullptr);
}
template <typename Binding>
[[nodiscard]] constexpr MemoryScope memory_scope(Binding& binding, std::uint32_t id) {
    return memory_scope(binding, binding.names()[id]);
}

/// What allocators of containers remember: the source that there was when the container was made. It goes along when that is moved, and
/// not when it is copied.
struct OfSource {
    using propagate_on_container_move_assignment = std::true_type;
    using propagate_on_container_swap = std::true_type;
    MemorySource* source = memory_source;
    friend bool operator==(const OfSource& a, const OfSource& b) noexcept { return a.source == b.source; }
};

template <typename T>
struct JobAllocator : OfSource {
    using value_type = T;

    JobAllocator() noexcept = default;
    explicit JobAllocator(MemorySource* from) noexcept : OfSource{from} {}
    template <typename U>
    JobAllocator(const JobAllocator<U>& other) noexcept : OfSource(other) {}
    [[nodiscard]] JobAllocator select_on_container_copy_construction() const noexcept { return {}; }

    [[nodiscard]] T* allocate(std::size_t n) {
        if (source == nullptr) [[likely]] return std::allocator<T>().allocate(n);
        if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(source->allocate(n * sizeof(T), alignof(T)));
    }
    void deallocate(T* memory, std::size_t n) noexcept {
        if (source == nullptr) [[likely]] return std::allocator<T>().deallocate(memory, n);
        source->deallocate(memory, n * sizeof(T), alignof(T));
    }
};

template <typename T>
using JobVector = std::vector<T, JobAllocator<T>>;

} // namespace weir::detail
