// SPDX-License-Identifier: BSL-1.0
#pragma once
// For tests, yours and ours: test streams, a clock that obeys, simulation, and the laws. Not part of weir/weir.hpp.
#include <weir/testing/equivalence.hpp>
#include <weir/testing/fault.hpp>
#include <weir/testing/laws.hpp>
#include <weir/testing/manual_clock.hpp>
#include <weir/testing/random.hpp>
#include <weir/testing/recovery.hpp>
#include <weir/testing/simulate.hpp>
#include <weir/testing/simulation.hpp>
#include <weir/testing/stopping.hpp>
#include <weir/testing/test_stream.hpp>
