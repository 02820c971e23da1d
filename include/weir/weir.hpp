// SPDX-License-Identifier: BSL-1.0
#pragma once
// What needs only the standard library and fmt. Beside it: weir/sketches.hpp, weir/patterns.hpp; outside systems: weir/connect/; tests of
// your own: weir/testing.hpp.
#include <weir/aggregate.hpp>
#include <weir/batch.hpp>
#include <weir/core.hpp>
#include <weir/keyed.hpp>
#include <weir/op.hpp>
#include <weir/queue.hpp>
#include <weir/run.hpp>
#include <weir/sink.hpp>
#include <weir/source.hpp>
#include <weir/time.hpp>
