// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/plan.hpp>
#include <weir/run/shared_scan.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What several may run a copy of, each for all events of the stream: it keeps nothing but what it makes of these, and calls only what may
/// be called more than once for an event (projections, and functions that are marked pure).
template <typename Op>
concept SameInAll = Marker<Op> || Clause<Op> || PureInPass<Op> || requires { requires Op::times_parts; };

/// An operator whose copies can read the source themselves, where only such operators stand before it.
template <typename Op, typename S>
concept ReadsSource = requires { requires Op::template reads_source<S>(); };

/// Where it stands in a job of these operators behind such a source, if there is one.
template <typename Source, typename Ops>
struct ScanPlan {
    template <std::size_t I>
    static consteval std::size_t place() {
        if constexpr (I == Ops::size) return I;
        else if constexpr (SameInAll<nth_t<I, Ops>>) return place<I + 1>();
        else return I;
    }
    static constexpr std::size_t at = place<0>();
    using stream = typename AttachPack<void, typename Source::stream, first_t<Ops, at>>::type; // before it
    static constexpr bool any = [] {
        if constexpr (not ScannableInput<Source> || at == Ops::size) return false;
        else return can_be_copied<first_t<Ops, at>> && ReadsSource<nth_t<at, Ops>, stream>;
    }();
};

/// True when the copies of the job's parallel read its source: a task for each, and one behind them.
template <bool Counts, typename J>
bool build_scan(Graph& graph, J&& job) {
    using Source = typename std::remove_cvref_t<J>::source_type;
    using S = typename Source::stream;
    using Ops = std::remove_cvref_t<decltype(job.ops)>;
    using Plan = ScanPlan<Source, Ops>;
    if constexpr (not Plan::any) return false;
    else {
        const Ops& ops = job.ops;
        if (not detail::nth<Plan::at>(ops).copies_should_read()) return false;
        const auto stream = [&ops]<std::size_t... I>(std::index_sequence<I...>) { return stream_behind_all(S{}, detail::nth<I>(ops)...); }(std::make_index_sequence<Plan::at>{});
        const auto front = some_of<0, Plan::at>(ops);
        constexpr bool in_place = std::is_lvalue_reference_v<J> && not std::is_const_v<std::remove_reference_t<J>>;
        using Input = std::conditional_t<in_place, Source&, Source>;
        Binding<false, Counts> binding(graph);
        const auto home = std::make_shared<WorkerBinding<Counts>>(graph, binding.names()); // all have the same rows
        graph.keep(home);
        add_names(front, binding.names());
        const auto scan = std::make_shared<SharedScan<Input>>(std::forward<J>(job).source, static_cast<std::uint32_t>(binding.names().size()));
        const Identities before = home->names();
        std::size_t copies = 0;
        const auto add_copy = [&](auto last, std::string name) {
            home->names() = before;
            auto chain = bind_chain<false>(S{}, front, *home, std::move(last));
            add_task<false>(binding, ScanInput<Input>(scan, copies++ == 0), std::move(chain), std::move(name));
        };
        auto parallel = detail::nth<Plan::at>(ops);
        std::move(parallel).read_source(stream, binding, add_copy, [&] {
            return bind_chain<false>(stream_behind(detail::nth<Plan::at>(ops), stream), some_of<Plan::at + 1, Ops::size>(ops), binding);
        });
        return true;
    }
}

} // namespace weir::detail
