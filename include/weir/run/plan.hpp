// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/pack.hpp>
#include <weir/run/built_first.hpp>
#include <weir/run/crew_input.hpp>
#include <weir/run/outputs.hpp>
#include <weir/run/stage.hpp>
#include <weir/run/worker.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// What workers can run a copy of, each for parts of the stream.
template <typename Op>
concept PerEvent = Marker<Op> || requires { requires Op::per_event; };
/// Or in front of an operator that gathers.
template <typename Op>
concept PerPart = PerEvent<Op> || Clause<Op> || requires { requires Op::times_parts; };
/// An operator that can merge what copies of it have made of parts.
template <typename Op, typename S>
concept CanGather = requires { requires Op::template gathers<S>(); };

/// A part of an operator whose other part is what the Report shows.
template <typename Op>
concept Unnamed = requires { requires Op::unnamed; };
/// An operator of which workers can do a part, and the task behind them the other.
template <typename Op, typename S>
concept CanSplit = requires { requires Op::template splits<S>(); };

/// Whatever its settings.
template <typename Op>
concept GathersAlways = requires { requires Op::gathers_always; };
/// One that shares its work with the workers: op.behind_gathering() is what stands behind them.
template <typename Op>
concept SharesWork = requires(const Op& op) { op.behind_gathering(); };
template <typename Op>
auto behind_gathering(const Op& op) {
    if constexpr (SharesWork<Op>) return op.behind_gathering();
    else return op;
}

template <typename Ops, typename Numbers>
struct Selected;
template <typename Ops, std::size_t... I>
struct Selected<Ops, std::index_sequence<I...>> {
    using type = Pack<nth_t<I, Ops>...>;
};
template <typename Ops, std::size_t N>
using first_t = typename Selected<Ops, std::make_index_sequence<N>>::type;
template <std::size_t From, std::size_t To, typename Ops>
auto some_of(const Ops& ops) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return detail::pack(detail::nth<From + I>(ops)...);
    }(std::make_index_sequence<To - From>{});
}

/// How a job of these operators behind such a source is divided between workers and the task behind them.
template <typename S, typename Ops>
struct WorkerPlan {
    static constexpr std::size_t n = Ops::size;
    template <std::size_t I>
    using Op = nth_t<I, Ops>;
    template <std::size_t N>
    using At = typename AttachPack<void, S, first_t<Ops, N>>::type;

    template <std::size_t I, bool Parts>
    static consteval std::size_t length() {
        if constexpr (I == n) return I;
        else if constexpr (Parts ? PerPart<Op<I>> : PerEvent<Op<I>>) return length<I + 1, Parts>();
        else return I;
    }
    /// Up to here events are handled each by itself.
    static constexpr std::size_t events = length<0, false>();
    /// The outputs of workers are kept until their turn comes, so they must be their own.
    template <std::size_t N>
    static constexpr bool owns = not At<N>::traits.lent && std::is_same_v<owned_t<typename At<N>::event>, typename At<N>::event>;
    static constexpr bool gives_outputs = owns<events>;
    /// The operator that stands there is divided itself: workers do the one part, what follows begins with the other.
    static constexpr bool splits = [] {
        if constexpr (events == n) return false;
        else if constexpr (CanSplit<Op<events>, At<events>>) return owns<events + 1>;
        else return false;
    }();

    /// The operator that gathers, if one does.
    static constexpr std::size_t parts = length<0, true>();
    static constexpr bool gathers = [] {
        if constexpr (parts == n) return false;
        else return CanGather<Op<parts>, At<parts>>;
    }();
    static constexpr bool always_gathers = [] {
        if constexpr (gathers) return GathersAlways<Op<parts>>;
        else return false;
    }();
    static constexpr bool any = gathers || gives_outputs || splits;
};

/// The numbers that the operators of a front have in the Report.
template <typename Ops, typename Names>
void add_names(const Ops& ops, Names& names) {
    detail::unpack([&names](const auto&... op) {
        [[maybe_unused]] const auto add = [&names]<typename Op>(const Op& one) {
            if constexpr (NameMarker<Op>) names.enter_named(one.name, one.one_operator);
            else if constexpr (Marker<Op>) names.leave();
            else if constexpr (not Clause<Op> && not Unnamed<Op>) names.add(kind_name<Op>());
        };
        (add(op), ...);
    }, ops);
}

