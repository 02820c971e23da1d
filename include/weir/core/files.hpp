// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace weir {

/// A file that could not be opened, read or written: what() names it, the byte where that is known, and what the system said.
class FileError : public std::runtime_error {
public:
    FileError(const std::string& what, std::string path, std::error_code code, std::uint64_t byte = 0)
        : std::runtime_error(path + ": " + what + ": " + code.message()), path_(std::move(path)), code_(code), byte_(byte) {}
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::error_code code() const noexcept { return code_; }
    /// Where in the file the transfer began that failed.
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_; }

private:
    std::string path_;
    std::error_code code_;
    std::uint64_t byte_;
};

/// Which file it is, whatever its name.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0; ///< may be another's later, once the file is gone
    std::int64_t born = 0;   ///< ns since 1970; 0: not known
    friend bool operator==(const FileId&, const FileId&) = default;
};

/// What is known of a file without reading it.
struct FileLook {
    FileId id{};
    std::uint64_t size = 0;
    std::int64_t modified = 0; ///< ns since 1970
};

/// A file that is read.
class InFile {
public:
    virtual ~InFile() = default;
    /// Reads at most into.size() bytes, waiting for the first of them; 0: the end. Throws FileError.
    virtual std::size_t read(std::span<char> into) = 0;
    /// The next read begins at this byte. Throws FileError.
    virtual void seek(std::uint64_t byte) = 0;
    /// Bytes, where that is known and to seek among them costs nothing: such a file can be read in parts.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
    /// Reads at most into.size() bytes from this one on, and leaves the next read where it is: any thread, beside others that do. 0: the end;
    /// nullopt: it cannot. Throws FileError.
    [[nodiscard]] virtual std::optional<std::size_t> read_at([[maybe_unused]] std::uint64_t byte, [[maybe_unused]] std::span<char> into) const { return std::nullopt; }
    /// Which file this is and what is in it now; nullopt: not known, as of a pipe.
    [[nodiscard]] virtual std::optional<FileLook> look() const { return std::nullopt; }
    /// Whether others write what is read, as into a pipe, so that it may be long in coming.
    [[nodiscard]] virtual bool is_live() const noexcept { return false; }
    /// Of one that is live: sleeps until read() would give something, or the end, or throw, at once; whether it would. False: a stop is
    /// requested, or the deadline has come.
    virtual bool wait([[maybe_unused]] std::stop_token stop, [[maybe_unused]] std::chrono::steady_clock::time_point deadline) { return true; }
    /// Of one that is live, in place of read(): what it has taken of what others have written and not given; 0: no more. Throws FileError.
    virtual std::size_t rest([[maybe_unused]] std::span<char> into) { return 0; }
};

/// A file that is written. What was written has the file's name only after complete(): without it nothing is left behind.
class OutFile {
public:
    virtual ~OutFile() = default;
    /// Writes all of it. Throws FileError.
    virtual void write(std::string_view bytes) = 0;
    /// The last call: the file is there, whole. Throws FileError.
    virtual void complete() = 0;
    /// The whole path of what complete() puts it in the place of; empty where nothing is lost when others write there, too, as into a pipe.
    [[nodiscard]] virtual std::string target() const { return {}; }
};

/// A file without a name, for what does not fit into memory. It goes with this object, and with the process if that is killed.
class ScratchFile {
public:
    virtual ~ScratchFile() = default;
    /// Writes all of it, beginning at this byte. Throws FileError.
    virtual void write(std::uint64_t byte, std::string_view bytes) = 0;
    /// Reads as many bytes as `into` has; less is a FileError.
    virtual void read(std::uint64_t byte, std::span<char> into) const = 0;
};

/// The one way by which weir reaches files. Give sources and sinks one of your own to see what they do when a disk fails.
///     Any thread; must outlive what it opened.
class Files {
public:
    virtual ~Files() = default;
    [[nodiscard]] virtual std::unique_ptr<InFile> open(const std::string& path) const = 0;
    [[nodiscard]] virtual std::unique_ptr<OutFile> create(const std::string& path) const = 0;
    /// A new empty file in this directory. Throws FileError, as do those that make none.
    [[nodiscard]] virtual std::unique_ptr<ScratchFile> scratch(const std::string& directory) const {
        throw FileError("cannot make a temporary file", directory, std::make_error_code(std::errc::operation_not_supported));
    }
    /// What open(path)->look() says; nullopt also where no such file is. Throws FileError.
    [[nodiscard]] virtual std::optional<FileLook> look(const std::string& path) const {
        try {
            return open(path)->look();
        } catch (const FileError& error) {
            if (error.code() != std::errc::no_such_file_or_directory) throw;
            return std::nullopt;
        }
    }
    /// Whether what has this name is no file that grows: a folder, a pipe. To open a pipe may wait for who writes it.
    [[nodiscard]] virtual bool is_special(const std::string& path) const {
        static_cast<void>(path);
        return false;
    }
    /// The paths of what `path` may have been renamed to by whoever begins a new file there, in any order: path + ".1" and the like.
    [[nodiscard]] virtual std::vector<std::string> renamed(const std::string& path) const {
        static_cast<void>(path);
        return {};
    }
};

} // namespace weir
