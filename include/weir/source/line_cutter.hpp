// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/number_text.hpp>
#include <weir/source/files_reader.hpp>
#include <weir/source/line.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail {

/// How many '\n' a text has: eight characters at a time.
inline std::uint64_t count_line_ends(const char* text, std::size_t size) noexcept {
    constexpr std::uint64_t low = each_byte(0x7f);
    std::uint64_t n = 0;
    std::size_t i = 0;
    for (; size - i >= 8; i += 8) {
        const std::uint64_t others = load_little<std::uint64_t>(text + i) ^ each_byte('\n');
        n += static_cast<std::uint64_t>(std::popcount(~(((others & low) + low) | others | low)));
    }
    for (; i < size; ++i) n += text[i] == '\n';
    return n;
}

/// Cuts what is read into lines, a block at a time. A line that is longer than allowed comes alone, without what is too much of it.
/// A template, as its users are, so that it costs only those who read lines.
template <typename L = Line>
class LineCutter {
public:
    static constexpr std::size_t room = 64; // may be read behind each line, for who looks at many characters at once

    LineCutter(std::size_t block, std::size_t max_line)
        : block_(std::max<std::size_t>(block, 1)), max_line_(std::min<std::size_t>(max_line, static_cast<std::size_t>(-1) / 4)) {}

    /// The next lines; none: the end, or what has come of a file that grows. `fill`: those of the next block, so that where a batch ends depends only on where it began;
    /// else those that have come.
    template <typename File>
    std::span<L> next(File& file, const std::string& name, bool fill) {
        lines_.clear();
        too_long_ = false;
        if (within_) {
            byte_ += begin_;
            begin_ = end_ = 0;
            if (not pass_over(file, 0, 0)) return {};
        }
        byte_ += begin_;
        end_ -= begin_;
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_);
        begin_ = 0;
        std::size_t searched = std::exchange(more_, false) ? 0 : end_;
        for (std::size_t limit = block_;;) {
            if (end_ < limit && not ended_) {
                if (buffer_.size() < limit + room) buffer_.resize(limit + room);
                do {
                    const std::size_t n = file.read({buffer_.data() + end_, limit - end_});
                    ended_ = n == 0;
                    end_ += n;
                } while (fill && not ended_ && end_ < limit);
            }
            const std::size_t seen = std::min(limit, end_);
            if (searched < seen) cut(name, std::exchange(searched, seen), seen);
            if (not lines_.empty() || (ended_ && seen >= end_)) break;
            if (seen < limit) continue;
            if (seen > max_line_ + 1) { // and perhaps a '\r'
                skip(file, name, seen);
                break;
            }
            limit = std::max(std::min(2 * limit, max_line_ + 2), seen + 1);
        }
        if (lines_.empty() && begin_ != end_ && byte() < stop_ && not grows_) { // the last line has no end
            buffer_[end_] = '\n'; // for who looks behind it
            add(name, end_);
            begin_ = end_;
        }
        return {lines_.data(), lines_.size()}; // not from the vector: to prove that it is a range costs every includer
    }

    /// The file may have more where it ended. `grows`: an end is not the end of its last line.
    void resume(bool grows) noexcept {
        ended_ = false;
        grows_ = grows;
    }
    /// Lines that begin there or later are not given.
    void stop_at(std::uint64_t byte) noexcept { stop_ = byte; }
    /// As far as the file has been read.
    [[nodiscard]] std::uint64_t end() const noexcept { return byte_ + end_; }
    /// Whether that is within a line that is too long and has been given.
    [[nodiscard]] bool is_within_line() const noexcept { return too_long_ && not more_ && begin_ == end_; }
    /// From now on, blocks of so many bytes at least.
    void read_at_least(std::size_t block) noexcept { block_ = std::max(block_, block); }
    /// Whether the only line that next() gave is one that is too long.
    [[nodiscard]] bool too_long() const noexcept { return too_long_; }
    /// Of the first line that the next call gives.
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_ + begin_; }
    [[nodiscard]] std::uint64_t before() const noexcept { return number_; }
    /// The file stands at this place now, which begins a line; `stop`: lines that begin there or later are not given.
    void restart(std::uint64_t byte, std::uint64_t line, std::uint64_t stop = static_cast<std::uint64_t>(-1)) noexcept {
        begin_ = end_ = 0;
        byte_ = byte;
        number_ = line;
        stop_ = stop;
        ended_ = more_ = too_long_ = within_ = false;
    }

    /// `open` gives the file. It is looked through from there on, to count its lines.
    template <typename Open>
    [[nodiscard]] FilePosition first_from(Open&& open, FilePosition from, std::uint64_t byte) const {
        if (from.byte >= byte) return from;
        const auto file = open();
        if (from.byte != 0) file->seek(from.byte);
        std::vector<char> buffer(block_);
        for (;;) {
            const std::size_t n = file->read(buffer);
            if (n == 0) return {from.file + 1, 0, 0};
            const auto before = static_cast<std::size_t>(std::min<std::uint64_t>(n, byte - 1 > from.byte ? byte - 1 - from.byte : 0));
            from.before += count_line_ends(buffer.data(), before);
            if (const void* found = std::memchr(buffer.data() + before, '\n', n - before)) // a line end at byte - 1 begins a line at byte
                return {from.file, from.byte + static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data()) + 1, from.before + 1};
            from.byte += n;
        }
    }
    [[nodiscard]] LineCutter fresh() const { return LineCutter(block_, max_line_); }

