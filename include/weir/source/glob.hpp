// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <new>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include <glob.h>

namespace weir {

/// The paths that match a pattern of the shell, such as "logs/2001-*.csv", sorted by their bytes.
///     None, or a folder that cannot be read: FileError. example: tests/source/glob.cpp
template <typename Path = std::string> // a template, so that it costs only those who use it
[[nodiscard]] std::vector<Path> glob(const std::type_identity_t<Path>& pattern) {
    struct Found {
        ::glob_t names{};
        ~Found() { ::globfree(&names); }
    } found;
    switch (::glob(pattern.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, &found.names)) {
    case 0: break;
    case GLOB_NOSPACE: throw std::bad_alloc();
    case GLOB_NOMATCH: throw FileError("no file matches", pattern, std::make_error_code(std::errc::no_such_file_or_directory));
    default: throw FileError("cannot read a folder", pattern, {errno, std::generic_category()});
    }
    std::vector<Path> paths;
    for (std::size_t i = 0; i < found.names.gl_pathc; ++i) paths.emplace_back(found.names.gl_pathv[i]);
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace weir
