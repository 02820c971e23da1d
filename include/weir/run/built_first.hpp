// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/pack.hpp>
#include <weir/run/merge_input.hpp>
#include <weir/source/source.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir::detail {

/// A pipeline whose source are two, of which its first operator wants to have the right one whole before the left one begins.
template <typename P>
inline constexpr bool builds_first = false;
template <typename Source, typename S, typename Op, typename... Ops>
    requires requires { Source::right_first; requires Op::builds_first; }
inline constexpr bool builds_first<Pipeline<Source, S, Op, Ops...>> = true;

/// What is read before a job's input.
class Build {
public:
    virtual ~Build() = default;
    /// Reads some of it: about so many events at most.
    virtual Drive drive(std::size_t limit, Timestamp now) = 0;
    [[nodiscard]] virtual bool ended() const = 0;
    /// It was not stopped before its end.
    [[nodiscard]] virtual bool complete() const = 0;
    virtual void stop(bool draining) = 0;
    virtual bool listen(void (*fn)(void*), void* arg) = 0;
    virtual void attach(Task& task) = 0;
    virtual void leave() = 0;
    virtual void show(TaskFigures& figures) const = 0;
    /// Copies of an operator share what was made of it, but cannot all use it at once.
    [[nodiscard]] virtual bool is_for_one() const = 0;
    [[nodiscard]] virtual Measured measured() = 0;
    virtual void report(ReportWalk& walk) const = 0;
};
/// built: what becomes of the part.
template <typename Part, typename Built>
class BuildOf final : public Build {
public:
    BuildOf(Part part, std::shared_ptr<Built> built) : part_(std::move(part)), built_(std::move(built)) {}

    Drive drive(std::size_t limit, Timestamp now) override {
        Here here{now};
        Drive drive = part_.drive(std::min(limit, events_at_once), now, here);
        if (drive.state != Drive::State::nothing) return drive;
        if (not Part::listens) drive.retry_in = std::min<Duration>(drive.retry_in, std::chrono::milliseconds(1)); // a source that nobody listens to
        const Timestamp deadline = part_.deadline();
        if (deadline != max_time) drive.retry_in = std::min(drive.retry_in, std::max(deadline - now, Duration::zero()));
        return drive;
    }
    [[nodiscard]] bool ended() const override { return part_.ended(); }
    [[nodiscard]] bool complete() const override { return part_.complete(); }
    void stop(bool draining) override { part_.stop(draining); }
    bool listen(void (*fn)(void*), void* arg) override { return part_.listen(fn, arg); }
    void attach(Task& task) override {
        if constexpr (Part::peer && requires { part_.input().attach(task); }) part_.input().attach(task);
        part_.front().for_each_outlet([&task](auto& outlet) { outlet.attach(task); });
    }
    void leave() override {
        if constexpr (Part::peer && requires { part_.input().leave(); }) part_.input().leave();
        part_.front().for_each_outlet([](auto& outlet) { outlet.leave(); });
    }
    void show(TaskFigures& figures) const override { part_.show(figures, {}); }
    [[nodiscard]] bool is_for_one() const override { return built_->shared_row && built_->is_spilled(); }
    [[nodiscard]] Measured measured() override { return part_.measured(); }
    void report(ReportWalk& walk) const override {
        part_.report(walk);
        if (built_->shared_row) walk.add(*built_->shared_row, [this](OperatorReport& row) { built_->report(row); });
    }

private:
    static constexpr std::size_t events_at_once = 4096;
    struct Here { // no barrier comes
        Timestamp time;
        void barrier(std::uint64_t) const noexcept {}
        [[nodiscard]] Timestamp now() const noexcept { return time; }
    };
    Part part_;
    std::shared_ptr<Built> built_;
};
using Builds = std::vector<std::unique_ptr<Build>>;
struct NoBuilds {};

/// The input of a task that reads others before it, whole.
///     Input: a reference where the source is used in place.
template <typename Input>
class BuiltFirst {
    using In = std::remove_reference_t<Input>;
    static constexpr bool peer = requires { requires In::from_task; };
    static constexpr bool has_workers = requires(In& input) { input.begin(true); };

public:
    static constexpr bool from_task = true; // it gives the last watermark itself
    static constexpr bool has_sources = true;
    static constexpr bool may_block = requires { requires In::may_block; };

    template <typename I>
    BuiltFirst(Builds builds, I&& input) : builds_(std::move(builds)), input_(std::forward<I>(input)) {
        if constexpr (has_workers) input_.hold();
    }
    static constexpr bool leaves_on_throw = has_workers;

