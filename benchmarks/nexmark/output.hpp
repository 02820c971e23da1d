// SPDX-License-Identifier: BSL-1.0
// Where the rows of a query go: into a file, or nowhere, but counted.
#pragma once
#include "nexmark/formats.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace nexmark {

class Output {
public:
    Output() = default;
    /// path "-": standard output
    Output(const std::string& path, Format format) : path_(path), format_(format), file_(path == "-" ? stdout : std::fopen(path.c_str(), "wb")) {
        if (not file_) throw std::runtime_error("cannot create " + path);
    }

    /// Before the first row: the names of the columns, where the format has them.
    template <typename Row>
    void begin() {
        if (file_ && format_ == Format::csv) append_header<Row>(lines_);
    }
    template <typename Row>
    void add(const Row& row) {
        ++rows_;
        if (not file_) return;
        append_line(lines_, row, format_);
        if (lines_.size() > 64 * 1024) flush();
    }
    void flush() {
        if (file_ && (std::fwrite(lines_.data(), 1, lines_.size(), file_.get()) != lines_.size() || std::fflush(file_.get()) != 0))
            throw std::runtime_error("cannot write " + path_);
        lines_.clear();
    }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept {
            if (file != stdout) std::fclose(file);
        }
    };
    std::string path_;
    Format format_ = Format::csv;
    std::unique_ptr<std::FILE, Close> file_;
    std::string lines_;
    std::uint64_t rows_ = 0;
};

} // namespace nexmark
