// SPDX-License-Identifier: BSL-1.0
// Component json: files of JSON lines as a source. Needs simdjson, 3.0 or later. The sink, to_jsonl, needs nothing.
#pragma once
#include <weir/connect/json/options.hpp>
#include <weir/connect/json/rows.hpp>
#include <weir/sink/to_jsonl.hpp>
#include <weir/source/follow.hpp>
#include <weir/source/from.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// The path of a file, or those of several, or a file that grows.
template <typename T>
concept JsonPaths = std::convertible_to<T, std::string> || std::convertible_to<T, std::vector<std::string>> || std::convertible_to<T, Followed>;

template <typename Row, bool KeepsBad, typename Paths>
auto json_rows(Paths&& paths, const JsonOptions& options) {
    if constexpr (std::convertible_to<Paths, Followed>) {
        using Rows = JsonRows<Row, KeepsBad, InFile, FollowReader<LineCutter<>>>;
        using Input = PolledBatchInput<Rows>;
        return Pipeline<Input, typename Input::stream>{Input(Rows(std::forward<Paths>(paths), options)), {}};
    } else {
        using Given = std::conditional_t<std::convertible_to<Paths, std::string>, std::string, std::vector<std::string>>;
        return from(JsonRows<Row, KeepsBad>(Given(std::forward<Paths>(paths)), options));
    }
}

struct FromJsonl {
    static constexpr std::string_view name = "from_jsonl";
};

template <typename Row, typename Paths, typename P>
auto begin_jsonl(Paths&& paths, const JsonOptions& options, P policy) {
    if constexpr (not ErrorPolicy<P>) {
        static_assert(never<P>, "from_jsonl<Row>(path, options, policy): this is not a policy. Accepted: drop(), fail(), dead_letter(chain).");
        return Refused{};
    } else if constexpr (P::retries) {
        static_assert(never<P>, "from_jsonl<Row>(path, options, policy): a bad row stays bad, so it cannot be tried again. Accepted: drop(), "
                                "fail(), dead_letter(chain).");
        return Refused{};
    } else if constexpr (not check_json_row<Row>()) {
        return Refused{};
    } else if constexpr (std::is_same_v<P, decltype(fail())>) {
        return json_rows<Row, false>(std::forward<Paths>(paths), options);
    } else {
        return json_rows<Row, true>(std::forward<Paths>(paths), options) | RowPolicyOp<Row, P, FromJsonl>{std::move(policy)};
    }
}

} // namespace detail

/// Begins a pipeline with the rows of a file of JSON lines, or of several, one after the other: from_jsonl<Flight>("flights.jsonl"). "-" is
/// standard input; from_jsonl<Event>(follow("events.jsonl")) is a file that grows, and unbounded.
///     -> Row, which names its fields by fields() or weir::Fields; each line is an object, each field is read from what has its name, in
///     whatever order they stand. Integers exact; strings, times and what weir::TextValue is specialised for as text, times also as numbers;
///     types with fields() as objects, std::vector and std::array as arrays; null only as a std::optional. In order; bounded. Empty lines
///     are passed over, as is a byte order mark.
///     A bad row, with its file, line, byte, field and value, goes to the policy; Rejected<std::string>::event is then its text:
///         fail() (the default)   the job ends with an EventError, whose number is the line's, after the rows before it
///         drop(), dead_letter(chain)   as in try_map; counted in the Report as dropped (error) by the operator from_jsonl
///     What no field takes is skipped: of that only strings, UTF-8 and the number of its brackets are checked.
///     Of a pipe, "-" or by name, rows are given as they come; when the job is drained, what has come without a line end is a line, too; when it
///     is stopped, that is lost.
///     FileError: a file that cannot be read. Memory: a block and its rows, or the longest line; strings keep their memory from block to
///     block. A std::string_view in a row lives until the next rows are read. example: tests/connect/json.cpp
template <typename Row, detail::JsonPaths Paths, typename P = decltype(fail())>
[[nodiscard]] auto from_jsonl(Paths&& paths, const JsonOptions& options = {}, P policy = {}) {
    return detail::begin_jsonl<Row>(std::forward<Paths>(paths), options, std::move(policy));
}

/// The same with the usual options: from_jsonl<Flight>("flights.jsonl", weir::drop()).
template <typename Row, detail::JsonPaths Paths, detail::ErrorPolicy P>
[[nodiscard]] auto from_jsonl(Paths&& paths, P policy) {
    return detail::begin_jsonl<Row>(std::forward<Paths>(paths), JsonOptions{}, std::move(policy));
}

} // namespace weir
