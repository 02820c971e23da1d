// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/memory_bound.hpp>
