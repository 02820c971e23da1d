// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/merge_sort.hpp>
#include <weir/batch/sort_keys.hpp>
#include <weir/batch/text_ties.hpp>
#include <weir/core/config.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail {

template <typename Kept>
struct RowWithKey {
    std::uint64_t key;
    Kept row;
};

/// Rows in memory, put in order when all are there: small ones themselves, others by where they lie.
template <typename Kept, typename Proj, typename Less>
class RowSorter {
public:
    using Keys = SortKeys<Kept, Proj, Less>;

private:
    static constexpr bool is_small = sizeof(Kept) <= 64 && std::is_nothrow_move_constructible_v<Kept> && std::is_nothrow_move_assignable_v<Kept>;
    static constexpr bool is_plain = std::is_trivially_copyable_v<Kept> && std::copyable<Kept>;
    static constexpr bool has_keys = Keys::by_digits && is_plain && sizeof(Kept) <= 32 && not std::is_member_object_pointer_v<Proj>;
    static constexpr bool is_own_key = Keys::by_digits && is_plain && is_small && std::is_member_object_pointer_v<Proj>;
    static constexpr bool is_compared = is_small && not Keys::by_digits && not Keys::by_text && not Keys::made;
    static constexpr bool goes_itself = has_keys || is_own_key || is_compared;
    using Item = std::conditional_t<has_keys, RowWithKey<Kept>, Kept>;
    using Key = std::conditional_t<Keys::made, typename Keys::Key, std::uint64_t>;
    using Place = KeyedPlace<Key, Kept>;

public:
    static constexpr bool by_key = has_keys || is_own_key; // rows go themselves, and have keys of digits
    using InOrder = std::conditional_t<goes_itself, Item, Place>;
    /// The order of what sort() has made, with a copy of what the user gave: for another thread, say.
    class Before {
    public:
        explicit Before(Keys keys) : keys_(std::move(keys)) {}
        [[nodiscard]] bool operator()(const InOrder& a, const InOrder& b) {
            if constexpr (has_keys) return a.key < b.key;
            else if constexpr (goes_itself) return keys_.before(a, b);
            else if constexpr (Keys::made) return keys_.keys_before(a.key, b.key);
            else if constexpr (Keys::by_digits) return a.key < b.key;
            else return a.key != b.key ? a.key < b.key : keys_.before(*a.row, *b.row);
        }

    private:
        WEIR_NO_UNIQUE_ADDRESS Keys keys_;
    };

    /// About what a row takes of memory while all are put in order. Beside it, and beside a key that is made for it, the same is held.
    static constexpr std::size_t bytes_per_row = is_compared ? 3 * sizeof(Item) : goes_itself ? 2 * sizeof(Item) : sizeof(Kept) + 2 * sizeof(Place);
    static constexpr bool takes_spans = is_plain && not has_keys;

    RowSorter(Proj projection, Less less) : keys_(std::move(projection), std::move(less)) {}
    /// Of the largest piece that memory is taken by.
    void block_bytes(std::size_t bytes) noexcept { rows_.begin(block_bytes_ = bytes); }

