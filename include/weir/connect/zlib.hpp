// SPDX-License-Identifier: BSL-1.0
// Component zlib: files that gzip has compressed. Needs zlib.
#pragma once
#include <weir/core/packed_files.hpp>
#include <weir/core/system_files.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string_view>

#include <zlib.h>

namespace weir::zlib {

/// How gzip files are written, and whose files they are.
struct Options {
    int level = 6;                ///< of compression, 0 to 9
    const Files* files = nullptr; ///< without one the machine's; must outlive these
};

namespace detail {

inline Bytef* bytes(const char* text) noexcept { return reinterpret_cast<Bytef*>(const_cast<char*>(text)); }
inline uInt bounded(std::size_t n) noexcept { return static_cast<uInt>(std::min<std::size_t>(n, std::numeric_limits<uInt>::max() / 2)); }

struct Gzip {
    static constexpr std::string_view format = "gzip", suffix = ".gz";
    static constexpr std::size_t longest_magic = 3;
    static bool begins(std::string_view data) noexcept { return data.starts_with("\x1f\x8b\x08"); }
    static bool may_begin(std::string_view data) noexcept { return std::string_view("\x1f\x8b\x08").starts_with(data); }

    class Stream {
    public:
        Stream() = default;
        Stream(const Stream&) = delete; // zlib points to it
        Stream& operator=(const Stream&) = delete;

    protected:
        ~Stream() = default;
        template <typename Call>
        weir::detail::PackedStep step(std::string_view in, std::span<char> out, Call call) {
            stream_.next_in = bytes(in.data());
            stream_.avail_in = bounded(in.size());
            stream_.next_out = bytes(out.data());
            stream_.avail_out = bounded(out.size());
            const uInt more_in = stream_.avail_in, more_out = stream_.avail_out;
            const int result = call(&stream_);
            if (result == Z_MEM_ERROR) throw std::bad_alloc();
            weir::detail::PackedStep done{more_in - stream_.avail_in, more_out - stream_.avail_out, result == Z_STREAM_END, {}};
            if (result == Z_NEED_DICT) done.fault = "it needs a dictionary";
            else if (result < 0 && result != Z_BUF_ERROR) done.fault = stream_.msg ? stream_.msg : "zlib refuses it";
            return done;
        }
        ::z_stream stream_{};
    };

    class Unpacker : Stream {
    public:
        Unpacker() {
            if (::inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc(); // 16: gzip, nothing else
        }
        ~Unpacker() { ::inflateEnd(&stream_); }
        void restart() noexcept { ::inflateReset(&stream_); }
        weir::detail::PackedStep step(std::string_view in, std::span<char> out) {
            return Stream::step(in, out, [](::z_stream* stream) { return ::inflate(stream, Z_NO_FLUSH); });
        }
    };

    class Packer : Stream {
    public:
        explicit Packer(int level) {
            const int result = ::deflateInit2(&stream_, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
            if (result == Z_STREAM_ERROR) throw std::invalid_argument("zlib::Options: level must be 0 to 9.");
            if (result != Z_OK) throw std::bad_alloc();
        }
        ~Packer() { ::deflateEnd(&stream_); }
        weir::detail::PackedStep step(std::string_view in, std::span<char> out, bool last) {
            return Stream::step(in, out, [last](::z_stream* stream) { return ::deflate(stream, last ? Z_FINISH : Z_NO_FLUSH); });
        }
    };
};

} // namespace detail

/// Files among which some are compressed by gzip: `const auto files = weir::zlib::files();` and then {.files = &files} in the options of any
/// source or sink.
///     Reading: whatever its name is, a file that begins as gzip does is decompressed, others are read as they are; several gzip files, one
///     behind the other, are one. Positions count decompressed bytes; to go back to one means to read from the beginning, so such a file
///     is not read in parts. FileError, which names the file and the byte in it: it is cut off or damaged; what is before that was given.
///     A pipe is decompressed as it comes, so a job that reads one sees a stop at once; drained, it is given all that can be decompressed of what
///     has come: that the compressed data does not end there is no error. Of one 64 KB more are kept.
///     Writing: compressed if the name ends with ".gz". Memory: about 110 KB for a file that is read, 330 KB for one that is written.
///     example: tests/connect/zlib.cpp
[[nodiscard]] inline auto files(Options options = {}) { return weir::detail::PackedFiles<detail::Gzip, SystemFiles>(options.files, options.level); }

} // namespace weir::zlib
