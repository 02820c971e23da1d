// SPDX-License-Identifier: BSL-1.0
// How do I count the words of a file? Lines become words (flat_map), words are counted, counts are sorted.
//     word_count [FILE]
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// For each word of a line, one output.
void words(std::string_view line, auto emit) {
    const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
    for (auto begin = line.begin(); begin != line.end();) {
        begin = std::find_if(begin, line.end(), is_letter);
        const auto end = std::find_if_not(begin, line.end(), is_letter);
        if (begin != end) emit(std::string(begin, end));
        begin = end;
    }
}

std::string in_lower_case(std::string word) {
    for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return word;
}

struct Count {
    std::string word;
    std::size_t times;
};

/// A handler is anything with on_event, or that can be called.
struct Counter {
    std::map<std::string, std::size_t> of;
    void on_event(const std::string& word) { ++of[word]; }
};

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> poem{"The woods are lovely, dark and deep,", "But I have promises to keep,",
                                             "And miles to go before I sleep,", "And miles to go before I sleep."};
    const std::string path = argc > 1 ? argv[1] : "poem.txt";
    if (argc == 1) weir::run(weir::from(poem) | weir::to_lines(path));

    Counter counts;
    weir::run(weir::from_lines(path)
              | weir::flat_map<std::string>([](std::string_view line, auto emit) { words(line, emit); })
              | weir::map(in_lower_case)
              | weir::for_each(std::ref(counts)));

    weir::run(weir::from(counts.of)
              | weir::map([](const auto& entry) { return Count{entry.first, entry.second}; })
              | weir::sort_by(&Count::times, std::greater<>()) // equal counts keep their order
              | weir::take(5)
              | weir::for_each([](const Count& count) { fmt::print("{:2} {}\n", count.times, count.word); }));
}

// Output:
//  3 and
//  3 i
//  3 to
//  2 before
//  2 go
