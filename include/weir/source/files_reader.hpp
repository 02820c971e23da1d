// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/core/files.hpp>
#include <weir/core/system_files.hpp>
#include <weir/source/arrived_file.hpp>
#include <weir/source/file_sizes.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// Where an event begins: its file among those that are read, its byte, and how many events stand before it in that file.
struct FilePosition {
    std::uint64_t file = 0;
    std::uint64_t byte = 0;
    std::uint64_t before = 0;
    friend bool operator==(const FilePosition&, const FilePosition&) = default;
};

namespace detail {

/// The next events of a file to which others write: nullopt, where there are none yet; empty: it has ended.
template <typename File, typename Cutter>
auto next_arrived(Cutter& cutter, File& file, const std::string& name) {
    ArrivedFile<Cutter, File> arrived(cutter, file);
    const auto events = cutter.next(static_cast<File&>(arrived), name, false);
    return not events.empty() || arrived.has_ended() ? std::optional(events) : std::nullopt;
}
/// Those that it has read in part, as if its file ended there.
template <typename File, typename Cutter>
auto rest_of(Cutter& cutter, File& file, const std::string& name) {
    EndedFile<Cutter, File> ended(cutter, file);
    return cutter.next(static_cast<File&>(ended), name, false);
}

/// The events of files, one file after the other, or those between two places. A file is opened when its first event is asked for. Its
/// cutter, for lines or for records, has
///     next(file, name, fill) -> span        the next ones; none: the end. fill: a whole block, else what has come
///     byte(), before()                      of the first that next() gives
///     restart(byte, before, stop)           the file stands there; those that begin at `stop` or later are not given
///     first_from(open, position, byte)      the position of the first that begins at this byte or later, after one that is before
///     resume(grows)                         the file may have more where it ended. grows: an end is not the end of its last event
///     fresh()                               another one, of the same settings
template <typename Cutter, typename File = InFile, typename Names = std::vector<std::string>> // a template, so that it costs only those who read files
class FilesReader {
public:
    FilesReader(Names paths, const Files* files, Cutter cutter) : paths_(new Names(std::move(paths))), files_(files), cutter_(std::move(cutter)) {}
    FilesReader(const FilesReader& other)
        : paths_(other.paths_), files_(other.files_), cutter_(other.cutter_.fresh()), first_(other.first_), last_(other.last_) {
        restart(first_);
    }
    FilesReader(FilesReader&&) noexcept = default;
    FilesReader& operator=(const FilesReader& other) { return *this = FilesReader(other); }
    FilesReader& operator=(FilesReader&&) noexcept = default;
    ~FilesReader() = default;

    [[nodiscard]] auto next_batch() -> decltype(std::declval<Cutter&>().next(std::declval<File&>(), std::string(), true)) {
        for (; more(); restart({at_ + 1, 0, 0})) {
            if (not file_) open();
            if (is_live()) cutter_.resume(false);
            if (const auto events = next(); not events.empty()) return events;
        }
        return {};
    }
    /// As next_batch(), but nullopt where those that write the file have not written a whole event yet.
    [[nodiscard]] auto try_batch() -> std::optional<decltype(next_batch())> {
        for (; more(); restart({at_ + 1, 0, 0})) {
            if (not file_) open();
            const std::optional events = is_live() ? next_arrived(cutter_, *file_, path()) : next();
            if (not events || not events->empty()) return events;
        }
        return decltype(next_batch()){};
    }
    [[nodiscard]] bool is_live() const noexcept { return file_ && file_->is_live(); }
    /// Until try_batch() may give something.
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const {
        if (file_) file_->wait(std::move(stop), deadline);
    }
    /// What has been read of a file that is live, and not given, as if it ended there.
    [[nodiscard]] auto rest() {
        return is_live() ? rest_of(cutter_, *file_, path()) : decltype(next_batch()){};
    }
    [[nodiscard]] Cutter& cutter() noexcept { return cutter_; }
    [[nodiscard]] FilePosition position() const noexcept { return {at_, cutter_.byte(), cutter_.before()}; }
    void seek(const FilePosition& to) { restart(to); }

