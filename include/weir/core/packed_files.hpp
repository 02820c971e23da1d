// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

// What components for compressed files share. A codec has
//     static constexpr std::string_view format              "gzip", for messages
//     static constexpr std::size_t longest_magic            as many bytes as begins() looks at
//     static bool begins(std::string_view)                  whether compressed data begins like this
//     static bool may_begin(std::string_view)               whether it may, where that has fewer bytes
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
    UnpackingFile(std::unique_ptr<InFile> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
        if (not is_live()) begin();
    }

    std::size_t read(std::span<char> into) override {
        if (into.empty()) return 0;
        if (has_ready()) return take_ready(into);
        if (failed_) std::rethrow_exception(failed_);
        if (kind_ == Kind::unknown) begin();
        if (kind_ == Kind::plain) return begin_ == end_ ? file_->read(into) : take_plain(into);
        return unpack(into, [this] { return fill(); }).value();
    }
    void seek(std::uint64_t byte) override {
        if (kind_ == Kind::unknown) begin();
        if (kind_ == Kind::plain) {
            begin_ = end_ = 0;
            return file_->seek(byte);
        }
        if (byte < at()) {
            file_->seek(0);
            unpacker_.restart();
            begin_ = end_ = ready_begin_ = ready_end_ = 0;
            taken_ = at_ = 0;
            complete_ = false;
            failed_ = nullptr;
        }
        std::vector<char> passed(std::min<std::uint64_t>(byte - at(), block));
        while (at() < byte && read(std::span(passed).first(static_cast<std::size_t>(std::min<std::uint64_t>(byte - at(), passed.size())))) > 0) {}
    }
    [[nodiscard]] std::optional<std::size_t> read_at(std::uint64_t byte, std::span<char> into) const override {
        return kind_ == Kind::plain ? file_->read_at(byte, into) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint64_t> size() const override { return kind_ == Kind::plain ? file_->size() : std::nullopt; }
    [[nodiscard]] std::optional<FileLook> look() const override { return kind_ == Kind::plain ? file_->look() : std::nullopt; }
    [[nodiscard]] bool is_live() const noexcept override { return file_->is_live(); }
    /// Compressed bytes that have come may be too few to give one of the others, so it decompresses what it can.
    bool wait(std::stop_token stop, std::chrono::steady_clock::time_point deadline) override {
        if (has_ready() || failed_) return true;
        const auto more = [&] { return file_->wait(stop, deadline) ? fill() : More::later; };
        try {
            if (kind_ == Kind::unknown && begin(more) == More::later) return false;
            if (kind_ == Kind::plain) return begin_ != end_ || file_->wait(stop, deadline);
            ready_.resize(block);
            ready_begin_ = ready_end_ = 0;
            const std::optional<std::size_t> n = unpack(ready_, more);
            ready_end_ = n.value_or(0);
            return n.has_value();
        } catch (...) { // for who reads
            failed_ = std::current_exception();
            return true;
        }
    }
    /// All that can be decompressed of what has come.
    std::size_t rest(std::span<char> into) override {
        if (into.empty()) return 0;
        if (has_ready()) return take_ready(into);
        if (failed_) std::rethrow_exception(failed_);
        const auto more = [this] { return fill(true) == More::some ? More::some : More::later; };
        if (kind_ == Kind::unknown && begin(more) == More::later) know();
        if (kind_ == Kind::plain) return begin_ == end_ ? file_->rest(into) : take_plain(into);
        return unpack(into, more).value_or(0);
    }

private:
    static constexpr std::size_t block = 65'536;
    enum class Kind : unsigned char { unknown, plain, packed };
    /// Of the file's bytes.
    enum class More : unsigned char { some, none, later };

    [[nodiscard]] std::uint64_t at() const noexcept { return at_ - (ready_end_ - ready_begin_); }
    [[nodiscard]] bool has_ready() const noexcept { return ready_begin_ != ready_end_; }
    std::size_t take_ready(std::span<char> into) { return take(ready_, ready_begin_, ready_end_, into); }
    std::size_t take_plain(std::span<char> into) { return take(buffer_, begin_, end_, into); }
    static std::size_t take(const std::vector<char>& from, std::size_t& begin, std::size_t end, std::span<char> into) {
        const std::size_t n = std::min(into.size(), end - begin);
        std::copy_n(from.data() + begin, n, into.data());
        begin += n;
        return n;
    }

    void begin() {
        static_cast<void>(begin([this] { return fill(); }));
    }
    /// Finds out which kind of file it is; later: what has come may begin either.
    template <typename Fill>
    More begin(const Fill& more) {
        while (end_ < Codec::longest_magic && Codec::may_begin({buffer_.data(), end_})) {
            const More has = more();
            if (has == More::later) return has;
            if (has == More::none) break;
        }
        know();
        return More::some;
    }
    void know() { kind_ = Codec::begins({buffer_.data(), end_}) ? Kind::packed : Kind::plain; }
    /// Some of what is decompressed; 0: the end, nullopt: later.
    template <typename Fill>
    std::optional<std::size_t> unpack(std::span<char> into, const Fill& more) {
        for (;;) {
            if (complete_) {
                const More next = next_piece(more);
                if (next != More::some) return next == More::none ? std::optional<std::size_t>(0) : std::nullopt;
            }
            const PackedStep step = unpacker_.step(std::string_view(buffer_.data() + begin_, end_ - begin_), into);
            begin_ += step.taken;
            at_ += step.written;
            if (not step.fault.empty()) fault(PackedFault::corrupt, step.fault);
            complete_ = step.ended;
            if (step.written > 0) return step.written;
            if (complete_ || step.taken > 0) continue;
            if (begin_ != end_) fault(PackedFault::corrupt, "it goes on nowhere");
            const More has = more();
            if (has == More::later) return std::nullopt;
            if (has == More::none) fault(PackedFault::truncated, {});
        }
    }
    /// Adds to what has not been taken.
    More fill(bool rest = false) {
        std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
        taken_ += begin_;
        end_ -= begin_;
        begin_ = 0;
        const std::span<char> into = std::span(buffer_).subspan(end_);
        const std::size_t n = rest ? file_->rest(into) : file_->read(into);
        end_ += n;
        return n > 0 ? More::some : More::none;
    }
    /// Whether more compressed data follows what is complete.
    template <typename Fill>
    More next_piece(const Fill& more) {
        while (end_ - begin_ < Codec::longest_magic) {
            const More has = more();
            if (has == More::later) return has;
            if (has == More::none) break;
        }
        if (begin_ == end_) return More::none;
        if (not Codec::begins({buffer_.data() + begin_, end_ - begin_})) fault(PackedFault::corrupt, "something else follows it");
        unpacker_.restart();
        complete_ = false;
        return More::some;
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
    Kind kind_ = Kind::unknown;
    bool complete_ = false;
    std::vector<char> ready_{}; // what wait() has decompressed,
    std::size_t ready_begin_ = 0;
    std::size_t ready_end_ = 0;
    std::exception_ptr failed_{}; // or what it found
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
