// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/attach.hpp>
#include <weir/core/branch.hpp>
#include <weir/core/chain.hpp>
#include <weir/core/config.hpp>

#include <type_traits>

namespace weir::detail {

struct InsideLateTo; // in the compilers' notes, as the next
struct InsideAheadTo;

/// Whether the chain of late_to, or of ahead_to, fits a stream S; says the mistake where it does not.
template <typename S, typename C, bool Late = true>
consteval bool takes_late() {
    using Behind = behind_t<without_clauses_t<S>, C, std::conditional_t<Late, InsideLateTo, InsideAheadTo>>;
    if constexpr (std::is_same_v<Behind, Refused>) return false; // said before, by the operator that refused
    else if constexpr (not std::is_same_v<Behind, Ended>) {
        if constexpr (Behind::has_clauses) static_assert(LeakedClause<void, Behind>::said == 0);
        else if constexpr (Late)
            static_assert(never<C, S>, "late_to(chain): the chain has no sink, so what is late would go nowhere: end it with "
                                       "for_each(fn), collect_into(container) or another sink.");
        else
            static_assert(never<C, S>, "ahead_to(chain): the chain has no sink, so what is too far ahead would go nowhere: end it with "
                                       "for_each(fn), collect_into(container) or another sink.");
        return false;
    } else return true;
}

} // namespace weir::detail
