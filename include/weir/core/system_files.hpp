// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir {
namespace detail {

inline std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

/// An open file of the system (POSIX). Owns its descriptor unless it was lent one.
class Descriptor {
public:
    Descriptor(int number, bool owned) noexcept : number_(number), owned_(owned) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)), owned_(other.owned_) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        std::swap(owned_, other.owned_);
        return *this;
    }
    ~Descriptor() {
        if (owned_ && number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] bool owned() const noexcept { return owned_; }
    /// What close says belongs to what was written: some file systems tell of a full disk only then.
    bool close() noexcept { return not owned_ || ::close(std::exchange(number_, -1)) == 0; }

private:
    int number_;
    bool owned_;
};

/// What was written is on the disk, and there after a power cut. False: the system says in errno why not.
inline bool sync(int number) noexcept {
    while (::fsync(number) != 0)
        if (errno != EINTR) return false;
    return true;
}

inline std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == path.npos ? "." : path.substr(0, slash + 1);
}

/// The same of the names in the folder of this file, as far as its file system has that and it may be read.
inline bool sync_folder_of(const std::string& path) {
    const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), true);
    return folder.number() < 0 ? errno == EACCES : sync(folder.number()) || errno == EINVAL;
}

/// Of an open file, or with -1 of the one that the path names.
inline std::optional<FileLook> look_at(int number, const char* path) noexcept {
    FileLook look;
#if defined(STATX_BTIME)
    struct ::statx known {};
    const auto ns = [](const auto& time) { return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::int64_t>(time.tv_nsec); };
    if (::statx(number < 0 ? AT_FDCWD : number, path, number < 0 ? 0 : AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &known) != 0) return std::nullopt;
    look.id = {std::uint64_t{known.stx_dev_major} << 32 | known.stx_dev_minor, known.stx_ino, (known.stx_mask & STATX_BTIME) != 0 ? ns(known.stx_btime) : 0};
    look.size = known.stx_size;
    look.modified = ns(known.stx_mtime);
    const auto mode = known.stx_mode;
#else
    struct ::stat known {};
    if ((number < 0 ? ::stat(path, &known) : ::fstat(number, &known)) != 0) return std::nullopt;
    look.id = {static_cast<std::uint64_t>(known.st_dev), static_cast<std::uint64_t>(known.st_ino), 0};
    look.size = static_cast<std::uint64_t>(known.st_size);
    look.modified = static_cast<std::int64_t>(known.st_mtime) * 1'000'000'000;
    const auto mode = known.st_mode;
#endif
    errno = 0;
    return S_ISREG(mode) ? std::optional(look) : std::nullopt;
}

/// A pipe that nobody writes to yet is not waited for.
inline int open_to_read(const std::string& path) noexcept {
#if defined(__linux__) // elsewhere such a pipe, once open, looks like one that has ended
    struct ::stat known {};
    if (::stat(path.c_str(), &known) == 0 && S_ISFIFO(known.st_mode)) {
        const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (number >= 0) static_cast<void>(::fcntl(number, F_SETFL, 0));
        return number;
    }
#endif
    return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

class SystemInFile final : public InFile {
public:
    SystemInFile(std::string path, Descriptor file) : path_(std::move(path)), file_(std::move(file)), live_(is_live(file_.number())) {}

    std::size_t read(std::span<char> into) override {
        for (;;) {
            if (live_) poll(-1); // of a pipe that nobody writes to yet, read() would say that it has ended
            const auto n = ::read(file_.number(), into.data(), into.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw FileError("cannot read at byte " + std::to_string(byte_), path_, last_error(), byte_);
            byte_ += static_cast<std::uint64_t>(n);
            return static_cast<std::size_t>(n);
        }
    }
    void seek(std::uint64_t byte) override {
        if (::lseek(file_.number(), static_cast<off_t>(byte), SEEK_SET) < 0)
            throw FileError("cannot go to byte " + std::to_string(byte), path_, last_error(), byte);
        byte_ = byte;
    }
    [[nodiscard]] std::optional<std::size_t> read_at(std::uint64_t byte, std::span<char> into) const override {
        if (not file_.owned()) return std::nullopt;
        for (;;) {
            const auto n = ::pread(file_.number(), into.data(), into.size(), static_cast<off_t>(byte));
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno == ESPIPE) return std::nullopt;
            if (errno != EINTR) throw FileError("cannot read at byte " + std::to_string(byte), path_, last_error(), byte);
        }
    }
    [[nodiscard]] std::optional<std::uint64_t> size() const override {
        struct ::stat known {};
        if (not file_.owned() || ::fstat(file_.number(), &known) != 0 || not S_ISREG(known.st_mode)) return std::nullopt;
        return static_cast<std::uint64_t>(known.st_size);
    }
    [[nodiscard]] std::optional<FileLook> look() const override { return look_at(file_.number(), ""); }
    [[nodiscard]] bool is_live() const noexcept override { return live_; }
    bool wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) override {
        using Clock = std::chrono::steady_clock;
        constexpr std::chrono::milliseconds between_looks(20); // for a stop
        for (;;) {
            const auto now = Clock::now();
            const auto end = std::min(deadline, now + between_looks);
            if (not live_ || poll(end <= now ? 0 : static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(end - now).count()))) return true;
            if (stop.stop_requested() || deadline <= now) return false;
        }
    }

