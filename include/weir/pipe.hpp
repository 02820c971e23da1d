// SPDX-License-Identifier: BSL-1.0
#pragma once
// pipe_map and pipe_reduce: chains as programs for other engines. Not part of weir/weir.hpp, whose includers would all pay for what few need.
#include <weir/run/pipe_map.hpp>
#include <weir/run/pipe_reduce.hpp>