private:
    void cut(const std::string& name, std::size_t from, std::size_t to) {
        while (byte() < stop_) {
            const void* found = std::memchr(buffer_.data() + from, '\n', to - from);
            if (not found) return;
            const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data());
            if (at - begin_ > max_line_ && text_end(at) - begin_ > max_line_) { // it comes alone
                more_ = true;
                if (not lines_.empty()) return;
            }
            add(name, at);
            begin_ = from = at + 1;
            if (more_) return;
        }
        ended_ = true;
        end_ = begin_;
    }
    [[nodiscard]] std::size_t text_end(std::size_t end) const noexcept { return end > begin_ && buffer_[end - 1] == '\r' ? end - 1 : end; }
    void add(const std::string& name, std::size_t end) {
        std::size_t size = text_end(end) - begin_;
        if (size > max_line_) {
            size = max_line_;
            too_long_ = true;
        }
        lines_.emplace_back(std::string_view(buffer_.data() + begin_, size), &name, ++number_, byte_ + begin_);
    }
    /// Gives the beginning of a line, whose end is not among the characters seen, and goes to its end.
    template <typename File>
    void skip(File& file, const std::string& name, std::size_t seen) {
        if (buffer_.size() < max_line_ + block_ + room) buffer_.resize(max_line_ + block_ + room);
        add(name, seen);
        static_cast<void>(pass_over(file, max_line_, seen));
    }
    /// Goes behind the end of a line that has been given; false: the file has not got it. What is read takes the place of what is there.
    template <typename File>
    bool pass_over(File& file, std::size_t place, std::size_t from) {
        for (;; from = place) {
            within_ = false;
            if (const void* found = std::memchr(buffer_.data() + from, '\n', end_ - from)) {
                begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1;
                more_ = true;
                return true;
            }
            byte_ += end_ - place;
            const std::size_t n = file.read({buffer_.data() + place, block_});
            begin_ = place;
            end_ = place + n;
            ended_ = n == 0;
            within_ = ended_ && grows_;
            if (ended_) return false;
        }
    }

    std::size_t block_;
    std::size_t max_line_;
    std::string buffer_;
    std::vector<L> lines_;
    std::size_t begin_ = 0; // of what has not been given
    std::size_t end_ = 0;
    std::uint64_t byte_ = 0;   // of the buffer's first byte
    std::uint64_t number_ = 0; // lines given
    std::uint64_t stop_ = static_cast<std::uint64_t>(-1);
    bool ended_ = false;
    bool more_ = false; // there may be whole lines that have not been given
    bool too_long_ = false;
    bool grows_ = false;
    bool within_ = false; // a line that was too long, whose end has not come
};

/// Lines that have been given, with what they refer to, for another thread.
template <typename L = Line>
class LinesBlock {
public:
    void take(std::span<const L> lines) {
        const char* const begin = lines.front().data();
        text_.assign(begin, lines.back().data() + lines.back().size());
        text_.append(LineCutter<L>::room, '\n');
        lines_.assign(lines.begin(), lines.end());
        for (L& line : lines_) static_cast<std::string_view&>(line) = std::string_view(text_.data() + (line.data() - begin), line.size());
    }
    [[nodiscard]] std::span<L> lines() noexcept { return {lines_.data(), lines_.size()}; }

private:
    std::string text_;
    std::vector<L> lines_;
};

/// The lines of files.
template <typename L = Line, typename File = InFile>
using LinesReader = FilesReader<LineCutter<L>, File>;

} // namespace weir::detail
