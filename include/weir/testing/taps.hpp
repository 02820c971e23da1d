// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Counts, independently of what the operators say of themselves, what passes between two of them.
struct ProbeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "law/probe";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    static constexpr bool passes_clauses = true;
    std::shared_ptr<std::uint64_t> count;

    template <typename S>
    using out = S;
    template <typename E, typename Next>
    void on_event(E&& event, Next& next) {
        ++*count; // by one task only; read after the job
        next.on_event(std::forward<E>(event));
    }
};

using TapCounts = std::deque<std::shared_ptr<std::uint64_t>>;

template <typename Op>
auto with_tap(Op op, TapCounts& counts) {
    if constexpr (Marker<Op> || Clause<Op>) { // no operator: it has no row
        return detail::pack(std::move(op));
    } else {
        counts.push_back(std::make_shared<std::uint64_t>(0));
        return detail::pack(ProbeOp{counts.back()}, std::move(op));
    }
}

template <typename Source, typename S, typename... Ops>
auto tapped(Source source, Pack<Ops...> ops) {
    return Pipeline<Source, S, Ops...>{std::move(source), std::move(ops)};
}

/// The same job with a tap before each operator; their counts, in the order of the operators.
template <typename Source, typename S, typename... Ops>
auto with_taps(Pipeline<Source, S, Ops...> job, TapCounts& counts) {
    return detail::unpack(
        [&](auto&&... op) {
            Pack<decltype(with_tap(std::move(op), counts))...> parts{{{with_tap(std::move(op), counts)}...}}; // braces: from left to right
            return detail::unpack([&](auto&&... part) { return tapped<Source, S>(std::move(job.source), detail::join_packs(std::move(part)...)); },
                          std::move(parts));
        },
        std::move(job.ops));
}

} // namespace weir::detail