    template <typename FeedOf, typename Here>
    Drive drive(FeedOf& feed, std::size_t limit, Here& here) {
        while (at_ != builds_.size()) {
            Build& build = *builds_[at_];
            const Drive drive = build.drive(limit, here.now());
            if (not build.ended()) return drive;
            if (not build.complete()) return {Drive::State::ended, {}}; // nothing can be given rightly
            if (++at_ != builds_.size()) continue;
            if constexpr (has_workers) input_.begin(std::any_of(builds_.begin(), builds_.end(), [](const auto& one) { return one->is_for_one(); }));
        }
        if constexpr (peer) return input_.drive(feed, limit, here);
        else {
            if (not ended_) {
                const Drive drive = stopped_ ? input_.rest(feed, limit) : input_.drive(feed, limit, here.now());
                if (drive.state != Drive::State::ended) return drive;
                ended_ = true;
            }
            if (not feed.done() && not feed.ready()) return {};
            if (is_complete()) feed.watermark(max_time);
            return {Drive::State::ended, {}};
        }
    }
    template <typename FeedOf>
    Drive rest(FeedOf&, std::size_t) {
        return {Drive::State::ended, {}};
    }
    void stop(bool draining) {
        for (const auto& build : builds_) build->stop(draining);
        if constexpr (peer) input_.stop(draining);
        if (stopped_) return;
        stopped_ = true;
        draining_ = draining;
        if constexpr (requires { input_.drain(); })
            if (draining) input_.drain();
    }
    template <typename Here>
    void barrier(std::uint64_t, Here&) noexcept {} // of jobs that are saved, which are made otherwise
    /// Whether the thread may sleep on the input.
    [[nodiscard]] bool waits_outside() const noexcept {
        if (at_ != builds_.size()) return false;
        if constexpr (requires { input_.waits_outside(); }) return input_.waits_outside();
        else return true;
    }
    template <typename Deadline>
    void wait(std::stop_token stop, Deadline deadline)
        requires WaitableInput<In>
    {
        input_.wait(std::move(stop), deadline);
    }
    /// False: it must be asked again and again.
    [[nodiscard]] bool listens() const noexcept {
        if constexpr (requires { input_.listens(); })
            if (at_ == builds_.size()) return input_.listens();
        return at_ != builds_.size() || peer || requires(In& input, void (*fn)(void*), void* arg) { input.listen(fn, arg); };
    }
    template <typename Fn>
    bool listen(Fn fn, void* arg) {
        if (at_ != builds_.size()) return builds_[at_]->listen(fn, arg);
        if constexpr (requires { input_.listen(fn, arg); }) return input_.listen(fn, arg);
        else return true;
    }
    void attach(Task& task) {
        for (const auto& build : builds_) build->attach(task);
        if constexpr (requires { input_.attach(task); }) input_.attach(task);
    }
    void leave() {
        for (const auto& build : builds_) build->leave();
        if constexpr (requires { input_.leave(); }) input_.leave();
    }
    void show(TaskFigures& figures) const {
        for (const auto& build : builds_) build->show(figures);
        if constexpr (requires { input_.show(figures); }) input_.show(figures);
    }
    [[nodiscard]] Measured measured(std::uint64_t handed) {
        Measured sum = measured_of(input_, handed);
        for (const auto& build : builds_) sum += build->measured();
        return sum;
    }
    void report(ReportWalk& walk) const {
        if constexpr (requires { input_.report(walk); }) input_.report(walk);
        for (const auto& build : builds_) build->report(walk); // behind it: they add to rows of workers
    }

private:
    [[nodiscard]] bool is_complete() const noexcept { return not stopped_ || draining_; }

    Builds builds_;
    std::size_t at_ = 0; // the one that is read; when all have been, the input is
    Input input_;
    bool stopped_ = false;
    bool draining_ = false;
    bool ended_ = false;
};

/// A pipeline as it is made: where its source is, and its operators.
template <typename SourceRef, typename Ops>
struct Opened {
    using source_type = std::remove_cvref_t<SourceRef>;
    SourceRef source;
    Ops ops;
};
template <typename P, typename Ops>
auto opened(P&& pipeline, Ops ops) {
    return Opened<decltype((std::forward<P>(pipeline).source)), Ops>{std::forward<P>(pipeline).source, std::move(ops)};
}

/// The last operator that is a clause, and so open.
template <std::size_t I, typename Ops>
consteval std::size_t open_clause() {
    if constexpr (Clause<nth_t<I - 1, Ops>>) return I - 1;
    else return open_clause<I - 1, Ops>();
}
/// The operators of a side up to where the sides would meet. The join itself has the key.
template <typename Ops>
auto ops_of_side(Ops ops) {
    constexpr std::size_t n = Ops::size - 1;
    constexpr std::size_t key = open_clause<n, Ops>();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return detail::pack(nth<I + (I >= key)>(std::move(ops))...);
    }(std::make_index_sequence<n - 1>{});
}

/// Such an input for a source.
template <typename Source, typename Binding>
auto built_first(Builds builds, Source&& source, Binding& binding) {
    constexpr bool in_place = std::is_lvalue_reference_v<Source> && not std::is_const_v<std::remove_reference_t<Source>>;
    using Bound = decltype(bind_input(std::forward<Source>(source), binding));
    using Input = std::conditional_t<in_place && std::is_lvalue_reference_v<Bound>, Bound, std::remove_cvref_t<Bound>>;
    return BuiltFirst<Input>(std::move(builds), bind_input(std::forward<Source>(source), binding));
}

