// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/filter.hpp>
#include <weir/op/map.hpp>
