// SPDX-License-Identifier: BSL-1.0
// What a program has allocated, where one of its files includes counting_new.hpp; else nothing.
#pragma once
#include <atomic>
#include <cstddef>

inline std::atomic<std::size_t> allocations{0}, allocated_bytes{0};
