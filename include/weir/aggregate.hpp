// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/aggregate/count.hpp>
#include <weir/aggregate/mean.hpp>
#include <weir/aggregate/min_max.hpp>
#include <weir/aggregate/sum.hpp>
#include <weir/aggregate/variance.hpp>
