// SPDX-License-Identifier: BSL-1.0
// Component lz4: files that lz4 has compressed. Needs liblz4, 1.8 or later.
#pragma once
#include <weir/core/packed_files.hpp>
#include <weir/core/system_files.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <lz4frame.h>

namespace weir::lz4 {

/// How lz4 files are written, and whose files they are.
struct Options {
    int level = 0;                ///< of compression: 0 is fast, 3 to 12 are slower and smaller
    const Files* files = nullptr; ///< without one the machine's; must outlive these
};

namespace detail {

struct Lz4 {
    static constexpr std::string_view format = "lz4", suffix = ".lz4";
    static constexpr std::size_t longest_magic = 4;
    static bool begins(std::string_view data) noexcept {
        return data.starts_with("\x04\x22\x4d\x18") || (data.size() >= 4 && (data[0] & 0xf0) == 0x50 && data.substr(1, 3) == "\x2a\x4d\x18"); // or to be skipped
    }
    static bool may_begin(std::string_view data) noexcept {
        return std::string_view("\x04\x22\x4d\x18").starts_with(data) || ((data[0] & 0xf0) == 0x50 && std::string_view("\x2a\x4d\x18").starts_with(data.substr(1)));
    }

    class Unpacker {
    public:
        Unpacker() {
            if (::LZ4F_isError(::LZ4F_createDecompressionContext(&context_, LZ4F_VERSION))) throw std::bad_alloc();
        }
        Unpacker(const Unpacker&) = delete;
        Unpacker& operator=(const Unpacker&) = delete;
        ~Unpacker() { ::LZ4F_freeDecompressionContext(context_); }
        void restart() noexcept { ::LZ4F_resetDecompressionContext(context_); }
        weir::detail::PackedStep step(std::string_view in, std::span<char> out) {
            std::size_t taken = in.size(), written = out.size();
            const std::size_t result = ::LZ4F_decompress(context_, out.data(), &written, in.data(), &taken, nullptr);
            if (::LZ4F_isError(result)) return {0, 0, false, ::LZ4F_getErrorName(result)};
            return {taken, written, result == 0, {}};
        }

    private:
        ::LZ4F_dctx* context_ = nullptr;
    };

    class Packer {
    public:
        explicit Packer(int level) {
            if (level < 0 || level > ::LZ4F_compressionLevel_max()) throw std::invalid_argument("lz4::Options: level must be 0 to 12.");
            if (::LZ4F_isError(::LZ4F_createCompressionContext(&context_, LZ4F_VERSION))) throw std::bad_alloc();
            settings_.compressionLevel = level;
            settings_.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
            ready_.resize(std::max<std::size_t>(::LZ4F_compressBound(piece, &settings_), LZ4F_HEADER_SIZE_MAX));
            end_ = checked(::LZ4F_compressBegin(context_, ready_.data(), ready_.size(), &settings_));
        }
        Packer(const Packer&) = delete;
        Packer& operator=(const Packer&) = delete;
        ~Packer() { ::LZ4F_freeCompressionContext(context_); }
        /// lz4 wants room for the worst case, so what it gives waits until there is room for that.
        weir::detail::PackedStep step(std::string_view in, std::span<char> out, bool last) {
            weir::detail::PackedStep done{};
            if (begin_ == end_ && not ended_) {
                begin_ = 0;
                done.taken = std::min<std::size_t>(in.size(), piece);
                end_ = done.taken > 0 ? checked(::LZ4F_compressUpdate(context_, ready_.data(), ready_.size(), in.data(), done.taken, nullptr)) : 0;
                if (last && in.empty()) {
                    end_ = checked(::LZ4F_compressEnd(context_, ready_.data(), ready_.size(), nullptr));
                    ended_ = true;
                }
            }
            done.written = std::min(end_ - begin_, out.size());
            std::copy_n(ready_.data() + begin_, done.written, out.data());
            begin_ += done.written;
            done.ended = ended_ && begin_ == end_;
            return done;
        }

    private:
        static constexpr std::size_t piece = 65'536;
        static std::size_t checked(std::size_t result) {
            if (::LZ4F_isError(result)) throw std::runtime_error(::LZ4F_getErrorName(result));
            return result;
        }
        ::LZ4F_cctx* context_ = nullptr;
        ::LZ4F_preferences_t settings_{};
        std::vector<char> ready_{};
        std::size_t begin_ = 0;
        std::size_t end_ = 0;
        bool ended_ = false;
    };
};

} // namespace detail

/// Files among which some are compressed by lz4, as zlib::files() has it for gzip; written compressed, with a checksum, if the name ends
/// with ".lz4". Both together: {.files = &gzip} in the options of this one.
///     example: tests/connect/lz4.cpp
[[nodiscard]] inline auto files(Options options = {}) { return weir::detail::PackedFiles<detail::Lz4, SystemFiles>(options.files, options.level); }

} // namespace weir::lz4
