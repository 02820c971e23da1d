// SPDX-License-Identifier: BSL-1.0
// How do I run a chain under Spark, Hadoop Streaming or a shell? It becomes a program that reads and writes lines.
//     pipe_word_count map < text | LC_ALL=C sort | pipe_word_count reduce
//     Spark:  .pipe("pipe_word_count map"), repartitionAndSortWithinPartitions, .pipe("pipe_word_count reduce")
//     Hadoop: -mapper "pipe_word_count map" -combiner "pipe_word_count reduce" -reducer "pipe_word_count reduce"
#include <weir/pipe.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// For each word of a line, ("word", 1).
void words(std::string_view line, auto emit) {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    const char* const end = line.data() + line.size();
    for (const char* at = line.data(); (at = std::find_if_not(at, end, is_space)) != end;) {
        const std::string_view word(at, std::find_if(at, end, is_space));
        emit(std::pair(word, 1));
        at += word.size();
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc == 2 ? argv[1] : "";
    if (what == "map")
        return weir::pipe_map(weir::flat_map<std::pair<std::string_view, int>>([](std::string_view line, auto emit) { words(line, emit); }));
    if (what == "reduce") // the counts of one word at a time
        return weir::pipe_reduce<std::string, std::int64_t>(weir::sum());
    std::fputs("usage: pipe_word_count map | reduce\n", stderr);
    return 2;
}