private:
    static bool is_live(int number) noexcept {
        struct ::stat known {};
        return ::fstat(number, &known) == 0 && not S_ISREG(known.st_mode) && not S_ISDIR(known.st_mode) && not S_ISBLK(known.st_mode);
    }
    /// Whether there is something to read, its end, or an error.
    bool poll(int milliseconds) const noexcept {
        ::pollfd file{file_.number(), POLLIN, 0};
        const int n = ::poll(&file, 1, milliseconds);
        return n > 0 || (n < 0 && errno != EINTR);
    }

    std::string path_;
    Descriptor file_;
    bool live_;
    std::uint64_t byte_ = 0;
};

/// The one path from the root of what this path names, by whichever links and folders; there: whether it names something.
inline std::string whole_path(const std::string& path, bool there) {
    const std::size_t name = there ? path.size() : path.rfind('/') + 1; // 0 where there is none
    const std::string known = name == 0 ? "." : path.substr(0, name);
    struct Free {
        void operator()(char* text) const { std::free(text); }
    };
    const std::unique_ptr<char, Free> resolved(::realpath(known.c_str(), nullptr));
    if (not resolved) return path;
    std::string whole(resolved.get());
    if (there) return whole;
    if (not whole.ends_with('/')) whole += '/';
    return whole += path.substr(name);
}

