// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>
#include <weir/core/system_files.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// The number behind `name` in the first 8 kB of a file of the system; the greatest there is where it has none.
template <typename File = InFile> // a template, so that it costs only who asks
[[nodiscard]] std::size_t number_in(const std::string& path, std::string_view name) {
    std::array<char, 8192> text{};
    std::size_t size = 0;
    try {
        const auto file = BasicSystemFiles<File>().open(path);
        while (const std::size_t n = file->read(std::span(text).subspan(size))) size += n;
    } catch (const FileError&) {
    }
    const std::string_view all(text.data(), size);
    auto number = std::numeric_limits<std::size_t>::max();
    if (const auto at = all.find(name); at != all.npos) {
        const auto digits = std::min(all.find_first_of("0123456789", at + name.size()), all.size());
        static_cast<void>(std::from_chars(all.data() + digits, all.data() + all.size(), number));
    }
    return number;
}
/// Half of what the machine has free, or its control group (version 2); 1 GB where the system does not say. What it keeps of files is free.
template <typename File = InFile>
[[nodiscard]] std::size_t half_of_free_memory() {
    constexpr auto unknown = std::numeric_limits<std::size_t>::max();
    const std::size_t kilobytes = number_in<File>("/proc/meminfo", "MemAvailable:");
    const std::size_t most = number_in<File>("/sys/fs/cgroup/memory.max", "");
    const std::size_t used = number_in<File>("/sys/fs/cgroup/memory.current", ""), files = number_in<File>("/sys/fs/cgroup/memory.stat", "inactive_file");
    const std::size_t free = kilobytes == unknown ? std::size_t{2} << 30U : kilobytes * 1024;
    constexpr std::size_t least = std::size_t{32} << 20U; // with less, all would go into files for nothing
    if (most == unknown || used == unknown) return std::max(free / 2, least);
    return std::max(std::min(free, most - std::min(most, used - (files == unknown ? 0 : std::min(files, used)))) / 2, least);
}

/// What the operators of a job that keep whole sets may keep in memory, all together, and where what is more goes.
class MemoryBudget {
public:
    /// 0 bytes: half of what is free. No files: the system's. No directory: TMPDIR, else /tmp.
    explicit MemoryBudget(std::size_t bytes = 0, const Files* files = nullptr, std::string directory = {}, MemorySources* sources = nullptr) noexcept
        : bytes_(bytes), files_(files), sources_(sources), directory_(std::move(directory)), is_given_(bytes != 0 || sources != nullptr) {}

    /// One operator's part. Each that is bound asks once, and its buffers come from where they do then; the parts are equal.
    class Share {
    public:
        explicit Share(MemoryBudget& of) noexcept : of_(&of), source_(memory_source) {}
        /// Counted from when the job runs: operators that are bound later make it less.
        [[nodiscard]] std::size_t bytes() const noexcept {
            const std::size_t shares = std::max<std::size_t>(of_->shares_.load(std::memory_order_relaxed), 1);
            return std::max<std::size_t>(of_->bytes_.load(std::memory_order_relaxed) / shares / among_, 1);
        }
        /// What each of so many gets of it.
        [[nodiscard]] Share among(std::size_t n) const noexcept {
            Share one = *this;
            one.among_ *= n;
            return one;
        }
        [[nodiscard]] MemorySource* source() const noexcept { return source_; }
        template <typename Scratch = ScratchFile>
        [[nodiscard]] std::unique_ptr<Scratch> file() const { return of_->template file<Scratch>(); }

    private:
        MemoryBudget* of_; // the job's, which outlives its operators
        MemorySource* source_;
        std::size_t among_ = 1;
    };
    /// All of it.
    template <typename File = InFile>
    [[nodiscard]] std::size_t bytes() {
        if (bytes_.load(std::memory_order_relaxed) == 0) bytes_.store(half_of_free_memory<File>(), std::memory_order_relaxed);
        return bytes_.load(std::memory_order_relaxed);
    }
    template <typename File = InFile>
    [[nodiscard]] Share share() {
        static_cast<void>(bytes<File>());
        shares_.fetch_add(1, std::memory_order_relaxed);
        return Share(*this);
    }
    /// One that an operator asks for elsewhere, for those that work for it.
    template <typename File = InFile>
    [[nodiscard]] Share same_share() {
        static_cast<void>(bytes<File>());
        return Share(*this);
    }

    /// Whether the job says how much there is, or where it comes from: then nothing more is taken only to be faster.
    [[nodiscard]] bool is_given() const noexcept { return is_given_; }
    /// What buffers are taken from; none: the free store.
    [[nodiscard]] MemorySources* sources() const noexcept { return sources_; }

private:
    template <typename Scratch>
    [[nodiscard]] std::unique_ptr<Scratch> file() const {
        std::string directory = directory_;
        const char* const set = directory.empty() ? std::getenv("TMPDIR") : nullptr;
        if (directory.empty()) directory = set && *set ? set : "/tmp";
        return files_ ? files_->scratch(directory) : BasicSystemFiles<InFile, OutFile, Scratch>().scratch(directory);
    }
    std::atomic<std::size_t> bytes_;
    std::atomic<std::size_t> shares_{0};
    const Files* files_;
    MemorySources* sources_;
    std::string directory_;
    bool is_given_;
};

} // namespace weir::detail
