// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>

/// A file that is gone with the last who knows it.
class File {
public:
    explicit File(std::string_view content) : path_((std::filesystem::temp_directory_path() / ("weir-benchmark-" + std::to_string(std::uintptr_t(this)))).string()) {
        std::ofstream(path_, std::ios::binary) << content;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};
