// SPDX-License-Identifier: BSL-1.0
#include <weir/source/lines.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using namespace files_test;
using Strings = std::vector<std::string>;

Strings lines_of(const std::string& path, weir::LinesOptions options = {}) {
    Strings lines;
    weir::run(weir::from_lines(path, options) | weir::collect_into(lines));
    return lines;
}

/// What a reader of whole strings would find.
Strings split(const std::string& text) {
    Strings lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        if (not line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(line);
        at = end + 1;
    }
    return lines;
}

TEST_CASE("from_lines gives the lines of a file in order, without their ends") {
    const TempDirectory directory;
    const std::string path = directory.file("log", "one\ntwo\r\n\nfour\n");
    std::vector<std::size_t> sizes;
    weir::run(weir::from_lines(path) | weir::map([](std::string_view line) { return line.size(); }) | weir::collect_into(sizes));
    CHECK(sizes == std::vector<std::size_t>{3, 3, 0, 4});
    CHECK(lines_of(path) == Strings{"one", "two", "", "four"});
}

TEST_CASE("a last line without an end is a line, also one that ends in a carriage return") {
    const TempDirectory directory;
    CHECK(lines_of(directory.file("a", "one\ntwo")) == Strings{"one", "two"});
    CHECK(lines_of(directory.file("b", "one\ntwo\r")) == Strings{"one", "two"});
    CHECK(lines_of(directory.file("c", "\n")) == Strings{""});
}

TEST_CASE("an empty file has no lines") {
    const TempDirectory directory;
    CHECK(lines_of(directory.file("empty", "")).empty());
}

TEST_CASE("NULs, lone carriage returns and any other bytes pass as they are") {
    const TempDirectory directory;
    const std::string odd("a\0b\rc\xff\n\0", 8);
    CHECK(lines_of(directory.file("odd", odd)) == Strings{std::string("a\0b\rc\xff", 6), std::string(1, '\0')});
}

TEST_CASE("lines do not depend on where blocks and reads end") {
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 300; ++i) text += std::string(static_cast<std::size_t>(i * 7 % 61), static_cast<char>('a' + i % 26)) + (i % 3 ? "\n" : "\r\n");
    const std::string path = directory.file("text", text);
    const Strings expected = split(text);
    for (const std::size_t block : {1U, 2U, 3U, 7U, 64U, 1'000U, 65'536U}) CHECK(lines_of(path, {.block = block}) == expected);
    FaultyFiles short_reads;
    for (const std::size_t piece : {1U, 2U, 13U}) {
        short_reads.piece = piece;
        CHECK(lines_of(path, {.block = 32, .files = &short_reads}) == expected);
    }
}

TEST_CASE("a line may be much longer than a block") {
    const TempDirectory directory;
    const std::string large(3'000'000, 'x');
    CHECK(lines_of(directory.file("long", "a\n" + large + "\nb\n" + large), {.block = 512}) == Strings{"a", large, "b", large});
}

TEST_CASE("a line knows its file, its number and its byte") {
    const TempDirectory directory;
    const std::string path = directory.file("log", "one\r\ntwo\n\nfour");
    std::vector<weir::Position> places;
    weir::run(weir::from_lines(path, {.block = 4}) | weir::map([](const weir::Line& line) { return line.position(); }) | weir::collect_into(places));
    CHECK(places == std::vector<weir::Position>{{path, 1, 0, 0}, {path, 2, 0, 5}, {path, 3, 0, 9}, {path, 4, 0, 10}});
    CHECK(weir::Line().position() == weir::Position{});
}

TEST_CASE("a line can be used as the string_view that it is") {
    const std::string name = "file";
    const weir::Line line("text", &name, 3, 17);
    CHECK(line == "text");
    CHECK(line == std::string("text"));
    CHECK(line.number() == 3);
    CHECK(line.byte() == 17);
    CHECK(fmt::format("{:>6}", std::string_view(line)) == "  text");
    CHECK(std::string(line) == "text");
    STATIC_REQUIRE(std::is_same_v<weir::owned_t<weir::Line>, std::string>);
}

