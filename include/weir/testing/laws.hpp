// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/testing/equivalence.hpp>
#include <weir/testing/recovery.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

template <bool Durable, typename E, typename Make>
void check_accounting_of(const Items<E>& items, Make& make, const LawOptions& options) {
    const auto check = [](const Plan& plan, const std::string& text) {
        if (not text.empty()) throw LawBroken("accounting: run " + plan.describe() + ": " + text);
    };
    const auto truth = run_truth<Durable>(items, make);
    for (std::uint64_t i = 0; i < options.runs; ++i) {
        Plan plan{.form = Form::tapped, .runner = i == 0 ? Runner::per_event : Runner::simulated, .seed = options.seed + i};
        const auto tapped = run_trial<Form::tapped, Durable>(items, make, plan);
        check(plan, wrong_counts(tapped.report));
        check(plan, wrong_counts(tapped.report, tapped.taps));
        if (options.counts && not tapped.error && tapped.read == items.size()) check(plan, still_held(tapped.report));
        check(plan, truth.error || not options.counts ? "" : different_counts(truth.report, tapped.report));

        plan.form = i % 2 == 0 ? Form::plain : Form::staged;
        plan.tell_at = Random(plan.seed).below(run_plan<Durable>(items, make, plan).steps + 1);
        plan.message = {Control::Kind::stop};
        check(plan, wrong_counts(run_plan<Durable>(items, make, plan).report));
        plan.message = {Control::Kind::drain};
        const auto drained = run_plan<Durable>(items, make, plan);
        if (options.other_sources) continue; // nobody can say how much of those was read
        const Items<E> prefix(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(drained.read));
        check(plan, compare<order_of<E, Make>>(run_truth<Durable>(prefix, make), drained, plan, options, drained.read));
    }
}

template <bool Durable, typename E, typename Make>
void check_lent_of(const Items<E>& items, Make& make, const LawOptions& options) {
    const auto truth = run_truth<Durable>(items, make);
    for (std::uint64_t i = 0; i < options.runs; ++i) {
        const Plan plan{.form = Form::lent, .runner = Runner::simulated, .seed = options.seed + i};
        const auto trial = run_trial<Form::lent, Durable>(items, make, plan);
        const std::string text = compare<order_of<E, Make>>(truth, trial, plan, options, items.size());
        if (not text.empty()) throw LawBroken("equivalence: run " + plan.describe() + ": " + text);
    }
}

/// Whether an operator, or the task of a source, can have thrown there; nothing, or what is wrong.
inline std::string wrong_failure(const Report& report) {
    if (not report.failure) return "the report does not say where the error was thrown";
    const auto& [where, first, last, what] = *report.failure;
    const OperatorReport* const row = report.find(where);
    const bool is_batch = first != 0 && first != last; // whose events are counted, not the row's inputs
    const bool is_right = row ? is_batch || last <= row->in : where.starts_with("input/");
    return is_right ? std::string() : "the report says that the error was thrown where it cannot be: " + to_string(*report.failure) + (row ? "; " + describe(*row) : "");
}

/// A run with a fault: did the error come out, is nothing left behind, do the counts still add up?
template <typename Out>
std::string wrong_after_fault(const Trial<Out>& trial, const Plan& plan, const LawOptions& options) {
    if (trial.copies != 1) return fmt::format("{} copies of a user's function were not destroyed", trial.copies - 1);
    if (std::string text = wrong_counts(trial.report); not text.empty()) return text;
    if (options.handles_errors && not trial.error) return {};
    if (trial.calls < plan.fault_at) return trial.error ? "it throws without a fault: " + what_of(trial.error) : std::string();
    if (not trial.error) return "the error did not come out of run (a pipeline that handles errors says so: .laws = {.handles_errors = true})";
    try {
        std::rethrow_exception(trial.error);
    } catch (const FaultError&) {
        return wrong_failure(trial.report);
    } catch (...) {
        return "another error came out of run: " + what_of(trial.error);
    }
}

template <bool Durable, typename E, typename Make>
void check_errors_of(const Items<E>& items, Make& make, const LawOptions& options) {
    const auto truth = run_truth<Durable>(items, make);
    std::vector<Plan> plans = equivalence_plans<Durable>(options, has_pauses(items));
    plans.push_back(Plan{});
    for (Plan& plan : plans) {
        plan.fault_at = 1 + Random(plan.seed + 77).below(truth.calls);
        const std::string text = wrong_after_fault(run_plan<Durable>(items, make, plan), plan, options);
        if (not text.empty())
            throw LawBroken(fmt::format("errors: call {} of {} fails; run {}: {}", plan.fault_at, truth.calls, plan.describe(), text));
    }
}

} // namespace detail

/// Law 2: in == passed + dropped + held for each operator, what one gives the next one gets, and both are what independent counters
/// between them say; nothing is held at the end; also when the job is stopped or drained at a random step, and drained means: as if the source had ended there.
template <typename Input, typename Make>
void check_accounting(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>)
        detail::check_accounting_of<false>(items, make, options);
}

/// Law 6: an exception of the source, of the user's functions that call the Fault they are given, or of the sink comes out of run,
/// whichever call it is; nothing of the user's is left behind, nothing hangs, the counts add up.
///     make(source, sink, fault) or make(source, sink)
template <typename Input, typename Make>
void check_errors(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>)
        detail::check_errors_of<false>(items, make, options);
}

/// All laws that hold for any pipeline: check_equivalence, check_accounting, check_errors and check_recovery, on its durable form.
///     make(source, sink) or make(source, sink, fault), called for each of some hundred runs; fault() belongs into the user's functions
///     example: tests/laws
template <typename Input, typename Make>
void check_laws(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>) {
        detail::check_equivalence_of<true>(items, make, options);
        detail::check_accounting_of<true>(items, make, options);
        detail::check_errors_of<true>(items, make, options);
        check_recovery(input, make, options);
    }
}

/// The same results from a source whose events are const, as those of an lvalue range: operators copy what they keep.
template <typename Input, typename Make>
void check_lent(const Input& input, Make make, const LawOptions& options = {}) {
    const auto& items = detail::items_of(input);
    if constexpr (detail::makes_job<detail::Form::plain, decltype(items), Make>)
        detail::check_lent_of<true>(items, make, options);
}

} // namespace weir
