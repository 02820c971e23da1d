// SPDX-License-Identifier: BSL-1.0
// The parts of examples/monitor on a /proc that the test makes up, so that odd names and processes that vanish are in it.
#include "monitor/check.hpp"
#include "monitor/watch.hpp"

#include <weir/connect/sqlite.hpp>

#include "catch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

/// As in proc(5): pid (name) state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
/// priority nice num_threads itrealvalue started vsize rss ...
std::string stat_text(int pid, const std::string& name, char state = 'S', unsigned flags = 0x400000, int utime = 7, int stime = 5) {
    return fmt::format("{} ({}) {} 1 1 1 0 -1 {} 10 20 30 40 {} {} 0 0 20 0 1 0 4711 1000000 250 184", pid, name, state, flags, utime, stime);
}

class FakeProc {
public:
    FakeProc() : path(std::filesystem::temp_directory_path() / fmt::format("weir-proc-{}", getpid())) {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path / "self");
        std::ofstream(path / "stat") << "cpu  100 10 50 9000 300 5 5 2 0 0\ncpu0 1 2 3 4\n";
        std::ofstream(path / "uptime") << "1 2\n";
    }
    ~FakeProc() { std::filesystem::remove_all(path); }
    void process(int pid, const std::string& text) const {
        std::filesystem::create_directory(path / std::to_string(pid));
        std::ofstream(path / std::to_string(pid) / "stat") << text << "\n";
    }
    const std::filesystem::path path;
};

monitor::StatLine line(std::string text) { return {weir::Timestamp{1s}, std::move(text)}; }

} // namespace

TEST_CASE("a process name may hold blanks and parentheses") {
    for (const std::string name : {"bash", "tmux: server", "a) (b", ")", "(", "", "1 2 3)"}) {
        const monitor::Stat stat = monitor::parse(line(stat_text(42, name)));
        CHECK(stat.name == name);
        CHECK(stat.pid == 42);
        CHECK(stat.state == 'S');
        CHECK_FALSE(stat.of_kernel);
        CHECK(stat.cpu_ticks == 12);
        CHECK(stat.started == 4711);
        CHECK(stat.pages == 250);
    }
}

TEST_CASE("the machine is pid 0, and waiting is not work") {
    const monitor::Stat stat = monitor::parse(line("cpu  100 10 50 9000 300 5 5 2 0 0"));
    CHECK(stat.pid == 0);
    CHECK(stat.cpu_ticks == 172);
}

TEST_CASE("a kernel thread and a zombie are of no interest") {
    CHECK(monitor::is_of_interest(monitor::parse(line(stat_text(1, "init")))));
    CHECK_FALSE(monitor::is_of_interest(monitor::parse(line(stat_text(2, "kthreadd", 'S', 0x208040)))));
    CHECK_FALSE(monitor::is_of_interest(monitor::parse(line(stat_text(3, "gone", 'Z')))));
}

TEST_CASE("a line that is cut short is refused, wherever it is cut") {
    const std::string whole = stat_text(42, "a) (b");
    const std::size_t needed = whole.rfind(" 250 184");
    for (std::size_t size = 0; size <= needed; ++size) CHECK_THROWS_AS(monitor::parse(line(whole.substr(0, size))), std::runtime_error);
    CHECK_THROWS_AS(monitor::parse(line("cpu  100 10")), std::runtime_error);
    CHECK_THROWS_AS(monitor::parse(line(") 5 (")), std::runtime_error);
}

TEST_CASE("the source gives every process once a round, and leaves out those that have vanished") {
    const FakeProc proc;
    for (int pid = 1; pid <= 20; ++pid) proc.process(pid, stat_text(pid, "worker"));
    monitor::ProcSource source(proc.path, 1s);
    weir::Timestamp now{10s};

    REQUIRE(source.poll(now)); // the machine, and now it has seen twenty directories
    for (int pid = 1; pid <= 20; pid += 2) std::filesystem::remove_all(proc.path / std::to_string(pid));
    int given = 0;
    while (auto polled = source.poll(now)) {
        CHECK(polled->at == now);
        CHECK(monitor::parse(*polled).pid % 2 == 0);
        ++given;
    }
    CHECK(given == 10);
    CHECK(source.poll(now + 400ms).retry_in() == 600ms);
    CHECK(source.poll(now + 1s)->at == now + 1s);
    CHECK_THROWS_AS(monitor::ProcSource(proc.path / "nowhere", 1s), std::runtime_error);
}