TEST_CASE("a file that is not there is an error that names it, when the job runs") {
    const TempDirectory directory;
    const auto job = weir::from_lines(directory.path("missing.log")) | weir::for_each([](std::string_view) {});
    try {
        weir::run(job);
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.path() == directory.path("missing.log"));
        CHECK(error.code() == std::errc::no_such_file_or_directory);
        CHECK(error.what() == directory.path("missing.log") + ": cannot open: No such file or directory");
    }
    CHECK_THROWS_AS(lines_of(directory.path()), weir::FileError); // a directory
}

TEST_CASE("a read that fails names the file and the byte; the lines before its block were given") {
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 100; ++i) text += "line\n";
    const std::string path = directory.file("disk", text);
    FaultyFiles faulty;
    faulty.fails_at = 250;
    Strings seen;
    try {
        weir::run(weir::from_lines(path, {.block = 100, .files = &faulty}) | weir::collect_into(seen));
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.byte() == 250);
        CHECK(error.path() == path);
        CHECK(std::string(error.what()).find("byte 250") != std::string::npos);
    }
    CHECK(seen.size() >= 20);
    CHECK(std::all_of(seen.begin(), seen.end(), [](const std::string& line) { return line == "line"; }));
}

TEST_CASE("a file can be left at any batch and gone back to, with the same lines and places") {
    STATIC_REQUIRE(weir::BatchSource<weir::FileLines>);
    STATIC_REQUIRE(weir::PositionedSource<weir::FileLines>);
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 200; ++i) text += "line " + std::to_string(i) + "\r\n";
    const std::string path = directory.file("text", text);
    weir::FileLines whole(path, {.block = 50});
    std::vector<weir::FilePosition> places;
    std::vector<Strings> batches;
    for (;;) {
        places.push_back(whole.position());
        const auto batch = whole.next_batch();
        if (batch.empty()) break;
        batches.emplace_back(batch.begin(), batch.end());
    }
    REQUIRE(batches.size() > 10);
    weir::FileLines again(path, {.block = 50});
    for (std::size_t i = batches.size(); i-- > 0;) {
        again.seek(places[i]);
        CHECK(again.position() == places[i]);
        const auto batch = again.next_batch();
        CHECK(batches[i] == Strings(batch.begin(), batch.end()));
        CHECK(batch[0].byte() == places[i].byte);
        CHECK(batch[0].number() == places[i].before + 1);
    }
}

TEST_CASE("several files are read one after the other; empty ones have no lines, one that has vanished is an error that names it") {
    const TempDirectory directory;
    const std::vector<std::string> paths{directory.file("a", "one\ntwo"), directory.file("b", ""), directory.file("c", "three\n"), directory.path("d")};
    Strings lines;
    try {
        weir::run(weir::from_lines(paths) | weir::map([](const weir::Line& line) { return to_string(line.position()).substr(line.position().file.size() - 1) + " " + std::string(line); })
                  | weir::collect_into(lines));
        FAIL("no error");
    } catch (const weir::FileError& error) {
        CHECK(error.path() == paths[3]);
    }
    CHECK(lines == Strings{"a:1 one", "a:2 two", "c:1 three"});
    weir::FileLines some(std::vector<std::string>{paths[0], paths[1], paths[2]});
    CHECK(some.measure().total == 13);
    static_cast<void>(some.next_batch());
    CHECK(some.measure().read == 4);
    for (int i = 0; i < 2; ++i) static_cast<void>(some.next_batch());
    CHECK(some.next_batch().empty());
    CHECK(some.measure().read == 13);
    CHECK(weir::FileLines(std::vector<std::string>{paths[0], "-"}).measure().total == 0);
}

