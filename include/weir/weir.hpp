// SPDX-License-Identifier: BSL-1.0
#pragma once
// Everything that needs only the standard library and fmt. Outside systems: weir/connect/. Tests of your own: weir/testing.hpp.
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
