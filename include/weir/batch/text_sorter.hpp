// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/owned_texts.hpp>
#include <weir/batch/packed_texts.hpp>
#include <weir/batch/text_keys.hpp>
#include <weir/batch/text_ties.hpp>
#include <weir/core/blocks.hpp>
#include <weir/core/config.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/core/radix_sort.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// A RowSorter of texts. They lie packed, without a string for each, which would cost more to allocate than to sort.
template <typename Proj, typename Less>
class TextSorter {
public:
    using Keys = TextKeys<Proj, Less>;

private:
    using Texts = PackedTexts<>;
    using Place = KeyedPlace<std::uint64_t, const char>;

public:
    using InOrder = Place;
    class Before {
    public:
        explicit Before(const Keys& keys) : keys_(keys) {}
        [[nodiscard]] bool operator()(const Place& a, const Place& b) {
            if constexpr (Keys::by_digits) return a.key < b.key;
            else return a.key != b.key ? a.key < b.key : keys_.before(Texts::at(a.row), Texts::at(b.row));
        }

    private:
        Keys keys_;
    };
    static constexpr bool takes_spans = false;
    static constexpr bool by_key = false;

    TextSorter(Proj projection, Less less) : keys_(std::move(projection), std::move(less)) {}
    void block_bytes(std::size_t bytes) noexcept {
        places_.begin(bytes);
        texts_.begin(bytes);
    }

    /// About what it takes of memory while all are put in order.
    template <typename Row>
    std::size_t add(Row&& row) {
        const std::string_view text = row;
        const std::uint64_t key = keys_.bits(text);
        places_.emplace(key, texts_.add(text));
        ++size_;
        return Texts::bytes_of(text) + 2 * sizeof(Place);
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    void take(TextSorter& later) {
        keys_.join(later.keys_);
        texts_.join(later.texts_);
        places_.take(later.places_);
        size_ += std::exchange(later.size_, 0);
    }
    /// What the parts have are places: this keeps the texts.
    [[nodiscard]] JobVector<TextSorter> divide(std::size_t n) {
        JobVector<Blocks<Place>> divided = places_.divide(n);
        JobVector<TextSorter> parts(divided.get_allocator());
        for (Blocks<Place>& places : divided) {
            parts.push_back(TextSorter(keys_, places_.source()));
            parts.back().size_ = places.size();
            parts.back().places_ = std::move(places);
        }
        size_ = 0;
        return parts;
    }
    [[nodiscard]] Before before() const { return Before(keys_); }
    [[nodiscard]] Buffer<Place> take_order() noexcept {
        places_.free();
        return std::move(in_order_);
    }
    void put_order(Buffer<Place> rows, std::span<TextSorter>) {
        size_ = rows.size();
        in_order_ = std::move(rows);
        is_in_order_ = true;
    }

    void sort() {
        given_ = 0;
        if (std::exchange(is_in_order_, false)) return;
        const auto key = [](const Place& place) { return place.key; };
        RadixSort<Place, decltype(key)>{key}(places_, in_order_);
        if constexpr (Keys::by_text) {
            const auto text = [this](const Place& place) { return keys_(Texts::at(place.row)); };
            TextTies<Place, decltype(text), Keys::falls>(text, in_order_.source())(in_order_.all());
        }
    }
    [[nodiscard]] std::span<std::string> next() {
        piece_.clear();
        for (; given_ < in_order_.size() && not piece_.is_full(); ++given_) piece_.add(text_at(given_));
        return piece_.all();
    }
    template <typename Fn>
    void each(Fn&& fn) {
        for (std::size_t i = 0; i < in_order_.size(); ++i) fn(text_at(i));
    }
    template <typename Fn>
    void each_as_it_came(Fn&& fn) const {
        for (const Buffer<Place>& block : places_.all())
            for (const Place& place : block.all()) fn(Texts::at(place.row));
    }
    void clear() noexcept {
        size_ = 0;
        in_order_.clear();
        places_.clear();
        texts_.clear();
    }
    void free() noexcept {
        size_ = 0;
        in_order_.free();
        places_.free();
        texts_.free();
        piece_.free();
    }
    [[nodiscard]] Keys& keys() noexcept { return keys_; }

private:
    /// A part of another: of its places.
    TextSorter(const Keys& keys, MemorySource* source) : keys_(keys), in_order_(source) {}
    [[nodiscard]] WEIR_INLINE std::string_view text_at(std::size_t i) const noexcept {
        const std::span<const Place> all = in_order_.all();
#if defined(__GNUC__)
        const char* const soon = all[std::min(i + 12, all.size() - 1)].row;
        __builtin_prefetch(soon);
        __builtin_prefetch(soon + 64);
#endif
        return Texts::at(all[i].row);
    }
    Keys keys_;
    Texts texts_;
    Blocks<Place> places_;
    std::size_t size_ = 0;
    Buffer<Place> in_order_;
    OwnedTexts<> piece_;
    std::size_t given_ = 0;
    bool is_in_order_ = false;
};

} // namespace weir::detail
