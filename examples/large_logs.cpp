// SPDX-License-Identifier: BSL-1.0
// How do I work on logs that are larger than the memory? The same pipelines: what does not fit goes through temporary files. Here 1.7 MB of
// logs with 0.1 MB: grouped by user, joined with the users' countries, and sorted by time.
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

struct Request {
    weir::Timestamp at{};
    std::string user{};
    std::string path{};
    std::int64_t bytes = 0;
    static constexpr auto fields() { return weir::fields("at", &Request::at, "user", &Request::user, "path", &Request::path, "bytes", &Request::bytes); }
};
struct User {
    std::string name{};
    std::string country{};
    static constexpr auto fields() { return weir::fields("name", &User::name, "country", &User::country); }
};
struct Traffic {
    std::string country{};
    std::int64_t bytes = 0;
};

/// Requests by 6 thousand users in no order.
auto requests(std::int64_t n) {
    const weir::Timestamp midnight = std::chrono::sys_days(std::chrono::year(2026) / 5 / 4);
    return weir::generate([=, i = std::int64_t{0}]() mutable {
               ++i;
               const auto second = std::chrono::seconds(i * 48'271 % n * 86'400 / n);
               return Request{midnight + second, fmt::format("user{}", i * 7'919 % 6'000), fmt::format("/articles/{}/comments", i % 977), i * 31 % 5'000};
           })
           | weir::take(static_cast<std::uint64_t>(n));
}

int main() {
    for (const char* name : {"1.csv", "2.csv"}) weir::run(requests(15'000) | weir::to_csv(name));
    weir::run(weir::generate([i = 0]() mutable { ++i; return User{fmt::format("user{}", i - 1), i % 3 == 0 ? "Iceland" : i % 3 == 1 ? "Peru" : "Japan"}; })
              | weir::take(6'000) | weir::to_csv("users.csv"));

    const auto logs = [] { return weir::from_csv<Request>(std::vector<std::string>{"1.csv", "2.csv"}); };
    const auto spilled = [](const weir::Report& report) {
        std::uint64_t bytes = 0;
        for (const auto& row : report.operators) bytes += row.spilled;
        return bytes > 0 ? "by way of temporary files" : "in memory";
    };
    const weir::RunOptions little{.memory = 100'000, .scratch = "."};

    const auto group = weir::run(logs() | weir::key_by(&Request::user) | weir::aggregate(weir::count(), weir::sum(&Request::bytes))
                                     | weir::top_n(2, [](const auto& row) { return std::get<1>(row.value); }, std::greater<>())
                                     | weir::for_each([](const auto& row) { fmt::print("{}: {} requests, {} bytes\n", row.key, std::get<0>(row.value), std::get<1>(row.value)); }),
                                 little);
    fmt::print("grouped {}\n", spilled(group));

    const auto join = weir::run(weir::hash_join(weir::from_csv<User>("users.csv") | weir::key_by(&User::name), logs() | weir::key_by(&Request::user),
                                                [](const User& user, const Request& request) { return Traffic{user.country, request.bytes}; })
                                    | weir::key_by(&Traffic::country) | weir::aggregate(weir::sum(&Traffic::bytes))
                                    | weir::for_each([](const auto& row) { fmt::print("{}: {} kB\n", row.key, row.value / 1'000); }),
                                little);
    fmt::print("joined {}\n", spilled(join));

    weir::Timestamp last{};
    const auto sort = weir::run(logs() | weir::sort_by(&Request::at) | weir::tap([&](const Request& request) {
                                    if (request.at < last) fmt::print("out of order\n");
                                    last = request.at;
                                }) | weir::to_csv("sorted.csv"),
                                little);
    fmt::print("sorted {}: {} kB\n", spilled(sort), std::filesystem::file_size("sorted.csv") / 1'000);
}

// Output:
// user3102: 6 requests, 23988 bytes
// user3653: 6 requests, 23982 bytes
// grouped by way of temporary files
// Iceland: 24995 kB
// Japan: 24995 kB
// Peru: 24995 kB
// joined by way of temporary files
// sorted by way of temporary files: 1724 kB
