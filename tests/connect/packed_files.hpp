// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// What holds for the files of every component that decompresses.
namespace packed_files_test {

/// `files({.level, .files})` of a component.
using Component = std::function<std::unique_ptr<weir::Files>(const weir::Files* base, int level)>;

std::string read_all(const weir::Files& files, const std::string& path, std::size_t piece = 1'000);

/// To be called in a TEST_CASE; it has sections.
void check_component(const Component& component, const std::string& suffix);

} // namespace packed_files_test
