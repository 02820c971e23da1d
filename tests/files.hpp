// SPDX-License-Identifier: BSL-1.0
// What the tests of files share: a directory of their own, and files that fail at a chosen place.
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/system_files.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace files_test {

class TempDirectory {
public:
    TempDirectory() {
        std::random_device random;
        do path_ = std::filesystem::temp_directory_path() / ("weir-files-" + std::to_string(random()));
        while (not std::filesystem::create_directory(path_));
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    std::string path(const std::string& name = {}) const { return (path_ / name).string(); }
    /// A file with this content; its path.
    std::string file(const std::string& name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) found.push_back(entry.path().filename().string());
        return found;
    }

private:
    std::filesystem::path path_;
};

/// Whether a file there can have no name until it is complete.
inline bool has_unnamed_files(const TempDirectory& directory) {
#if defined(O_TMPFILE)
    const int number = ::open(directory.path().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (number >= 0) ::close(number);
    return number >= 0;
#else
    static_cast<void>(directory);
    return false;
#endif
}

inline std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A stream with this content, to be read from its beginning.
class TempStream {
public:
    explicit TempStream(std::string_view content = {}) : stream_(std::tmpfile()) {
        if (not content.empty()) std::fwrite(content.data(), 1, content.size(), stream_);
        std::rewind(stream_);
    }
    ~TempStream() { std::fclose(stream_); }
    TempStream(const TempStream&) = delete;
    TempStream& operator=(const TempStream&) = delete;
    std::FILE* get() const { return stream_; }
    std::string content() const {
        std::rewind(stream_);
        std::string text(1 << 16, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), stream_));
        return text;
    }

private:
    std::FILE* stream_;
};

/// The machine's files, but reading and writing give or take at most `piece` bytes at a time and fail at a byte.
class FaultyFiles final : public weir::Files {
public:
    std::uint64_t fails_at = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t fails_to_read_at = std::numeric_limits<std::uint64_t>::max(); // temporary files
    std::size_t piece = std::numeric_limits<std::size_t>::max();
    bool fails_to_complete = false;

    std::unique_ptr<weir::InFile> open(const std::string& path) const override {
        return std::make_unique<In>(*this, path, weir::SystemFiles().open(path));
    }
    std::unique_ptr<weir::OutFile> create(const std::string& path) const override {
        return std::make_unique<Out>(*this, path, weir::SystemFiles().create(path));
    }
    std::unique_ptr<weir::ScratchFile> scratch(const std::string& directory) const override {
        return std::make_unique<Scratch>(*this, directory, weir::SystemFiles().scratch(directory));
    }

private:
    struct Scratch final : weir::ScratchFile {
        Scratch(const FaultyFiles& f, std::string p, std::unique_ptr<weir::ScratchFile> r) : faults(f), path(std::move(p)), real(std::move(r)) {}
        void write(std::uint64_t byte, std::string_view bytes) override {
            if (byte + bytes.size() > faults.fails_at)
                throw weir::FileError("cannot write a temporary file", path, std::make_error_code(std::errc::no_space_on_device), byte);
            real->write(byte, bytes);
        }
        void read(std::uint64_t byte, std::span<char> into) const override {
            if (byte + into.size() > faults.fails_to_read_at)
                throw weir::FileError("cannot read a temporary file", path, std::make_error_code(std::errc::io_error), byte);
            real->read(byte, into);
        }
        const FaultyFiles& faults;
        std::string path;
        std::unique_ptr<weir::ScratchFile> real;
    };
    struct In final : weir::InFile {
        In(const FaultyFiles& f, std::string p, std::unique_ptr<weir::InFile> r) : faults(f), path(std::move(p)), real(std::move(r)) {}
        std::size_t read(std::span<char> into) override {
            if (byte >= faults.fails_at)
                throw weir::FileError("cannot read at byte " + std::to_string(byte), path, std::make_error_code(std::errc::io_error), byte);
            const auto n = real->read(into.first(std::min({into.size(), faults.piece, static_cast<std::size_t>(faults.fails_at - byte)})));
            byte += n;
            return n;
        }
        void seek(std::uint64_t to) override {
            real->seek(to);
            byte = to;
        }
        std::optional<std::size_t> read_at(std::uint64_t from, std::span<char> into) const override {
            if (from >= faults.fails_at && not into.empty())
                throw weir::FileError("cannot read at byte " + std::to_string(from), path, std::make_error_code(std::errc::io_error), from);
            return real->read_at(from, into.first(std::min({into.size(), faults.piece, static_cast<std::size_t>(faults.fails_at - from)})));
        }
        std::optional<std::uint64_t> size() const override { return real->size(); }
        const FaultyFiles& faults;
        std::string path;
        std::unique_ptr<weir::InFile> real;
        std::uint64_t byte = 0;
    };
    struct Out final : weir::OutFile {
        Out(const FaultyFiles& f, std::string p, std::unique_ptr<weir::OutFile> r) : faults(f), path(std::move(p)), real(std::move(r)) {}
        void write(std::string_view bytes) override {
            if (byte + bytes.size() > faults.fails_at)
                throw weir::FileError("cannot write at byte " + std::to_string(byte), path, std::make_error_code(std::errc::no_space_on_device), byte);
            real->write(bytes);
            byte += bytes.size();
        }
        void complete() override {
            if (faults.fails_to_complete) throw weir::FileError("cannot write", path, std::make_error_code(std::errc::no_space_on_device), byte);
            real->complete();
        }
        const FaultyFiles& faults;
        std::string path;
        std::unique_ptr<weir::OutFile> real;
        std::uint64_t byte = 0;
    };
};

/// Where an input hands its events, as many at a time as it is told.
struct Collects {
    std::vector<std::string> lines{};
    template <typename E>
    std::size_t span(std::span<E> events) {
        lines.insert(lines.end(), events.begin(), events.end());
        return events.size();
    }
};

/// Every path is a file with `before`, a gigabyte of 'x' and `after`, which no disk has to hold.
class Gigabyte final : public weir::Files {
public:
    Gigabyte(std::string b, std::string a) : before(std::move(b)), after(std::move(a)) {}
    std::unique_ptr<weir::InFile> open(const std::string&) const override { return std::make_unique<In>(*this); }
    std::unique_ptr<weir::OutFile> create(const std::string&) const override { return nullptr; }
    std::string before, after;

private:
    struct In final : weir::InFile {
        explicit In(const Gigabyte& f) : file(f) {}
        std::size_t read(std::span<char> into) override {
            const std::size_t begin = file.before.size(), end = begin + (std::size_t{1} << 30);
            std::size_t n = 0;
            if (at < begin) n = file.before.copy(into.data(), into.size(), at);
            else if (at < end) std::fill_n(into.data(), n = std::min(into.size(), end - at), 'x');
            else n = file.after.copy(into.data(), into.size(), at - end);
            at += n;
            return n;
        }
        void seek(std::uint64_t to) override { at = static_cast<std::size_t>(to); }
        const Gigabyte& file;
        std::size_t at = 0;
    };
};

} // namespace files_test
