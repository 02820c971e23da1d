// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/core/rejected.hpp>
#include <weir/core/system_files.hpp>
#include <weir/source/files_reader.hpp>
#include <weir/source/from.hpp>
#include <weir/source/line_cutter.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// How lines are read.
struct LinesOptions {
    std::size_t block = 65'536;                  ///< bytes asked for at a time; longer lines take as much room as they need,
    std::size_t max_line = std::size_t{1} << 30; ///< up to so many bytes: a longer one is an error
    const Files* files = nullptr;                ///< without one the machine's; must outlive the source
};

namespace detail {

template <typename L>
[[noreturn]] void refuse_long_line(const L& line) {
    throw PositionedError("from_lines: " + to_string(line.position()) + ": a line is longer than " + std::to_string(line.size()) + " bytes (LinesOptions::max_line)",
                          line.position());
}

} // namespace detail

/// The lines of files, one file after the other: a bounded BatchSource, a PositionedSource and a SplittableSource. A file is opened when
/// its first line is asked for; nothing cuts a file that cannot be read in parts. A copy reads from its beginning.
template <typename L = Line, typename File = InFile, typename Reader = detail::LinesReader<L, File>>
class BasicFileLines {
public:
    using event_type = L;

    explicit BasicFileLines(std::vector<std::string> paths, LinesOptions options = {}) : reader_(std::move(paths), options.files, {options.block, options.max_line}) {}
    explicit BasicFileLines(std::string path, LinesOptions options = {}) : BasicFileLines(std::vector<std::string>{std::move(path)}, options) {}

    [[nodiscard]] std::span<L> next_batch() {
        const std::span<L> lines = reader_.next_batch();
        if (reader_.cutter().too_long()) detail::refuse_long_line(lines.front());
        return lines;
    }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole line yet.
    [[nodiscard]] std::optional<std::span<L>> try_batch() {
        const std::optional<std::span<L>> lines = reader_.try_batch();
        if (lines && reader_.cutter().too_long()) detail::refuse_long_line(lines->front());
        return lines;
    }
    [[nodiscard]] bool is_live() const noexcept { return reader_.is_live(); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const { reader_.wait(std::move(stop), deadline); }
    /// What has been read of a pipe and not given, as if it ended there; empty: no more.
    [[nodiscard]] std::span<L> rest() { return reader_.rest(); }
    [[nodiscard]] FilePosition position() const noexcept { return reader_.position(); }
    void seek(FilePosition to) { reader_.seek(to); }
    [[nodiscard]] SourceBytes measure() { return reader_.measure(); }
    /// About n parts of about the same size, which together give the same lines with the same numbers. The files are looked through for
    /// their line ends, which takes a fraction of the time of reading.
    [[nodiscard]] std::vector<BasicFileLines> split(std::size_t n) && {
        std::vector<BasicFileLines> parts;
        for (Reader& part : std::move(reader_).split(n)) parts.push_back(BasicFileLines(std::move(part)));
        return parts;
    }

private:
    explicit BasicFileLines(Reader&& reader) : reader_(std::move(reader)) {}
    Reader reader_;
};

using FileLines = BasicFileLines<>;

/// The lines of a C stream such as stdin: a bounded BatchSource, which gives what has arrived as soon as it is a whole line.
///     Copies share the stream, not what one of them has read ahead.
template <typename L = Line, typename File = InFile, typename Name = std::shared_ptr<const std::string>>
class BasicStreamLines {
public:
    using event_type = L;

    explicit BasicStreamLines(std::FILE* stream, LinesOptions options = {})
        : name_(new std::string(stream == stdin ? "standard input" : "stream")), stream_(stream), options_(options),
          cutter_(options.block, options.max_line) {}
    BasicStreamLines(const BasicStreamLines& other) : BasicStreamLines(other.stream_, other.options_) {}
    BasicStreamLines(BasicStreamLines&&) noexcept = default;
    BasicStreamLines& operator=(const BasicStreamLines& other) { return *this = BasicStreamLines(other); }
    BasicStreamLines& operator=(BasicStreamLines&&) noexcept = default;
    ~BasicStreamLines() = default;

    [[nodiscard]] std::span<L> next_batch() {
        if (file().is_live()) cutter_.resume(false);
        const std::span<L> lines = cutter_.next(file(), *name_, false);
        if (cutter_.too_long()) detail::refuse_long_line(lines.front());
        return lines;
    }
    /// The same, but nullopt where no whole line has come yet.
    [[nodiscard]] std::optional<std::span<L>> try_batch() {
        if (not file().is_live()) return next_batch();
        const std::optional<std::span<L>> lines = detail::next_arrived(cutter_, file(), *name_);
        if (lines && cutter_.too_long()) detail::refuse_long_line(lines->front());
        return lines;
    }
    [[nodiscard]] bool is_live() const noexcept { return file_ && file_->is_live(); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) { file().wait(std::move(stop), deadline); }
    /// What has been read and not given, as if the stream ended there; empty: no more.
    [[nodiscard]] std::span<L> rest() { return is_live() ? detail::rest_of(cutter_, *file_, *name_) : std::span<L>(); }

private:
    [[nodiscard]] File& file() {
        if (not file_) file_ = BasicSystemFiles<File>::borrow(stream_, *name_);
        return *file_;
    }
    Name name_;
    std::FILE* stream_;
    LinesOptions options_;
    detail::LineCutter<L> cutter_;
    std::unique_ptr<File> file_;
};

using StreamLines = BasicStreamLines<>;

/// Begins a pipeline with the lines of a text file, or of several, one after the other; "-" is standard input.
///     -> Line, a std::string_view without "\n" or "\r\n", valid until the call returns; in order; bounded; a last line without an end
///     counts, an empty file has none; bytes are not looked at, so NULs and any encoding pass. Memory: a block, or the longest line.
///     Of a pipe, "-" or by name, or a terminal, lines are given as they come; when the job is drained, what has come without a line end is a
///     line, too; when it is stopped, that is lost.
///     From run: FileError, which names the file and, where reading failed, the byte; PositionedError where a line is longer than
///     max_line, after the lines before it. example: tests/source/lines.cpp
template <typename Lines = FileLines> // a template, so that it costs only those who use it
[[nodiscard]] auto from_lines(std::string path, LinesOptions options = {}) {
    return from(Lines(std::move(path), options));
}
template <typename Lines = FileLines>
[[nodiscard]] auto from_lines(std::vector<std::string> paths, LinesOptions options = {}) {
    return from(Lines(std::move(paths), options));
}

/// The same for a C stream: from_lines(stdin). It ends with the stream.
template <typename Lines = StreamLines>
[[nodiscard]] auto from_lines(std::FILE* stream, LinesOptions options = {}) {
    return from(Lines(stream, options));
}

} // namespace weir