template <typename... Ops>
auto clauses_of(const Pack<Ops...>& ops) {
    return detail::unpack([](const auto&... op) {
        [[maybe_unused]] const auto one = []<typename Op>(const Op& clause) {
            if constexpr (Clause<Op>) return detail::pack(clause);
            else return Pack<>();
        };
        return detail::join_packs(Pack<>(), one(op)...);
    }, ops);
}

/// A gathering operator as an operator of a worker's chain.
template <typename Op>
struct GatheringOp {
    using kind = OperatorKind;
    static constexpr bool takes_clauses = true;
    static constexpr std::string_view name = kind_name<Op>();
    Op op;
    template <typename>
    using out = Ended;
    template <typename S, typename Binding>
    auto bind(const S& stream, Binding& binding, std::uint32_t) && { return std::move(op).bind_gathering(stream, binding); }
};

/// What operators of a worker see of the job: as Binding, but with numbers of their own.
template <bool Counts>
class WorkerBinding {
public:
    static constexpr bool durable = false;
    static constexpr bool counts = Counts;
    static constexpr bool is_copy = true; // others have the same operators
    WorkerBinding(Graph& graph, Identities names) : graph_(graph), names_(std::move(names)) {}
    [[nodiscard]] Identities& names() noexcept { return names_; }
    [[nodiscard]] const Clock& clock() const noexcept { return graph_.clock(); }
    [[nodiscard]] MemoryBudget& memory() noexcept { return graph_.memory(); }
    [[nodiscard]] Graph& graph() noexcept { return graph_; }

private:
    Graph& graph_;
    Identities names_;
};

/// Makes the tasks of a job whose source is split between workers: a task for each, and one behind them.
///     before: what is read before; NoBuilds: nothing
///     Gathers: the operator behind the first N takes over what the workers have gathered; else it gets what they give
template <std::size_t N, bool Gathers, typename Binding, typename S, typename Source, typename Ops, typename Before>
void build_crew(Binding& binding, const S& stream, SourceParts<Source> parts, const Ops& ops, std::size_t workers, Before&& before) {
    constexpr std::size_t n = Ops::size;
    const auto front = some_of<0, N>(ops);
    using Behind = typename WorkerPlan<S, Ops>::template At<N>;
    const Identities names = binding.names();
    const auto first = static_cast<std::uint32_t>(names.size());
    const std::string outputs = "input/workers"; // they are that task's
    const auto copy = [&] {
        const auto home = std::make_shared<WorkerBinding<Binding::counts>>(binding.graph(), names);
        binding.graph().keep(home); // operators may refer to their names
        auto& own = *home;
        if constexpr (Gathers) {
            using Op = nth_t<N, Ops>;
            return bind_chain<false>(stream, detail::join_packs(front, detail::pack(GatheringOp<Op>{detail::nth<N>(ops)})), own);
        } else {
            const MemoryScope scope = memory_scope(own, outputs);
            return bind_chain<false>(stream, front, own, Outputs<typename Behind::event>());
        }
    };
    using Front = decltype(copy());
    const auto crew = [&] {
        const MemoryScope scope = memory_scope(binding, outputs);
        return std::make_shared<Crew<Source, Front>>(std::move(parts), binding.memory(), 2 * workers + 1);
    }();
    if constexpr (Gathers)
        if constexpr (SharesWork<nth_t<N, Ops>>) crew->keep_workers();
    for (std::size_t i = 0; i < 2 * workers + 1; ++i) crew->add(copy());

    add_names(front, binding.names());
    const auto last = static_cast<std::uint32_t>(binding.names().size());
    crew->counts_to(last + 1);
    crew->is_watched = static_cast<bool>(binding.graph().progress());
    auto chain = [&] {
        if constexpr (Gathers) {
            return bind_chain<false>(without_clauses_t<Behind>{}, detail::join_packs(clauses_of(front), detail::pack(behind_gathering(detail::nth<N>(ops))), some_of<N + 1, n>(ops)), binding);
        }
        else return bind_chain<false>(Behind{}, some_of<N, n>(ops), binding);
    }();
    CrewInput<Source, Front, Gathers> input(crew, first, last);
    if constexpr (std::is_same_v<Before, NoBuilds>) add_task<false>(binding, std::move(input), std::move(chain), outputs);
    else add_task<false>(binding, BuiltFirst<decltype(input)>(std::move(before), std::move(input)), std::move(chain), outputs);
    for (std::size_t i = workers; i > 0; --i) { // so that the figures, of which the last made come first, have them in order
        std::unique_ptr<Task> worker(new Worker<Source, Front>(binding.graph(), crew, "worker/" + std::to_string(i)));
        crew->add(binding.graph().add(std::move(worker)));
    }
}

