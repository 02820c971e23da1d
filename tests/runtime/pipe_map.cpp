// SPDX-License-Identifier: BSL-1.0
#include "runtime/pipe.hpp"

#include <weir/weir.hpp>

#include <csignal>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

using namespace pipe_test;
using namespace std::chrono_literals;

const auto with_length = weir::map([](std::string_view line) { return std::pair(std::string(line), line.size()); });

TEST_CASE("pipe_map makes of each line what the chain gives, a record a line") {
    const Pipes pipes("one\nthree\n\nno end");
    const Ran program = ran(pipes, [](const auto& options) { return weir::pipe_map(weir::filter([](std::string_view line) { return line != "three"; }) | with_length, options); });
    CHECK(program.status == 0);
    CHECK(program.errors.empty());
    CHECK(pipes.out == "one\t3\n\t0\nno end\t6\n");
}

struct Reading {
    std::string station;
    std::optional<double> celsius;
    weir::Timestamp at{};
    static constexpr auto fields() { return weir::fields("station", &Reading::station, "celsius", &Reading::celsius, "at", &Reading::at); }
};

TEST_CASE("text is a line as it is, tabs included; rows, tuples and Keyed are fields with tabs between them") {
    using Row = weir::Keyed<int, std::tuple<std::string, bool>>;
    const auto check = [](auto chain, const std::string& in, const std::string& expected) {
        const Pipes pipes(in);
        const Ran program = ran(pipes, [&](const auto& options) { return weir::pipe_map<Reading>(chain, options); });
        CHECK(program.errors.empty());
        CHECK(pipes.out == expected);
    };
    const std::string in = "Oslo\t-1.5\t1970-01-02T00:00:00Z\nBergen\t\t1970-01-01T00:00:01Z\n";
    check(weir::map([](const Reading& r) { return r; }), in, in);
    check(weir::map([](const Reading& r) { return r.station + "\t" + (r.celsius ? "known" : "unknown"); }), in, "Oslo\tknown\nBergen\tunknown\n");
    check(weir::map([](const Reading& r) { return Row{7, {r.station, true}}; }), in, "7\tOslo\ttrue\n7\tBergen\ttrue\n");
}

