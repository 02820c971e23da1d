// SPDX-License-Identifier: BSL-1.0
#pragma once
// Aggregates in bounded memory whose result is about right, within a stated error. Not part of weir/weir.hpp, whose includers would all
// pay for what few need.
#include <weir/aggregate/approx_distinct_count.hpp>
#include <weir/aggregate/approx_quantile.hpp>
#include <weir/aggregate/count_min.hpp>
#include <weir/aggregate/frequent_items.hpp>