/// Who writes a file keeps it locked until it has been renamed or he is killed. False: another has it; where nothing can be locked nobody has.
inline bool lock(int number) noexcept { return ::flock(number, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }
/// Whether the file that is open is the one of this name.
inline bool has_name(int number, const std::string& path) noexcept {
    struct ::stat open {}, named {};
    return ::fstat(number, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/// The first of the names target + ".part", ".2.part", ".3.part" and so on that no other job writes to. What a killed one left there is removed.
inline std::string free_part(const std::string& path, const std::string& target) {
    std::string part = target + ".part";
    for (unsigned n = 1;;) {
        const Descriptor left(::open(part.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), true);
        if (left.number() < 0 && errno == ENOENT) return part;
        if (left.number() < 0) throw FileError("cannot create " + part, path, last_error());
        if (not lock(left.number())) part = target + '.' + std::to_string(++n) + ".part";
        else if (has_name(left.number(), part) && ::unlink(part.c_str()) != 0 && errno != ENOENT)
            throw FileError("cannot remove " + part, path, last_error());
    }
}

/// A new file for what is to be written.
struct NewFile {
    std::string name{};
    Descriptor file{-1, true};
    bool named = false; // else it may get its name when it is complete
};

/// Writes to `part`, which becomes `target` when it is complete; without a `part` straight into what `path` names. What takes the
/// target's place meanwhile is not overwritten: then the `part` stays.
class SystemOutFile final : public OutFile {
public:
    SystemOutFile(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {}
    /// What it writes to, made when there is somebody to remove it.
    void begin(NewFile part) noexcept {
        part_ = std::move(part.name);
        file_ = std::move(part.file);
        named_ = part.named;
        before_ = look_at(-1, target_.c_str());
    }
    ~SystemOutFile() override {
        if (named_) ::unlink(part_.c_str());
    }

    void write(std::string_view bytes) override {
        while (not bytes.empty()) {
            const auto n = ::write(file_.number(), bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw FileError("cannot write at byte " + std::to_string(byte_), path_, last_error(), byte_);
            byte_ += static_cast<std::uint64_t>(n);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void complete() override {
        if (part_.empty()) {
            if (not file_.close()) throw FileError("cannot write", path_, last_error(), byte_);
            return;
        }
        if (not sync(file_.number())) throw FileError("cannot write it to the disk", path_, last_error(), byte_);
        if (not named_) give_name();
        if (const auto now = look_at(-1, target_.c_str()); now && (not before_ || now->id != before_->id)) {
            named_ = false;
            throw FileError("another has written it meanwhile, so what was written is in " + part_, path_,
                            std::make_error_code(std::errc::file_exists), byte_);
        }
        if (::rename(part_.c_str(), target_.c_str()) != 0) throw FileError("cannot rename " + part_, path_, last_error(), byte_);
        named_ = false;
        if (not sync_folder_of(target_)) throw FileError("cannot write its name to the disk", path_, last_error(), byte_);
    }
    [[nodiscard]] std::string target() const override { return part_.empty() ? std::string() : target_; }

private:
    void give_name() {
        const std::string self = "/proc/self/fd/" + std::to_string(file_.number());
        for (lock(file_.number()); not named_;) {
            part_ = free_part(path_, target_);
            named_ = ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, part_.c_str(), AT_SYMLINK_FOLLOW) == 0;
            if (not named_ && errno != EEXIST) throw FileError("cannot name it " + part_, path_, last_error(), byte_);
        }
    }

    std::string path_;
    std::string target_;
    std::string part_;
    Descriptor file_{-1, true};
    bool named_ = false; // `part` is in its folder
    std::optional<FileLook> before_; // what had the target's name
    std::uint64_t byte_ = 0;
};

/// Writes into a C stream, which stays open.
class StreamOutFile final : public OutFile {
public:
    explicit StreamOutFile(std::FILE* stream) noexcept : stream_(stream) {}
    void write(std::string_view bytes) override {
        if (std::fwrite(bytes.data(), 1, bytes.size(), stream_) != bytes.size() || std::fflush(stream_) != 0)
            throw FileError("cannot write", stream_ == stdout ? "standard output" : "stream", last_error());
    }
    void complete() override {}

private:
    std::FILE* stream_;
};

class SystemScratchFile final : public ScratchFile {
public:
    SystemScratchFile(std::string directory, Descriptor file) : directory_(std::move(directory)), file_(std::move(file)) {}

    void write(std::uint64_t byte, std::string_view bytes) override {
        for (std::uint64_t at = byte; not bytes.empty();) {
            const auto n = ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(at));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw FileError("cannot write a temporary file at byte " + std::to_string(at), directory_, last_error(), at);
            at += static_cast<std::uint64_t>(n);
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    void read(std::uint64_t byte, std::span<char> into) const override {
        for (std::uint64_t at = byte; not into.empty();) {
            const auto n = ::pread(file_.number(), into.data(), into.size(), static_cast<off_t>(at));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0)
                throw FileError("cannot read a temporary file at byte " + std::to_string(at), directory_,
                                n < 0 ? last_error() : std::make_error_code(std::errc::io_error), at);
            at += static_cast<std::uint64_t>(n);
            into = into.subspan(static_cast<std::size_t>(n));
        }
    }

private:
    std::string directory_;
    Descriptor file_;
};

/// The descriptor of a file that is to be written to this path, and has no name so long as nobody gives it one; -1 where that cannot be.
inline int open_unnamed(const std::string& path) {
#if defined(O_TMPFILE)
    if (::access("/proc/self/fd", X_OK) != 0) return -1; // by which it gets its name
    return ::open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
#else
    static_cast<void>(path);
    return -1;
#endif
}

/// unnamed: without a name, where that can be.
inline NewFile new_file(const std::string& path, const std::string& target, bool unnamed = true) {
    for (NewFile part;;) {
        part.name = free_part(path, target); // also where it is not needed yet: what cannot have it is refused at once
        if (unnamed) part.file = Descriptor(open_unnamed(target), true);
        if (part.file.number() >= 0) return part;
        part.named = true;
        part.file = Descriptor(::open(part.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), true);
        if (part.file.number() >= 0 && lock(part.file.number()) && has_name(part.file.number(), part.name)) return part;
        if (part.file.number() >= 0) part.file.close(); // another took it for one that was left
        else if (errno != EEXIST) throw FileError("cannot create", path, last_error());
    }
}

/// The descriptor of a file in this directory that has no name, or loses it at once; -1 where there can be none.
inline int open_nameless(const std::string& directory) {
#if defined(O_TMPFILE)
    const int number = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (number >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return number;
#endif
    std::string name = directory + "/weir-XXXXXX";
    const int named = ::mkstemp(name.data());
    if (named < 0) return named;
    static_cast<void>(::fcntl(named, F_SETFD, FD_CLOEXEC));
    ::unlink(name.c_str());
    return named;
}

/// The paths of files whose names are this one's and behind it digits, '.', '-' and '_' only, as programs call the old files of a log.
inline std::vector<std::string> renamed_paths(const std::string& path) {
    const std::size_t slash = path.rfind('/') + 1; // npos + 1 is 0
    const std::string_view name = std::string_view(path).substr(slash);
    struct Close {
        void operator()(::DIR* open) const { ::closedir(open); }
    };
    std::vector<std::string> paths;
    const std::unique_ptr<::DIR, Close> folder(::opendir(slash == 0 ? "." : path.substr(0, slash).c_str()));
    while (const ::dirent* const entry = folder ? ::readdir(folder.get()) : nullptr) {
        const std::string_view other = entry->d_name;
        if (other.size() > name.size() && other.starts_with(name) && other.find_first_not_of("0123456789.-_", name.size()) == other.npos)
            paths.push_back(path.substr(0, slash).append(other));
    }
    return paths;
}

} // namespace detail

/// The files of the machine.
///     open("-") is standard input, from where its descriptor stands; a file of that name is "./-".
///     create("-") is standard output, and complete() leaves that open.
///     create(path) writes to path + ".part" and renames that at complete(), when it is on the disk: whoever opens `path` sees the old file or
///     the whole new one, after a power cut, too. Where the system can, it has no name at all until then, so that also a program that is
///     killed leaves nothing; where not, who writes to the same `path` at the same time has path + ".2.part". A link is followed, the
///     permissions of a file that was there are kept; what is no regular file (/dev/null, a pipe) is written directly.
template <typename In = InFile, typename Out = OutFile, typename Scratch = ScratchFile> // a template, so that it costs only those who open files
class BasicSystemFiles final : public Files {
public:
    [[nodiscard]] std::unique_ptr<In> open(const std::string& path) const override {
        if (path == "-") return borrow(stdin, "standard input");
        detail::Descriptor file(detail::open_to_read(path), true);
        if (file.number() < 0) throw FileError("cannot open", path, detail::last_error());
        return std::unique_ptr<In>(new detail::SystemInFile(path, std::move(file)));
    }

    [[nodiscard]] std::unique_ptr<Out> create(const std::string& path) const override {
        if (path == "-") return std::unique_ptr<Out>(new detail::StreamOutFile(stdout));
        struct ::stat old {};
        const bool there = ::stat(path.c_str(), &old) == 0;
        const bool direct = there && not S_ISREG(old.st_mode);
        const std::string target = direct ? path : detail::whole_path(path, there);
        auto* const file = new detail::SystemOutFile(path, target);
        std::unique_ptr<Out> out(file);
        detail::NewFile part;
        if (not direct) part = detail::new_file(path, target);
        else part.file = detail::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), true);
        if (part.file.number() < 0) throw FileError("cannot create", path, detail::last_error());
        if (there && not direct) static_cast<void>(::fchmod(part.file.number(), old.st_mode & 07777));
        file->begin(std::move(part));
        return out;
    }

    [[nodiscard]] std::unique_ptr<Scratch> scratch(const std::string& directory) const override {
        detail::Descriptor file(detail::open_nameless(directory), true);
        if (file.number() < 0) throw FileError("cannot make a temporary file", directory, detail::last_error());
        return std::unique_ptr<Scratch>(new detail::SystemScratchFile(directory, std::move(file)));
    }

    [[nodiscard]] std::optional<FileLook> look(const std::string& path) const override {
        std::optional<FileLook> known = detail::look_at(-1, path.c_str());
        if (not known && errno != 0 && errno != ENOENT) throw FileError("cannot look at it", path, detail::last_error());
        return known;
    }
    [[nodiscard]] bool is_special(const std::string& path) const override {
        struct ::stat known {};
        return ::stat(path.c_str(), &known) == 0 && not S_ISREG(known.st_mode);
    }
    [[nodiscard]] std::vector<std::string> renamed(const std::string& path) const override { return detail::renamed_paths(path); }

    /// Reads what a C stream reads, such as stdin, from where its descriptor stands. Nothing of it may have been read by other means.
    [[nodiscard]] static std::unique_ptr<In> borrow(std::FILE* stream, std::string name) {
        return std::unique_ptr<In>(new detail::SystemInFile(std::move(name), detail::Descriptor(::fileno(stream), false)));
    }
};

using SystemFiles = BasicSystemFiles<>;

} // namespace weir
