// SPDX-License-Identifier: BSL-1.0
// What nearly every test would instantiate again, once for all of them: it is precompiled, where anything is.
#pragma once
#include <weir/weir.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

template class weir::BasicThreadPerTask<>;
template class std::vector<int>;
template class std::vector<std::byte>;
template class std::vector<std::int64_t>;
template class std::vector<std::size_t>;
template class std::vector<std::string>;
template class std::vector<weir::OperatorReport>;
