// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::detail {

/// What has come of a file to which others write: where there is no more, who cuts it is told that it grows.
template <typename Cutter, typename File>
class ArrivedFile final : public File {
public:
    ArrivedFile(Cutter& cutter, File& file) : cutter_(cutter), file_(file) { cutter.resume(false); }
    std::size_t read(std::span<char> into) override {
        has_ended_ = file_.wait({}, std::chrono::steady_clock::time_point::min());
        if (has_ended_) return file_.read(into);
        cutter_.resume(true);
        return 0;
    }
    void seek(std::uint64_t byte) override { file_.seek(byte); }
    /// Whether nothing at all means that it has ended.
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }

private:
    Cutter& cutter_;
    File& file_;
    bool has_ended_ = true;
};

/// The same as if it ended there.
template <typename Cutter, typename File>
class EndedFile final : public File {
public:
    EndedFile(Cutter& cutter, File& file) : file_(file) { cutter.resume(false); }
    std::size_t read(std::span<char> into) override { return file_.rest(into); }
    void seek(std::uint64_t byte) override { file_.seek(byte); }

private:
    File& file_;
};

} // namespace weir::detail