TEST_CASE("usage is what was used since the reading before") {
    const std::vector<monitor::Reading> readings{{weir::Timestamp{1s}, 7, 100, "a", 50, 8}, {weir::Timestamp{1s}, 8, 100, "b", 10, 8},
                                                 {weir::Timestamp{3s}, 7, 100, "a", 1050, 8}, {weir::Timestamp{3s}, 8, 300, "b", 2, 8}};
    std::vector<double> percents;
    weir::run(weir::from(readings) | monitor::usage() | weir::map(&monitor::Usage::percent) | weir::collect_into(percents));
    CHECK(percents == std::vector<double>{0, 0, 50, 0}); // the last one is another process with the pid of one that has ended
}

TEST_CASE("live and stored agree, and a row altered in the database is named", "[threads]") {
    const FakeProc proc;
    const std::string database = (proc.path / "readings.db").string();
    proc.process(42, stat_text(42, "odd) name (x"));
    proc.process(43, stat_text(43, "other"));
    proc.process(44, "44 (not what we expect");
    std::FILE* const screen_file = std::tmpfile();
    monitor::Screen screen(screen_file);
    int pauses = 0;
    const monitor::Watched watched = monitor::watch({.database = database, .proc = proc.path.string(), .period = 5ms, .alarm_percent = 50},
                                                    screen, [&] {
                                                        std::this_thread::sleep_for(20ms);
                                                        proc.process(43, stat_text(43, "other", 'R', 0, 100 * ++pauses)); // busy
                                                        return pauses == 10;
                                                    });
    std::fclose(screen_file);

    CHECK(watched.shown.alarms == 1);
    CHECK(watched.shown.last_alarm.name == "other");
    CHECK(watched.report.at("try_map#1").dropped(weir::Drop::error) > 0);
    CHECK(watched.report.at("try_map#1").dropped(weir::Drop::error) + watched.report.at("filter#1").in == watched.report.at("try_map#1").in);

    const monitor::Check check = monitor::check(database);
    CHECK(check.processes == 3);
    CHECK(check.readings == watched.report.at("broadcast#1").in);
    CHECK(check.differences == std::vector<std::string>{});

    weir::sqlite::Database direct(database, {.mode = weir::sqlite::Open::read_write});
    SECTION("a field") {
        direct.execute("update reading set memory_kib = memory_kib + 8 where pid = 42 and rowid = (select min(rowid) from reading where pid = 42)");
        REQUIRE(direct.changes() == 1);
        const auto differences = monitor::check(database).differences;
        REQUIRE(differences.size() == 1);
        CHECK(differences[0] == fmt::format("process 42 (odd) name (x), started at 4711: peak_memory_kib was {} live and is {} from the stored rows",
                                            250 * sysconf(_SC_PAGESIZE) / 1024, 250 * sysconf(_SC_PAGESIZE) / 1024 + 8));
    }
    SECTION("a row that is gone") {
        direct.execute("delete from reading where rowid = (select min(rowid) from reading where pid = 43)");
        const auto differences = monitor::check(database).differences;
        REQUIRE_FALSE(differences.empty());
        for (const std::string& difference : differences) CHECK(difference.find("process 43 (other)") == 0);
    }
    SECTION("a process that is gone, and one too many") {
        direct.execute("update reading set pid = 41 where pid = 42");
        CHECK(monitor::check(database).differences ==
              std::vector<std::string>{"process 41 (odd) name (x), started at 4711: in the stored rows, but not seen live",
                                       "process 42 (odd) name (x), started at 4711: seen live, but not in the stored rows"});
    }
}

TEST_CASE("a name cannot drive the terminal") { CHECK(monitor::printable("\033[2Jevil\n", 16) == "?[2Jevil?"); }