/// Lines with their files, numbers and bytes.
Strings places_of(weir::FileLines source) {
    Strings lines;
    for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
        for (const weir::Line& line : batch) {
            const weir::Position at = line.position();
            lines.push_back(at.file.substr(at.file.size() - 1) + std::to_string(at.line) + " " + std::to_string(at.byte) + " " + std::string(line));
        }
    return lines;
}

TEST_CASE("parts of files give the same lines with the same numbers, however many, also parts of a part and of what is left") {
    STATIC_REQUIRE(weir::SplittableSource<weir::FileLines>);
    const TempDirectory directory;
    std::vector<std::string> paths;
    for (const char* name : {"a", "b", "c", "d"}) {
        std::string text;
        for (std::size_t i = 0; i < 40 && *name != 'b'; ++i) text += std::string(i * 29 % 47, *name) + (i % 5 ? "\n" : "\r\n");
        paths.push_back(directory.file(name, text + (*name == 'd' ? "no end" : "")));
    }
    for (const weir::LinesOptions& options : {weir::LinesOptions{}, weir::LinesOptions{.block = 16}}) {
        weir::FileLines source(paths, options);
        for (int left = 0; left < 2; ++left) {
            const weir::FilePosition begin = source.position();
            Strings expected;
            for (const auto& line : places_of(weir::FileLines(paths, options))) expected.push_back(line);
            if (left == 1) { // what a batch before has given
                const weir::FileLines again(paths, options);
                Strings rest;
                weir::FileLines from_there = again;
                from_there.seek(begin);
                for (auto batch = from_there.next_batch(); not batch.empty(); batch = from_there.next_batch())
                    for (const weir::Line& line : batch) rest.emplace_back(line);
                expected.erase(expected.begin(), expected.end() - static_cast<std::ptrdiff_t>(rest.size()));
            }
            for (const std::size_t n : {1U, 2U, 3U, 7U, 50U, 5'000U}) {
                Strings found, found_again;
                std::size_t count = 0;
                weir::FileLines copy(paths, options);
                copy.seek(begin);
                for (weir::FileLines& part : std::move(copy).split(n)) {
                    ++count;
                    const Strings lines = places_of(part);
                    CHECK((n > 1 || lines == expected));
                    found.insert(found.end(), lines.begin(), lines.end());
                    for (const weir::FileLines& smaller : weir::FileLines(part).split(3))
                        for (const std::string& line : places_of(smaller)) found_again.push_back(line);
                }
                CHECK(found == expected);
                CHECK(found_again == expected);
                CHECK((count == n || n >= 50 || left == 1));
            }
            CHECK(source.next_batch().size() > 0);
        }
    }
}

TEST_CASE("what cannot be read in parts is not cut, but files are told apart; without lines there is one part") {
    struct Pipes final : weir::Files {
        struct In final : weir::InFile {
            explicit In(std::unique_ptr<weir::InFile> r) : real(std::move(r)) {}
            std::size_t read(std::span<char> into) override { return real->read(into); }
            void seek(std::uint64_t) override { FAIL("a pipe cannot seek"); }
            std::unique_ptr<weir::InFile> real;
        };
        std::unique_ptr<weir::InFile> open(const std::string& path) const override { return std::make_unique<In>(weir::SystemFiles().open(path)); }
        std::unique_ptr<weir::OutFile> create(const std::string& path) const override { return weir::SystemFiles().create(path); }
    } const pipes;
    const TempDirectory directory;
    const std::vector<std::string> paths{directory.file("a", "1\n2\n3\n"), directory.file("b", "4\n"), directory.file("c", "")};
    Strings sizes;
    for (weir::FileLines& part : weir::FileLines(paths, {.files = &pipes}).split(8)) sizes.push_back(std::to_string(places_of(part).size()));
    CHECK(sizes == Strings{"3", "1", "0"});
    CHECK(weir::FileLines(paths[2]).split(4).size() == 1);
    CHECK(weir::FileLines(std::vector<std::string>{}).split(4).size() == 1);
    CHECK(places_of(weir::FileLines(std::vector<std::string>{})).empty());
}

TEST_CASE("a line that is longer than allowed is an error with its place, after the lines before it, and takes no more room") {
    const TempDirectory directory;
    const std::string begin = "12345678\r\n1234567\n", end(100'000, 'x');
    for (const std::size_t block : {1U, 3U, 12U, 1'000U, 65'536U})
        for (const std::string& last : {std::string(), std::string("\n"), std::string("\r\nab\n")}) {
            const std::string path = directory.file("long", begin + end + last);
            Strings lines;
            try {
                weir::run(weir::from_lines(path, {.block = block, .max_line = 8}) | weir::collect_into(lines));
                FAIL("no error");
            } catch (const weir::PositionedError& error) {
                CHECK(error.position() == weir::Position{path, 3, 0, 18});
                CHECK(error.what() == "from_lines: " + path + ":3: a line is longer than 8 bytes (LinesOptions::max_line)");
            }
            CHECK(lines == Strings{"12345678", "1234567"});
        }
}

TEST_CASE("a line of a gigabyte takes no more memory than a line may") {
    const Gigabyte files("1\n", "\n3\n");
    weir::FileLines source("long", {.max_line = 100'000, .files = &files});
    CHECK(source.next_batch().size() == 1);
    CHECK_THROWS_WITH(source.next_batch(), "from_lines: long:2: a line is longer than 100000 bytes (LinesOptions::max_line)");
    weir::detail::LinesReader<> reader({"long"}, &files, {65'536, 100'000});
    Strings lines;
    for (auto batch = reader.next_batch(); not batch.empty(); batch = reader.next_batch())
        for (const weir::Line& line : batch) lines.push_back(std::to_string(line.number()) + " " + std::to_string(line.byte()) + " " + std::to_string(line.size()));
    CHECK(lines == Strings{"1 0 1", "2 2 100000", "3 1073741827 1"});
}

TEST_CASE("lines that are too long come alone, cut off, and reading goes on behind them, in batches that depend only on where they begin") {
    const TempDirectory directory;
    std::string text;
    Strings expected;
    for (std::size_t i = 0; i < 100; ++i) {
        const std::string line(i * 37 % 101, static_cast<char>('a' + i % 26));
        text += line + (i % 3 || i == 99 ? "\n" : "\r\n");
        expected.push_back(line.substr(0, 60) + (line.size() > 60 ? "..." : ""));
    }
    const std::string path = directory.file("text", text);
    for (const std::size_t block : {1U, 7U, 61U, 100U, 300U, 65'536U}) {
        weir::detail::LinesReader<> reader({path}, nullptr, {block, 60});
        Strings lines;
        for (;;) {
            weir::detail::LinesReader<> again({path}, nullptr, {block, 60});
            again.seek(reader.position());
            const auto batch = reader.next_batch(), same = again.next_batch();
            CHECK(std::equal(batch.begin(), batch.end(), same.begin(), same.end()));
            if (batch.empty()) break;
            CHECK((not reader.cutter().too_long() || batch.size() == 1));
            for (const weir::Line& line : batch) {
                lines.push_back(std::string(line) + (reader.cutter().too_long() ? "..." : ""));
                CHECK(line.number() == lines.size());
                CHECK(text.substr(line.byte(), line.size()) == line);
            }
        }
        CHECK(lines == expected);
    }
}

TEST_CASE("line ends are counted eight characters at a time, whatever stands around them") {
    std::string text;
    std::uint64_t n = 0;
    for (unsigned i = 0; i < 5'000; ++i) {
        text += static_cast<char>(i * i % 3 ? i * 31 % 256 : 9 + i / 3 % 4);
        n += text.back() == '\n';
        if (i % 97 < 20) CHECK(weir::detail::count_line_ends(text.data(), text.size()) == n);
    }
    CHECK(n > 100);
}

TEST_CASE("the path - is standard input, from where it stands; what has come is given at once") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int before = ::dup(0);
    REQUIRE(::dup2(ends[0], 0) == 0);
    Strings lines;
    const auto write = [&](std::string_view text) { REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())); };
    write("0\n");
    weir::run(weir::from_lines("-") | weir::for_each([&](const weir::Line& line) {
                  lines.push_back(line.position().file + " " + std::string(line));
                  if (lines.size() < 3) write(std::to_string(lines.size()) + "\n");
                  else ::close(ends[1]);
              }));
    CHECK(lines == Strings{"- 0", "- 1", "- 2"});
    CHECK_THROWS_WITH(places_of([] {
                          weir::FileLines source("-");
                          source.seek({0, 5, 1});
                          return source;
                      }()),
                      "standard input: cannot go to byte 5: Illegal seek");
    ::dup2(before, 0);
    ::close(before);
    ::close(ends[0]);
}

TEST_CASE("reading that is saved, ended and loaded anywhere goes on with the next line") {
    const TempDirectory directory;
    std::string text;
    for (int i = 0; i < 100; ++i) text += std::string(static_cast<std::size_t>(i * 13 % 40), 'x') + std::to_string(i) + "\n";
    const std::string path = directory.file("text", text);
    using Input = weir::detail::BatchInput<weir::FileLines>;
    for (const std::size_t at_a_time : {1U, 3U, 7U, 1'000U}) {
        Collects feed;
        weir::StateWriter state;
        std::make_unique<Input>(weir::FileLines(path, {.block = 64}))->save(state);
        for (bool ended = false; not ended;) {
            Input input(weir::FileLines(path, {.block = 64}));
            weir::StateReader saved(state.data());
            input.load(saved);
            ended = input.drive(feed, at_a_time, {}).state == weir::detail::Drive::State::ended;
            state = {};
            input.save(state);
        }
        CHECK(feed.lines == split(text));
    }
}

TEST_CASE("a copy of a source of lines reads from the beginning; the end stays the end") {
    const TempDirectory directory;
    weir::FileLines source(directory.file("text", "one\ntwo\n"));
    CHECK(source.next_batch().size() == 2);
    weir::FileLines copy = source;
    CHECK(source.next_batch().empty());
    CHECK(source.next_batch().empty());
    CHECK(copy.next_batch().size() == 2);
}

TEST_CASE("from_lines makes a pipeline that can be copied, reused and moved") {
    const TempDirectory directory;
    const auto begin = weir::from_lines(directory.file("text", "one\ntwo\n"));
    Strings a, b;
    weir::run(begin | weir::collect_into(a));
    weir::run(weir::from(begin) | weir::collect_into(b));
    CHECK(a == Strings{"one", "two"});
    CHECK(b == a);
}

TEST_CASE("from_lines reads a stream from where it stands and leaves it open") {
    const TempStream stream("one\ntwo\r\nthree");
    Strings lines;
    weir::run(weir::from_lines(stream.get()) | weir::collect_into(lines));
    CHECK(lines == Strings{"one", "two", "three"});
    CHECK(std::fseek(stream.get(), 0, SEEK_SET) == 0);
}

TEST_CASE("lines of a pipe are given when they have come, not when the pipe is full or at its end") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::FILE* reading = ::fdopen(ends[0], "r");
    Strings lines;
    // Each line is written only when the one before has been seen.
    const auto write = [&](std::string_view text) { REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size())); };
    write("0\n");
    weir::run(weir::from_lines(reading) | weir::for_each([&](std::string_view line) {
                  lines.emplace_back(line);
                  if (lines.size() < 5) write(std::to_string(lines.size()) + "\n");
                  else ::close(ends[1]);
              }));
    CHECK(lines == Strings{"0", "1", "2", "3", "4"});
    std::fclose(reading);
}

} // namespace
