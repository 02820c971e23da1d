// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/figures.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using weir::Duration;
using weir::Timestamp;

namespace {

using Labels = std::map<std::string, std::string>;
struct Sample {
    std::string name;
    Labels labels;
    double value;
};

/// A reader of the text format 0.0.4 that takes nothing else: HELP and TYPE once for each name and before its samples, which stand together.
class Metrics {
public:
    explicit Metrics(std::string_view text) : rest_(text) {
        want(text.empty() || text.back() == '\n', "the last line does not end");
        while (not rest_.empty()) line();
        for (const auto& [name, type] : types) {
            if (type == "histogram") check_histogram(name);
        }
    }
    [[nodiscard]] double at(const std::string& name, const Labels& labels = {}) const {
        for (const Sample& sample : samples)
            if (sample.name == name && sample.labels == labels) return sample.value;
        throw std::runtime_error("no sample " + name);
    }
    [[nodiscard]] std::size_t count(const std::string& name) const {
        std::size_t n = 0;
        for (const Sample& sample : samples) n += sample.name == name;
        return n;
    }
    std::map<std::string, std::string> types;
    std::vector<Sample> samples;

private:
    static void want(bool right, const std::string& what) {
        if (not right) throw std::runtime_error(what);
    }
    bool skip(std::string_view text) {
        if (not rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    std::string take_until(std::string_view ends) {
        const std::size_t n = rest_.find_first_of(ends);
        want(n != rest_.npos && n != 0, "something is missing before " + std::string(rest_.substr(0, 20)));
        std::string text(rest_.substr(0, n));
        rest_.remove_prefix(n);
        return text;
    }
    std::string name() {
        std::string text = take_until(" {=");
        for (const char c : text) want((c >= 'a' && c <= 'z') || c == '_', "a name with other signs: " + text);
        return text;
    }
    void line() {
        if (skip("# HELP ")) {
            family_ = name();
            want(skip(" "), "no help");
            take_until("\n");
            want(skip("\n# TYPE " + family_ + " "), "no type behind the help of " + family_);
            const std::string type = take_until("\n");
            want(type == "counter" || type == "gauge" || type == "histogram", "a type " + type);
            want(types.emplace(family_, type).second, family_ + " comes twice");
        } else sample();
        want(skip("\n"), "more in a line of " + family_);
    }
    void sample() {
        Sample sample{name(), {}, 0};
        const bool in_histogram = types[family_] == "histogram";
        want(in_histogram ? sample.name == family_ + "_bucket" || sample.name == family_ + "_sum" || sample.name == family_ + "_count" : sample.name == family_,
             sample.name + " stands below " + family_);
        want(types[family_] != "counter" || family_.ends_with("_total"), "a counter that does not end in _total: " + family_);
        if (skip("{")) {
            do {
                const std::string label = name();
                want(skip("=\""), "a label has no value");
                want(sample.labels.emplace(label, value()).second, "a label comes twice");
            } while (skip(","));
            want(skip("}"), "labels do not end");
        }
        want(skip(" "), "no value");
        const std::string number = take_until("\n");
        std::size_t read = 0;
        sample.value = std::stod(number, &read);
        want(read == number.size(), "a number " + number);
        want(seen_.insert({sample.name, sample.labels}).second, sample.name + " comes twice with the same labels");
        samples.push_back(std::move(sample));
    }
    std::string value() {
        std::string text;
        while (not skip("\"")) {
            want(not rest_.empty() && rest_[0] != '\n', "a label's value does not end");
            if (skip("\\n")) text += '\n';
            else if (skip("\\\\")) text += '\\';
            else if (skip("\\\"")) text += '"';
            else {
                want(rest_[0] != '\\', "no such escape");
                text += rest_[0];
                rest_.remove_prefix(1);
            }
        }
        return text;
    }
    /// Bounds rise, counts do not fall, the last is +Inf and says as much as _count.
    void check_histogram(const std::string& name) {
        std::map<Labels, std::pair<double, double>> last;
        for (const Sample& sample : samples) {
            if (sample.name != name + "_bucket") continue;
            Labels labels = sample.labels;
            const double bound = std::stod(labels.at("le"));
            labels.erase("le");
            const auto [place, is_new] = last.try_emplace(labels, -1, 0);
            want(bound > place->second.first, "bounds of " + name + " do not rise");
            want(sample.value >= place->second.second, "counts of " + name + " fall");
            place->second = {bound, sample.value};
        }
        for (const auto& [labels, end] : last) {
            want(std::isinf(end.first), name + " has no last bucket");
            want(end.second == at(name + "_count", labels), name + "_count is not that of the last bucket");
            static_cast<void>(at(name + "_sum", labels));
        }
    }
    std::string_view rest_;
    std::string family_;
    std::set<std::pair<std::string, Labels>> seen_;
};

std::vector<int> numbers(int n) {
    std::vector<int> v;
    for (int i = 0; i < n; ++i) v.push_back(i);
    return v;
}

} // namespace

TEST_CASE("the figures of a job as Prometheus reads them") {
    weir::ManualClock clock{Timestamp(1000s)};
    const auto time_of = [](int x) { return Timestamp(900s + std::chrono::seconds(x)); };
    const auto work = [&clock](const auto&) { clock.advance(250ms); };
    weir::Stepper stepper = weir::stepper(weir::from(numbers(10)) | weir::filter([](int x) { return x % 5 != 0; }) | weir::event_time(time_of) | weir::stage(16) |
                                              weir::for_each(work),
                                          {.clock = &clock, .figures = 1ns});
    for (int i = 0; i < 3; ++i) stepper.step(4);
    const Metrics running(weir::to_prometheus(stepper.report()));
    const std::string source = "input/filter#1", behind = "behind/stage#1";
    REQUIRE(running.at("weir_queue_capacity_events", {{"task", behind}}) == 16);
    REQUIRE(running.count("weir_queue_fill_events") == 1);
    REQUIRE(running.at("weir_watermark_lag_seconds", {{"task", source}}) > 90);
    while (stepper.step() != weir::Progress::ended) {}

    const Metrics metrics(weir::to_prometheus(stepper.report()));
    REQUIRE(metrics.at("weir_operator_events_in_total", {{"operator", "filter#1"}}) == 10);
    REQUIRE(metrics.at("weir_operator_events_out_total", {{"operator", "filter#1"}}) == 8);
    REQUIRE(metrics.at("weir_operator_events_dropped_total", {{"operator", "filter#1"}, {"reason", "filtered"}}) == 2);
    REQUIRE(metrics.at("weir_operator_events_held", {{"operator", "stage#1"}}) == 0);
    REQUIRE(metrics.at("weir_task_events_total", {{"task", source}}) == 10);
    REQUIRE(metrics.at("weir_task_seconds_total", {{"task", behind}, {"state", "busy"}}) == 2); // 8 of 250 ms
    REQUIRE(metrics.at("weir_latency_seconds_count", {{"source", source}, {"task", behind}}) >= 1);
    REQUIRE(metrics.at("weir_latency_seconds_bucket", {{"source", source}, {"task", behind}, {"le", "0.2"}}) == 0);
    REQUIRE(metrics.at("weir_queue_wait_seconds_count", {{"task", behind}}) == metrics.at("weir_latency_seconds_count", {{"source", source}, {"task", behind}}));
    REQUIRE(metrics.count("weir_watermark_lag_seconds") == 0); // of a stream that has ended
}

TEST_CASE("a job that an error has ended says so, and in which operator, as Prometheus reads it", "[threads]") {
    weir::Job job = weir::start(weir::from(numbers(10)) | weir::map([](int x) { return x == 7 ? throw std::runtime_error("bad") : x; }) | weir::for_each([](int) {}));
    REQUIRE_THROWS(job.wait());
    REQUIRE(Metrics(weir::to_prometheus(job.report())).at("weir_failed", {{"operator", "map#1"}}) == 1);
    REQUIRE(Metrics(weir::to_prometheus(weir::run(weir::from(numbers(10)) | weir::for_each([](int) {})))).at("weir_failed") == 0);
}

TEST_CASE("a histogram becomes cumulative buckets in seconds") {
    weir::Report report;
    report.tasks.emplace_back().name = "input/map#1";
    weir::Histogram& time = report.tasks[0].latency.emplace_back(weir::LatencyReport{"input/map#1"}).time;
    const Labels labels{{"source", "input/map#1"}, {"task", "input/map#1"}};
    for (const Duration d : {Duration(900ns), Duration(3us), Duration(4ms), Duration(4ms), Duration(1min), Duration(1h)}) time.record(d);
    const Metrics metrics(weir::to_prometheus(report));
    const auto up_to = [&](const std::string& bound) {
        Labels all = labels;
        all["le"] = bound;
        return metrics.at("weir_latency_seconds_bucket", all);
    };
    REQUIRE(up_to("1e-06") == 1);
    REQUIRE(up_to("2e-06") == 1);
    REQUIRE(up_to("5e-06") == 2);
    REQUIRE(up_to("0.002") == 2);
    REQUIRE(up_to("0.005") == 4);
    REQUIRE(up_to("100") == 5);
    REQUIRE(up_to("+Inf") == 6);
    REQUIRE(metrics.at("weir_latency_seconds_sum", labels) == 3660.0080039);
    REQUIRE(metrics.count("weir_latency_seconds_bucket") == 26);
}

TEST_CASE("each of several queues in front of a task is named by its input") {
    weir::TaskReport task{.name = "input/map#1"};
    task.queues = {{"merge/1", 64, 3, 9}, {"merge/2", 32, 0, 1}};
    weir::Report report;
    report.tasks = {task};
    const Metrics text(weir::to_prometheus(report));
    const auto of = [](const char* input) { return Labels{{"task", "input/map#1"}, {"input", input}}; };
    REQUIRE(text.at("weir_input_queue_capacity_events", of("merge/2")) == 32);
    REQUIRE(text.at("weir_input_queue_fill_events", of("merge/1")) == 3);
    REQUIRE(text.at("weir_input_queue_most_events", of("merge/1")) == 9);
    REQUIRE(text.count("weir_input_queue_fill_events") == 2);
}

TEST_CASE("what a name has in it stays in its label") {
    weir::Report report;
    for (const std::string name : {"a \"b\"", "back\\slash", "two\nlines", "{x=\"1\"} 7", "ünï/code#1"}) {
        report.operators.emplace_back().name = name;
        report.operators.back().in = 3;
    }
    const Metrics metrics(weir::to_prometheus(report));
    for (const weir::OperatorReport& row : report.operators) REQUIRE(metrics.at("weir_operator_events_in_total", {{"operator", row.name}}) == 3);
    REQUIRE(metrics.types.count("weir_task_events_total") == 0); // there are no figures
}

TEST_CASE("operators and tasks that have the same name stay apart") {
    const auto same = [](int x) { return x; };
    weir::Report report = weir::run(weir::from(numbers(3)) | weir::named("x", weir::map(same)) | weir::take(2) | weir::named("x", weir::map(same)) | weir::for_each([](int) {}));
    report.tasks.resize(2);
    report.tasks[1].events = 7;
    for (weir::TaskReport& task : report.tasks) task.name = "behind/x";
    const Metrics metrics(weir::to_prometheus(report));
    REQUIRE(metrics.at("weir_operator_events_in_total", {{"operator", "x"}}) == 2);
    REQUIRE(metrics.at("weir_operator_events_in_total", {{"operator", "x#2"}}) == 2);
    REQUIRE(metrics.at("weir_task_events_total", {{"task", "behind/x"}}) == 0);
    REQUIRE(metrics.at("weir_task_events_total", {{"task", "behind/x#2"}}) == 7);
}

TEST_CASE("great numbers keep all their digits") {
    weir::Report report;
    report.operators.emplace_back().name = "x";
    report.operators.back().in = std::numeric_limits<std::uint64_t>::max();
    REQUIRE(weir::to_prometheus(report).find("weir_operator_events_in_total{operator=\"x\"} 18446744073709551615\n") != std::string::npos);
}

TEST_CASE("a watermark of long ago is as far behind as can be said") {
    weir::Report report;
    report.time = Timestamp(1'780'000'000s);
    report.tasks.emplace_back().name = "x";
    report.tasks.back().watermark = Timestamp(-8'000'000'000s); // to both it is farther from 1970 than half of what there is
    REQUIRE(Metrics(weir::to_prometheus(report)).at("weir_watermark_lag_seconds", {{"task", "x"}}) > 9e9);
}

TEST_CASE("the text of a running job is whole at any time", "[threads]") {
    weir::Job job = weir::start(weir::from(numbers(200'000)) | weir::stage(64) | weir::for_each([](int) {}), {.figures = 1us});
    while (job.running()) REQUIRE_NOTHROW(Metrics(weir::to_prometheus(job.report())));
    job.wait();
    REQUIRE(Metrics(weir::to_prometheus(job.report())).at("weir_task_events_total", {{"task", "behind/stage#1"}}) == 200'000);
}
