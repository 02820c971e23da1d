// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/op/map.hpp>
#include <weir/run/pipe_program.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir {
namespace detail {

/// A line as a T.
template <typename T>
struct ReadRecord {
    T operator()(std::string_view line) const {
        T value{};
        FieldReader(line).read(value);
        return value;
    }
};

} // namespace detail

/// Makes a chain a program: the whole of main, for RDD.pipe of Spark, the mapper of Hadoop Streaming, or a shell's |.
///     In: what the chain is given: Line, each line of standard input as it is; or a type that is read from the line's fields, which
///     tabs divide: anything with a TextValue, std::pair and std::tuple of such, rows with fields().
///     What the chain gives: text is a line of standard output as it is (put "key\tvalue" together yourself, or give a pair); of
///     anything else its fields, in the way of to_csv, with tabs between them. In order. A text with an end of line in it, or in a
///     field a tab, is refused: the engine would cut the record there.
///     -> the program's status. 0: all was read, and all was written and flushed. 1: something failed, which is said in one sentence, with
///     the number of the line, on standard error; of what was still in the buffer nothing is written. 141: whoever read the output
///     has closed it (where SIGPIPE is ignored, else the signal ends the program): nothing is said. What operators dropped, other than
///     filters, is told on standard error at the end.
///     Memory: a block and a buffer, or the longest line (max_line), and what the chain keeps. example: tests/runtime/pipe_map.cpp,
///     examples/pipe_word_count.cpp
template <typename In = Line, typename C>
[[nodiscard]] int pipe_map(C chain, const PipeOptions& options = {}) {
    if constexpr (not std::is_same_v<In, Line> && not detail::is_readable<In>()) {
        static_assert(detail::never<In>, "pipe_map<In>(chain): In cannot be read from the fields of a line. Accepted: numbers, bool, text, times, "
                                         "std::optional of these; std::pair, std::tuple, types with fields() of such.");
        return 0;
    } else {
        return detail::pipe_program("pipe_map", options, [&](detail::PipePlace& place, detail::PipeOut<>& out) {
            detail::PipeLines<> lines(options, place);
            auto records = [&] {
                if constexpr (std::is_same_v<In, Line>) return from(lines) | detail::PipePlaceOp{&place};
                else return from(lines) | detail::PipePlaceOp{&place} | map(detail::ReadRecord<In>());
            }();
            const std::string nothing;
            place.add(run(detail::into_pipe(std::move(records), std::move(chain), place, out, nothing)));
        });
    }
}

} // namespace weir