TEST_CASE("how the input is cut into reads and the output into writes does not matter, and no input is no output") {
    std::string in, expected;
    for (int i = 0; i < 300; ++i) {
        in += std::string(static_cast<std::size_t>(i % 17), 'x') + '\n';
        expected += std::string(static_cast<std::size_t>(i % 17), 'x') + '\t' + std::to_string(i % 17) + '\n';
    }
    for (const std::size_t piece : {1U, 7U, 64U, 65'536U}) {
        Pipes pipes(in);
        pipes.piece = piece;
        CHECK(ran(pipes, [](const auto& options) { return weir::pipe_map(with_length, options); }, {.block = piece, .buffer = piece}).status == 0);
        CHECK(pipes.out == expected);
    }
    const Pipes none("");
    CHECK(ran(none, [](const auto& options) { return weir::pipe_map(with_length, options); }).status == 0);
    CHECK(none.out.empty());
}

const auto refuse = weir::map([](std::string_view line) {
    if (line == "bad") throw std::runtime_error("this is bad,\nand so is this");
    return std::string(line);
});

TEST_CASE("what a function throws ends the program with status 1 and a sentence that names the line, and what was not yet written is not") {
    const Pipes pipes("good\ngood\nbad\ngood\n");
    const Ran program = ran(pipes, [](const auto& options) { return weir::pipe_map(refuse, options); });
    CHECK(program.status == 1);
    CHECK(program.errors == "pipe_map: line 3: this is bad, and so is this\n");
    CHECK(pipes.out.empty());
}

TEST_CASE("behind a stage, and when all is read, it says what it knows of the place") {
    const Pipes pipes("good\nbad\n");
    const Ran behind = ran(pipes, [](const auto& options) { return weir::pipe_map(weir::stage() | weir::map([](const std::string& line) { return line.at(3); }), options); });
    CHECK(behind.status == 1);
    CHECK(behind.errors.starts_with("pipe_map: in lines up to 2: "));
    const auto fails_at_end = weir::aggregate(weir::fold(0, [](int n, std::string_view) { return n + 1; }, [](int, int n) { return n; }))
                            | weir::map([](const auto& row) { return std::to_string(row.value).at(1); });
    const Ran at_end = ran(pipes, [&](const auto& options) { return weir::pipe_map(fails_at_end, options); });
    CHECK(at_end.status == 1);
    CHECK(at_end.errors.starts_with("pipe_map: after line 2: "));
}

TEST_CASE("fields that cannot be read, are missing or too many name their line") {
    const auto errors_of = [](const std::string& in) {
        const Pipes pipes(in);
        const Ran program = ran(pipes, [](const auto& options) { return weir::pipe_map<std::pair<std::string, int>>(weir::filter([](const auto& p) { return p.second > 0; }), options); }, {.max_line = 20});
        CHECK(program.status == 1);
        return program.errors;
    };
    CHECK(errors_of("a\t1\nb\tx\n") == "pipe_map: line 2: field 2, 'x', is not an integer in the range of the field's type\n");
    CHECK(errors_of("a\t1\n\n") == "pipe_map: line 2: field 2 is missing\n");
    CHECK(errors_of("a\t1\n" + std::string(30, 'b')) == "pipe_map: line 2: the line is longer than 20 bytes\n");
    CHECK(errors_of("a\t1\t2\n") == "pipe_map: line 1: there are more than the 2 fields that are expected\n");
}

TEST_CASE("a text that the engine would cut is refused: an end of line in any, a tab in a field") {
    const auto errors_of = [](auto made) {
        const Pipes pipes("x\n");
        const Ran program = ran(pipes, [&](const auto& options) { return weir::pipe_map(weir::map([&](std::string_view) { return made; }), options); });
        CHECK(program.status == 1);
        CHECK(pipes.out.empty());
        return program.errors;
    };
    CHECK(errors_of(std::pair<std::string, int>("a\tb", 1)) == "pipe_map: line 1: the text 'a\\tb' cannot be a field of a record, as it has a tab or an end of line in it\n");
    CHECK(errors_of(std::pair<int, std::string>(1, "a\nb")) == "pipe_map: line 1: the text 'a\\nb' cannot be a field of a record, as it has a tab or an end of line in it\n");
    CHECK(errors_of(std::string("a\rb")) == "pipe_map: line 1: the text 'a\\rb' cannot be a record, as it has an end of line in it\n");
}

TEST_CASE("input that cannot be read and output that cannot be written are errors; output that nobody reads any more is none") {
    Pipes pipes("one\ntwo\n");
    const auto program = [](const auto& options) { return weir::pipe_map(with_length, options); };
    pipes.output_fails_at = 0;
    const Ran full = ran(pipes, program);
    CHECK(full.status == 1);
    CHECK(full.errors == "pipe_map: standard output: cannot write: No space left on device\n");
    pipes.how = std::errc::broken_pipe;
    const Ran closed = ran(pipes, program);
    CHECK(closed.status == 141);
    CHECK(closed.errors.empty());
    pipes.input_fails_at = 0;
    const Ran unreadable = ran(pipes, program);
    CHECK(unreadable.status == 1);
    CHECK(unreadable.errors == "pipe_map: standard input: cannot read at byte 0: Input/output error\n");
}

TEST_CASE("what was dropped for an error is told at the end") {
    const Pipes pipes("good\nbad\nbad\n");
    const auto parse = [](std::string_view line) {
        if (line == "bad") throw std::runtime_error("bad");
        return std::string(line);
    };
    const Ran program = ran(pipes, [&](const auto& options) { return weir::pipe_map(weir::filter([](std::string_view) { return true; }) | weir::try_map(parse, weir::drop()), options); });
    CHECK(program.status == 0);
    CHECK(program.errors == "pipe_map: try_map#1 dropped 2 events (error)\n");
    CHECK(pipes.out == "good\n");
}

TEST_CASE("with nothing said it is standard input and output: a pipe whose reader has gone stops it quietly") {
    const files_test::TempStream in(std::string(1'000, 'x') + "\n"), errors;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::FILE* const out = ::fdopen(ends[1], "w");
    ::close(ends[0]);
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    CHECK(weir::pipe_map(with_length, {.in = in.get(), .out = out, .errors = errors.get()}) == 141);
    std::fclose(out);
    std::signal(SIGPIPE, before);
    CHECK(errors.content().empty());
}

} // namespace
