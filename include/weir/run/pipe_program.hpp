// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/branch.hpp>
#include <weir/core/system_files.hpp>
#include <weir/run/job.hpp>
#include <weir/run/pipe_record.hpp>
#include <weir/sink/line_writer.hpp>
#include <weir/source/from.hpp>
#include <weir/source/line_cutter.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace weir {

/// Where a program of pipe_map or pipe_reduce reads and writes.
struct PipeOptions {
    std::FILE* in = stdin;
    std::FILE* out = stdout;
    std::FILE* errors = stderr;
    std::size_t block = 65'536;                  ///< bytes asked for at a time; longer lines take as much room as they need,
    std::size_t max_line = std::size_t{1} << 30; ///< up to so many bytes: a longer one is an error
    std::size_t buffer = 65'536;                 ///< bytes that may wait before they are written
    const Files* files = nullptr;                ///< opens "standard input" and creates "standard output" in place of `in` and `out`
};

namespace detail {

inline constexpr int closed_by_reader = 128 + 13; // what a shell says of a program that SIGPIPE ended

/// What a program of pipes knows while it runs.
struct PipePlace {
    std::uint64_t line = 0;
    bool exact = true; // it is the line whose record is in hand; else lines up to it have been read
    bool ended = false; // nothing comes after that line, in the input or in its group
    Report report{};

    /// Counts of one more job of the same form.
    void add(const Report& more) {
        if (report.operators.empty()) report = more;
        else
            for (std::size_t i = 0; i < more.operators.size(); ++i)
                for (std::size_t reason = 0; reason < drop_reasons; ++reason) report.operators[i].drops[reason] += more.operators[i].drops[reason];
    }
};

/// The lines of the program's input: a BatchSource.
template <typename L = Line>
class PipeLines {
public:
    using event_type = L;

    PipeLines(const PipeOptions& options, PipePlace& place)
        : place_(place), file_(options.files ? options.files->open(name_) : SystemFiles::borrow(options.in, name_)), cutter_(options.block, options.max_line) {}
    PipeLines(const PipeLines&) = delete; // lines point to the name
    PipeLines& operator=(const PipeLines&) = delete;

    [[nodiscard]] std::span<L> next_batch() {
        const std::span<L> lines = cutter_.next(*file_, name_, false);
        place_.ended = lines.empty();
        if (cutter_.too_long()) {
            place_.line = lines.front().number();
            throw std::runtime_error("the line is longer than " + std::to_string(lines.front().size()) + " bytes");
        }
        return lines;
    }

private:
    PipePlace& place_;
    std::string name_ = "standard input";
    std::unique_ptr<InFile> file_;
    LineCutter<L> cutter_;
};

/// The program's output: records gather in a buffer, and only whole ones are written.
template <typename Out = OutFile>
class PipeOut {
public:
    explicit PipeOut(const PipeOptions& options)
        : file_(options.files ? options.files->create("standard output") : std::unique_ptr<Out>(new StreamOutFile(options.out))), limit_(options.buffer) {}

    /// `before`: fields that stand before those of the value, with the tab behind them.
    template <typename V>
    void put(std::string_view before, const V& value) {
        buffer_ += before;
        append_record(buffer_, value);
        buffer_ += '\n';
        if (buffer_.size() >= limit_) flush();
    }
    void complete() {
        flush();
        file_->complete();
    }
    /// Whether the last thing that happened is that a write failed.
    [[nodiscard]] bool is_writing() const noexcept { return writing_; }

private:
    void flush() {
        if (buffer_.empty()) return;
        writing_ = true;
        file_->write(buffer_);
        writing_ = false;
        buffer_.clear();
    }
    std::unique_ptr<Out> file_;
    std::string buffer_;
    std::size_t limit_;
    bool writing_ = false;
};

/// Stands first in a chain, and says which line is in hand.
struct PipePlaceOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "line";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    PipePlace* place;

    template <typename S>
    using out = S;
    template <typename E, typename Next>
    WEIR_INLINE void on_event(E&& event, Next& next) {
        ++place->line;
        next.on_event(std::forward<E>(event));
    }
};

/// Ends a chain: each event is a record of the program's output, behind the fields that `before` has.
template <typename Out>
struct ToPipeOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "output";
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;
    Out* to;
    const std::string* before;

    template <typename S>
        requires PipeWritable<typename S::value>
    using out = Ended;

    template <typename E, typename Next>
    void on_event(const E& event, Next&) { to->put(*before, value_of(event)); }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "pipe_map(chain), pipe_reduce(chain): what the chain gives cannot be written as a record. Accepted: text, numbers, bool, "
                                "times, std::optional of these; std::pair, std::tuple, Keyed and Windowed rows, types with fields() of such.");
    }
};

/// The job whose results are records of the output.
template <typename P, typename C, typename Out>
auto into_pipe(P pipeline, C chain, PipePlace& place, Out& out, const std::string& before) {
    if constexpr (ChainLike<C>) {
        place.exact = not any_cuts<ops_t<C>>;
        if constexpr (std::is_same_v<behind_t<typename P::stream, C>, Ended>) {
            static_assert(never<C>, "pipe_map(chain), pipe_reduce(chain): the chain ends in a sink, so nothing is left for the program's output. "
                                    "Leave the sink out, or go on behind a side effect with tap(fn).");
            return Refused{};
        } else {
            return std::move(pipeline) | std::move(chain) | ToPipeOp<Out>{&out, &before};
        }
    } else {
        return std::move(pipeline) | std::move(chain);
    }
}

/// Runs body(place, out), and makes of how it ends what the engine expects of a program: its status, and a sentence in its log.
template <typename Body>
int pipe_program(std::string_view name, const PipeOptions& options, Body&& body) {
    const auto say = [&](std::string text) {
        for (char& c : text)
            if (c == '\n') c = ' ';
        text = std::string(name) + ": " + text + '\n';
        std::fwrite(text.data(), 1, text.size(), options.errors);
    };
    PipePlace place;
    std::unique_ptr<PipeOut<>> out;
    try {
        out = std::make_unique<PipeOut<>>(options);
        body(place, *out);
        out->complete();
        for (const OperatorReport& row : place.report.operators)
            for (const Drop reason : {Drop::error, Drop::late, Drop::overflow, Drop::expired, Drop::evicted, Drop::ahead})
                if (const std::uint64_t n = row.dropped(reason))
                    say(row.name + " dropped " + std::to_string(n) + (n == 1 ? " event (" : " events (") + std::string(to_string(reason)) + ")");
        return EXIT_SUCCESS;
    } catch (const FileError& error) {
        if (out && out->is_writing() && error.code() == std::errc::broken_pipe) return closed_by_reader;
        say(error.what());
    } catch (...) {
        const std::string_view where = not place.exact ? "in lines up to " : place.ended ? "after line " : "line ";
        say((place.line != 0 ? std::string(where) + std::to_string(place.line) + ": " : "") + text_of(std::current_exception()));
    }
    return EXIT_FAILURE;
}

} // namespace detail
} // namespace weir
