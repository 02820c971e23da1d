// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace weir::detail {

/// A few rows by before(a, b), equal ones in their order.
template <typename Row, typename Before>
void insertion_sort(Row* rows, std::size_t n, Before&& before) {
    for (std::size_t i = 1; i < n; ++i) {
        if (not before(rows[i], rows[i - 1])) continue;
        Row row = std::move(rows[i]);
        std::size_t to = i;
        do {
            rows[to] = std::move(rows[to - 1]);
            --to;
        } while (to > 0 && before(row, rows[to - 1]));
        rows[to] = std::move(row);
    }
}

/// Rows by before(a, b), equal ones in their order; with as much memory again while it happens. One that contradicts itself, as < does
/// with NaN, leads to some order. What it throws leaves each row in some state in which it may be destroyed.
template <typename Row, typename Before>
void merge_sort(Buffer<Row>& rows, Before&& before) {
    constexpr std::size_t run = 12;
    const std::size_t n = rows.size();
    Row* from = rows.all().data();
    for (std::size_t begin = 0; begin < n; begin += run) insertion_sort(from + begin, std::min(run, n - begin), before);
    if (n <= run) return;
    Buffer<Row> other = rows.like();
    other.reserve(n);
    for (Row& row : rows.all()) other.emplace(std::move(row));
    rows.swap(other);
    for (std::size_t width = run; width < n; width *= 2) {
        Row* out = other.all().data();
        from = rows.all().data();
        for (std::size_t begin = 0; begin < n; begin += 2 * width) {
            Row* left = from + begin;
            Row* right = from + std::min(begin + width, n);
            Row* const middle = right;
            Row* const end = from + std::min(begin + 2 * width, n);
            if (right == end || not before(*right, *(right - 1))) { // in order already
                out = std::move(left, end, out);
                continue;
            }
            while (left != middle && right != end) *out++ = std::move(before(*right, *left) ? *right++ : *left++);
            out = std::move(left, middle, out);
            out = std::move(right, end, out);
        }
        rows.swap(other);
    }
}

} // namespace weir::detail
