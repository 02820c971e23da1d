// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/rejected.hpp>
#include <weir/core/system_files.hpp>
#include <weir/source/from.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// A line of a text: a std::string_view, without the end of the line, that knows where it stands. It lives until the source is
/// asked for more; an operator that keeps it keeps a std::string.
class Line : public std::string_view {
public:
    constexpr Line() = default;
    constexpr Line(std::string_view text, const std::string* file, std::uint64_t number, std::uint64_t byte) noexcept
        : std::string_view(text), file_(file), number_(number), byte_(byte) {}

    [[nodiscard]] constexpr std::uint64_t number() const noexcept { return number_; } ///< the first is 1
    [[nodiscard]] constexpr std::uint64_t byte() const noexcept { return byte_; }     ///< of its first character
    [[nodiscard]] Position position() const { return {file_ ? *file_ : std::string(), number_, 0, byte_}; }

private:
    const std::string* file_ = nullptr;
    std::uint64_t number_ = 0;
    std::uint64_t byte_ = 0;
};

template <>
struct Owned<Line> {
    using type = std::string;
};

/// How lines are read.
struct LinesOptions {
    std::size_t block = 65'536;   ///< bytes asked for at a time; longer lines take as much room as they need
    const Files* files = nullptr; ///< without one the machine's; must outlive the source
};

namespace detail {

/// Cuts what is read into lines, a block at a time. A template, as its users are, so that it costs only those who read lines.
template <typename L = Line>
class LineCutter {
public:
    explicit LineCutter(std::size_t block) : block_(std::max<std::size_t>(block, 1)) {}

    /// The next lines; none: the end. `fill`: those of the next block, so that where a batch ends depends only on where it began;
    /// else those that have come.
    template <typename File>
    std::span<L> next(File& file, const std::string& name, bool fill) {
        lines_.clear();
        byte_ += begin_;
        end_ -= begin_;
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_);
        begin_ = 0;
        for (std::size_t limit = block_; lines_.empty() && not ended_;) {
            if (limit <= end_) { // a long line
                limit *= 2;
                continue;
            }
            if (buffer_.size() < limit) buffer_.resize(limit);
            const std::size_t searched = end_;
            do {
                const std::size_t n = file.read({buffer_.data() + end_, limit - end_});
                ended_ = n == 0;
                end_ += n;
            } while (fill && not ended_ && end_ < limit);
            cut(name, searched);
        }
        if (lines_.empty() && begin_ != end_) { // the last line has no end
            add(name, end_);
            begin_ = end_;
        }
        return {lines_.data(), lines_.size()}; // not from the vector: to prove that it is a range costs every includer
    }

    /// Of the first line that the next call gives.
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_ + begin_; }
    [[nodiscard]] std::uint64_t line() const noexcept { return number_; }
    /// The file stands at this place now, which begins a line.
    void restart(std::uint64_t byte, std::uint64_t line) noexcept {
        begin_ = end_ = 0;
        byte_ = byte;
        number_ = line;
        ended_ = false;
    }

private:
    void cut(const std::string& name, std::size_t from) {
        while (const void* found = std::memchr(buffer_.data() + from, '\n', end_ - from)) {
            const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
            add(name, at);
            begin_ = from = at + 1;
        }
    }
    void add(const std::string& name, std::size_t end) {
        const std::size_t stop = end > begin_ && buffer_[end - 1] == '\r' ? end - 1 : end;
        lines_.emplace_back(std::string_view(buffer_.data() + begin_, stop - begin_), &name, ++number_, byte_ + begin_);
    }

    std::size_t block_;
    std::string buffer_;
    std::vector<L> lines_;
    std::size_t begin_ = 0; // of what has not been given
    std::size_t end_ = 0;
    std::uint64_t byte_ = 0;   // of the buffer's first byte
    std::uint64_t number_ = 0; // lines given
    bool ended_ = false;
};

} // namespace detail

/// Where a line begins: its byte, and how many lines stand before it.
struct LinePosition {
    std::uint64_t byte = 0;
    std::uint64_t lines = 0;
    friend bool operator==(const LinePosition&, const LinePosition&) = default;
};

/// The lines of a file: a bounded BatchSource and a PositionedSource. Opened when the first line is asked for.
///     A copy reads the file from its beginning.
template <typename L = Line, typename File = InFile, typename Name = std::shared_ptr<const std::string>> // lines point to it, though their source moves
class BasicFileLines {
public:
    using event_type = L;

    explicit BasicFileLines(std::string path, LinesOptions options = {})
        : name_(new std::string(std::move(path))), options_(options), cutter_(options.block) {}
    BasicFileLines(const BasicFileLines& other) : BasicFileLines(*other.name_, other.options_) {}
    BasicFileLines(BasicFileLines&&) noexcept = default;
    BasicFileLines& operator=(const BasicFileLines& other) { return *this = BasicFileLines(other); }
    BasicFileLines& operator=(BasicFileLines&&) noexcept = default;
    ~BasicFileLines() = default;

    [[nodiscard]] std::span<L> next_batch() {
        open();
        return cutter_.next(*file_, *name_, true);
    }
    [[nodiscard]] LinePosition position() const noexcept { return {cutter_.byte(), cutter_.line()}; }
    void seek(LinePosition to) {
        open();
        file_->seek(to.byte);
        cutter_.restart(to.byte, to.lines);
    }

private:
    void open() {
        if (not file_) file_ = options_.files ? options_.files->open(*name_) : BasicSystemFiles<File>().open(*name_);
    }
    Name name_;
    LinesOptions options_;
    detail::LineCutter<L> cutter_;
    std::unique_ptr<File> file_;
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
          cutter_(options.block) {}
    BasicStreamLines(const BasicStreamLines& other) : BasicStreamLines(other.stream_, other.options_) {}
    BasicStreamLines(BasicStreamLines&&) noexcept = default;
    BasicStreamLines& operator=(const BasicStreamLines& other) { return *this = BasicStreamLines(other); }
    BasicStreamLines& operator=(BasicStreamLines&&) noexcept = default;
    ~BasicStreamLines() = default;

    [[nodiscard]] std::span<L> next_batch() {
        if (not file_) file_ = BasicSystemFiles<File>::borrow(stream_, *name_);
        return cutter_.next(*file_, *name_, false);
    }

private:
    Name name_;
    std::FILE* stream_;
    LinesOptions options_;
    detail::LineCutter<L> cutter_;
    std::unique_ptr<File> file_;
};

using StreamLines = BasicStreamLines<>;

/// Begins a pipeline with the lines of a text file.
///     -> Line, a std::string_view without "\n" or "\r\n", valid until the call returns; in order; bounded; a last line without an end
///     counts, an empty file has none; bytes are not looked at, so NULs and any encoding pass. Memory: a block, or the longest line.
///     FileError, from run: names the file and, where reading failed, the byte. example: tests/source/lines.cpp
template <typename Lines = FileLines> // a template, so that it costs only those who use it
[[nodiscard]] auto from_lines(std::string path, LinesOptions options = {}) {
    return from(Lines(std::move(path), options));
}

/// The same for a C stream: from_lines(stdin). It ends with the stream; a stop is seen when the next line has come.
template <typename Lines = StreamLines>
[[nodiscard]] auto from_lines(std::FILE* stream, LinesOptions options = {}) {
    return from(Lines(stream, options));
}

} // namespace weir
