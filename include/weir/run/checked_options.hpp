// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/run/options.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

// A braced list of options with a value of a wrong type makes no RunOptions, so that a compiler says only that no function can be called.
// What takes CheckedRunOptions takes such a list, too, and says which option it is. One that is right goes to what takes RunOptions: a job, which
// comes as it is there, would have to be converted here.

namespace weir::detail {

struct AnyJob {
    template <typename J>
    AnyJob(J&&) noexcept {}
};

enum class RunOption : unsigned char { stop, number, bounded, clock, executor, scratch, files, progress, wait, figures, failed };

template <RunOption option, typename Given>
consteval void say_option() {
    using enum RunOption;
    if constexpr (option == stop)
        static_assert(never<Given>, "RunOptions: .stop takes a std::stop_token: write .stop = source.get_token().");
    else if constexpr (option == number)
        static_assert(never<Given>, "RunOptions: .workers takes a number of threads, .memory one of bytes.");
    else if constexpr (option == bounded)
        static_assert(never<Given>, "RunOptions: .bounded and .pin take true or false.");
    else if constexpr (option == clock)
        static_assert(never<Given>, "RunOptions: .clock takes a pointer to a weir::Clock, which must outlive the job: write .clock = &clock.");
    else if constexpr (option == executor)
        static_assert(never<Given>, "RunOptions: .executor takes a pointer to a weir::Executor, which must outlive the job: write .executor = &pool.");
    else if constexpr (option == scratch)
        static_assert(never<Given>, "RunOptions: .scratch takes the path of a directory, as a std::string.");
    else if constexpr (option == files)
        static_assert(never<Given>, "RunOptions: .files takes a pointer to a weir::Files, which must outlive the job: write .files = &files.");
    else if constexpr (option == progress)
        static_assert(never<Given>, "RunOptions: .progress takes a function that can be copied and called with a const RunProgress&: write .progress = weir::progress_line().");
    else if constexpr (option == wait)
        static_assert(never<Given>, "RunOptions: .wait takes a weir::Wait: write .wait = weir::Wait::spin, yield or sleep.");
    else if constexpr (option == failed)
        static_assert(never<Given>, "RunOptions: .failed takes a function that can be copied and called with a const Failure&: write .failed = [](const weir::Failure& at) { ... }.");
    else
        static_assert(never<Given>, "RunOptions: .figures takes a duration, how often latency is sampled at most: write .figures = 10ms, or weir::Duration(n) for n nanoseconds.");
}

/// Takes what T takes, and what it does not.
template <RunOption option, typename T>
struct CheckedOption {
    CheckedOption() = default;
    template <typename Given>
    CheckedOption(Given&&) {
        if constexpr (not std::convertible_to<Given, T>) say_option<option, Given>();
    }
};

/// The fields of RunOptions, in their order.
struct CheckedRunOptions {
    CheckedOption<RunOption::stop, std::stop_token> stop{};
    CheckedOption<RunOption::number, std::size_t> workers{}, memory{};
    CheckedOption<RunOption::bounded, bool> bounded{};
    CheckedOption<RunOption::clock, const Clock*> clock{};
    CheckedOption<RunOption::executor, Executor*> executor{};
    CheckedOption<RunOption::scratch, std::string> scratch{};
    CheckedOption<RunOption::files, const Files*> files{};
    CheckedOption<RunOption::progress, std::function<void(const RunProgress&)>> progress{};
    CheckedOption<RunOption::wait, Wait> wait{};
    CheckedOption<RunOption::figures, Duration> figures{};
    ResourcePointer resource{};
    MemoryBoundOptions at_most{};
    CheckedOption<RunOption::bounded, bool> pin{};
    CheckedOption<RunOption::failed, std::function<void(const Failure&)>> failed{};
};

} // namespace weir::detail
