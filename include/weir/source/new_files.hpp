// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// Which of some files have come since a job ran last, for one that runs again and again over what is new.
///     NewFiles news(files_in("inbox"), position);  run(from_csv<Row>(news.paths()) | ...);
///     position() is to be kept, best in the transaction that stores what the job gives: for the next run. A file is known by its path: one that
///     grows or changes is not new, so files must come complete, as sinks leave them. Paths that are no longer there are forgotten.
///     example: tests/source/new_files.cpp, examples/hourly_rollup.cpp
template <typename Path = std::string> // a template, so that it costs only those who use it
class BasicNewFiles {
public:
    /// all: as files_in or glob gives them. position: of the last run; empty: all are new.
    explicit BasicNewFiles(std::vector<Path> all, std::span<const std::byte> position = {}) : all_(std::move(all)) {
        std::sort(all_.begin(), all_.end());
        std::vector<Path> known;
        for (std::size_t at = 0; at < position.size();) {
            Path& path = known.emplace_back();
            for (; at < position.size() && position[at] != std::byte{0}; ++at) path += static_cast<char>(position[at]);
            ++at;
        }
        std::sort(known.begin(), known.end());
        std::set_difference(all_.begin(), all_.end(), known.begin(), known.end(), std::back_inserter(new_));
    }
    /// Those that are new, sorted by their bytes.
    [[nodiscard]] const std::vector<Path>& paths() const noexcept { return new_; }
    /// Behind all of them: each path, and a byte that is 0.
    [[nodiscard]] std::vector<std::byte> position() const {
        std::vector<std::byte> bytes;
        for (const Path& path : all_) {
            for (const char c : path) bytes.push_back(static_cast<std::byte>(c));
            bytes.push_back(std::byte{0});
        }
        return bytes;
    }

private:
    std::vector<Path> all_;
    std::vector<Path> new_;
};
using NewFiles = BasicNewFiles<>;

} // namespace weir
