// SPDX-License-Identifier: BSL-1.0
// What examples/access_log makes of single lines, good ones and bad ones.
#include "access_log/request.hpp"

#include "catch.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>

using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

const std::string front = R"(192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] )";
const std::string combined = front + R"~("GET /a?b HTTP/1.0" 200 2326 "http://example.org/" "Mozilla/4.08 [en] (Win98; I)")~";

std::string error_of(const std::string& line) {
    try {
        access_log::parse(line);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

sys_seconds time_of(const std::string& time) { return access_log::parse("h - - [" + time + "] \"GET / HTTP/1.1\" 200 1").time; }

} // namespace

TEST_CASE("a line of the combined format") {
    const access_log::Request request = access_log::parse(combined);
    CHECK(request.host == "192.0.2.7");
    CHECK(request.time == sys_days(2000y / 10 / 10) + 20h + 55min + 36s);
    CHECK(request.path == "/a");
    CHECK(request.status == 200);
    CHECK(request.bytes == 2326);
    CHECK(std::isnan(request.seconds));
    CHECK_FALSE(request.failed());
}

TEST_CASE("the end of a line may be missing, or say more") {
    const std::string common = front + R"("GET / HTTP/1.0" 404 -)";
    CHECK(access_log::parse(common).bytes == 0);
    CHECK(access_log::parse(common).failed());
    CHECK(access_log::parse(combined + " 0.125").seconds == 0.125);
    CHECK(access_log::parse(combined + R"( "10.1.2.3, 10.1.2.4" 0.125)").seconds == 0.125);
    for (const char* const other : {R"( "10.1.2.3")", " -", " -1", " 0.1s", " nan", " "}) CHECK(std::isnan(access_log::parse(combined + other).seconds));
}

TEST_CASE("quotes inside of quotes, and blanks in a name") {
    CHECK(access_log::parse(front + R"("GET /a\"b\\c\" HTTP/1.0" 200 1 "\"" "\\" 7)").path == R"(/a"b\c")");
    CHECK(access_log::parse(front + R"("GET /a\"b\\c\" HTTP/1.0" 200 1 "\"" "\\" 7)").seconds == 7);
    CHECK(access_log::parse(R"(h - frank smith [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)").bytes == 1);
    CHECK(access_log::parse(R"(2001:db8::5 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1)").host == "2001:db8::5");
}

TEST_CASE("what is no request of HTTP has no path") {
    for (const char* const request : {"-", "", R"(\x16\x03\x01 \x02)", "GET", "GET ", "get / HTTP/1.1"})
        CHECK(access_log::parse(front + '"' + request + R"(" 400 0 "-" "-")").path == "-");
    CHECK(access_log::parse(front + R"("GET / HTTP/1.1" 200 0)").path == "/");
    CHECK(access_log::parse(front + R"("GET /old" 200 0)").path == "/old");
}

TEST_CASE("times of all zones are one time") {
    CHECK(time_of("10/Oct/2000:13:55:36 -0700") == time_of("10/Oct/2000:22:55:36 +0200"));
    CHECK(time_of("01/Jan/2001:00:15:00 +0530") == sys_days(2000y / 12 / 31) + 18h + 45min);
    CHECK(time_of("29/Feb/2000:00:00:00 +0000") == sys_days(2000y / 2 / 29));
    CHECK(time_of("31/Dec/1969:23:59:60 +0000") == sys_seconds(0s)); // a leap second
    for (const char* const bad : {"29/Feb/2001:00:00:00 +0000", "00/Jan/2001:00:00:00 +0000", "10/Okt/2000:13:55:36 -0700", "10/anF/2000:13:55:36 -0700",
                                  "10/Oct/2000:24:00:00 -0700", "10/Oct/2000:13:60:00 -0700", "10/Oct/2000:13:55:61 -0700", "10/Oct/2000:13:55:36 -0760",
                                  "10/Oct/2000:13:55:36 0700", "10/Oct/2000:13:55:36", "1/Oct/2000:13:55:36 -0700", ""})
        CHECK_THROWS_AS(time_of(bad), std::runtime_error);
}

TEST_CASE("an error says what is wrong") {
    CHECK(error_of("") == "no [time]");
    CHECK(error_of("h - - [10/Oct/2000:13:55:36 -0700") == "no [time]");
    CHECK(error_of("h - - [today] \"GET / HTTP/1.0\" 200 1") == "[today] is no time");
    CHECK(error_of(front + "GET / 200 1") == "no \"request\"");
    CHECK(error_of(front + "\"GET / HTTP/1.0 200 1") == "the \"request\" has no end");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" 2000 1") == "'2000' is no status");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" -20 1") == "'-20' is no status");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" 200 many") == "'many' is no number of bytes");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" 200 99999999999999999999") == "'99999999999999999999' is no number of bytes");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" 200") == "'' is no number of bytes");
    CHECK(error_of(front + "\"GET / HTTP/1.0\" 200 1 \"-\"") == "no \"agent\"");
}

TEST_CASE("a line that is cut or spoilt is taken or refused, and nothing else") {
    std::mt19937 random(1);
    const std::string whole = combined + " 0.125";
    std::size_t refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string line = whole.substr(0, i % 4 == 0 ? random() % whole.size() : whole.size());
        for (auto n = random() % 4; n > 0 && not line.empty(); --n) line[random() % line.size()] = static_cast<char>(random());
        refused += not error_of(line).empty(); // any other exception, or a read out of bounds, ends the test
    }
    CHECK(refused > 5'000);
    CHECK(refused < 19'000);
}
