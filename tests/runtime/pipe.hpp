// SPDX-License-Identifier: BSL-1.0
// What the tests of pipe_map and pipe_reduce share: a program's input, output and errors in memory.
#pragma once
#include "catch.hpp"
#include "files.hpp"

#include <weir/pipe.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace pipe_test {

/// What a program reads and writes; it may fail at a byte of its output, with this error.
class Pipes final : public weir::Files {
public:
    explicit Pipes(std::string text) : in(std::move(text)) {}
    std::string in;
    mutable std::string out{};
    std::size_t piece = 1 << 16;
    std::size_t input_fails_at = std::string::npos;
    std::size_t output_fails_at = std::string::npos;
    std::errc how = std::errc::no_space_on_device;

    std::unique_ptr<weir::InFile> open(const std::string&) const override { return std::make_unique<In>(*this); }
    std::unique_ptr<weir::OutFile> create(const std::string&) const override { return std::make_unique<Out>(*this); }

private:
    struct In final : weir::InFile {
        explicit In(const Pipes& p) : pipes(p) {}
        std::size_t read(std::span<char> into) override {
            if (byte >= pipes.input_fails_at) throw weir::FileError("cannot read at byte " + std::to_string(byte), "standard input", std::make_error_code(std::errc::io_error), byte);
            const std::size_t n = std::min({into.size(), pipes.piece, pipes.in.size() - byte});
            std::copy_n(pipes.in.data() + byte, n, into.data());
            byte += n;
            return n;
        }
        void seek(std::uint64_t) override {}
        const Pipes& pipes;
        std::size_t byte = 0;
    };
    struct Out final : weir::OutFile {
        explicit Out(const Pipes& p) : pipes(p) {}
        void write(std::string_view bytes) override {
            if (pipes.out.size() + bytes.size() > pipes.output_fails_at) throw weir::FileError("cannot write", "standard output", std::make_error_code(pipes.how));
            pipes.out += bytes;
        }
        void complete() override {}
        const Pipes& pipes;
    };
};

struct Ran {
    int status = 0;
    std::string errors;
};

/// Runs program(options) on these pipes.
template <typename Program>
Ran ran(const Pipes& pipes, Program&& program, weir::PipeOptions options = {}) {
    const files_test::TempStream errors;
    options.errors = errors.get();
    options.files = &pipes;
    const int status = program(options);
    return {status, errors.content()};
}

} // namespace pipe_test
