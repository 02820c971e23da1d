// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/csv_rows.hpp>
#include <weir/source/from.hpp>
#include <weir/source/row_policy.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// How a pipeline begins with the rows of what a T names.
template <typename T>
struct CsvOf {};

template <typename T>
    requires std::convertible_to<T, std::string> || std::convertible_to<T, std::vector<std::string>>
struct CsvOf<T> {
    using Given = std::conditional_t<std::convertible_to<T, std::string>, std::string, std::vector<std::string>>;
    template <typename Row, bool KeepsBad>
    static auto begin(Given paths, CsvOptions options) {
        return from(CsvRows<Row, KeepsBad>(std::move(paths), std::move(options)));
    }
};

/// The path of a file, or those of several; or what <weir/follow.hpp> has.
template <typename T>
concept CsvPaths = requires { typename CsvOf<std::remove_cvref_t<T>>::Given; };

struct FromCsv {
    static constexpr std::string_view name = "from_csv";
};

template <typename Row, typename Paths, typename P>
auto begin_csv(Paths&& paths, CsvOptions options, P policy) {
    using Given = CsvOf<std::remove_cvref_t<Paths>>;
    if constexpr (not ErrorPolicy<P>) {
        static_assert(never<P>, "from_csv<Row>(path, options, policy): this is not a policy. Accepted: drop(), fail(), dead_letter(chain).");
        return Refused{};
    } else if constexpr (P::retries) {
        static_assert(never<P>, "from_csv<Row>(path, options, policy): a bad row stays bad, so it cannot be tried again. Accepted: drop(), "
                                "fail(), dead_letter(chain).");
        return Refused{};
    } else if constexpr (not check_csv_row<Row>()) {
        return Refused{};
    } else if constexpr (std::is_same_v<P, decltype(fail())>) {
        return Given::template begin<Row, false>(std::forward<Paths>(paths), std::move(options));
    } else {
        return Given::template begin<Row, true>(std::forward<Paths>(paths), std::move(options)) | RowPolicyOp<Row, P, FromCsv>{std::move(policy)};
    }
}

} // namespace detail

/// Begins a pipeline with the rows of a CSV file, or of several, one after the other: from_csv<Flight>("flights.csv").
///     -> Row, which names its fields by fields() or weir::Fields; each is read from the column of its name, in whatever order they
///     stand. In order; bounded. Lines end with LF or CRLF, the last one need not; empty lines are passed over, as is a byte order mark.
///     A bad row, with its file, line, column and value, goes to the policy; Rejected<std::string>::event is then its text:
///         fail() (the default)   the job ends with an EventError, after the rows before it
///         drop(), dead_letter(chain)   as in try_map; counted in the Report as dropped (error) by the operator from_csv
///     A wrong header is a CsvError, from run, as is a column that is not there; FileError: a file that cannot be read.
///     Memory: a block and its rows, or the longest record; strings keep their memory from block to block, so that nothing is allocated
///     once they have grown. A std::string_view in a row lives until the next rows are read.
///     "-" is standard input. Of a pipe, that or one with a name, rows are given as they come; when the job is drained, what has come of one is a
///     row that its file ends in; when it is stopped, that is lost.
///     A file that grows: from_csv<Row>(follow("log.csv")), of <weir/follow.hpp>. example: tests/source/csv.cpp
template <typename Row, detail::CsvPaths Paths, typename P = decltype(fail())>
[[nodiscard]] auto from_csv(Paths&& paths, CsvOptions options = {}, P policy = {}) {
    return detail::begin_csv<Row>(std::forward<Paths>(paths), std::move(options), std::move(policy));
}

/// The same with the usual dialect: from_csv<Flight>("flights.csv", weir::drop()).
template <typename Row, detail::CsvPaths Paths, detail::ErrorPolicy P>
[[nodiscard]] auto from_csv(Paths&& paths, P policy) {
    return detail::begin_csv<Row>(std::forward<Paths>(paths), {}, std::move(policy));
}
template <typename Row = void, typename... Wrong>
constexpr Refused from_csv(const Wrong&...) {
    static_assert(detail::said_before<Wrong...>,
                  "from_csv<Row>(paths, options, policy): the type of the rows comes first, then a path or several. "
                  "Accepted: from_csv<Row>(\"rows.csv\"), from_csv<Row>(glob(\"logs/*.csv\"), drop()), "
                  "from_csv<Row>(\"rows.csv\", {.delimiter = ';'}).");
    return {};
}

} // namespace weir
