// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/connect/arrow/rows.hpp>
#include <weir/core.hpp>
#include <weir/source/from.hpp>
#include <weir/source/row_policy.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::arrow {
namespace detail {

struct FromStream {
    static constexpr std::string_view name = "from_stream";
};

} // namespace detail

/// Begins a pipeline with the rows of an Arrow stream, as pyarrow, DuckDB and Polars export one: from_stream<Flight>(&stream).
///     Stream, ArrowArrayStream* (taken over) or RecordBatch -> Row, which names its fields by fields() or weir::Fields; each is read from
///     the column of its name, in whatever order they stand; further columns are ignored. In order; bounded. Which columns a field takes:
///     see Type. An Error, from run, names a column that is not there or of another type before any row is given.
///     A bad row (null for a field that is no std::optional, a number out of its range) goes to the policy:
///         fail() (the default)   the job ends with an EventError, after the rows before it
///         drop(), dead_letter(chain)   as in try_map, with as much of the row as can be read; counted in the Report by from_stream
///     Memory: one batch of the stream and 1024 rows; nothing is allocated once their strings have grown, but for those in a std::optional.
///     A std::string_view in a row points into the batch and lives until the next rows are read. example: tests/connect/arrow.cpp
template <typename Row, typename P = decltype(fail())>
[[nodiscard]] auto from_stream(Stream stream, P policy = {}) {
    if constexpr (not weir::detail::ErrorPolicy<P>) {
        static_assert(weir::detail::never<P>, "arrow::from_stream<Row>(stream, policy): this is not a policy. Accepted: drop(), fail(), dead_letter(chain).");
        return Refused{};
    } else if constexpr (P::retries) {
        static_assert(weir::detail::never<P>, "arrow::from_stream<Row>(stream, policy): a bad row stays bad, so it cannot be tried again. Accepted: drop(), fail(), "
                                              "dead_letter(chain).");
        return Refused{};
    } else if constexpr (not detail::check_row<Row>()) {
        return Refused{};
    } else if constexpr (std::is_same_v<P, decltype(fail())>) {
        return from(Rows<Row>(std::move(stream)));
    } else {
        return from(Rows<Row, true>(std::move(stream))) | weir::detail::RowPolicyOp<Row, P, detail::FromStream, Row>{std::move(policy)};
    }
}

} // namespace weir::arrow
