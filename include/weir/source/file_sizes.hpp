// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/concepts.hpp>
#include <weir/core/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::detail {

/// Bytes of a file, where it can be read in parts. Where it cannot be opened, reading it will say so. "-" and pipes are not opened: what is
/// read ahead of them would be lost, and who writes to one would find that nobody reads it any more.
template <typename Files>
[[nodiscard]] std::optional<std::uint64_t> size_of_file(const std::string& path, const Files& files) {
    try {
        if (path == "-" || files.is_special(path)) return std::nullopt;
        return files.open(path)->size();
    } catch (const FileError&) {
        return std::nullopt;
    }
}

/// How many bytes files have, as if they were one.
template <typename Paths = std::vector<std::string>> // a template, so that it costs only those who read files
class FileSizes {
public:
    /// So many bytes of the file `at` have been read, and all before it. At the first call all are opened. Where one does not know
    /// its size, that of all is not known.
    template <typename Files>
    [[nodiscard]] SourceBytes measure(const Paths& paths, std::uint64_t at, std::uint64_t byte, const Files& files) {
        if (ends_.empty()) {
            std::vector<std::uint64_t> ends;
            bool known = true;
            for (const std::string& path : paths) {
                const std::optional<std::uint64_t> size = known ? size_of_file(path, files) : std::nullopt;
                known = size.has_value();
                ends.push_back((ends.empty() ? 0 : ends.back()) + size.value_or(0));
            }
            ends_ = std::move(ends);
            known_ = known;
        }
        const std::uint64_t before = at == 0 || ends_.empty() ? 0 : ends_[std::min(static_cast<std::size_t>(at), ends_.size()) - 1];
        return {before + byte, not known_ || ends_.empty() ? 0 : ends_.back()};
    }

private:
    std::vector<std::uint64_t> ends_{};
    bool known_ = false;
};

} // namespace weir::detail
