// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/files.hpp>
#include <weir/core/rejected.hpp>
#include <weir/core/state.hpp>
#include <weir/source/files_reader.hpp>
#include <weir/source/from.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// How binary records are read.
struct RecordsOptions {
    std::size_t block = 1 << 18;  ///< bytes asked for at a time: what is in them is a batch
    const Files* files = nullptr; ///< without one the machine's; must outlive the source
};

namespace detail {

/// A record is the bytes of a T.
template <typename T>
concept BinaryRecord = PlainBytes<T> && std::default_initializable<T> && not holds_view<T>;

template <typename T>
class RecordCutter {
public:
    explicit RecordCutter(std::size_t block) : most_(std::max<std::size_t>(block / sizeof(T), 1)) {}

    template <typename File>
    std::span<T> next(File& file, const std::string& name, bool fill) {
        if (cut_off_ != 0 && ended_) refuse(name);
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(most_, (stop_ - byte_) / sizeof(T)));
        records_.resize(std::max(records_.size(), wanted));
        const std::span<char> into{reinterpret_cast<char*>(records_.data()), wanted * sizeof(T)};
        std::size_t read = std::exchange(cut_off_, 0);
        if (read != 0) std::memmove(into.data(), into.data() + cut_off_at_, read);
        bool first = true;
        while (read < into.size() && (fill || first || read % sizeof(T) != 0)) {
            const std::size_t n = file.read(fill || first ? into.subspan(read) : into.subspan(read, sizeof(T) - read % sizeof(T)));
            read += n;
            first = false;
            ended_ = n == 0;
            if (ended_) break;
        }
        cut_off_ = read % sizeof(T);
        cut_off_at_ = read - cut_off_;
        byte_ += cut_off_at_;
        if (cut_off_at_ == 0 && cut_off_ != 0 && not grows_) refuse(name);
        return {records_.data(), cut_off_at_ / sizeof(T)};
    }
    void resume(bool grows) noexcept {
        ended_ = false;
        grows_ = grows;
    }
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_; }
    [[nodiscard]] std::uint64_t before() const noexcept { return byte_ / sizeof(T); }
    void restart(std::uint64_t byte, std::uint64_t, std::uint64_t stop = static_cast<std::uint64_t>(-1)) noexcept {
        byte_ = byte;
        stop_ = stop;
        cut_off_ = 0;
        ended_ = false;
    }
    template <typename Open>
    [[nodiscard]] FilePosition first_from(Open&&, FilePosition from, std::uint64_t byte) const {
        const std::uint64_t before = byte / sizeof(T) + (byte % sizeof(T) != 0);
        return {from.file, before * sizeof(T), before};
    }
    [[nodiscard]] RecordCutter fresh() const { return RecordCutter(most_ * sizeof(T)); }

private:
    [[noreturn]] void refuse(const std::string& name) const {
        const Position at{name, 0, 0, byte_};
        throw PositionedError("from_records: " + name + ", byte " + std::to_string(byte_) + ": the file ends within a record, behind " + std::to_string(cut_off_) + " of its " +
                                  std::to_string(sizeof(T)) + " bytes",
                              at);
    }
    std::size_t most_;
    std::vector<T> records_;
    std::uint64_t byte_ = 0;
    std::uint64_t stop_ = static_cast<std::uint64_t>(-1);
    std::size_t cut_off_ = 0;    // bytes of a record that the file ends in, or has got so far,
    std::size_t cut_off_at_ = 0; // behind those that have been given
    bool ended_ = false;
    bool grows_ = false;
};

} // namespace detail

/// The records of binary files, one file after the other: a bounded BatchSource, a PositionedSource and a SplittableSource. A file is opened
/// when its first record is asked for. A copy reads from its beginning.
template <typename T, typename File = InFile>
class FileRecords {
    using Reader = detail::FilesReader<detail::RecordCutter<T>, File>;

public:
    using event_type = T;

    explicit FileRecords(std::vector<std::string> paths, RecordsOptions options = {})
        : reader_(std::move(paths), options.files, detail::RecordCutter<T>(options.block)) {}
    explicit FileRecords(std::string path, RecordsOptions options = {}) : FileRecords(std::vector<std::string>{std::move(path)}, options) {}

    [[nodiscard]] std::span<T> next_batch() { return reader_.next_batch(); }
    /// The same, but nullopt where who writes the file, a pipe, has not written a whole record yet.
    [[nodiscard]] std::optional<std::span<T>> try_batch() { return reader_.try_batch(); }
    [[nodiscard]] bool is_live() const noexcept { return reader_.is_live(); }
    void wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) const { reader_.wait(std::move(stop), deadline); }
    /// Of a pipe, as if it ended where it has been read to: within a record is an error; empty: no more.
    [[nodiscard]] std::span<T> rest() { return reader_.rest(); }
    [[nodiscard]] FilePosition position() const noexcept { return reader_.position(); }
    void seek(FilePosition to) { reader_.seek(to); }
    [[nodiscard]] SourceBytes measure() { return reader_.measure(); }
    /// About n parts of about the same size, which together give the same records.
    [[nodiscard]] std::vector<FileRecords> split(std::size_t n) && {
        std::vector<FileRecords> parts;
        for (Reader& part : std::move(reader_).split(n)) parts.push_back(FileRecords(std::move(part)));
        return parts;
    }

private:
    explicit FileRecords(Reader&& reader) : reader_(std::move(reader)) {}
    Reader reader_;
};

namespace detail {

template <typename T, typename Paths>
auto begin_records(Paths&& paths, RecordsOptions options) {
    if constexpr (BinaryRecord<T>) {
        return from(FileRecords<T>(std::forward<Paths>(paths), options));
    } else {
        static_assert(never<T>, "from_records<T>: a T is more than its bytes. Accepted: types that are trivially copyable, can be made without "
                                "arguments and refer to nothing: no pointers, no std::string_view.");
        return Refused{};
    }
}

} // namespace detail

/// Begins a pipeline with the records of a binary file, or of several, one after the other: the bytes of a T each, nothing between them,
/// as to_records writes them on a machine of this kind. "-" is standard input.
///     -> T; in order; bounded. The bytes are taken as they are, so a bool or an enum in them must be one. From run: PositionedError where
///     a file ends within a record, after the records before it; FileError. Of a pipe, "-" or by name, records are given as they come; when the
///     job is drained within one, that is such an error, too; when it is stopped, what has come of it is lost.
///     Memory: a block. example: tests/source/records.cpp
template <typename T>
[[nodiscard]] auto from_records(std::string path, RecordsOptions options = {}) {
    return detail::begin_records<T>(std::move(path), options);
}
template <typename T>
[[nodiscard]] auto from_records(std::vector<std::string> paths, RecordsOptions options = {}) {
    return detail::begin_records<T>(std::move(paths), options);
}

} // namespace weir
