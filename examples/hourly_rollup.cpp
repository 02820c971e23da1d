// SPDX-License-Identifier: BSL-1.0
// How do I run a job again and again over what is new? Files come into a folder; each run adds those that are new to sums by the hour, and
// remembers them in the same transaction: a run that is killed anywhere counts nothing twice and forgets nothing.
#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

struct Sale {
    weir::Timestamp at{};
    double amount = 0;
    static constexpr auto fields() { return weir::fields("at", &Sale::at, "amount", &Sale::amount); }
};

struct Hour {
    weir::Timestamp hour{};
    std::uint64_t sales = 0;
    double amount = 0;
    static constexpr auto fields() { return weir::fields("hour", &Hour::hour, "sales", &Hour::sales, "amount", &Hour::amount); }
};

void roll_up(const std::string& inbox, const std::string& database) {
    // The hour identifies a row; what is there already is added to.
    weir::sqlite::Inserter<Hour> sums(database, "by_hour", {.on_conflict = weir::sqlite::OnConflict::add, .key = {"hour"}});
    const auto last = sums.last_committed().value_or(weir::sqlite::Committed{});
    const weir::NewFiles news(weir::files_in(inbox), last.position);
    fmt::print("{} new files\n", news.paths().size());
    if (news.paths().empty()) return;

    std::vector<Hour> hours;
    weir::run(weir::from_csv<Sale>(news.paths())
              | weir::key_by([](const Sale& sale) { return std::chrono::floor<std::chrono::hours>(sale.at); })
              | weir::aggregate(weir::count(), weir::sum(&Sale::amount))
              | weir::map([](const auto& row) { return Hour{row.key, std::get<0>(row.value), std::get<1>(row.value)}; })
              | weir::collect_into(hours));
    sums.write(hours);
    sums.prepare(last.epoch + 1, news.position());
    sums.commit(last.epoch + 1);
}

int main() {
    const auto deliver = [](std::string_view name, std::vector<Sale> sales) {
        weir::run(weir::from(std::move(sales)) | weir::to_csv("inbox/" + std::string(name))); // there when it is complete
    };
    const weir::Timestamp morning = std::chrono::sys_days(std::chrono::year(2026) / 5 / 4) + std::chrono::hours(9);
    std::filesystem::create_directory("inbox");

    deliver("1.csv", {{morning, 10}, {morning + std::chrono::minutes(50), 5}, {morning + std::chrono::minutes(70), 2.5}});
    roll_up("inbox", "sums.db");
    roll_up("inbox", "sums.db"); // nothing is counted twice
    deliver("2.csv", {{morning + std::chrono::minutes(90), 20}});
    deliver("3.csv", {{morning + std::chrono::minutes(40), 1}}); // late, and still added
    roll_up("inbox", "sums.db"); // on a schedule: run(from(ticks(1h)) | for_each(...))

    weir::run(weir::from(weir::sqlite::query<Hour>("sums.db", "select * from by_hour order by hour")) | weir::for_each([&](const Hour& row) {
                  fmt::print("{:02} h {} sales {:5.1f}\n", (row.hour - morning) / std::chrono::hours(1) + 9, row.sales, row.amount);
              }));
}

// Output:
// 1 new files
// 0 new files
// 2 new files
// 09 h 3 sales  16.0
// 10 h 2 sales  22.5