/// A part that ends in `last`, as bind_part makes one. own: what its task reads before it, where it has one.
template <bool HasOwn, typename SourceRef, typename Ops, typename Binding, typename Last>
auto bind_build(Opened<SourceRef, Ops> side, [[maybe_unused]] Builds own, Binding& binding, Last last, const std::string& name) {
    using Source = std::remove_cvref_t<SourceRef>;
    const MemoryScope scope = memory_scope(binding, name);
    if constexpr (leaves_task<Ops>) {
        using E = owned_t<typename AttachPack<void, typename Source::stream, Ops>::type::event>;
        const auto channel = std::make_shared<Channel<E>>(StageOptions{}.capacity, Overflow::block);
        const std::uint32_t id = binding.names().add("stage");
        auto front = bind_chain<false>(typename Source::stream{}, std::move(side.ops), binding, ChannelOutlet<E>(channel, id, binding.names()[id]));
        if constexpr (HasOwn) add_task<false>(binding, built_first(std::move(own), static_cast<SourceRef>(side.source), binding), std::move(front), "input/" + name);
        else add_task<false>(binding, bind_input(static_cast<SourceRef>(side.source), binding), std::move(front), "input/" + name);
        return MergePart<ChannelInput<E>, Last>(ChannelInput<E>(channel), std::move(last), "input/" + name + "/channel");
    } else {
        auto front = bind_chain<false>(typename Source::stream{}, std::move(side.ops), binding, std::move(last));
        constexpr bool in_place = std::is_lvalue_reference_v<SourceRef> && not std::is_const_v<std::remove_reference_t<SourceRef>>;
        using Bound = decltype(bind_input(static_cast<SourceRef>(side.source), binding));
        using Input = std::conditional_t<in_place && std::is_lvalue_reference_v<Bound>, Bound, std::remove_cvref_t<Bound>>;
        return MergePart<Input, decltype(front)>(bind_input(static_cast<SourceRef>(side.source), binding), std::move(front), "input/" + name);
    }
}

/// Whether the pipeline, as open_up makes it, leaves its task: also in the left sides of joins in it.
template <typename P>
consteval bool leaves_when_opened() {
    if constexpr (leaves_task<decltype(P::ops)>) return true;
    else if constexpr (builds_first<P>) return leaves_when_opened<std::tuple_element_t<0, decltype(P::source_type::parts)>>();
    else return false;
}
/// The pipeline as one of its leftmost source, with all that is to be read before that.
template <typename P, typename Binding>
auto open_up(P&& pipeline, Binding& binding, Builds& builds) {
    using Pipe = std::remove_cvref_t<P>;
    if constexpr (not builds_first<Pipe>) return opened(std::forward<P>(pipeline), std::forward<P>(pipeline).ops);
    else {
        using Source = typename Pipe::source_type;
        const auto side_of = [&]<std::size_t I>(std::integral_constant<std::size_t, I>, Builds& before) {
            auto side = open_up(std::get<I>(std::forward<P>(pipeline).source.parts), binding, before);
            auto ops = ops_of_side(std::move(side.ops));
            return Opened<decltype(side.source), decltype(ops)>{static_cast<decltype(side.source)>(side.source), std::move(ops)};
        };
        const std::string left_name(Source::part_names[0]), right_name(Source::part_names[1]);
        binding.names().enter_path(left_name);
        auto left = side_of(std::integral_constant<std::size_t, 0>(), builds);
        binding.names().leave();

        auto ops = std::forward<P>(pipeline).ops;
        const std::string name = binding.names().next(kind_name<std::remove_cvref_t<decltype(detail::nth<0>(ops))>>());
        binding.names().enter_path(right_name);
        using R = std::tuple_element_t<1, decltype(Source::parts)>;
        constexpr bool has_own = builds_first<R> && leaves_when_opened<R>();
        Builds own;
        auto right = side_of(std::integral_constant<std::size_t, 1>(), has_own ? own : builds);
        using Given = typename AttachPack<void, typename decltype(right)::source_type::stream, decltype(right.ops)>::type;
        auto [built, end, probe] = [&] {
            const MemoryScope scope = memory_scope(binding, name);
            return detail::nth<0>(std::move(ops)).template built_first<typename Source::stream, typename Given::value>(binding);
        }();
        auto part = bind_build<has_own>(std::move(right), std::move(own), binding, std::move(end), right_name);
        builds.push_back(std::unique_ptr<Build>(new BuildOf<decltype(part), typename decltype(built)::element_type>(std::move(part), built)));
        binding.names().leave();

        auto all = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return detail::join_packs(detail::pack(NameBegin{left_name, false}), std::move(left.ops), detail::pack(NameEnd{}, std::move(probe)), detail::pack(detail::nth<I + 1>(std::move(ops))...));
        }(std::make_index_sequence<decltype(ops)::size - 1>{});
        return Opened<decltype(left.source), decltype(all)>{static_cast<decltype(left.source)>(left.source), std::move(all)};
    }
}

} // namespace weir::detail
