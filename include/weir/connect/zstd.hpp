// SPDX-License-Identifier: BSL-1.0
// Component zstd: files that zstd has compressed. Needs libzstd, 1.4 or later.
#pragma once
#include <weir/core/packed_files.hpp>
#include <weir/core/system_files.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>

#include <zstd.h>

namespace weir::zstd {

/// How zstd files are written, and whose files they are.
struct Options {
    int level = 3;                ///< of compression, 1 to 22
    const Files* files = nullptr; ///< without one the machine's; must outlive these
};

namespace detail {

struct Zstd {
    static constexpr std::string_view format = "zstd", suffix = ".zst";
    static constexpr std::size_t longest_magic = 4;
    static bool begins(std::string_view data) noexcept {
        return data.starts_with("\x28\xb5\x2f\xfd") || (data.size() >= 4 && (data[0] & 0xf0) == 0x50 && data.substr(1, 3) == "\x2a\x4d\x18"); // or to be skipped
    }
    static bool may_begin(std::string_view data) noexcept {
        return std::string_view("\x28\xb5\x2f\xfd").starts_with(data) || ((data[0] & 0xf0) == 0x50 && std::string_view("\x2a\x4d\x18").starts_with(data.substr(1)));
    }

    class Unpacker {
    public:
        Unpacker() : context_(::ZSTD_createDCtx()) {
            if (not context_) throw std::bad_alloc();
        }
        void restart() noexcept { ::ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }
        weir::detail::PackedStep step(std::string_view in, std::span<char> out) {
            ::ZSTD_inBuffer from{in.data(), in.size(), 0};
            ::ZSTD_outBuffer to{out.data(), out.size(), 0};
            const std::size_t result = ::ZSTD_decompressStream(context_.get(), &to, &from);
            weir::detail::PackedStep done{from.pos, to.pos, result == 0, {}};
            if (::ZSTD_isError(result)) done.fault = ::ZSTD_getErrorName(result);
            return done;
        }

    private:
        struct Free {
            void operator()(::ZSTD_DCtx* context) const noexcept { ::ZSTD_freeDCtx(context); }
        };
        std::unique_ptr<::ZSTD_DCtx, Free> context_;
    };

    class Packer {
    public:
        explicit Packer(int level) : context_(::ZSTD_createCCtx()) {
            if (not context_) throw std::bad_alloc();
            const ::ZSTD_bounds levels = ::ZSTD_cParam_getBounds(ZSTD_c_compressionLevel);
            if (level < levels.lowerBound || level > levels.upperBound) throw std::invalid_argument("zstd::Options: level must be 1 to 22.");
            ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
            ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
        }
        weir::detail::PackedStep step(std::string_view in, std::span<char> out, bool last) {
            ::ZSTD_inBuffer from{in.data(), in.size(), 0};
            ::ZSTD_outBuffer to{out.data(), out.size(), 0};
            const std::size_t result = ::ZSTD_compressStream2(context_.get(), &to, &from, last ? ZSTD_e_end : ZSTD_e_continue);
            if (::ZSTD_isError(result)) throw std::runtime_error(::ZSTD_getErrorName(result));
            return {from.pos, to.pos, last && result == 0, {}};
        }

    private:
        struct Free {
            void operator()(::ZSTD_CCtx* context) const noexcept { ::ZSTD_freeCCtx(context); }
        };
        std::unique_ptr<::ZSTD_CCtx, Free> context_;
    };
};

} // namespace detail

/// Files among which some are compressed by zstd, as zlib::files() has it for gzip; written compressed, with a checksum, if the name ends
/// with ".zst". Both together: {.files = &gzip} in the options of this one.
///     example: tests/connect/zstd.cpp
[[nodiscard]] inline auto files(Options options = {}) { return weir::detail::PackedFiles<detail::Zstd, SystemFiles>(options.files, options.level); }

} // namespace weir::zstd