    /// Bytes of the files before the next event, and of all of them, which are opened for that at the first call; where a file does not know
    /// its size none of the total is known.
    [[nodiscard]] SourceBytes measure() {
        if (not paths_) return {};
        return files_ ? sizes_.measure(*paths_, at_, cutter_.byte(), *files_) : sizes_.measure(*paths_, at_, cutter_.byte(), BasicSystemFiles<File>());
    }

    /// Consecutive parts, about n of about the same size, which know how many events stand before them. What says no size() is not cut.
    [[nodiscard]] std::vector<FilesReader> split(std::size_t n) && {
        std::vector<std::uint64_t> ends; // of the files, if they were one
        bool sizes = true;
        if (not paths_) n = 0; // it was moved from, or is spent
        for (std::size_t i = 0; n != 0 && i < paths_->size(); ++i) {
            const std::optional<std::uint64_t> size = n > 1 ? size_of((*paths_)[i]) : std::nullopt;
            sizes &= size.has_value();
            ends.push_back((ends.empty() ? 0 : ends.back()) + size.value_or(0));
        }
        if (not sizes)
            for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = i + 1;
        const auto place = [&](const FilePosition& at) {
            return at.file >= ends.size() ? (ends.empty() ? 0 : ends.back()) : (at.file == 0 ? 0 : ends[at.file - 1]) + (sizes ? at.byte : 0);
        };
        const FilePosition begin = position();
        const std::uint64_t from = place(begin), size = std::max(place(last_), from) - from;
        std::vector<FilesReader> parts;
        parts.push_back(part(begin, last_));
        for (std::size_t i = 1; i < n; ++i) {
            const std::uint64_t target = from + size / n * i + size % n * i / n;
            FilePosition cut = parts.back().first_;
            const auto file = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), target) - ends.begin());
            if (file >= ends.size() || target <= place(cut)) continue;
            if (file != cut.file) cut = {file, 0, 0};
            if (sizes) cut = cutter_.first_from([&] { return open((*paths_)[file]); }, cut, target - (file == 0 ? 0 : ends[file - 1]));
            if (place(cut) >= place(last_)) break;
            if (cut == parts.back().first_) continue;
            parts.back().last_ = cut;
            parts.back().restart(parts.back().first_);
            parts.push_back(part(cut, last_));
        }
        return parts;
    }

private:
    using Shared = std::shared_ptr<const Names>; // events point to them, though their source moves

    [[nodiscard]] const std::string& path() const noexcept { return (*paths_)[at_]; }
    [[nodiscard]] bool more() const noexcept {
        return paths_ && at_ < paths_->size() && (at_ < last_.file || (at_ == last_.file && cutter_.byte() < last_.byte));
    }
    [[nodiscard]] std::unique_ptr<File> open(const std::string& path) const {
        return files_ ? files_->open(path) : BasicSystemFiles<File>().open(path);
    }
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& path) const {
        return files_ ? size_of_file(path, *files_) : size_of_file(path, BasicSystemFiles<File>());
    }
    /// What is left of this file.
    [[nodiscard]] auto next() { return cutter_.next(*file_, path(), path() != "-" && not is_live()); }
    void open() {
        file_ = open(path());
        if (cutter_.byte() != 0) file_->seek(cutter_.byte());
    }
    void restart(const FilePosition& to) {
        file_.reset();
        at_ = to.file;
        cutter_.restart(to.byte, to.before, at_ == last_.file ? last_.byte : static_cast<std::uint64_t>(-1));
        cutter_.resume(false);
    }
    [[nodiscard]] FilesReader part(const FilePosition& first, const FilePosition& last) const {
        FilesReader part(*this);
        part.first_ = first;
        part.last_ = last;
        part.restart(first);
        return part;
    }

    Shared paths_;
    const Files* files_;
    Cutter cutter_;
    std::unique_ptr<File> file_;
    std::uint64_t at_ = 0; // which file
    FileSizes<Names> sizes_{};
    FilePosition first_{};
    FilePosition last_{static_cast<std::uint64_t>(-1), 0, 0}; // events from there on are not given
};

} // namespace detail
} // namespace weir
