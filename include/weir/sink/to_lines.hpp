// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/files.hpp>
#include <weir/core/number_text.hpp>
#include <weir/core/system_files.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/core.h>

#include <unistd.h>

namespace weir {

/// How lines are written.
struct ToLinesOptions {
    std::size_t buffer = 65'536;   ///< bytes that may wait before they are written
    bool flush_spans = false;      ///< also writes whenever the events at hand are over, so that others soon see them
    const Files* files = nullptr;  ///< without one the machine's; must outlive the job
};

namespace detail {

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

template <typename V>
concept TextLike = std::is_convertible_v<const V&, std::string_view>;
template <typename V>
concept Printable = TextLike<V> || fmt::is_formattable<V>::value;

/// The running form: whole lines gather in a buffer, and only whole lines are written.
template <typename File = std::unique_ptr<OutFile>> // a template, as what follows, so that it costs only those who write lines
class LineWriter {
public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;
    static constexpr bool stateless = true;

    LineWriter(File file, std::size_t limit, bool flush_spans)
        : file_(std::move(file)), limit_(limit), flush_spans_(flush_spans) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        const auto& value = value_of(event);
        const std::size_t before = buffer_.size();
        try {
            if constexpr (TextLike<value_t<E>>) buffer_ += static_cast<std::string_view>(value);
            else append(value);
            buffer_ += '\n';
        } catch (...) {
            buffer_.resize(before); // never half a line
            throw;
        }
        if (buffer_.size() >= limit_) flush();
    }
    template <typename Next>
    void end_span(Next&) {
        if (flush_spans_) flush();
    }
    template <typename Next>
    void on_end(Next& next) {
        flush();
        if (auto file = std::move(file_)) file->complete();
        next.on_end();
    }

private:
    /// Not by fmt::format_to: that needs the whole of fmt/format.h, a fifth of what including weir costs.
    template <typename V>
    void append(const V& value) {
        if constexpr (std::is_integral_v<V> && sizeof(V) <= sizeof(std::uint64_t) && not std::is_same_v<V, bool> && not std::is_same_v<V, char>) {
            append_number(buffer_, value);
        } else {
            buffer_ += fmt::format("{}", value);
        }
    }
    void flush() {
        if (buffer_.empty() || not file_) return;
        file_->write(buffer_);
        buffer_.clear();
    }
    File file_; // none after the end
    std::string buffer_;
    std::size_t limit_;
    bool flush_spans_;
};

template <typename Options = ToLinesOptions, typename Out = OutFile>
struct ToLinesOp {
    using kind = OperatorKind;
    static constexpr std::string_view name = "to_lines";
    std::string path;
    std::FILE* stream; // instead of a path
    Options options;

    template <typename S>
        requires Printable<typename S::value>
    using out = Ended;

    template <typename S>
    auto bind(const S&) && {
        using File = std::unique_ptr<Out>;
        if (stream)
            return LineWriter<File>(File(new StreamOutFile(stream)), options.buffer, options.flush_spans || ::isatty(::fileno(stream)) == 1);
        return LineWriter<File>(options.files ? options.files->create(path) : BasicSystemFiles<InFile, Out>().create(path), options.buffer, options.flush_spans);
    }

    template <typename S>
    static constexpr void explain() {
        static_assert(never<S>, "to_lines(file): this pipeline's events cannot be written as text. Turn them into strings with map(fn) "
                                "before it, or give their type a fmt::formatter.");
    }
};

} // namespace detail

/// Ends a chain: writes each event as a line of a text file.
///     E -> sink; text as it is, anything else that fmt can format as by "{}"; without the event time; in order; buffered, and only
///     whole lines are written. The file is `path + ".part"` while the job runs and gets its name when the job ends, or is stopped:
///     nobody sees half a result, and a job that fails leaves what was there before.
///     FileError, naming the file: at the start where it cannot be created, later where it cannot be written (a full disk).
///     Allocates its buffer as it fills, and a string for what fmt formats where that is long; never for text and integers.
///     example: tests/sink/to_lines.cpp
template <typename Options = ToLinesOptions>
[[nodiscard]] auto to_lines(std::string path, Options options = {}) {
    return detail::ToLinesOp<Options>{std::move(path), nullptr, options};
}

/// The same into an open C stream: to_lines(stdout). It stays open; on a terminal lines appear whenever the events at hand are over.
template <typename Options = ToLinesOptions>
[[nodiscard]] auto to_lines(std::FILE* stream, Options options = {}) {
    return detail::ToLinesOp<Options>{{}, stream, options};
}

} // namespace weir
