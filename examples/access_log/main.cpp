// SPDX-License-Identifier: BSL-1.0
// What happened on my web server, minute by minute? Windows over an access log, whose lines may be out of order, late or bad.
//     access_log [FILE | -]    `tail -F access.log | access_log -` follows a log; without an argument: a small sample
#include "print.hpp"
#include "request.hpp"
#include "sample.hpp"

#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

namespace {

using namespace access_log;
using namespace std::chrono_literals;

/// Request -> sink. An AnyChain, so that it is compiled once for all sources.
weir::AnyChain<Request, void> report() {
    const auto minute = weir::tumbling(1min);

    // quantile leaves out what is not a number: here requests without a logged time
    auto figures = weir::window(minute.late_to(weir::for_each(print_late)))
                 | weir::named("figures", weir::aggregate(weir::into<Figures>(
                       weir::count(), weir::sum(&Request::failed), weir::quantile(&Request::bytes, 0.5), weir::quantile(&Request::bytes, 0.99),
                       weir::quantile(&Request::seconds, 0.5), weir::quantile(&Request::seconds, 0.99))))
                 | weir::for_each(print_figures);

    // A count has the time of its window's end, so the same windows, without a key, bring the counts of all paths together.
    auto paths = weir::key_by(&Request::path) | weir::window(minute) | weir::aggregate(weir::count())
               | weir::window(minute) | weir::aggregate(weir::top_k(3, &PathCount::value)) | weir::for_each(print_paths);

    // A visit ends when nothing has come for half an hour. What is late for its minute may still belong to one.
    auto visits = weir::key_by(&Request::host) | weir::window(weir::session(30min))
                | weir::aggregate(weir::into<Visit>(weir::count(), weir::arg_min(&Request::time, &Request::path))) | weir::for_each(print_visit);

    // Servers write a line when its answer is complete: most within 20 s. What takes longer is late; nobody waits for it.
    return weir::event_time(&Request::time, weir::bounded_disorder(20s)) | weir::broadcast(figures, paths, visits);
}

template <typename Lines>
void report_on(Lines lines) {
    const weir::Report done = weir::run(std::move(lines)
                                        | weir::try_map(parse, weir::dead_letter(weir::take(10) | weir::for_each(print_bad))) // some will do
                                        | report());
    const weir::OperatorReport &parsed = done.at("try_map#1"), &counted = done.at("AnyChain#1/broadcast#1/branch#1/figures");
    fmt::print("{} lines: {} requests, of which {} late; {} bad\n", parsed.in, counted.in, counted.dropped(weir::Drop::late),
               parsed.dropped(weir::Drop::error));
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc > 1 && argv[1] != std::string_view("-")) {
            report_on(weir::from_lines(argv[1]));
        } else if (argc > 1) {
            std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); // a row is seen when it is there, also behind a pipe
            report_on(weir::from_lines(stdin));
        } else {
            std::FILE* const file = std::tmpfile();
            fmt::print(file, "{}", sample);
            std::rewind(file);
            report_on(weir::from_lines(file));
            std::fclose(file);
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "access_log: {}\n", error.what());
        return 1;
    }
}

// Output:
// line              8  bad       [10/Okt/2000:13:56:33 -0700] is no time: 192.0.2.7 - - [10/Okt/2000:13:56:33 -0700] "GET / HTTP/1
// line              9  bad       the "request" has no end: 192.0.2.7 - - [10/Oct/2000:13:56:33 -0700] "GET /cut
// 2000-10-10 20:55:00  requests  4, 1 failed; bytes p50 2326 p99 8916; seconds p50 0.011 p99 0.020
// 2000-10-10 20:55:00  paths     2 /index.html, 2 /logo.png
// 2000-10-10 20:56:00  requests  3, 2 failed; bytes p50 157 p99 505; seconds p50 0.140 p99 1.473
// 2000-10-10 20:56:00  paths     2 /search, 1 -
// 2000-10-10 20:55:50  late      2001:db8::5 for /film.mpg
// 2000-10-10 20:57:00  requests  1, 0 failed; bytes p50 0 p99 0; seconds p50 0.001 p99 0.001
// 2000-10-10 20:57:00  paths     1 /index.html
// 2000-10-10 20:55:41  visit     of 2001:db8::5: 3 requests, the first for /index.html
// 2000-10-10 20:56:10  visit     of 198.51.100.9: 1 requests, the first for -
// 2000-10-10 20:55:36  visit     of 192.0.2.7: 5 requests, the first for /index.html
// 2000-10-10 21:40:00  requests  1, 0 failed; bytes p50 2326 p99 2326; seconds p50 0.010 p99 0.010
// 2000-10-10 21:40:00  paths     1 /index.html
// 2000-10-10 21:40:00  visit     of 192.0.2.7: 1 requests, the first for /index.html
// 12 lines: 10 requests, of which 1 late; 2 bad
