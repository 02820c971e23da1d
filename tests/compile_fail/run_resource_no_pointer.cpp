// expect: RunOptions: \.resource is a pointer to a std::pmr::memory_resource, which must outlive the job: write \.resource = &pool
// SPDX-License-Identifier: BSL-1.0
#include <weir/weir.hpp>

#include <memory_resource>
#include <vector>

int main() {
    const std::vector<int> numbers{1, 2, 3};
    std::pmr::unsynchronized_pool_resource pool;
#ifdef FIXED
    const weir::RunOptions options{.resource = &pool};
    weir::run(weir::from(numbers) | weir::for_each([](int) {}), {.resource = options.resource});
    weir::run(weir::from(numbers) | weir::for_each([](int) {}), {.resource = nullptr});
#else
    weir::run(weir::from(numbers) | weir::for_each([](int) {}), {.resource = pool});
#endif
}
