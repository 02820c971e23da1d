// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// Writes metrics in Prometheus' text format, version 0.0.4.
///     Text: std::string; a parameter, so that it costs only those who write it
template <typename Text = std::string>
class MetricText {
public:
    using Label = std::pair<std::string_view, std::string_view>;

    /// What the samples that follow are; said once for each name.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
    }
    template <typename Number, std::size_t N>
    void sample(const std::array<Label, N>& labels, Number value, std::string_view suffix = {}) {
        text_.append(name_).append(suffix);
        for (std::size_t i = 0; i < N; ++i) {
            text_.append(i == 0 ? "{" : ",").append(labels[i].first).append("=\"");
            escape(labels[i].second);
            text_ += '"';
        }
        text_ += N == 0 ? " " : "} ";
        number(value);
        text_ += '\n';
    }
    /// Buckets of 1, 2 and 5 times each power of ten between a microsecond and 100 s, in seconds.
    template <std::size_t N>
    void histogram(const std::array<Label, N>& labels, const Histogram& times) {
        std::array<Label, N + 1> with_bound;
        for (std::size_t i = 0; i < N; ++i) with_bound[i] = labels[i];
        for (Duration power = std::chrono::microseconds(1); power <= std::chrono::seconds(100); power *= 10)
            for (const int times_power : {1, 2, 5}) {
                const Duration bound = power * times_power;
                if (bound > std::chrono::seconds(100)) break;
                bucket(with_bound, seconds_text(bound), times.at_most(bound));
            }
        bucket(with_bound, "+Inf", times.count());
        sample(labels, seconds(times.sum()), "_sum");
        sample(labels, times.count(), "_count");
    }
    static double seconds(Duration d) noexcept { return std::chrono::duration<double>(d).count(); }
    [[nodiscard]] Text take() { return std::move(text_); }

private:
    template <std::size_t N>
    void bucket(std::array<Label, N>& labels, std::string_view bound, std::uint64_t n) {
        labels[N - 1] = {"le", bound};
        sample(labels, n, "_bucket");
    }
    void escape(std::string_view value) {
        for (const char c : value) {
            if (c == '\\' || c == '"') text_ += '\\';
            if (c == '\n') text_ += "\\n";
            else text_ += c;
        }
    }
    template <typename Number>
    void number(Number value) {
        std::array<char, 32> digits; // of a double as short as it can be read back
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
        text_.append(digits.data(), end);
    }
    static Text seconds_text(Duration d) {
        std::array<char, 32> digits;
        return Text(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), seconds(d)).ptr);
    }

    Text text_;
    std::string_view name_;
};

/// The names of rows as labels, which must differ: the second "x" is "x#2".
template <typename Text, typename Row>
[[nodiscard]] std::vector<Text> labels_of(const std::vector<Row>& rows) {
    std::vector<Text> labels;
    for (const Row& row : rows) {
        const auto before = std::count_if(rows.data(), &row, [&row](const Row& other) { return other.name == row.name; });
        labels.push_back(before == 0 ? Text(row.name) : Text(row.name) + "#" + std::to_string(before + 1));
    }
    return labels;
}

template <typename Text>
void write_operators(MetricText<Text>& to, const Report& report) {
    const std::vector<Text> labels = labels_of<Text>(report.operators);
    const auto family = [&](std::string_view name, std::string_view type, std::string_view help, std::uint64_t OperatorReport::*count) {
        to.family(name, type, help);
        for (std::size_t i = 0; i < labels.size(); ++i) to.sample(std::array<typename MetricText<Text>::Label, 1>{{{"operator", labels[i]}}}, report.operators[i].*count);
    };
    family("weir_operator_events_in_total", "counter", "Inputs that the operator received.", &OperatorReport::in);
    family("weir_operator_events_out_total", "counter", "Outputs that it gave.", &OperatorReport::out);
    family("weir_operator_events_held", "gauge", "Inputs that it keeps.", &OperatorReport::held);
    family("weir_operator_late_in_some_total", "counter", "Inputs too late for some of their windows, not for all.", &OperatorReport::late_in_some);
    family("weir_operator_evicted_keys_total", "counter", "Keys whose state was given up for that of others.", &OperatorReport::evicted_keys);
    family("weir_operator_spilled_bytes_total", "counter", "Bytes that it wrote to temporary files.", &OperatorReport::spilled);
    if (std::any_of(report.operators.begin(), report.operators.end(), [](const OperatorReport& row) { return row.time != Duration::zero(); })) {
        to.family("weir_operator_seconds_total", "counter", "Time at work in it, as that of a sample of its calls.");
        for (std::size_t i = 0; i < labels.size(); ++i) to.sample(std::array<typename MetricText<Text>::Label, 1>{{{"operator", labels[i]}}}, to.seconds(report.operators[i].time));
    }
    to.family("weir_operator_events_dropped_total", "counter", "Inputs that gave nothing, by reason.");
    for (std::size_t row = 0; row < labels.size(); ++row)
        for (std::size_t i = 0; i < drop_reasons; ++i) // those that can be are not known; one that was stays
            if (const std::uint64_t n = report.operators[row].drops[i]; n != 0) to.sample(std::array<typename MetricText<Text>::Label, 2>{{{"operator", labels[row]}, {"reason", to_string(static_cast<Drop>(i))}}}, n);
}

template <typename Text>
void write_failure(MetricText<Text>& to, const Report& report) {
    using Label = typename MetricText<Text>::Label;
    to.family("weir_failed", "gauge", "Whether an error has ended the job, and in which operator it was thrown.");
    if (report.failure) to.sample(std::array<Label, 1>{{{"operator", report.failure->where}}}, 1);
    else to.sample(std::array<Label, 0>{}, 0);
}