    /// Gives about how many bytes of memory it takes.
    template <typename Given>
    std::size_t add(Given&& event) {
        if constexpr (has_keys) {
            Kept row = to_owned(std::forward<Given>(event));
            const std::uint64_t key = keys_.bits(row);
            rows_.emplace(key, std::move(row));
            ++size_;
            return bytes_per_row;
        } else {
            const Kept& row = rows_.emplace(to_owned(std::forward<Given>(event)));
            ++size_;
            return bytes_per_row + bytes_beside(row) * (Keys::made && not std::is_trivially_copyable_v<Key> ? 2 : 1);
        }
    }
    template <typename Row>
    void append(std::span<Row> rows) {
        rows_.template append<const Kept&>(rows);
        size_ += rows.size();
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Takes over the rows of another, which come next.
    void take(RowSorter& later) {
        rows_.take(later.rows_);
        size_ += std::exchange(later.size_, 0);
    }
    /// Its rows in at most n consecutive parts, to be sorted beside each other; it is empty then.
    [[nodiscard]] JobVector<RowSorter> divide(std::size_t n) {
        JobVector<Blocks<Item>> divided = rows_.divide(n);
        JobVector<RowSorter> parts(divided.get_allocator());
        for (Blocks<Item>& rows : divided) {
            parts.push_back(RowSorter(keys_, rows_.source()));
            parts.back().block_bytes_ = block_bytes_;
            parts.back().size_ = rows.size();
            parts.back().rows_ = std::move(rows);
        }
        size_ = 0;
        return parts;
    }
    [[nodiscard]] Before before() const { return Before(keys_); }
    /// After sort: all in their order, where places stand for rows that this keeps.
    [[nodiscard]] Buffer<InOrder> take_order() noexcept {
        if constexpr (goes_itself) rows_.free();
        return std::move(in_order_);
    }
    /// Takes over the order that was made of the rows of these parts: sort has nothing to do.
    void put_order(Buffer<InOrder> rows, std::span<RowSorter> parts) {
        for (RowSorter& part : parts) rows_.join(part.rows_);
        size_ = rows.size();
        in_order_ = std::move(rows);
        is_in_order_ = true;
    }

    void sort() {
        given_ = 0;
        if (std::exchange(is_in_order_, false)) return;
        if constexpr (by_key) {
            radix()(rows_, in_order_);
        } else if constexpr (is_compared) {
            in_order_.clear();
            in_order_.reserve(rows_.size());
            for (Buffer<Kept>& block : rows_.all()) in_order_.template append<Kept&&>(block.all());
            merge_sort(in_order_, [this](const Kept& a, const Kept& b) { return keys_.before(a, b); });
        } else if constexpr (Keys::made || not(Keys::by_digits || Keys::by_text)) {
            in_order_.clear();
            in_order_.reserve(rows_.size());
            for (Buffer<Kept>& block : rows_.all())
                for (Kept& row : block.all()) {
                    if constexpr (Keys::made) in_order_.emplace(keys_(row), &row);
                    else in_order_.emplace(0U, &row);
                }
            merge_sort(in_order_, [this](const Place& a, const Place& b) {
                if constexpr (Keys::made) return keys_.keys_before(a.key, b.key);
                else return keys_.before(*a.row, *b.row);
            });
        } else {
            Blocks<Place> places(block_bytes_, rows_.source());
            for (Buffer<Kept>& block : rows_.all())
                for (Kept& row : block.all()) places.emplace(keys_.bits(row), &row);
            by([](const Place& place) { return place.key; })(places, in_order_);
            if constexpr (Keys::by_text) {
                const auto text = [this](const Place& place) { return std::string_view(keys_(*place.row)); };
                TextTies<Place, decltype(text), Keys::falls>(text, in_order_.source())(in_order_.all());
            }
        }
    }
    /// After sort: the next of them in order, valid until it is called again; none when all were given.
    [[nodiscard]] std::span<Kept> next() {
        const auto all = in_order_.all();
        if constexpr (std::is_same_v<InOrder, Kept>) {
            return all.subspan(std::exchange(given_, all.size()));
        } else {
            constexpr std::size_t most = std::max<std::size_t>(16384 / sizeof(Kept), 1);
            piece_.clear();
            for (; given_ < all.size() && piece_.size() < most; ++given_) {
                if constexpr (goes_itself) piece_.emplace(all[given_].row);
                else piece_.emplace(std::move(*place_at(given_).row));
            }
            return piece_.all();
        }
    }
    /// After sort, in place of next: all of them in order.
    template <typename Fn>
    void each(Fn&& fn) {
        for (std::size_t i = 0; i < in_order_.size(); ++i) {
            if constexpr (std::is_same_v<InOrder, Kept>) fn(std::as_const(in_order_.all()[i]));
            else if constexpr (goes_itself) fn(std::as_const(in_order_.all()[i].row));
            else fn(std::as_const(*place_at(i).row));
        }
    }
    /// Before sort: all as they came.
    template <typename Fn>
    void each_as_it_came(Fn&& fn) const {
        for (const Buffer<Item>& block : rows_.all())
            for (const Item& item : block.all()) {
                if constexpr (has_keys) fn(item.row);
                else fn(item);
            }
    }
    /// For the next rows; the memory is kept.
    void clear() noexcept {
        size_ = 0;
        in_order_.clear();
        rows_.clear();
    }
    void free() noexcept {
        size_ = 0;
        in_order_.free();
        rows_.free();
        piece_.free();
    }
    [[nodiscard]] Keys& keys() noexcept { return keys_; }
    /// Before sort: all as they came, and what puts them in order.
    [[nodiscard]] Blocks<Item>& items() noexcept { return rows_; }
    [[nodiscard]] auto radix() const
        requires by_key
    {
        if constexpr (has_keys) return by([](const Item& item) { return item.key; });
        else return by([by = keys_.projection()](const Kept& row) { return sort_bits<Keys::falls>(call(by, row)); });
    }

private:
    /// A part of another.
    RowSorter(const Keys& keys, MemorySource* source) : keys_(keys), in_order_(source), piece_(source) {}
    /// Its row is at hand: in their order they lie anywhere, so that those that come next are fetched, and then what they hold.
    [[nodiscard]] WEIR_INLINE const Place& place_at(std::size_t i) const noexcept {
        const std::span<const Place> all = in_order_.all();
#if defined(__GNUC__)
        __builtin_prefetch(all[std::min(i + 16, all.size() - 1)].row);
#endif
        fetch_beside(*all[std::min(i + 8, all.size() - 1)].row);
        return all[i];
    }
    template <typename KeyOf>
    [[nodiscard]] static RadixSort<InOrder, KeyOf> by(KeyOf key) { return RadixSort<InOrder, KeyOf>(std::move(key)); }
    WEIR_NO_UNIQUE_ADDRESS Keys keys_;
    std::size_t block_bytes_ = std::size_t{1} << 21U;
    Blocks<Item> rows_;
    std::size_t size_ = 0;
    Buffer<InOrder> in_order_;
    Buffer<Kept> piece_;
    std::size_t given_ = 0;
    bool is_in_order_ = false;
};

} // namespace weir::detail
