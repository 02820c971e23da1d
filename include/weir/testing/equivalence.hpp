// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/accounting.hpp>
#include <weir/testing/shrink.hpp>
#include <weir/testing/trial.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// A law of weir does not hold for a pipeline; what() says which, how it showed, and the smallest input found.
class LawBroken : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How hard the laws are tried.
struct LawOptions {
    std::uint64_t seed = 1;    ///< of the first run; the others follow
    std::size_t runs = 24;     ///< simulated runs of each kind
    bool threads = true;       ///< also on real threads; not for pipelines that look at the time
    double tolerance = 0;      ///< relative, for numbers of floating point
    bool marks = true;         ///< each event must also have the same watermark before it
    bool handles_errors = false; ///< an error of a user's function may stay inside the pipeline (try_map)
    bool counts = true;          ///< the counts must be the same too; not so where an operator behind a stage ends early (take)
    bool other_sources = false;  ///< the pipeline reads from more than the source it is given (merge)
};

namespace detail {

template <bool Durable, typename E, typename Make>
auto run_plan(const Items<E>& items, Make& make, const Plan& plan) {
    return plan.form == Form::staged ? run_trial<Form::staged, Durable>(items, make, plan)
                                     : run_trial<Form::plain, Durable>(items, make, plan);
}

/// How another run differs from the truth; nothing when it does not.
template <Order order, typename Out>
std::string compare(const Trial<Out>& truth, const Trial<Out>& other, const Plan& plan, const LawOptions& options, std::size_t events) {
    if (truth.error || other.error) {
        if (not truth.error) return "it throws: " + what_of(other.error);
        if (not other.error) return "it does not throw, but should: " + what_of(truth.error);
        return what_of(truth.error) == what_of(other.error) ? std::string() : "it throws another error: " + what_of(other.error);
    }
    if (std::string text = difference(*truth.captured, *other.captured, order, options.tolerance, options.marks); not text.empty()) return text;
    if (std::string text = wrong_counts(other.report); not text.empty()) return text;
    // Behind a stage, what stands before an operator that ends early (take) may have read further: that is no difference.
    if (not options.counts || (plan.form == Form::staged && truth.read < events)) return {};
    return different_counts(truth.report, other.report);
}

/// The plans by which check_equivalence runs a job beside the truth.
template <bool Durable>
std::vector<Plan> equivalence_plans(const LawOptions& options, bool timed) {
    std::vector<Plan> plans;
    for (std::uint64_t i = 0; i < options.runs; ++i)
        for (const Form form : {Form::plain, Form::staged}) plans.push_back({.form = form, .runner = Runner::simulated, .seed = options.seed + i});
    if (timed) return plans; // time passes only in the simulation
    if (not Durable) { // steppers are not for durable jobs
        plans.push_back({.form = Form::plain, .runner = Runner::stepper, .seed = options.seed});
        plans.push_back({.form = Form::staged, .runner = Runner::stepper, .seed = options.seed + 1});
    }
    if (not options.threads) return plans;
    for (const Runner runner : {Runner::threads, Runner::pool})
        for (const Form form : {Form::plain, Form::staged}) plans.push_back({.form = form, .runner = runner, .seed = options.seed + 2});
    return plans;
}

template <typename E>
std::string describe_items(const Items<E>& items) {
    std::vector<std::string> texts;
    for (const auto& item : items) {
        using Kind = typename ScriptItem<E>::Kind;
        if (item.kind == Kind::event) texts.push_back(describe(*item.event));
        else if (item.kind == Kind::watermark) texts.push_back(fmt::format("watermark {} ns", item.time.time_since_epoch().count()));
        else if (item.kind == Kind::advance) texts.push_back(fmt::format("{} ns later", item.after.count()));
        else texts.push_back("idle");
    }
    std::string text;
    for (std::size_t i = 0; i < texts.size() && i < 40; ++i) text += (i == 0 ? "" : ", ") + texts[i];
    return texts.size() <= 40 ? text : text + " ...";
}

template <bool Durable, typename E, typename Make>
void check_equivalence_of(const Items<E>& items, Make& make, const LawOptions& options) {
    std::string text;
    const auto differs = [&](const Items<E>& input, const Plan& plan) {
        const auto truth = run_truth<Durable>(input, make);
        if (plan.runner == Runner::per_event) text = truth.error ? std::string() : wrong_counts(truth.report);
        else text = compare<order_of<E, Make>>(truth, run_plan<Durable>(input, make, plan), plan, options, input.size());
        return not text.empty();
    };
    std::vector<Plan> plans = equivalence_plans<Durable>(options, has_pauses(items));
    plans.insert(plans.begin(), Plan{});
    for (const Plan& plan : plans) {
        if (not differs(items, plan)) continue;
        const Items<E> smallest = shrink(items, [&](const Items<E>& input) { return differs(input, plan); });
        if (not differs(smallest, plan)) differs(items, plan); // on threads it need not happen again
        const auto truth = run_truth<Durable>(smallest, make);
        throw LawBroken(fmt::format("equivalence: run {} the pipeline does not give what it gives event by event: {}\n"
                                    "  smallest input found, {} of {}: {}\n  expected: {}",
                                    plan.describe(), text, smallest.size(), items.size(), describe_items(smallest), describe_rows(*truth.captured)));
    }
}

} // namespace detail

/// Law 1: runs the pipeline event by event, which defines its result, then in random spans, with stages inserted, under simulated
/// interleavings, in a stepper, on threads and a pool; throws LawBroken where the results, their marks or the counts differ, with
/// the smallest input found that shows it.
///     input: a range of events, or a TestStream
///     make(source, sink) -> source | operators ... | sink; called for each run
///     compared: the sequence where the stream's order is total, the sequence of each key where it is per_key, else the multiset
///     example: tests/laws/user_operator.cpp
template <typename Input, typename Make>
void check_equivalence(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>)
        detail::check_equivalence_of<false>(items, make, options);
}

} // namespace weir
