// SPDX-License-Identifier: BSL-1.0
// A small log, for a run without arguments. A server writes a line when the answer is complete, with the time when the request
// came: so the lines are not in the order of their times.
#pragma once
#include <string_view>

namespace access_log {

inline constexpr std::string_view sample = R"log(192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /index.html HTTP/1.0" 200 2326 "-" "Mozilla/4.08 [en] (Win98; I)" 0.012
192.0.2.7 - - [10/Oct/2000:13:55:37 -0700] "GET /logo.png HTTP/1.0" 200 9120 "/index.html" "Mozilla/4.08 [en] (Win98; I)" 0.020
2001:db8::5 - frank smith [10/Oct/2000:22:55:41 +0200] "GET /index.html?from=mail HTTP/1.1" 200 2326 "-" "a \"quoted\" name" 0.011
192.0.2.7 - - [10/Oct/2000:13:56:02 -0700] "GET /search?q=weir HTTP/1.0" 200 512 "/index.html" "Mozilla/4.08 [en] (Win98; I)" 0.140
2001:db8::5 - - [10/Oct/2000:22:55:58 +0200] "GET /logo.png HTTP/1.1" 404 - "/index.html" "a \"quoted\" name" 0.004
198.51.100.9 - - [10/Oct/2000:13:56:10 -0700] "\x16\x03\x01\x02" 400 157 "-" "-" 0.001
192.0.2.7 - - [10/Oct/2000:13:56:31 -0700] "GET /search?q=dam HTTP/1.0" 500 0 "/search" "Mozilla/4.08 [en] (Win98; I)" 1.500
192.0.2.7 - - [10/Okt/2000:13:56:33 -0700] "GET / HTTP/1.0" 200 80 "-" "-" 0.002
192.0.2.7 - - [10/Oct/2000:13:56:33 -0700] "GET /cut
192.0.2.7 - - [10/Oct/2000:13:57:20 -0700] "GET /index.html HTTP/1.0" 304 0 "-" "Mozilla/4.08 [en] (Win98; I)" 0.001
2001:db8::5 - - [10/Oct/2000:22:55:50 +0200] "GET /film.mpg HTTP/1.1" 200 73400320 "/index.html" "a \"quoted\" name" 88.000
192.0.2.7 - - [10/Oct/2000:14:40:00 -0700] "GET /index.html HTTP/1.0" 200 2326 "-" "Mozilla/4.08 [en] (Win98; I)" 0.010
)log";

} // namespace access_log
