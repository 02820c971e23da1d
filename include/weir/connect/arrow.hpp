// SPDX-License-Identifier: BSL-1.0
// Component arrow: record batches out and in through the Arrow C Data Interface. Needs no library.
#pragma once
#include <weir/connect/arrow/abi.hpp>
#include <weir/connect/arrow/buffers.hpp>
#include <weir/connect/arrow/cells.hpp>
#include <weir/connect/arrow/column.hpp>
#include <weir/connect/arrow/columns.hpp>
#include <weir/connect/arrow/error.hpp>
#include <weir/connect/arrow/format.hpp>
#include <weir/connect/arrow/from_stream.hpp>
#include <weir/connect/arrow/owner.hpp>
#include <weir/connect/arrow/read.hpp>
#include <weir/connect/arrow/record_batch.hpp>
#include <weir/connect/arrow/record_batch_of.hpp>
#include <weir/connect/arrow/record_batches.hpp>
#include <weir/connect/arrow/rows.hpp>
#include <weir/connect/arrow/stream.hpp>
#include <weir/connect/arrow/to_stream.hpp>
#include <weir/connect/arrow/type.hpp>
#include <weir/connect/arrow/write.hpp>
