// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <string_view>
#include <utility>

namespace weir {
namespace detail {

struct AsBatchesOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "as_batches";

    /// Directly behind a BatchSource it is no operator at all: the source's input is exchanged for one that gives batches.
    template <typename Input>
        requires requires { typename Input::batches; }
    [[nodiscard]] auto replace_source(Input input) const {
        return typename Input::batches(std::move(input.given()));
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "as_batches(): it gives the batches of a BatchSource as they are, so it must stand directly behind from(a batch "
                                "source). Elsewhere cut batches with micro_batch(n) or whole().");
    }
};

} // namespace detail

/// The batches of a BatchSource as they are: its own cuts, without a copy. Stands directly behind from(source).
///     source of T -> Batch<T> (Batch<const T> where the source lends const events), lent until the operators behind it return; of
///     Event<T> -> Batch<Event<T>> with the time of its latest event. Bounded as the source; allocates nothing.
///     example: tests/batch/as_batches.cpp
[[nodiscard]] inline auto as_batches() { return detail::AsBatchesOp{}; }

} // namespace weir
