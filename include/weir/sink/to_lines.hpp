// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/files.hpp>
#include <weir/core/number_text.hpp>
#include <weir/sink/line_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

namespace weir {

/// How lines are written.
struct ToLinesOptions {
    std::size_t buffer = 65'536;   ///< bytes that may wait before they are written
    bool flush_spans = false;      ///< also writes whenever the events at hand are over, so that others soon see them
    const Files* files = nullptr;  ///< without one the machine's; must outlive the job
};

namespace detail {

template <typename V>
concept TextLike = std::is_convertible_v<const V&, std::string_view>;
template <typename V>
concept Printable = TextLike<V> || fmt::is_formattable<V>::value;

/// Text as it is, anything else as fmt formats it.
struct PlainText {
    /// Not by fmt::format_to: that needs the whole of fmt/format.h, a fifth of what including weir costs.
    template <typename V>
    void operator()(std::string& to, const V& value) const {
        if constexpr (TextLike<V>) to += static_cast<std::string_view>(value);
        else if constexpr (std::is_integral_v<V> && sizeof(V) <= sizeof(std::uint64_t) && not std::is_same_v<V, bool> && not std::is_same_v<V, char>)
            append_number(to, value);
        else to += fmt::format("{}", value);
    }
};

template <typename Target, typename Options, typename Out = OutFile> // Target: std::string, the path of a file, or std::FILE*
struct ToLinesOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "to_lines";
    Target target;
    Options options;

    template <typename S>
        requires Printable<typename S::value>
    using out = Ended;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        return open_lines<Out>(binding, id, target, options, PlainText{});
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "to_lines(file): this pipeline's events cannot be written as text. Turn them into strings with map(fn) "
                                "before it, or give their type a fmt::formatter.");
    }
};

} // namespace detail

/// Ends a chain: writes each event as a line of a text file.
///     E -> sink; text as it is, anything else that fmt can format as by "{}"; without the event time; in order; buffered, and only
///     whole lines are written. The file has no name, or `path + ".part"`, while the job runs and gets its name when the job ends, or is stopped:
///     nobody sees half a result, and a job that fails leaves what was there before.
///     "-" is standard output, as to_lines(stdout) has it.
///     FileError, naming the file: at the start where it cannot be created, later where it cannot be written (a full disk), or when others have
///     written a file of that name meanwhile: then what was written stays in `path + ".part"`. Two sinks of a job on one file: std::invalid_argument.
///     Allocates its buffer as it fills, and a string for what fmt formats where that is long; never for text and integers.
///     example: tests/sink/to_lines.cpp
template <typename Options = ToLinesOptions>
[[nodiscard]] auto to_lines(std::string path, Options options = {}) {
    return detail::ToLinesOp<std::string, Options>{std::move(path), options};
}

/// The same into an open C stream: to_lines(stdout). It stays open; on a terminal lines appear whenever the events at hand are over.
///     State: lines that wait to be written. The file above has none, since all of it is written anew: a durable job with it is refused.
template <typename Options = ToLinesOptions>
[[nodiscard]] auto to_lines(std::FILE* stream, Options options = {}) {
    return detail::ToLinesOp<std::FILE*, Options>{stream, options};
}

} // namespace weir
