// SPDX-License-Identifier: BSL-1.0
#include <weir/follow.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "acted_files.hpp"
#include "catch.hpp"
#include "files.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace {

using namespace std::chrono_literals;
using files_test::Acted;
using files_test::Collects;
using files_test::TempDirectory;
using weir::follow;
using Strings = std::vector<std::string>;

/// A source with the clock that it is asked by.
struct Reads {
    weir::FollowedLines source;
    weir::Timestamp now{};

    /// What comes in so many looks.
    Strings lines(int looks = 3) {
        Strings found;
        for (; looks > 0; --looks, now += 1s)
            for (auto batch = source.poll_batch(now); batch; batch = source.poll_batch(now)) found.insert(found.end(), batch->begin(), batch->end());
        return found;
    }
};

Reads reads(const Acted& files, weir::FollowOptions how = {.every = 1s}, weir::LinesOptions options = {}) {
    options.files = &files;
    return {weir::FollowedLines(follow("log", how), options)};
}

TEST_CASE("follow gives what others add to a file, once its line is whole, and waits for a file that is not there") {
    Acted files;
    Reads log = reads(files);
    CHECK(log.lines().empty());
    files.append("log", "one\ntw");
    CHECK(log.lines() == Strings{"one"});
    CHECK(log.lines().empty());
    files.append("log", "o\r\n\n");
    CHECK(log.lines() == Strings{"two", ""});
    files.append("log", std::string(200'000, 'x'));
    CHECK(log.lines().empty());
    files.append("log", "\nlast");
    CHECK(log.lines() == Strings{std::string(200'000, 'x')});
    CHECK(log.lines().empty());
}

TEST_CASE("a followed file is asked again only when it is time") {
    Acted files;
    weir::FollowedLines source(follow("log", {.every = 10s}), {.files = &files});
    CHECK(source.poll_batch(weir::Timestamp(100s)).retry_in() == 10s);
    files.append("log", "one\n");
    CHECK(source.poll_batch(weir::Timestamp(107s)).retry_in() == 3s);
    CHECK(source.poll_batch(weir::Timestamp(110s))->size() == 1);
    CHECK(source.poll_batch(weir::Timestamp(110s)).retry_in() == 10s);
}

TEST_CASE("where another file takes its place the old one is read to its end first, also what comes late, and files between them are not left out") {
    for (const bool born : {true, false}) {
        Acted files;
        files.born = born;
        Reads log = reads(files);
        files.append("log", "1\n2\n");
        CHECK(log.lines() == Strings{"1", "2"});
        files.append("log", "3\n");
        files.rename("log", "log.1");
        CHECK(log.lines() == Strings{"3"}); // nothing is there under the name
        files.append("log", "");
        CHECK(log.lines().empty());
        files.append("log.1", "4\n"); // the one who writes has not opened the new one yet
        CHECK(log.lines() == Strings{"4"});
        files.append("log", "6\n");
        CHECK(log.lines(1).empty());
        files.append("log.1", "5 without an end"); // another one who writes
        CHECK(log.lines(2) == Strings{"5 without an end", "6"});
        CHECK(log.source.position().byte == 2);
        CHECK(log.source.position().before == 1);
        for (const char* name : {"7", "8", "9"}) {
            files.append("log", std::string(name) + "\n");
            files.rename("log", std::string("log.") + name);
        }
        CHECK(log.lines() == Strings{"7"});
        files.append("log", "10\n");
        CHECK(log.lines(10) == Strings{"8", "9", "10"});
    }
}

TEST_CASE("a file that has become shorter has begun again") {
    Acted files;
    Reads log = reads(files);
    files.append("log", "1\n2\nunfin");
    CHECK(log.lines() == Strings{"1", "2"});
    files.nodes["log"]->text = "3\n";
    CHECK(log.lines() == Strings{"unfin", "3"});
    CHECK(log.source.position().before == 1);
    files.nodes["log"]->text = "";
    CHECK(log.lines().empty());
    files.append("log", "4\n");
    CHECK(log.lines() == Strings{"4"});
    const weir::FollowPosition place = log.source.position();
    files.nodes["log"]->text = "5";
    files.append("log", "\n");
    files.nodes["log"]->text.erase(0, 1); // while nobody reads
    Reads again = reads(files);
    again.source.seek(place);
    CHECK(again.lines() == Strings{""});
}

TEST_CASE("a file can be followed from its end, there from the next line on; one that comes later from its beginning") {
    Acted files;
    files.append("log", "old\nhalf");
    Reads log = reads(files, {.every = 1s, .from_end = true});
    CHECK(log.lines().empty());
    files.append("log", " old\nnew\n");
    CHECK(log.lines() == Strings{"new"});
    Reads whole = reads(files, {.every = 1s, .from_end = true});
    CHECK(whole.lines().empty());
    files.append("log", "newer\n");
    CHECK(whole.lines() == Strings{"newer"});
    files.nodes.clear();
    Reads later = reads(files, {.every = 1s, .from_end = true});
    CHECK(later.lines().empty());
    files.append("log", "first\n");
    CHECK(later.lines() == Strings{"first"});
}

TEST_CASE("a saved position is that of a file, whatever it is called by now; one that is gone is an error, unless that is allowed") {
    Acted files;
    files.append("log", "1\n2\n");
    Reads log = reads(files);
    CHECK(log.lines() == Strings{"1", "2"});
    const weir::FollowPosition place = log.source.position();
    files.append("log", "3\n");
    files.rename("log", "log.2");
    files.append("log", "4\n");
    files.rename("log", "log.1");
    files.append("log", "5\n");
    Reads again = reads(files);
    again.source.seek(place);
    CHECK(again.source.position() == place);
    CHECK(again.lines(10) == Strings{"3", "4", "5"});
    again.source.seek(place);
    CHECK(again.lines(10) == Strings{"3", "4", "5"});

    files.nodes.erase("log.2");
    again.source.seek(place);
    CHECK_THROWS_WITH(again.lines(), "log: cannot go on at byte 4: the file that was read is no longer there, nor under another name beside it "
                                     "(FollowOptions::skip_lost goes on with the one that is there): No such file or directory");
    Reads any = reads(files, {.every = 1s, .skip_lost = true});
    any.source.seek(place);
    CHECK(any.lines(10) == Strings{"5"});
    files.nodes.clear();
    again.source.seek(place);
    CHECK(again.lines().empty()); // it may come back
}

TEST_CASE("a line that is longer than allowed is an error with its place") {
    Acted files;
    Reads log = reads(files, {.every = 1s}, {.block = 16, .max_line = 10});
    files.append("log", "1\n" + std::string(50, 'x'));
    CHECK(log.source.poll_batch({})->size() == 1);
    CHECK_THROWS_WITH(log.lines(), "from_lines: log:2: a line is longer than 10 bytes (LinesOptions::max_line)");
}

TEST_CASE("what cannot be followed is refused") {
    CHECK_THROWS_WITH(weir::from_lines(follow("-")), Catch::Matchers::StartsWith("follow(\"-\"): standard input"));
    CHECK_THROWS_AS(weir::from_lines(follow("log", {.every = 0s})), std::invalid_argument);
    const TempDirectory directory;
    const auto run = [](const std::string& path) { weir::run(weir::from_lines(follow(path, {.every = 1ms})) | weir::for_each([](const weir::Line&) {})); };
    CHECK_THROWS_WITH(run(directory.path()), Catch::Matchers::Contains(": cannot follow it: it is no regular file, which others add to"));
    REQUIRE(::mkfifo(directory.path("pipe").c_str(), 0600) == 0);
    CHECK_THROWS_AS(run(directory.path("pipe")), weir::FileError); // and does not wait for somebody who writes it
    const std::string log = directory.file("log", "1\n");
    CHECK_THROWS_AS(weir::run(weir::from_lines(follow(log, {.every = 1ms})) | weir::for_each([&](const weir::Line&) {
                        std::filesystem::remove(log);
                        std::filesystem::create_directory(log);
                    })),
                    weir::FileError);
}

TEST_CASE("whatever happens to the file, and wherever the job is saved, ended and loaded, each line comes once and in order") {
    using Input = weir::detail::PolledBatchInput<weir::FollowedLines>;
    std::uint64_t dice = 1;
    const auto one_of = [&dice](std::uint64_t n) {
        dice = dice * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
        return dice >> 33 & 0xffff'ffff % n;
    };
    const auto below = [&](std::uint64_t n) { return one_of(1ULL << 31) % n; };
    for (int round = 0; round < 60; ++round) {
        Acted files;
        files.piece = 1 + below(40);
        files.born = below(2) == 0;
        Collects feed;
        Strings written;
        std::string half;
        weir::Timestamp now{};
        int rotated = 0;
        const auto fresh = [&] { return std::make_unique<Input>(weir::FollowedLines(follow("log", {.every = 1s}), {.block = 1 + below(30), .files = &files})); };
        auto input = fresh();
        files.append("log", "");
        input->drive(feed, 1, now); // a file that nobody has seen could be renamed to anything
        for (int step = 0; step < 300; ++step, now += 1s) {
            switch (below(8)) {
            case 0: { // a half line
                const std::string more(below(9), static_cast<char>('a' + below(26)));
                half += more;
                files.append("log", more);
                break;
            }
            case 1:
            case 2:
                written.push_back(half + std::to_string(written.size()));
                files.append("log", std::to_string(written.size() - 1) + "\n");
                half.clear();
                break;
            case 3:
                if (not files.nodes.contains("log") || files.nodes["log"]->text.empty()) break;
                if (not half.empty()) written.push_back(std::exchange(half, {}));
                files.rename("log", "log." + std::to_string(++rotated));
                break;
            case 4: {
                weir::StateWriter state;
                input->save(state);
                input = fresh();
                weir::StateReader saved(state.data());
                input->load(saved);
                break;
            }
            default: input->drive(feed, 1 + below(4), now);
            }
        }
        if (not half.empty()) written.push_back(std::exchange(half, {}) + "end"), files.append("log", "end\n");
        files.append("log", "last\n");
        written.emplace_back("last");
        for (int i = 0; i < 2'000 && feed.lines.size() < written.size(); ++i, now += 1s) input->drive(feed, 1 + below(4), now);
        CHECK(feed.lines == written);
    }
}

/// A job of its own that follows, from what another has saved.
struct Life {
    using Input = weir::detail::PolledBatchInput<weir::FollowedLines>;
    explicit Life(const weir::Files& files, weir::FollowOptions how = {.every = 1s}, const std::vector<std::byte>& saved = {})
        : input(weir::FollowedLines(follow("log", how), {.files = &files})) {
        if (saved.empty()) return;
        weir::StateReader state(saved);
        input.load(state);
    }
    /// What it has given once it has been asked so often, for so many lines each time.
    const Strings& lines(int times, std::size_t each = 99) {
        for (; times > 0; --times, now += 1s) input.drive(feed, each, now);
        return feed.lines;
    }
    std::vector<std::byte> saved() const {
        weir::StateWriter state;
        input.save(state);
        return state.data();
    }
    Input input;
    Collects feed{};
    weir::Timestamp now{};
};

TEST_CASE("what is saved within a batch is the place in the file of that batch") {
    Acted files;
    const weir::FollowOptions lost{.every = 1s, .skip_lost = true};
    SECTION("the first of all") {
        files.append("log", "1\n2\n3\n4\n");
        Life first(files);
        CHECK(first.lines(1, 2) == Strings{"1", "2"});
        files.rename("log", "log.1");
        files.append("log", "5\n6\n7\n");
        CHECK(Life(files, {.every = 1s}, first.saved()).lines(10) == Strings{"3", "4", "5", "6", "7"});
    }
    SECTION("behind a rename: the file before it may go") {
        files.append("log", "1\n");
        Life first(files);
        first.lines(2);
        files.rename("log", "log.1");
        files.append("log", "2\n3\n4\n");
        CHECK(first.lines(2, 1) == Strings{"1", "2"});
        files.nodes.erase("log.1");
        CHECK(Life(files, {.every = 1s}, first.saved()).lines(10) == Strings{"3", "4"});
    }
    SECTION("in one that began again, and then grew beyond what it was") {
        files.append("log", "long enough\n");
        Life first(files);
        first.lines(2);
        files.nodes["log"]->text = "1\n2\n3\n";
        CHECK(first.lines(1, 1) == Strings{"long enough", "1"});
        files.append("log", "4\n5\n6\n7\n");
        CHECK(Life(files, {.every = 1s}, first.saved()).lines(10) == Strings{"2", "3", "4", "5", "6", "7"});
    }
    SECTION("of a file that is lost, none of another is passed over for it") {
        files.append("log", "1\n2\n3\n");
        Life first(files);
        CHECK(first.lines(1, 2) == Strings{"1", "2"});
        files.nodes.clear();
        files.append("log", "4\n5\n");
        CHECK(Life(files, lost, first.saved()).lines(10) == Strings{"4", "5"});
    }
}

TEST_CASE("the end of a file is that of its first look, in whatever run") {
    Acted files;
    const weir::FollowOptions from_end{.every = 1s, .from_end = true};
    Life first(files, from_end);
    CHECK(first.lines(2).empty());
    files.append("log", "1\n2\n");
    CHECK(Life(files, from_end, first.saved()).lines(3) == Strings{"1", "2"});
    CHECK(Life(files, from_end).lines(3).empty());
}

TEST_CASE("a file that began again while the end of its last line was awaited is read from its beginning") {
    Acted files;
    files.append("log", "1\n2\nunfinished");
    Life job(files);
    job.lines(2);
    files.nodes["log"]->text = "3\n";
    CHECK(job.lines(1) == Strings{"1", "2", "unfinished"});
    files.append("log", "4\n5\n6\n7\n8\n9\n");
    const std::vector<std::byte> saved = job.saved();
    CHECK(job.lines(5) == Strings{"1", "2", "unfinished", "3", "4", "5", "6", "7", "8", "9"});
    CHECK(Life(files, {.every = 1s}, saved).lines(5) == Strings{"3", "4", "5", "6", "7", "8", "9"});
}

TEST_CASE("files that do not say which they are go on where they were") {
    Acted files;
    files.silent = true;
    files.append("log", "1\n2\n");
    Life first(files);
    CHECK(first.lines(2) == Strings{"1", "2"});
    files.append("log", "3\n");
    CHECK(Life(files, {.every = 1s}, first.saved()).lines(3) == Strings{"3"});
}

TEST_CASE("a job that follows a file waits for it by the job's clock, and ends when it is stopped") {
    const TempDirectory directory;
    const std::string path = directory.path("log");
    std::stop_source stop;
    Strings lines;
    weir::ManualClock clock;
    const auto job = weir::from_lines(follow(path, {.every = 1h})) | weir::for_each([&](const weir::Line& line) { lines.push_back(line.position().file + " " + std::string(line)); });
    auto stepper = weir::stepper(job, {.clock = &clock});
    CHECK(stepper.step(10) == weir::Progress::idle);
    std::ofstream(path) << "one\n";
    CHECK(stepper.step(10) == weir::Progress::idle);
    CHECK(lines.empty());
    clock.advance(1h);
    stepper.step(10);
    CHECK(lines == Strings{path + " one"});

    lines.clear();
    weir::Job running = weir::start(job);
    running.stop();
    running.wait();
    weir::run(weir::from_lines(follow(path, {.every = 1ms})) | weir::for_each([&](std::string_view line) {
                  lines.emplace_back(line);
                  if (lines.size() == 5) stop.request_stop();
                  else if (lines.size() == 3) {
                      std::filesystem::rename(path, path + ".1");
                      std::ofstream(path) << "new\n";
                  } else {
                      std::ofstream(path, std::ios::app) << lines.size() << "\n";
                  }
              }),
              {.stop = stop.get_token()});
    CHECK(lines.back() == "4");
    CHECK(std::find(lines.begin(), lines.end(), "new") != lines.end());
}

/// What a job that follows "log" has given when it ends, told to drain or to stop once `first` has come.
Strings last_lines(Acted& files, bool drains, std::string_view first, std::string_view then = "") {
    Strings lines;
    weir::ManualClock clock;
    files.append("log", first);
    auto stepper = weir::stepper(weir::from_lines(follow("log", {.every = 1s}), weir::LinesOptions{.block = 64, .files = &files}) |
                                     weir::for_each([&](std::string_view line) { lines.emplace_back(line); }), {.clock = &clock});
    stepper.step(10);
    files.append("log", then);
    drains ? stepper.drain() : stepper.stop();
    while (stepper.step(1) != weir::Progress::ended) {}
    return lines;
}

TEST_CASE("drained, what stands without a line end is a line, as if the file ended there; stopped, it is left where it is") {
    Acted files, more, long_line, none;
    CHECK(last_lines(files, true, "1\n2\n3") == Strings{"1", "2", "3"});
    CHECK(last_lines(files, false, "") == Strings{"1", "2"});
    CHECK(last_lines(more, true, "1\nhal", "f\n3\n") == Strings{"1", "half"}); // not cut in two, and what has come since is not read
    CHECK(last_lines(long_line, true, "1\n" + std::string(200, 'x')) == Strings{"1", std::string(200, 'x')});
    CHECK(last_lines(none, true, "").empty());
}

TEST_CASE("a line without an end comes at a drain also from one of several inputs") {
    Acted files;
    files.append("log", "1\n2");
    Strings lines;
    const auto log = [&] { return weir::from_lines(follow("log", {.every = 1s}), {.files = &files}) | weir::map([](std::string_view line) { return std::string(line); }); };
    auto stepper = weir::stepper(weir::merge(log(), log()) | weir::collect_into(lines));
    stepper.step(10);
    stepper.drain();
    while (stepper.step(10) != weir::Progress::ended) {}
    std::sort(lines.begin(), lines.end());
    CHECK(lines == Strings{"1", "1", "2", "2"});
}

TEST_CASE("the machine says which file it is, and what it has been renamed to") {
    const TempDirectory directory;
    const std::string path = directory.file("app.log", "text");
    const weir::SystemFiles files;
    const auto look = files.look(path);
    REQUIRE(look);
    CHECK(look->size == 4);
    CHECK(look->modified > 0);
    CHECK(files.open(path)->look()->id == look->id);
    CHECK(look->id != files.look(directory.file("app.log.1", ""))->id);
    directory.file("app.log-20261126.2", "");
    directory.file("app.log.1.gz", "");
    directory.file("app.logs", "");
    directory.file("other.log.1", "");
    Strings names = files.renamed(path);
    std::sort(names.begin(), names.end());
    CHECK(names == Strings{path + "-20261126.2", path + ".1"});
    CHECK_FALSE(files.look(directory.path("none")));
    CHECK_FALSE(files.look(directory.path()));
    CHECK(files.renamed(directory.path("no/folder")).empty());
}

} // namespace
