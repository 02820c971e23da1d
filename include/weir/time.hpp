// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/time/drop_late.hpp>
#include <weir/time/event_time.hpp>
#include <weir/time/in_time_order.hpp>
#include <weir/time/processing_time.hpp>
#include <weir/time/strategy.hpp>
#include <weir/time/trigger.hpp>
#include <weir/time/window.hpp>