template <typename Text>
void write_tasks(MetricText<Text>& to, const Report& report) {
    using Label = typename MetricText<Text>::Label;
    const std::vector<Text> names = labels_of<Text>(report.tasks);
    const auto each = [&](const auto& of, const auto& write) {
        for (std::size_t i = 0; i < names.size(); ++i)
            if (of(report.tasks[i])) write(std::array<Label, 1>{{{"task", names[i]}}}, report.tasks[i]);
    };
    const auto any = [](const TaskReport&) { return true; };
    const auto behind_queue = [](const TaskReport& task) { return task.queue_capacity != 0; };
    const auto marked = [](const TaskReport& task) { return task.watermark != min_time && task.watermark != max_time; };

    to.family("weir_task_events_total", "counter", "Events that the task has read.");
    each(any, [&to](const auto& labels, const TaskReport& task) { to.sample(labels, task.events); });
    to.family("weir_task_seconds_total", "counter", "Where the time of the task went.");
    each(any, [&to](const auto& labels, const TaskReport& task) {
        const auto state = [&](std::string_view name, Duration time) { to.sample(std::array<Label, 2>{{labels[0], {"state", name}}}, to.seconds(time)); };
        state("busy", task.busy);
        state("waiting_turn", task.waiting_turn);
        state("waiting_input", task.waiting_input);
        state("waiting_output", task.waiting_output);
    });
    to.family("weir_queue_capacity_events", "gauge", "Room of the queue in front of the task, or of all of them.");
    each(behind_queue, [&to](const auto& labels, const TaskReport& task) { to.sample(labels, task.queue_capacity); });
    to.family("weir_queue_fill_events", "gauge", "Events that wait in it.");
    each(behind_queue, [&to](const auto& labels, const TaskReport& task) { to.sample(labels, task.queue_fill); });
    to.family("weir_queue_most_events", "gauge", "Events that waited in it at once.");
    each(behind_queue, [&to](const auto& labels, const TaskReport& task) { to.sample(labels, task.queue_most); });
    const auto each_queue = [&](std::string_view name, std::string_view help, const auto& value) {
        to.family(name, "gauge", help);
        each(any, [&](const auto& labels, const TaskReport& task) {
            for (const QueueReport& queue : task.queues) to.sample(std::array<Label, 2>{{labels[0], {"input", queue.from}}}, value(queue));
        });
    };
    each_queue("weir_input_queue_capacity_events", "Room of the queue that one of several inputs of the task comes through.", [](const QueueReport& queue) { return queue.capacity; });
    each_queue("weir_input_queue_fill_events", "Events that wait in it.", [](const QueueReport& queue) { return queue.fill; });
    each_queue("weir_input_queue_most_events", "Events that waited in it at once.", [](const QueueReport& queue) { return queue.most; });
    to.family("weir_watermark_timestamp_seconds", "gauge", "The watermark of the task, since 1970.");
    each(marked, [&to](const auto& labels, const TaskReport& task) { to.sample(labels, to.seconds(task.watermark.time_since_epoch())); });
    to.family("weir_watermark_lag_seconds", "gauge", "How far that is behind the job's clock.");
    each(marked, [&](const auto& labels, const TaskReport& task) { to.sample(labels, to.seconds(saturating_add(report.time, -task.watermark.time_since_epoch()).time_since_epoch())); });
    to.family("weir_queue_wait_seconds", "histogram", "Time through the queue in front of the task, sampled.");
    each([](const TaskReport& task) { return not task.queued.empty(); }, [&to](const auto& labels, const TaskReport& task) { to.histogram(labels, task.queued); });
    to.family("weir_latency_seconds", "histogram", "Time from when the source's task began with an event until this task had handled it, sampled.");
    each(any, [&to](const auto& labels, const TaskReport& task) {
        for (const LatencyReport& latency : task.latency) to.histogram(std::array<Label, 2>{{{"source", latency.from}, labels[0]}}, latency.time);
    });
}

template <typename Text>
void write_functions(MetricText<Text>& to, const Report& report) {
    const auto each = [&report](const auto& write) {
        for (const FunctionReport& function : report.functions) write(std::array<typename MetricText<Text>::Label, 1>{{{"function", function.name}}}, function);
    };
    to.family("weir_function_calls_total", "counter", "Calls of the function.");
    each([&to](const auto& labels, const FunctionReport& function) { to.sample(labels, function.calls); });
    to.family("weir_function_seconds_total", "counter", "Their time, as that of the sampled ones.");
    each([&to](const auto& labels, const FunctionReport& function) { to.sample(labels, to.seconds(function.time)); });
    to.family("weir_function_call_seconds", "histogram", "Time of a call, sampled.");
    each([&to](const auto& labels, const FunctionReport& function) { to.histogram(labels, function.sampled); });
}

} // namespace detail

/// The Report as metrics in Prometheus' text format 0.0.4, from Job::report() at any time: counts of operators, whether it
/// has failed, and of a job with RunOptions::figures its tasks, queues, watermarks and histograms of latency, all in seconds and events.
///     Serve it as `text/plain; version=0.0.4`, or write it to a file for node_exporter's textfile collector.
///     Bounds of buckets are 1, 2 and 5 times powers of ten; what lies within 1/128 below one may be counted to the next.
///     example: tests/runtime/prometheus.cpp, examples/metrics.cpp
template <typename Text = std::string>
[[nodiscard]] Text to_prometheus(const Report& report) {
    detail::MetricText<Text> text;
    detail::write_operators(text, report);
    detail::write_failure(text, report);
    if (not report.tasks.empty()) detail::write_tasks(text, report);
    if (not report.functions.empty()) detail::write_functions(text, report);
    return text.take();
}

} // namespace weir
