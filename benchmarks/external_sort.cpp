// SPDX-License-Identifier: BSL-1.0
// Question: what does it cost to sort a text that is four times as large as the memory, beside sort(1) with the same memory? (Options:
// rounds.hpp.) 4 million lines of some 110 bytes (times scale), in the order of their bytes, from a file to a file.
#include "rounds.hpp"
#include "temp_file.hpp"

#include <weir/weir.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Of the file's bytes in their order.
std::uint64_t checksum(const std::string& path) {
    std::vector<std::uint64_t> block(std::size_t{1} << 15U);
    std::uint64_t sum = 0;
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    while (const std::size_t n = std::fread(block.data(), 1, block.size() * 8, file)) {
        if (n % 8 != 0) block[n / 8] &= (std::uint64_t{1} << (n % 8 * 8)) - 1;
        for (std::size_t i = 0; i < (n + 7) / 8; ++i) sum = sum * 0x9e3779b97f4a7c15U + block[i];
    }
    std::fclose(file);
    return sum;
}

std::vector<rounds::Variant> variants(std::size_t lines) {
    const auto in = std::make_shared<File>(""), out = std::make_shared<File>("");
    std::size_t bytes = 0;
    std::FILE* const file = std::fopen(in->path().c_str(), "wb");
    for (std::size_t i = 0; i < lines; ++i) {
        const std::string line = fmt::format("{:016x} {:08} some words of a line that is about a hundred bytes long, as those of a log are {}\n",
                                             weir::stable_hash(i), weir::stable_hash(i) % 100'000'000, i % 10'000);
        bytes += std::fwrite(line.data(), 1, line.size(), file);
    }
    std::fclose(file);
    const std::size_t memory = bytes / 4;
    const auto by_sort = [=](const char* options) {
        return [=] {
            const std::string command = fmt::format("LC_ALL=C sort {} -S {}b -o {} {}", options, memory, out->path(), in->path());
            if (std::system(command.c_str()) != 0) std::exit(1);
            return checksum(out->path());
        };
    };
    std::vector<rounds::Variant> v;
    v.push_back({"LC_ALL=C sort -S", by_sort("")});
    v.push_back({"LC_ALL=C sort -S --parallel=1", by_sort("--parallel=1")});
    for (const std::size_t workers : {1U, 2U})
        v.push_back({fmt::format("weir, from_lines, sort_by, to_lines, workers: {}", workers), [=] {
                         const auto line = [](const std::string& text) -> const std::string& { return text; };
                         weir::run(weir::from_lines(in->path()) | weir::sort_by(line) | weir::to_lines(out->path()), {.workers = workers, .memory = memory});
                         return checksum(out->path());
                     }});
    return v;
}

} // namespace

int main(int argc, char** argv) {
    std::vector<rounds::Group> groups;
    groups.push_back({"lines, four times as many as the memory holds", [](std::size_t n) { return variants(n); }});
    return rounds::main(argc, argv, std::move(groups), 4e6);
}
