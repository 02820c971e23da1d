// SPDX-License-Identifier: BSL-1.0
// What becomes of events that my function cannot take? By default they end the job with a message; here they go to a file.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

int parse(std::string_view line) {
    try {
        return std::stoi(std::string(line));
    } catch (const std::exception&) {
        throw std::runtime_error(fmt::format("'{}' is not a number", line));
    }
}

std::string letter(const weir::Rejected<std::string>& rejected) {
    return fmt::format("{}: {}", to_string(rejected.position), rejected.what());
}

const auto print = [](const auto& value) { fmt::print("{}\n", value); };

} // namespace

int main() {
    const std::vector<std::string_view> text{"10", "twenty", "30", "", "50"};
    weir::run(weir::from(text) | weir::to_lines("numbers.txt"));

    fmt::print("good:\n");
    const weir::Report report =
        weir::run(weir::from_lines("numbers.txt")
                  | weir::try_map(parse, weir::dead_letter(weir::map(letter) | weir::to_lines("rejected.txt")))
                  | weir::for_each(print));

    fmt::print("bad ({}):\n", report.at("try_map#1").dropped(weir::Drop::error));
    weir::run(weir::from_lines("rejected.txt") | weir::for_each(print));

    fmt::print("with no policy:\n");
    try {
        weir::run(weir::from_lines("numbers.txt") | weir::try_map(parse) | weir::for_each([](int) {}));
    } catch (const weir::EventError& error) {
        fmt::print("{}\n", error.what());
    }
}

// Output:
// good:
// 10
// 30
// 50
// bad (2):
// numbers.txt:2: 'twenty' is not a number
// numbers.txt:4: '' is not a number
// with no policy:
// try_map#1: event 2 at numbers.txt:2: 'twenty' is not a number
