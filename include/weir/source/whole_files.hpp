// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/files.hpp>
#include <weir/core/rejected.hpp>
#include <weir/source/files_reader.hpp>
#include <weir/source/from.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// A file, and all that is in it.
struct WholeFile {
    std::string path{};
    std::string bytes{};
    static constexpr auto fields() { return weir::fields("path", &WholeFile::path, "bytes", &WholeFile::bytes); }
    friend bool operator==(const WholeFile&, const WholeFile&) = default;
};

/// How whole files are read.
struct WholeFilesOptions {
    std::size_t max_bytes = std::size_t{1} << 30; ///< a larger file is an error, and is read no further
    const Files* files = nullptr;                 ///< without one the machine's; must outlive the source
};

namespace detail {

class WholeFileCutter {
public:
    explicit WholeFileCutter(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    template <typename File>
    std::span<WholeFile> next(File& file, const std::string& name, bool) {
        if (before_ != 0) return {};
        const std::uint64_t size = file.size().value_or(0);
        if (size > max_bytes_) refuse(name);
        whole_.path = name;
        std::string& bytes = whole_.bytes;
        for (bool more = true; more;) { // a byte more than fits, to see the end, or that it is too large
            if (read_ == bytes.size()) bytes.resize(std::min(std::max({static_cast<std::size_t>(size), 2 * read_, least}), max_bytes_) + 1);
            const std::size_t n = file.read({bytes.data() + read_, bytes.size() - read_});
            more = n > 0;
            read_ += n;
            if (read_ > max_bytes_) refuse(name);
        }
        if (grows_) return {};
        bytes.resize(read_);
        byte_ = read_;
        before_ = 1;
        return {&whole_, 1};
    }
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_; }
    [[nodiscard]] std::uint64_t before() const noexcept { return before_; }
    void restart(std::uint64_t byte, std::uint64_t before, std::uint64_t = 0) noexcept {
        byte_ = byte;
        before_ = before;
        read_ = 0;
    }
    void resume(bool grows) noexcept { grows_ = grows; }
    template <typename Open>
    [[nodiscard]] FilePosition first_from(Open&&, FilePosition from, std::uint64_t) const {
        return {from.file + 1, 0, 0};
    }
    [[nodiscard]] WholeFileCutter fresh() const { return WholeFileCutter(max_bytes_); }

private:
    static constexpr std::size_t least = 4'095;

    [[noreturn]] void refuse(const std::string& name) const {
        throw PositionedError("from_files: " + name + ": more than " + std::to_string(max_bytes_) + " bytes (WholeFilesOptions::max_bytes)",
                              Position{name, 0, 0, max_bytes_});
    }
    std::size_t max_bytes_;
    WholeFile whole_{};
    std::uint64_t byte_ = 0;
    std::uint64_t before_ = 0; // 1: it was given
    std::size_t read_ = 0; // so far
    bool grows_ = false;
};

} // namespace detail

/// Files, each of them an event: a bounded BatchSource of one at a time, a PositionedSource and a SplittableSource. A file is opened when it
/// is asked for. A copy reads from its beginning.
template <typename File = InFile>
class BasicWholeFiles {
    using Reader = detail::FilesReader<detail::WholeFileCutter, File>;

public:
    using event_type = WholeFile;

    explicit BasicWholeFiles(std::vector<std::string> paths, WholeFilesOptions options = {})
        : reader_(std::move(paths), options.files, detail::WholeFileCutter(options.max_bytes)) {}
    explicit BasicWholeFiles(std::string path, WholeFilesOptions options = {}) : BasicWholeFiles(std::vector<std::string>{std::move(path)}, options) {}

    [[nodiscard]] std::span<WholeFile> next_batch() { return reader_.next_batch(); }
    /// The same, but nullopt where who writes the file, a pipe, has not written all of it yet.
    [[nodiscard]] std::optional<std::span<WholeFile>> try_batch() { return reader_.try_batch(); }
    [[nodiscard]] bool is_live() const noexcept { return reader_.is_live(); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const { reader_.wait(std::move(stop), deadline); }
    /// What has come of a pipe, if anything has, as if it ended there; empty: no more.
    [[nodiscard]] std::span<WholeFile> rest() {
        const std::span<WholeFile> whole = reader_.rest();
        return whole.empty() || whole.front().bytes.empty() ? std::span<WholeFile>() : whole;
    }
    [[nodiscard]] FilePosition position() const noexcept { return reader_.position(); }
    void seek(FilePosition to) { reader_.seek(to); }
    [[nodiscard]] SourceBytes measure() { return reader_.measure(); }
    /// About n parts of about the same size, which together give the same files.
    [[nodiscard]] std::vector<BasicWholeFiles> split(std::size_t n) && {
        std::vector<BasicWholeFiles> parts;
        for (Reader& part : std::move(reader_).split(n)) parts.push_back(BasicWholeFiles(std::move(part)));
        return parts;
    }

private:
    explicit BasicWholeFiles(Reader&& reader) : reader_(std::move(reader)) {}
    Reader reader_;
};
using WholeFiles = BasicWholeFiles<>;

/// Begins a pipeline with files, each of them an event: from_files(files_in("photos")). "-" is standard input.
///     -> WholeFile{path, bytes}; in order; bounded. For files that are one thing each: a picture, a document; what is made of lines or rows
///     is read by from_lines and its siblings, a block at a time. From run: FileError; PositionedError for one larger than max_bytes; after the
///     files before it. Of a pipe, "-" or by name, it comes when that has ended; when the job is drained before, what has come is a file, if
///     anything has; when it is stopped, that is lost. Memory: a file, which the next may move out. example: tests/source/whole_files.cpp
template <typename File = InFile> // a template, so that it costs only those who use it
[[nodiscard]] auto from_files(std::vector<std::string> paths, WholeFilesOptions options = {}) {
    return from(BasicWholeFiles<File>(std::move(paths), options));
}
template <typename File = InFile>
[[nodiscard]] auto from_files(std::string path, WholeFilesOptions options = {}) {
    return from(BasicWholeFiles<File>(std::move(path), options));
}

} // namespace weir
