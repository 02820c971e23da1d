// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/job.hpp>
#include <weir/run/parallel.hpp>
#include <weir/run/pool.hpp>
#include <weir/run/progress_line.hpp>
