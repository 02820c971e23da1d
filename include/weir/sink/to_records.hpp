// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/fields.hpp>
#include <weir/core/state.hpp>
#include <weir/sink/line_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace weir {

/// How binary records are written.
struct ToRecordsOptions {
    std::size_t buffer = 1 << 18;  ///< bytes that may wait before they are written
    bool flush_spans = false;      ///< also writes whenever the events at hand are over, so that others soon see them
    const Files* files = nullptr;  ///< without one the machine's; must outlive the job
};

namespace detail {

/// The bytes of a value.
struct PlainRecord {
    static constexpr std::string_view line_end{};
    template <typename V>
    void operator()(std::string& to, const V& value) const {
        to.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
};

template <typename Target, typename Options, typename Out = OutFile> // Target: std::string, the path of a file, or std::FILE*
struct ToRecordsOp {
    using kind = OperatorKind;
    static constexpr bool keeps_little = true;
    static constexpr std::string_view name = "to_records";
    Target target;
    Options options;

    template <typename S>
        requires(PlainBytes<typename S::value> && not holds_view<typename S::value>)
    using out = Ended;

    template <typename S, typename Binding>
    auto bind(const S&, Binding& binding, std::uint32_t id) && {
        return open_lines<Out>(binding, id, target, options, PlainRecord{});
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "to_records(file): this pipeline's events are more than their bytes. Accepted: types that are trivially copyable and "
                                "refer to nothing: no std::string, std::string_view, std::vector or pointer in them.");
    }
};

} // namespace detail

/// Ends a chain: writes each event as its bytes, with nothing between them, for from_records on a machine of this kind.
///     E -> sink, a trivially copyable type; what lies between its members is written too. Without the event time; in order. The file as
///     to_lines has it: whole or not there, "-", FileError. Allocates its buffer as it fills, then nothing. example: tests/source/records.cpp
template <typename Options = ToRecordsOptions>
[[nodiscard]] auto to_records(std::string path, Options options = {}) {
    return detail::ToRecordsOp<std::string, Options>{std::move(path), options};
}

/// The same into an open C stream: to_records(stdout). It stays open.
template <typename Options = ToRecordsOptions>
[[nodiscard]] auto to_records(std::FILE* stream, Options options = {}) {
    return detail::ToRecordsOp<std::FILE*, Options>{stream, options};
}

} // namespace weir
