// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/keyed/aggregate.hpp>
#include <weir/keyed/deduplicate.hpp>
#include <weir/keyed/hash_join.hpp>
#include <weir/keyed/interval_join.hpp>
#include <weir/keyed/key_by.hpp>
#include <weir/keyed/lookup_join.hpp>
#include <weir/keyed/process_keyed.hpp>
#include <weir/keyed/reduce.hpp>
#include <weir/keyed/scan.hpp>
#include <weir/keyed/suppress.hpp>
#include <weir/keyed/table.hpp>
#include <weir/keyed/table_join.hpp>
#include <weir/keyed/temporal_join.hpp>
#include <weir/keyed/window_join.hpp>
