// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/source/follow_reader.hpp>
#include <weir/source/lines.hpp>
#include <weir/source/polled_batches.hpp>

#include <span>
#include <string>
#include <utility>

namespace weir {

/// A file that grows, in place of a path: from_lines(follow("access.log")), from_csv<Row>(follow("rows.csv")), from_jsonl<Row>(follow("events.jsonl")).
///     What has come is given when its line, or record, is whole; then the file is asked again every `every`, by the job's clock, until the job is stopped. As
///     `tail -F` does it: the name counts. A file that is not there yet is waited for. Where another takes its place, the old one is read
///     to its end first: until the new one has something in it and the old one, asked once more, has not; files that came between are found by their
///     names, path + ".1", "-20261231" and the like. A file that is shorter than what has been read of it has begun again, and is
///     read from its beginning, its lines counted from 1. What ends without a line end in an old file, or before a file begins again, is a line.
///     When the job is drained, what has been read without a line end is a line, or a record, too; when it is stopped, that is left in the file.
///     Each file of CSV has its own header, which is waited for; lines and rows are counted in each.
///     Not seen: a file that within `every` is cut and grows beyond where it was; anything of the kind where `files` of one's own do not look().
///     A saved position is that of a file (device, inode, time of birth), so a job goes on with the same line also when the file has got
///     another name meanwhile.
///     std::invalid_argument: "-", or `every` not above 0. FileError: a file that is there and cannot be read, or
///     what is no regular file, also where it has taken the file's place. example: tests/source/follow.cpp
template <typename Path = Followed> // a template, so that it costs only those who use it
[[nodiscard]] Path follow(std::string path, FollowOptions options = {}) {
    return Path(std::move(path), options);
}

/// The lines of a file that grows, for whoever wants to ask for them without a pipeline.
template <typename L = Line, typename File = InFile>
class BasicFollowedLines {
public:
    using event_type = L;
    static constexpr bool bounded = false;

    explicit BasicFollowedLines(Followed what, LinesOptions options = {}) : reader_(std::move(what), options.files, {options.block, options.max_line}) {}

    /// Lent until the next call.
    [[nodiscard]] Polled<std::span<L>> poll_batch(Timestamp now) {
        Polled<std::span<L>> lines = reader_.poll(now);
        if (lines && reader_.cutter().too_long()) detail::refuse_long_line(lines->front());
        return lines;
    }
    /// What has been read and not given, as if the file ended there; empty: no more.
    [[nodiscard]] std::span<L> rest() {
        const std::span<L> lines = reader_.rest();
        if (not lines.empty() && reader_.cutter().too_long()) detail::refuse_long_line(lines.front());
        return lines;
    }
    [[nodiscard]] FollowPosition position() const noexcept { return reader_.position(); }
    [[nodiscard]] FollowPosition batch_position() const noexcept { return reader_.batch_position(); }
    [[nodiscard]] bool has_left() const noexcept { return reader_.has_left(); }
    void seek(const FollowPosition& to) { reader_.seek(to); }
    [[nodiscard]] auto pipeline() const {
        using Input = detail::PolledBatchInput<BasicFollowedLines>;
        return Pipeline<Input, typename Input::stream>{Input(*this), {}};
    }

private:
    detail::FollowReader<detail::LineCutter<L>, File> reader_;
};

using FollowedLines = BasicFollowedLines<>;

/// Begins a pipeline with the lines of a file that grows.
///     -> Line, as from_lines(path) gives them; unbounded: see follow(). Memory: a block, or the longest line.
template <typename Lines = FollowedLines>
[[nodiscard]] auto from_lines(Followed what, LinesOptions options = {}) {
    return Lines(std::move(what), options).pipeline();
}

} // namespace weir