template <typename S>
constexpr auto stream_behind_all(const S& stream) { return stream; }
template <typename S, typename Op, typename... Ops>
constexpr auto stream_behind_all(const S& stream, const Op& op, const Ops&... ops) {
    if constexpr (Marker<Op>) return stream_behind_all(stream, ops...);
    else return stream_behind_all(stream_behind(op, stream), ops...);
}

/// A source that can be split, before it was read.
template <typename Input>
concept SplittableInput = requires(Input input) {
    typename Input::batches; // it is a BatchInput
    requires SplittableSource<std::remove_reference_t<decltype(input.given().get())>> || PartedSource<std::remove_reference_t<decltype(input.given().get())>>;
};

/// Workers have copies of the operators.
template <typename Ops>
inline constexpr bool can_be_copied = false;
template <typename... Ops>
inline constexpr bool can_be_copied<Pack<Ops...>> = (std::is_copy_constructible_v<Ops> && ...);

/// True when the job was divided between workers.
template <bool Counts, bool Profiles, typename J, typename Before = NoBuilds>
bool build_for_workers(Graph& graph, J&& job, std::size_t workers, Before&& before = {}) {
    using Input = typename std::remove_cvref_t<J>::source_type;
    using S = typename Input::stream;
    using Ops = std::remove_cvref_t<decltype(job.ops)>;
    using Plan = WorkerPlan<S, Ops>;
    if constexpr (not Plan::any) return false;
    else {
        const Ops& ops = job.ops;
        const auto stream_at = [&ops]<std::size_t... I>(std::index_sequence<I...>) { return stream_behind_all(S{}, detail::nth<I>(ops)...); };
        Binding<false, Counts, Profiles> binding(graph);
        const auto parts = [&](std::size_t bytes = 0) {
            auto input = [&] {
                if constexpr (std::is_lvalue_reference_v<J> && std::is_const_v<std::remove_reference_t<J>>) return job.source;
                else return std::move(job.source);
            }();
            return SourceParts(std::move(input.given().get()), 64 * workers, bytes);
        };
        if constexpr (Plan::gathers) {
            const auto& op = detail::nth<Plan::parts>(ops);
            if (op.gathers(stream_at(std::make_index_sequence<Plan::parts>{}))) {
                std::size_t bytes = 0;
                if constexpr (requires { op.part_bytes(graph.memory(), workers); }) bytes = op.part_bytes(graph.memory(), workers);
                build_crew<Plan::parts, true>(binding, S{}, parts(bytes), ops, workers, std::forward<Before>(before));
                return true;
            }
        }
        if constexpr (Plan::always_gathers) {
            return false;
        } else if constexpr (Plan::splits) {
            constexpr std::size_t n = Plan::events;
            const auto& op = detail::nth<n>(ops);
            const auto front = detail::join_packs(some_of<0, n>(ops), detail::pack(op.for_workers()));
            build_crew<n + 1, false>(binding, S{}, parts(), detail::join_packs(front, detail::pack(op.behind_workers()), some_of<n + 1, Plan::n>(ops)), workers, std::forward<Before>(before));
            return true;
        } else if constexpr (Plan::gives_outputs) {
            build_crew<Plan::events, false>(binding, S{}, parts(), ops, workers, std::forward<Before>(before));
            return true;
        } else return false;
    }
}

} // namespace weir::detail
