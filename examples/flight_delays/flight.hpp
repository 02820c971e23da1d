// SPDX-License-Identifier: BSL-1.0
// A flight, the line of a file that tells of it, and some such lines.
#pragma once
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct Flight {
    std::chrono::sys_time<std::chrono::minutes> planned; // local times: the clocks of all airports are taken for one
    std::chrono::minutes delay;
    std::string origin;

    std::chrono::sys_time<std::chrono::minutes> left() const { return planned + delay; }
};

/// Understands "2001-01-31T23:59,-5,480,BOS,DCA": planned, delay in minutes, distance, origin, destination; or throws.
inline Flight parse(std::string_view text) {
    using namespace std::chrono;
    const std::string line(text);
    int y = 0, delay = 0, end = 0;
    unsigned m = 0, d = 0, h = 0, min = 0;
    char origin[4] = {};
    std::sscanf(line.c_str(), "%4d-%2u-%2uT%2u:%2u,%5d,%*d,%3[A-Z],%n", &y, &m, &d, &h, &min, &delay, origin, &end);
    const year_month_day date{year(y), month(m), day(d)};
    if (end == 0 || not date.ok() || h > 23 || min > 59) throw std::runtime_error("no flight");
    return {sys_days(date) + hours(h) + minutes(min), minutes(delay), origin};
}

/// When the last of ORD leaves, its day is long over.
inline const std::vector<std::string_view> sample{
    "date,delay,distance,origin,destination",
    "2001-01-01T07:30,-5,187,BOS,LGA",
    "2001-01-01T08:00,190,1846,ORD,SEA",
    "2001-01-01T09:15,95,802,ORD,DFW",
    "2001-01-01T11:00,20,2475,JFK,LAX",
    "2001-01-01T22:50,205,733,LGA,ORD",
    "2001-01-01T23:30,700,867,ORD,BOS",
    "2001-01-02T06:45,0,187,BOS,LGA",
    "2001-01-02T09:60,0,187,BOS,LGA",
    "2001-01-02T11:20,30,2475,JFK,LAX",
};
