// SPDX-License-Identifier: BSL-1.0
// The stored part: the same chain over the rows in the database, and the comparison with what it gave live.
#pragma once
#include "summary.hpp"

#include <weir/connect/sqlite.hpp>
#include <weir/weir.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace monitor {

struct Check {
    std::size_t readings = 0;
    std::size_t processes = 0;
    std::vector<std::string> differences;
};

inline Check check(const std::string& database) {
    std::vector<Total> live;
    weir::run(weir::from(weir::sqlite::query<Total>(database, "select * from summary order by pid, started")) | weir::collect_into(live));

    Summary again;
    std::size_t readings = 0;
    weir::run(weir::from(weir::sqlite::query<Reading>(database, "select * from reading order by rowid")) |
              weir::tap([&readings](const Reading&) { ++readings; }) | summarise(again));

    return {readings, live.size(), differences(live, again.rows())};
}

} // namespace monitor
