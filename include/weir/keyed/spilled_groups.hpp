// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core.hpp>
#include <weir/core/fields.hpp>
#include <weir/core/footprint.hpp>
#include <weir/core/key.hpp>
#include <weir/core/memory_source.hpp>
#include <weir/keyed/partitions.hpp>
#include <weir/keyed/table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weir::detail {

/// What the rows of a table take of memory, found out as seldom as it changes: at new keys, and for states that own memory when as many
/// events have come as there are keys.
template <typename Rows, typename Key, typename State>
class RowsFootprint {
    static constexpr bool keys_own = owns_memory<Key>();
    static constexpr bool states_own = owns_memory<State>();

public:
    /// Whether `more` new keys, after so many events, might take it beyond this. state(row): where its state lies.
    template <typename StateOf>
    [[nodiscard]] bool exceeds(std::size_t most, Rows& rows, std::size_t more, std::size_t events, const StateOf& state) {
        if constexpr (not keys_own && not states_own) {
            if (rows.vacancies() >= more) [[likely]] return false;
        }
        if constexpr (keys_own)
            for (; counted_ < rows.size(); ++counted_) keys_ += bytes_beside(rows[static_cast<std::uint32_t>(counted_)].key);
        if constexpr (states_own) {
            events_ += events;
            if (events_ >= std::max<std::size_t>(rows.size(), 256)) {
                events_ = states_ = 0;
                for (const auto& row : rows) states_ += bytes_beside(state(row));
            }
        }
        return rows.bytes() * (rows.vacancies() < more ? 3 : 1) + keys_ + states_ > most; // while it grows the old rows are there, too
    }
    /// Behind rows that have left it: their memory is given back where they own some, else used again.
    void clear(Rows& rows) {
        if constexpr (keys_own || states_own) rows.free();
        else rows.clear();
        counted_ = keys_ = states_ = events_ = 0;
    }

private:
    std::size_t counted_ = 0;
    std::size_t keys_ = 0;
    std::size_t states_ = 0;
    std::size_t events_ = 0;
};

/// What a group is in a file. order: grows from key to key as they come first.
template <typename Key, typename Entry>
struct GroupRecord {
    std::uint64_t order = 0;
    Key key{};
    Entry entry{};
    static constexpr auto fields() { return weir::fields("order", &GroupRecord::order, "key", &GroupRecord::key, "entry", &GroupRecord::entry); }
};

/// Groups that did not fit into memory: in parts by the bits of their keys' hashes, each of which is merged by itself, if need be in smaller
/// parts again, and sorted as its keys came first. Then all are given in that order.
template <typename Key, typename Entry>
class SpilledGroups {
    using Record = GroupRecord<Key, Entry>;
    using Parts = Partitions<Record>;
    using File = typename Parts::File;
    struct Ordered {
        Entry entry{};
        std::uint64_t order = 0;
    };
    using Rows = Table<Key, Ordered>;

public:
    /// is_part: another one takes them, so they lie in one file. Its memory comes from where it is made.
    explicit SpilledGroups(MemoryBudget::Share share, bool is_part = false) : share_(share), parts_(share, 0, is_part) {}

    /// A group of the next part of the stream, in the order in which they came there.
    void put(const Key& key, const Entry& entry) {
        put(parts_, Record{order_++, key, entry});
    }
    /// Those of the next part of the stream that are in other files.
    void take(SpilledGroups& later) {
        later.parts_.finish();
        for (auto& file : later.parts_.files()) {
            if (not file) continue;
            auto reader = file->read();
            while (auto record = reader.next()) {
                record->order += order_;
                put(parts_, *record);
            }
            bytes_ += file->bytes();
        }
        order_ += later.order_;
    }
    /// Bytes written so far.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_ + parts_.bytes(); }
    /// The last call before they are given. merge(entry, later).
    template <typename Merge>
    void finish(const Merge& merge) {
        merge_all(parts_, 0, merge);
        rows_.free();
        begin(parts_);
    }
    /// The next group; null: there is none any more.
    [[nodiscard]] Record* next() {
        if (given_ != none) heads_[given_] = readers_[given_]->next();
        given_ = none;
        for (std::size_t i = 0; i < readers_.size(); ++i)
            if (heads_[i] && (given_ == none || heads_[i]->order < heads_[given_]->order)) given_ = i;
        return given_ == none ? nullptr : &*heads_[given_];
    }

    void save(StateWriter& to) const {
        to.put(order_);
        parts_.save(to);
    }
    void load(StateReader& from) {
        from.get(order_);
        parts_.load(from, [](const Record& record) { return hash_of_key(record.key); });
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};

    static void put(Parts& parts, const Record& record) { parts.put(hash_of_key(record.key), record); }
    template <typename Merge>
    void merge_all(Parts& parts, unsigned depth, const Merge& merge) {
        parts.finish();
        for (auto& file : parts.files())
            if (file) file = merged(std::move(file), depth + 1, merge);
    }
    /// The groups of a file, each once, in their order.
    template <typename Merge>
    std::unique_ptr<File> merged(std::unique_ptr<File> from, unsigned depth, const Merge& merge) {
        std::optional<Parts> parts;
        auto to = Parts::new_file(share_);
        const auto leave = [&](const auto& put_one) {
            for (auto& row : rows_) put_one(Record{row.value.order, std::move(row.key), std::move(row.value.entry)});
            footprint_.clear(rows_);
        };
        {
            auto reader = from->read();
            const auto part = [&](const Record& record) { put(*parts, record); };
            while (auto record = reader.next()) {
                const std::uint64_t hash = hash_of_key(record->key);
                const auto [number, is_new] = rows_.find_or_insert(std::move(record->key), hash);
                if (is_new) rows_[number].value = {std::move(record->entry), record->order};
                else merge(rows_[number].value.entry, record->entry);
                if (rows_.size() == 1 || depth == Parts::deepest) continue; // it gets no smaller
                if (not footprint_.exceeds(at_least_some(share_) / 2, rows_, 1, 1, [](const auto& row) -> const auto& { return row.value.entry.state; })) continue;
                if (not parts) parts.emplace(share_, depth);
                leave(part);
            }
            if (parts) leave(part);
        }
        bytes_ += std::exchange(from, nullptr)->bytes();
        if (parts) {
            merge_all(*parts, depth, merge);
            SpilledGroups together = [this] {
                const MemoryScope scope(share_.source());
                return SpilledGroups(share_);
            }();
            together.begin(*parts);
            while (const Record* const record = together.next()) to->put(*record);
            bytes_ += parts->bytes();
        } else {
            leave([&](const Record& record) { to->put(record); });
        }
        to->finish();
        return to;
    }
    void begin(Parts& parts) {
        for (const auto& file : parts.files()) {
            if (not file) continue;
            readers_.push_back(std::make_unique<typename File::Reader>(*file));
            heads_.push_back(readers_.back()->next());
        }
    }

    MemoryBudget::Share share_;
    Parts parts_;
    std::uint64_t order_ = 0;
    std::uint64_t bytes_ = 0; // of files that are no more
    Rows rows_;               // of the part that is being merged: one table for all, as memory that is given back may stay with the process
    RowsFootprint<Rows, Key, decltype(Entry::state)> footprint_;
    JobVector<std::unique_ptr<typename File::Reader>> readers_;
    JobVector<std::optional<Record>> heads_;
    std::size_t given_ = none; // the reader whose head next() gave
};

} // namespace weir::detail
