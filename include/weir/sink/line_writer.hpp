// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/files.hpp>
#include <weir/core/system_files.hpp>
#include <weir/sink/row_error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <unistd.h>

namespace weir::detail {

/// The running form of a sink that writes lines: they gather in a buffer, and only whole ones are written.
///     format(buffer, value): adds a value, without the end of the line, which is '\n' or Format::line_end
///     Format::sink: the name that errors of a value are told with, and its number; without one they go on as they are
template <typename Format, typename File = std::unique_ptr<OutFile>> // a template, so that it costs only those who write lines
class LineWriter {
    static constexpr bool into_stream = std::is_same_v<File, std::unique_ptr<StreamOutFile>>;

public:
    using kind = OperatorKind;
    static constexpr bool one_to_one = true;

    LineWriter(File file, Format format, std::size_t limit, bool flush_spans, std::string first_line)
        : file_(std::move(file)), buffer_(std::move(first_line)), format_(std::move(format)), limit_(limit), flush_spans_(flush_spans) {}

    template <typename E, typename Next>
    void on_event(E&& event, Next&) {
        const auto& value = value_of(event);
        const std::size_t before = buffer_.size();
        ++rows_;
        try {
            format_(buffer_, value);
            if constexpr (requires { Format::line_end; }) buffer_ += Format::line_end;
            else buffer_ += '\n';
        } catch (...) {
            buffer_.resize(before); // never half a line
            if constexpr (requires { Format::sink; }) fail_row(Format::sink, rows_);
            else throw;
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

    /// What waits in the buffer; what was written is in the stream.
    void save(StateWriter& to) const {
        static_assert(into_stream, "durable: a sink that writes a file writes all of it anew in each run, and a job that goes on would leave in it only what "
                                   "came since. Write to a stream, to_lines(stdout), or to a table, sqlite::insert_into.");
        to.put(buffer_);
    }
    void load(StateReader& from) { from.get(buffer_); }

private:
    void flush() {
        if (buffer_.empty() || not file_) return;
        file_->write(buffer_);
        buffer_.clear();
    }
    File file_; // none after the end
    std::string buffer_;
    WEIR_NO_UNIQUE_ADDRESS Format format_;
    std::size_t limit_;
    bool flush_spans_;
    std::uint64_t rows_ = 0; // of this run
};

[[nodiscard]] inline bool is_terminal(std::FILE* stream) noexcept { return ::isatty(::fileno(stream)) == 1; }

/// Where lines go: a file of that name, or a stream.
template <typename Out, typename Binding, typename Target, typename Options, typename Format>
auto open_lines(Binding& binding, std::uint32_t id, const Target& target, const Options& options, Format format, std::string first_line = {}) {
    if constexpr (std::is_same_v<Target, std::FILE*>) {
        using File = std::unique_ptr<StreamOutFile>;
        const bool at_once = options.flush_spans || is_terminal(target);
        return LineWriter<Format, File>(File(new StreamOutFile(target)), std::move(format), options.buffer, at_once, std::move(first_line));
    } else {
        using File = std::unique_ptr<Out>;
        const bool at_once = options.flush_spans || (target == "-" && is_terminal(stdout));
        File file = options.files ? options.files->create(target) : BasicSystemFiles<InFile, Out>().create(target);
        if (const std::string path = file->target(); not path.empty()) binding.names().claim_file(path, id);
        return LineWriter<Format, File>(std::move(file), std::move(format), options.buffer, at_once, std::move(first_line));
    }
}

} // namespace weir::detail
