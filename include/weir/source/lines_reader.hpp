// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/system_files.hpp>
#include <weir/source/line_cutter.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
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

/// Where a line begins: its file among those that are read, its byte, and how many lines stand before it in that file.
struct LinePosition {
    std::uint64_t file = 0;
    std::uint64_t byte = 0;
    std::uint64_t lines = 0;
    friend bool operator==(const LinePosition&, const LinePosition&) = default;
};

namespace detail {

/// The lines of files, one file after the other, or those between two places: what sources that are made of lines share. A file is opened
/// when its first line is asked for.
template <typename L = Line, typename File = InFile, typename Names = std::vector<std::string>> // a template, so that it costs only those who read lines
class LinesReader {
public:
    LinesReader(Names paths, const LinesOptions& options)
        : paths_(new Names(std::move(paths))), options_(options), cutter_(options.block, options.max_line) {}
    LinesReader(const LinesReader& other) : paths_(other.paths_), options_(other.options_), cutter_(options_.block, options_.max_line), first_(other.first_), last_(other.last_) {
        restart(first_);
    }
    LinesReader(LinesReader&&) noexcept = default;
    LinesReader& operator=(const LinesReader& other) { return *this = LinesReader(other); }
    LinesReader& operator=(LinesReader&&) noexcept = default;
    ~LinesReader() = default;

    [[nodiscard]] std::span<L> next_batch() {
        for (; more(); restart({at_ + 1, 0, 0})) {
            if (not file_) open();
            if (const std::span<L> lines = cutter_.next(*file_, path(), path() != "-"); not lines.empty()) return lines;
        }
        return {};
    }
    /// Whether the only line that next_batch() gave is one that is too long.
    [[nodiscard]] bool too_long() const noexcept { return cutter_.too_long(); }
    [[nodiscard]] LinePosition position() const noexcept { return {at_, cutter_.byte(), cutter_.line()}; }
    void seek(const LinePosition& to) { restart(to); }

    /// Consecutive parts, about n of about the same size, which know the numbers of their lines: for that the files are looked
    /// through, as far as the last place within one. What says no size() is not cut.
    [[nodiscard]] std::vector<LinesReader> split(std::size_t n) && {
        Names names;
        std::vector<std::uint64_t> ends; // of the files, if they were one
        bool sizes = true;
        for (const std::string& each : *paths_) {
            const std::optional<std::uint64_t> size = n > 1 ? open(each)->size() : std::nullopt;
            sizes &= size.has_value();
            ends.push_back((ends.empty() ? 0 : ends.back()) + size.value_or(0));
        }
        if (not sizes)
            for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = i + 1;
        const auto place = [&](const LinePosition& at) {
            return at.file >= ends.size() ? (ends.empty() ? 0 : ends.back()) : (at.file == 0 ? 0 : ends[at.file - 1]) + (sizes ? at.byte : 0);
        };
        const LinePosition begin = position();
        const std::uint64_t from = place(begin), size = std::max(place(last_), from) - from;
        std::vector<LinesReader> parts;
        parts.push_back(part(begin, last_));
        for (std::size_t i = 1; i < n; ++i) {
            const std::uint64_t target = from + size / n * i + size % n * i / n;
            LinePosition cut = parts.back().first_;
            const auto file = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), target) - ends.begin());
            if (file >= ends.size() || target <= place(cut)) continue;
            if (file != cut.file) cut = {file, 0, 0};
            if (sizes) cut = line_from(cut, target - (file == 0 ? 0 : ends[file - 1]));
            if (place(cut) >= place(last_)) break;
            if (cut == parts.back().first_) continue;
            parts.back().last_ = cut;
            parts.back().restart(parts.back().first_);
            parts.push_back(part(cut, last_));
        }
        return parts;
    }

private:
    using Shared = std::shared_ptr<const Names>; // lines point to them, though their source moves

    [[nodiscard]] const std::string& path() const noexcept { return (*paths_)[at_]; }
    [[nodiscard]] bool more() const noexcept {
        return at_ < paths_->size() && (at_ < last_.file || (at_ == last_.file && cutter_.byte() < last_.byte));
    }
    [[nodiscard]] std::unique_ptr<File> open(const std::string& path) const {
        return options_.files ? options_.files->open(path) : BasicSystemFiles<File>().open(path);
    }
    void open() {
        file_ = open(path());
        if (cutter_.byte() != 0) file_->seek(cutter_.byte());
    }
    void restart(const LinePosition& to) {
        file_.reset();
        at_ = to.file;
        cutter_.restart(to.byte, to.lines, at_ == last_.file ? last_.byte : static_cast<std::uint64_t>(-1));
    }
    [[nodiscard]] LinesReader part(const LinePosition& first, const LinePosition& last) const {
        LinesReader part(*this);
        part.first_ = first;
        part.last_ = last;
        part.restart(first);
        return part;
    }
    /// The first line that begins at this byte of its file or later; `from` is one before.
    [[nodiscard]] LinePosition line_from(LinePosition from, std::uint64_t byte) const {
        if (from.byte >= byte) return from;
        const std::unique_ptr<File> file = open((*paths_)[from.file]);
        if (from.byte != 0) file->seek(from.byte);
        std::vector<char> buffer(std::max<std::size_t>(options_.block, 1));
        for (;;) {
            const std::size_t n = file->read(buffer);
            if (n == 0) return {from.file + 1, 0, 0};
            // the end of a line that stands before `byte` has its line end at byte - 1 at the latest
            const auto before = static_cast<std::size_t>(std::min<std::uint64_t>(n, byte - 1 > from.byte ? byte - 1 - from.byte : 0));
            from.lines += count_line_ends(buffer.data(), before);
            if (const void* found = std::memchr(buffer.data() + before, '\n', n - before))
                return {from.file, from.byte + static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data()) + 1, from.lines + 1};
            from.byte += n;
        }
    }

    Shared paths_;
    LinesOptions options_;
    LineCutter<L> cutter_;
    std::unique_ptr<File> file_;
    std::uint64_t at_ = 0; // which file
    LinePosition first_{};
    LinePosition last_{static_cast<std::uint64_t>(-1), 0, 0}; // lines from there on are not given
};

} // namespace detail
} // namespace weir
