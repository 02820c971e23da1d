// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// What components for compressed files share. A codec has
//     static constexpr std::string_view format              "gzip", for messages
//     static constexpr std::size_t longest_magic            as many bytes as begins() looks at
//     static bool begins(std::string_view)                  whether compressed data begins like this
//     Unpacker: step(in, out) -> Step                       takes from the front of `in`, and writes to the front of `out`
//               restart()                                   another piece of data begins, or the same again
//     Packer(level): step(in, out, last) -> Step            `last`: until it has ended
//     static constexpr std::string_view suffix              of the names of files that are written compressed

namespace weir::detail {

enum class PackedFault { truncated = 1, corrupt };

class PackedCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "compressed data"; }
    [[nodiscard]] std::string message(int fault) const override {
        return fault == static_cast<int>(PackedFault::truncated) ? "the file is cut off" : "the data is damaged";
    }
};

inline std::error_code packed_error(PackedFault fault) noexcept {
    static const PackedCategory category;
    return {static_cast<int>(fault), category};
}

/// What a codec has done with its input.
struct PackedStep {
    std::size_t taken = 0;
    std::size_t written = 0;
    bool ended = false;        ///< the data is complete; another may follow
    std::string_view fault{};  ///< not "": what is wrong
};

/// Reads plain and compressed files alike, told apart by their first bytes; several pieces of compressed data, one behind the other, are one.
///     seek(byte) counts decompressed bytes: going back means to begin again.
template <typename Codec>
class UnpackingFile final : public InFile {
public:
    UnpackingFile(std::unique_ptr<InFile> file, std::string path) : file_(std::move(file)), path_(std::move(path)) { begin(); }

    std::size_t read(std::span<char> into) override {
        if (into.empty()) return 0;
        if (not packed_) return read_plain(into);
        for (;;) {
            if (complete_ && not next_piece()) return 0;
            const PackedStep step = unpacker_.step(std::string_view(buffer_.data() + begin_, end_ - begin_), into);
            begin_ += step.taken;
            at_ += step.written;
            if (not step.fault.empty()) fault(PackedFault::corrupt, step.fault);
            complete_ = step.ended;
            if (step.written > 0) return step.written;
            if (complete_ || step.taken > 0) continue;
            if (begin_ != end_) fault(PackedFault::corrupt, "it goes on nowhere");
            if (not fill()) fault(PackedFault::truncated, {});
        }
    }
    void seek(std::uint64_t byte) override {
        if (not packed_) {
            begin_ = end_ = 0;
            return file_->seek(byte);
        }
        if (byte < at_) {
            file_->seek(0);
            unpacker_.restart();
            begin_ = end_ = 0;
            taken_ = at_ = 0;
            complete_ = false;
        }
        std::vector<char> passed(std::min<std::uint64_t>(byte - at_, block));
        while (at_ < byte && read(std::span(passed).first(static_cast<std::size_t>(std::min<std::uint64_t>(byte - at_, passed.size())))) > 0) {}
    }
    [[nodiscard]] std::optional<std::size_t> read_at(std::uint64_t byte, std::span<char> into) const override {
        return packed_ ? std::nullopt : file_->read_at(byte, into);
    }
    [[nodiscard]] std::optional<std::uint64_t> size() const override { return packed_ ? std::nullopt : file_->size(); }
    [[nodiscard]] std::optional<FileLook> look() const override { return packed_ ? std::nullopt : file_->look(); }

private:
    static constexpr std::size_t block = 65'536;

    void begin() {
        while (end_ < Codec::longest_magic && fill()) {}
        packed_ = Codec::begins({buffer_.data(), end_});
    }
    std::size_t read_plain(std::span<char> into) {
        if (begin_ == end_) return file_->read(into);
        const std::size_t n = std::min(into.size(), end_ - begin_);
        std::copy_n(buffer_.data() + begin_, n, into.data());
        begin_ += n;
        return n;
    }
    /// Adds to what has not been taken; false at the end of the file.
    bool fill() {
        std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
        taken_ += begin_;
        end_ -= begin_;
        begin_ = 0;
        const std::size_t n = file_->read(std::span(buffer_).subspan(end_));
        end_ += n;
        return n > 0;
    }
    /// Whether more compressed data follows what is complete.
    bool next_piece() {
        while (end_ - begin_ < Codec::longest_magic && fill()) {}
        if (begin_ == end_) return false;
        if (not Codec::begins({buffer_.data() + begin_, end_ - begin_})) fault(PackedFault::corrupt, "something else follows it");
        unpacker_.restart();
        complete_ = false;
        return true;
    }
    [[noreturn]] void fault(PackedFault fault, std::string_view why) const {
        const std::uint64_t byte = taken_ + begin_;
        std::string what = "cannot read " + std::string(Codec::format) + " data at byte " + std::to_string(byte);
        if (not why.empty()) (what += ", ") += why;
        throw FileError(what, path_, packed_error(fault), byte);
    }

    std::unique_ptr<InFile> file_;
    std::string path_;
    typename Codec::Unpacker unpacker_{};
    std::vector<char> buffer_ = std::vector<char>(block);
    std::size_t begin_ = 0; // of what has been read and not been taken
    std::size_t end_ = 0;
    std::uint64_t taken_ = 0; // before the buffer's first byte
    std::uint64_t at_ = 0;    // in what is decompressed
    bool packed_ = false;
    bool complete_ = false;
};

/// Compresses what is written.
template <typename Codec>
class PackingFile final : public OutFile {
public:
    PackingFile(std::unique_ptr<OutFile> file, int level) : file_(std::move(file)), packer_(level) {}
    void write(std::string_view bytes) override {
        while (not bytes.empty()) step(bytes, false);
    }
    void complete() override {
        std::string_view none;
        while (not step(none, true)) {}
        file_->complete();
    }
    [[nodiscard]] std::string target() const override { return file_->target(); }

private:
    bool step(std::string_view& bytes, bool last) {
        const PackedStep done = packer_.step(bytes, buffer_, last);
        bytes.remove_prefix(done.taken);
        if (done.written > 0) file_->write({buffer_.data(), done.written});
        return done.ended;
    }

    std::unique_ptr<OutFile> file_;
    typename Codec::Packer packer_;
    std::vector<char> buffer_ = std::vector<char>(65'536);
};

/// Files among which some are compressed.
template <typename Codec, typename Base>
class PackedFiles final : public Files {
public:
    PackedFiles(const Files* files, int level) : files_(files), level_(level) {}
    [[nodiscard]] std::unique_ptr<InFile> open(const std::string& path) const override {
        return std::unique_ptr<InFile>(new UnpackingFile<Codec>(base().open(path), path));
    }
    [[nodiscard]] std::unique_ptr<OutFile> create(const std::string& path) const override {
        std::unique_ptr<OutFile> file = base().create(path);
        if (not std::string_view(path).ends_with(Codec::suffix)) return file;
        return std::unique_ptr<OutFile>(new PackingFile<Codec>(std::move(file), level_));
    }
    [[nodiscard]] std::unique_ptr<ScratchFile> scratch(const std::string& directory) const override { return base().scratch(directory); }
    [[nodiscard]] std::optional<FileLook> look(const std::string& path) const override { return base().look(path); }
    [[nodiscard]] bool is_special(const std::string& path) const override { return base().is_special(path); }
    [[nodiscard]] std::vector<std::string> renamed(const std::string& path) const override { return base().renamed(path); }

private:
    [[nodiscard]] const Files& base() const noexcept { return files_ ? *files_ : machine_; }
    Base machine_{};
    const Files* files_;
    int level_;
};

} // namespace weir::detail
