// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/arg_min_max.hpp>
#include <weir/aggregate/collect.hpp>
#include <weir/aggregate/count.hpp>
#include <weir/aggregate/distinct_count.hpp>
#include <weir/aggregate/evicting.hpp>
#include <weir/aggregate/exact_sum.hpp>
#include <weir/aggregate/first_last.hpp>
#include <weir/aggregate/fold.hpp>
#include <weir/aggregate/into.hpp>
#include <weir/aggregate/mean.hpp>
#include <weir/aggregate/min_max.hpp>
#include <weir/aggregate/quantile.hpp>
#include <weir/aggregate/sum.hpp>
#include <weir/aggregate/top_k.hpp>
#include <weir/aggregate/variance.hpp>
