// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/sink/collect_into.hpp>
#include <weir/sink/fold_into.hpp>
#include <weir/sink/for_each.hpp>
#include <weir/sink/to_csv.hpp>
#include <weir/sink/to_jsonl.hpp>
#include <weir/sink/to_lines.hpp>
#include <weir/sink/to_queue.hpp>
#include <weir/sink/to_records.hpp>
#include <weir/sink/to_topic.hpp>
