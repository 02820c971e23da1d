// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <memory_resource>
#include <type_traits>

namespace weir {

/// A pointer to a memory resource, as an option: what is something else gets a sentence, which a braced list of options would not.
class ResourcePointer {
public:
    constexpr ResourcePointer(std::pmr::memory_resource* resource = nullptr) noexcept : resource_(resource) {}
    template <typename T>
        requires(not std::convertible_to<T, std::pmr::memory_resource*> && not std::same_as<std::remove_cvref_t<T>, ResourcePointer>)
    ResourcePointer(T&&) {
        static_assert(std::convertible_to<T, std::pmr::memory_resource*>,
                      "RunOptions: .resource is a pointer to a std::pmr::memory_resource, which must outlive the job: write .resource = &pool, "
                      "or allocator.resource() of a polymorphic_allocator.");
    }
    constexpr operator std::pmr::memory_resource*() const noexcept { return resource_; }

private:
    std::pmr::memory_resource* resource_ = nullptr;
};

} // namespace weir
