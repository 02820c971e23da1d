// SPDX-License-Identifier: BSL-1.0
// What the tests of component sqlite share: a directory of their own, and a row type.
#pragma once
#include <weir/connect/sqlite.hpp>

#include "catch.hpp"

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace sqlite_test {

class TempDirectory {
public:
    TempDirectory() {
        std::random_device random;
        do path_ = std::filesystem::temp_directory_path() / ("weir-sqlite-" + std::to_string(random()));
        while (not std::filesystem::create_directory(path_));
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

struct Flight {
    std::string carrier;
    double delay = 0;
    bool arrived = false;

    static constexpr auto fields() {
        return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived);
    }
    friend bool operator==(const Flight&, const Flight&) = default;
};

inline std::vector<Flight> flights(int first, int n) {
    std::vector<Flight> rows;
    for (int i = first; i < first + n; ++i) rows.push_back({"carrier " + std::to_string(i), i * 0.5, i % 2 == 0});
    return rows;
}

/// The first number of a query's first row, seen through a connection of its own.
inline std::int64_t number(const std::string& file, const std::string& sql) {
    weir::sqlite::Database database(file, {.mode = weir::sqlite::Open::read_only, .busy_timeout = {}});
    weir::sqlite::Statement statement(database, sql);
    REQUIRE(statement.step());
    return statement.column<std::int64_t>(0);
}

/// The Error that fn throws.
template <typename Fn>
weir::sqlite::Error error_of(Fn&& fn) {
    try {
        fn();
    } catch (const weir::sqlite::Error& error) {
        return error;
    }
    throw std::logic_error("no sqlite::Error was thrown");
}

inline bool says(const weir::sqlite::Error& error, const std::string& words) { return std::string(error.what()).find(words) != std::string::npos; }

} // namespace sqlite_test
