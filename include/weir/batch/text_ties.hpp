// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/batch/merge_sort.hpp>
#include <weir/batch/sort_keys.hpp>
#include <weir/core/buffer.hpp>
#include <weir/core/memory_source.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Places in the order of the first eight bytes of their texts, as place.key has them, put in the order of the whole: large groups of
/// equal ones by the next eight bytes, and so on; short ones, and those that have much in common, by comparing.
template <typename Place, typename TextOf, bool Falls>
class TextTies {
public:
    /// source: of the memory that it takes for a while.
    TextTies(TextOf text, MemorySource* source) : text_(std::move(text)), source_(source) {}

    /// from: where in the texts their keys were read.
    void operator()(std::span<Place> places, std::size_t from = 0) {
        for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
            for (end = begin + 1; end < places.size() && places[end].key == places[begin].key; ++end) {}
            if (end - begin > 1) tie(places.subspan(begin, end - begin), from);
        }
    }

private:
    static constexpr std::size_t few = 24;
    static constexpr std::size_t deep = 64; // bytes in common

    void tie(std::span<Place> places, std::size_t from) {
        const auto before = [this, from](const Place& a, const Place& b) {
            const int compared = text_(a).substr(from).compare(text_(b).substr(from));
            return Falls ? compared > 0 : compared < 0;
        };
        if (places.size() <= few) return insertion_sort(places.data(), places.size(), before);
        if (std::is_sorted(places.begin(), places.end(), before)) return;
        const bool goes_on = std::all_of(places.begin(), places.end(), [this, from](const Place& place) { return text_(place).size() >= from + 8; });
        if (not goes_on || from >= deep) {
            Buffer<Place> sorted(source_);
            sorted.template append<const Place&>(places);
            merge_sort(sorted, before);
            std::copy_n(sorted.all().begin(), places.size(), places.begin());
            return;
        }
        const auto shared = places.front().key; // of all, and again when they are in order: others compare places by it
        for (Place& place : places) place.key = Falls ? ~text_bits(text_(place), from + 8) : text_bits(text_(place), from + 8);
        {
            Buffer<Place> other(source_);
            other.reserve(places.size());
            const auto key = [](const Place& place) { return place.key; };
            RadixSort<Place, decltype(key)>{key}(places, other.all().data());
        }
        (*this)(places, from + 8);
        for (Place& place : places) place.key = shared;
    }
    TextOf text_;
    MemorySource* source_;
};

} // namespace weir::detail
