// SPDX-License-Identifier: BSL-1.0
#pragma once
// profiled, to_prometheus and Stopwatch. Not part of weir/weir.hpp, whose includers would all pay for what few need; the Report's own figures are.
#include <weir/run/profile.hpp>
#include <weir/run/prometheus.hpp>
#include <weir/run/stopwatch.hpp>
