// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/as_batches.hpp>
#include <weir/batch/micro_batch.hpp>
#include <weir/batch/micro_batcher.hpp>
#include <weir/batch/partial.hpp>
#include <weir/batch/process.hpp>
#include <weir/batch/sample.hpp>
#include <weir/batch/sort_by.hpp>
#include <weir/batch/top_n.hpp>
#include <weir/batch/unbatch.hpp>
