// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/memory.hpp>
#include <weir/core/spill.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// Whether values may hold memory beside their own bytes. (A std::tuple is never trivially copyable.)
template <typename T>
consteval bool owns_memory() {
    if constexpr (std::is_trivially_copyable_v<T>) return false;
    else if constexpr (SavedByUser<T>) return true;
    else if constexpr (HasFields<T>) return owns_memory<field_types_t<T>>();
    else if constexpr (is_tuple<T>)
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (owns_memory<std::remove_cvref_t<std::tuple_element_t<I, T>>>() || ...);
        }(std::make_index_sequence<std::tuple_size_v<T>>{});
    else return true;
}

/// With less than this, all would go into files for a handful of keys.
[[nodiscard]] inline std::size_t at_least_some(const MemoryBudget::Share& share) noexcept { return std::max<std::size_t>(share.bytes(), 4096); }

/// Rows that have left memory in files by the bits of their keys' hashes, so that those of a key are together: each in their order.
///     depth: which bits, from the upper end; those of the lower half are a table's. whole: one file for all, which somebody else takes
template <typename Row>
class Partitions {
public:
    using File = Spill<Row>;
    static constexpr unsigned bits = 4;
    static constexpr std::size_t ways = std::size_t{1} << bits;
    static constexpr unsigned deepest = 8;
    using Files = std::array<std::unique_ptr<File>, ways>;

    Partitions(MemoryBudget::Share share, unsigned depth, bool whole = false) : share_(share), depth_(depth), whole_(whole) {}

    void put(std::uint64_t hash, const Row& row) {
        auto& file = files_[whole_ ? 0 : hash >> (64 - bits * (depth_ + 1)) & (ways - 1)];
        if (not file) file = new_file(share_);
        file->put(row);
    }
    /// Before they are read.
    void finish() {
        for (const auto& file : files_)
            if (file) file->finish();
    }
    /// Null where there is none of a part.
    [[nodiscard]] Files& files() noexcept { return files_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        std::uint64_t bytes = 0;
        for (const auto& file : files_) bytes += file ? file->bytes() : 0;
        return bytes;
    }
    /// What is read or written at a time: that of all files together is a quarter of the memory there is.
    [[nodiscard]] static std::unique_ptr<File> new_file(const MemoryBudget::Share& share) {
        return std::make_unique<File>(share.file(), std::clamp<std::size_t>(at_least_some(share) / (4 * ways), 512, std::size_t{1} << 18U), share.source());
    }

    void save(StateWriter& to) const {
        std::uint64_t size = 0;
        for (const auto& file : files_) size += file ? file->size() : 0;
        to.put(size);
        for (const auto& file : files_) {
            if (not file) continue;
            file->finish();
            auto reader = file->read();
            while (const auto row = reader.next()) to.put(*row);
        }
    }
    /// hash_of(row): that of its key.
    template <typename HashOf>
    void load(StateReader& from, const HashOf& hash_of) {
        for (auto n = from.get<std::uint64_t>(); n > 0; --n) {
            const Row row = from.get<Row>();
            put(hash_of(row), row);
        }
    }

private:
    MemoryBudget::Share share_;
    unsigned depth_;
    bool whole_;
    Files files_;
};

} // namespace weir::detail
