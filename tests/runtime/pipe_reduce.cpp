// SPDX-License-Identifier: BSL-1.0
#include "runtime/pipe.hpp"

#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace pipe_test;

const auto sum_of = [](const auto& options) { return weir::pipe_reduce<std::string, std::int64_t>(weir::sum(), options); };

std::string sums(const std::string& in, const weir::PipeOptions& options = {}) {
    const Pipes pipes(in);
    const Ran program = ran(pipes, sum_of, options);
    CHECK(program.status == 0);
    CHECK(program.errors.empty());
    return pipes.out;
}

TEST_CASE("pipe_reduce gives one line for each group of lines with the same key, which need not be sorted") {
    CHECK(sums("a\t1\na\t2\nb\t3\na\t4\n") == "a\t3\nb\t3\na\t4\n");
    CHECK(sums("a\t1\nab\t2\na\t3") == "a\t1\nab\t2\na\t3\n");
    CHECK(sums("\t1\n\t2\n") == "\t3\n");
    CHECK(sums("").empty());
}

TEST_CASE("however the input is cut, and however many values a key has, the sums are those of a map") {
    std::string in, expected;
    std::map<std::string, std::int64_t> totals;
    for (std::uint64_t i = 0; i < 4'000; ++i) totals["key " + std::to_string(i * i % 37)] += static_cast<std::int64_t>(i);
    std::vector<std::pair<std::string, std::uint64_t>> lines;
    for (std::uint64_t i = 0; i < 4'000; ++i) lines.emplace_back("key " + std::to_string(i * i % 37), i);
    std::sort(lines.begin(), lines.end());
    for (const auto& [key, n] : lines) in += key + '\t' + std::to_string(n) + '\n';
    for (const auto& [key, total] : totals) expected += key + '\t' + std::to_string(total) + '\n';
    for (const std::size_t block : {1U, 13U, 100U, 65'536U}) CHECK(sums(in, {.block = block, .buffer = block}) == expected);
}

TEST_CASE("a chain is run anew on the values of each key, and each thing it gives is a line behind the key") {
    const Pipes pipes("a\t3\na\t1\na\t2\nb\t5\nc\t1\nc\t1\n");
    const auto two_least = [](const auto& options) { return weir::pipe_reduce<std::string, int>(weir::distinct() | weir::sort_by([](int n) { return n; }) | weir::take(2), options); };
    CHECK(ran(pipes, two_least).status == 0);
    CHECK(pipes.out == "a\t1\na\t2\nb\t5\nc\t1\n");
}

TEST_CASE("a key whose values have no result gives no line") {
    const Pipes pipes("a\t2\nb\t3\nb\t4\nc\t6\n");
    const auto greatest_odd = [](const auto& options) {
        return weir::pipe_reduce<std::string, int>(weir::where([](int n) { return n % 2 != 0; }, weir::max()), options);
    };
    const Ran program = ran(pipes, greatest_odd);
    CHECK(program.status == 0);
    CHECK(program.errors.empty());
    CHECK(pipes.out == "b\t3\n");
}

TEST_CASE("keys and values may be several fields; a value that is one text takes all of the line behind its key") {
    const std::string in = "Oslo\t2024\tSas\t1.5\nOslo\t2024\tSas\t2\nOslo\t2025\tKlm\t4\n";
    const Pipes pipes(in);
    using Key = std::pair<std::string, int>;
    const auto means = [](const auto& options) {
        return weir::pipe_reduce<Key, std::pair<std::string, double>>(weir::aggregate(weir::count(), weir::mean([](const auto& value) { return value.second; })), options);
    };
    CHECK(ran(pipes, means).errors.empty());
    CHECK(pipes.out == "Oslo\t2024\t2\t1.75\nOslo\t2025\t1\t4\n");
    const Pipes again(in);
    CHECK(ran(again, [](const auto& options) { return weir::pipe_reduce<Key, std::string_view>(weir::take(1), options); }).errors.empty());
    CHECK(again.out == "Oslo\t2024\tSas\t1.5\nOslo\t2025\tKlm\t4\n");
}

TEST_CASE("a line that is not as it should be ends it with a sentence that names the line") {
    const auto error_of = [](const std::string& in, auto program) {
        const Pipes pipes(in);
        const Ran it = ran(pipes, program);
        CHECK(it.status == 1);
        CHECK(pipes.out.empty());
        return it.errors;
    };
    const auto by_number = [](const auto& options) { return weir::pipe_reduce<int, std::int64_t>(weir::sum(), options); };
    const auto by_two = [](const auto& options) { return weir::pipe_reduce<std::pair<int, int>, std::int64_t>(weir::sum(), options); };
    CHECK(error_of("a\t1\na\tx\n", sum_of) == "pipe_reduce: line 2: field 2, 'x', is not an integer in the range of the field's type\n");
    CHECK(error_of("a\t1\nb\n", sum_of) == "pipe_reduce: line 2: field 2, '', is not an integer in the range of the field's type\n");
    CHECK(error_of("1\t1\nx\t1\n", by_number) == "pipe_reduce: line 2: field 1, 'x', is not an integer in the range of the field's type\n");
    CHECK(error_of("1\t2\t3\n\n", by_two) == "pipe_reduce: line 2: field 2 is missing\n");
    CHECK(error_of("a\t9223372036854775807\na\t1\nb\t1\n", sum_of).starts_with("pipe_reduce: after line 2: "));
    const auto positive = weir::map([](int n) { return n > 0 ? n : throw std::runtime_error("not positive"); });
    CHECK(error_of("a\t1\nb\t5\nb\t-1\nb\t7\n", [&](const auto& options) { return weir::pipe_reduce<std::string, int>(positive, options); }) ==
          "pipe_reduce: line 3: not positive\n");
}

TEST_CASE("what the chains of all groups dropped for an error is told in one sum") {
    const Pipes pipes("a\t1\na\t-1\nb\t-2\nb\t-3\n");
    const auto positive = weir::try_map([](int n) { return n > 0 ? n : throw std::runtime_error("not positive"); }, weir::drop());
    const Ran program = ran(pipes, [&](const auto& options) { return weir::pipe_reduce<std::string, int>(positive, options); });
    CHECK(program.errors == "pipe_reduce: try_map#1 dropped 3 events (error)\n");
    CHECK(pipes.out == "a\t1\n");
}

} // namespace
