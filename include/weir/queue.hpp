// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/queue/atomics.hpp>
#include <weir/queue/claim.hpp>
#include <weir/queue/mpmc_queue.hpp>
#include <weir/queue/mpsc_queue.hpp>
#include <weir/queue/overflow.hpp>
#include <weir/queue/parking.hpp>
#include <weir/queue/spsc_queue.hpp>
#include <weir/queue/subscriber.hpp>
#include <weir/queue/topic.hpp>
