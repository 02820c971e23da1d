// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/key.hpp>

#include <cstdint>
#include <type_traits>

namespace weir::detail {

/// Keys are divided into so many groups, and these between the copies, so that each has about as many: key groups as in Flink.
inline constexpr std::uint32_t key_groups = 4096;

/// What decides on the group of a key.
template <typename K>
[[nodiscard]] WEIR_INLINE std::uint64_t group_hash(const K& key) {
    return std::is_integral_v<K> ? hash_of_key(key) : fold(hash_of_key(key), golden); // a user's need not be well mixed
}

/// The copy to which a key belongs.
template <typename K>
[[nodiscard]] std::uint32_t copy_of_key(const K& key, std::uint32_t copies) {
    return static_cast<std::uint32_t>(std::uint64_t{key_group(group_hash(key), key_groups)} * copies / key_groups);
}

/// The keys for which copy_of_key gives this copy: groups that lie in a row, so their hashes do, too.
class KeysOfCopy {
public:
    KeysOfCopy(std::uint32_t copy, std::uint32_t copies) noexcept : first_(begin(copy, copies)), last_(begin(copy + 1, copies) - first_ - 1) {}
    template <typename K>
    [[nodiscard]] WEIR_INLINE bool has(const K& key) const { return group_hash(key) - first_ <= last_; }

private:
    /// The first hash of the first group of a copy; of the one behind the last copy 0, for 2^64.
    static std::uint64_t begin(std::uint64_t copy, std::uint64_t copies) noexcept { return (copy * key_groups + copies - 1) / copies * (~std::uint64_t{0} / key_groups + 1); }

    std::uint64_t first_;
    std::uint64_t last_; // behind the first one
};

} // namespace weir::detail
