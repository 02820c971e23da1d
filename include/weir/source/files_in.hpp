// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

namespace weir {

/// The paths of the regular files in a folder, sorted by their bytes: from_csv<Row>(weir::files_in("logs")).
///     Without what is in its folders, what is hidden (".name"), and what sinks are still writing ("name.part"); links are followed. A
///     folder that cannot be read: FileError. example: tests/source/files_in.cpp
template <typename Path = std::string> // a template, so that it costs only those who use it
[[nodiscard]] std::vector<Path> files_in(const std::type_identity_t<Path>& folder) {
    struct Close {
        void operator()(::DIR* open) const { ::closedir(open); }
    };
    const auto fail = [&folder] { throw FileError("cannot read the folder", folder, {errno, std::generic_category()}); };
    const std::unique_ptr<::DIR, Close> open(::opendir(folder.c_str()));
    if (not open) fail();
    std::vector<Path> paths;
    for (;;) {
        errno = 0;
        const ::dirent* const entry = ::readdir(open.get());
        if (not entry && errno != 0) fail();
        if (not entry) break;
        const std::string_view name = entry->d_name;
        if (name.starts_with('.') || name.ends_with(".part")) continue;
        Path path = folder;
        if (not path.ends_with('/')) path += '/';
        path += name;
        struct ::stat known {};
        if (::stat(path.c_str(), &known) != 0) {
            if (errno != ENOENT) fail();
        } else if (S_ISREG(known.st_mode)) {
            paths.push_back(std::move(path));
        } // one that has just vanished is not there
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace weir
