// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/keyed/table.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

using weir::stable_hash;
using weir::detail::Table;

namespace {

template <typename Table, typename Model>
void check_same(Table& table, const Model& model, auto hash_of) {
    REQUIRE(table.size() == model.size());
    REQUIRE(static_cast<std::size_t>(table.end() - table.begin()) == model.size());
    for (const auto& [key, value] : model) {
        const std::uint32_t row = table.find(key, hash_of(key));
        REQUIRE(row != Table::none);
        REQUIRE(table[row].key == key);
        REQUIRE(table[row].value == value);
    }
}

/// Random insertions, look-ups, erasures, clears, and now and then a save and load, beside a std::unordered_map. In some stretches new keys are
/// appended, and only now and then one is looked for.
template <typename Key>
void compare_with_model(std::uint32_t seed, std::uint32_t keys, auto key_of, auto hash_of) {
    std::minstd_rand random(seed);
    Table<Key, int> table;
    std::unordered_map<Key, int> model;
    for (int i = 0; i < 20'000; ++i) {
        const Key key = key_of(static_cast<std::uint32_t>(random()) % keys);
        const auto choice = random() % 1000;
        if (i / 700 % 3 == 1 && choice < 980) {
            if (not model.try_emplace(key, i).second) continue;
            table.append(key, hash_of(key), i);
            REQUIRE((table.end() - 1)->key == key);
        } else if (choice < 600) {
            const auto [row, is_new] = table.find_or_insert(key, hash_of(key));
            REQUIRE(is_new == model.try_emplace(key).second);
            REQUIRE(table[row].key == key);
            REQUIRE(table[row].value == model[key]);
            table[row].value = model[key] = i;
        } else if (choice < 800) {
            REQUIRE((table.find(key, hash_of(key)) != table.none) == model.contains(key));
        } else if (choice < 997) {
            if (const std::uint32_t row = table.find(key, hash_of(key)); row != table.none) {
                const Key last = (table.end() - 1)->key;
                REQUIRE(table.erase(row) == model.size() - 1);
                if (last != key) REQUIRE(table[row].key == last);
                REQUIRE(table.find(key, hash_of(key)) == table.none);
            }
            model.erase(key);
        } else if (choice < 998) {
            table.clear();
            model.clear();
            REQUIRE(table.empty());
        } else {
            weir::StateWriter writer;
            table.save(writer);
            weir::StateReader reader(writer.data());
            Table<Key, int> loaded;
            loaded.find_or_insert(key, hash_of(key)); // what was there before is gone
            loaded.load(reader);
            REQUIRE(reader.left() == 0);
            table = std::move(loaded);
        }
        if (i % 500 == 0) check_same(table, model, hash_of);
    }
    check_same(table, model, hash_of);
}

struct Angry { // every part of it throws when it is told to
    static inline int left = 0;
    static inline int alive = 0;
    static void step() {
        if (left > 0 && --left == 0) throw std::runtime_error("angry");
    }
    Angry() { step(), ++alive; }
    explicit Angry(int n) : number(n) { step(), ++alive; }
    Angry(const Angry& other) : number(other.number) { step(), ++alive; }
    Angry(Angry&& other) noexcept(false) : number(other.number) { step(), ++alive; }
    Angry& operator=(const Angry& other) {
        step();
        number = other.number;
        return *this;
    }
    Angry& operator=(int n) {
        step();
        number = n;
        return *this;
    }
    ~Angry() { --alive; }
    friend bool operator==(const Angry& a, int b) { return a.number == b; }
    int number = 0;
};

} // namespace

TEST_CASE("a table counts per key, and its rows are in the order of the keys' first arrival") {
    Table<std::string, int> counts;
    for (const std::string_view word : {"to", "be", "or", "not", "to", "be"}) {
        const auto [row, is_new] = counts.find_or_insert(word, stable_hash(word));
        CHECK(is_new == (counts[row].value == 0));
        ++counts[row].value;
    }
    std::string text;
    for (const auto& [key, value] : counts) text += key + std::to_string(value) + ' ';
    CHECK(text == "to2 be2 or1 not1 ");
    CHECK(counts.find("that", stable_hash("that")) == counts.none);
    CHECK(counts.find(std::string_view("or"), stable_hash("or")) == 2);
}

TEST_CASE("an empty table finds nothing, and can be cleared, saved, moved and iterated") {
    Table<int, int> table;
    CHECK(table.bytes() == 0);
    CHECK(table.find(1, 1) == table.none);
    CHECK(table.find(1, ~std::uint64_t{0}) == table.none);
    table.prefetch(~std::uint64_t{0});
    table.prefetch_row(~std::uint64_t{0});
    table.clear();
    CHECK(table.begin() == table.end());
    weir::StateWriter writer;
    table.save(writer);
    weir::StateReader reader(writer.data());
    table.load(reader);
    Table<int, int> other = std::move(table);
    CHECK(other.empty());
    other.find_or_insert(1, 1);
    table = std::move(other);
    CHECK(table.find(1, 1) == 0);
    CHECK(other.find(1, 1) == other.none); // NOLINT: moved from is empty
    CHECK(other.find_or_insert(2, 2).second);
}

TEST_CASE("a copy of a table that has slots, but no rows yet, can be asked, too") {
    Table<int, int> reserved;
    reserved.reserve(100'000);
    REQUIRE(reserved.is_large());
    Table<int, int> table = reserved;
    table.prefetch_row(1);
    const std::uint64_t hashes[] = {1, ~std::uint64_t{0}};
    std::uint32_t numbers[2];
    table.guess(hashes, numbers);
    CHECK(table.find(1, 1) == table.none);
    CHECK(table.find_or_insert(1, 1, numbers[0]) == 0);
}

TEST_CASE("a table is the same as a std::unordered_map, whatever the hashes") {
    const auto sparse = [](std::uint32_t i) { return i * std::uint64_t{0x9e3779b97f4a7c15}; };
    const auto text = [](std::uint32_t i) { return "key number " + std::to_string(i); };
    const auto good = [](const auto& key) { return stable_hash(key); };
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        compare_with_model<std::uint64_t>(seed, 3'000, sparse, good);
        compare_with_model<std::uint64_t>(seed, 20, sparse, good);
        compare_with_model<std::string>(seed, 1'000, text, good);
        // Collisions: one place for all, few places, the upper half only, and the last place, around which probing wraps.
        compare_with_model<std::uint64_t>(seed, 60, sparse, [](auto) { return std::uint64_t{0}; });
        compare_with_model<std::uint64_t>(seed, 60, sparse, [](auto) { return ~std::uint64_t{0}; });
        compare_with_model<std::uint64_t>(seed, 200, sparse, [](auto key) { return key % 3 * 0x80000001; });
        compare_with_model<std::uint64_t>(seed, 60, sparse, [](auto key) { return stable_hash(key) << 32; });
        compare_with_model<std::uint64_t>(seed, 300, sparse, [](auto key) { return stable_hash(key) % 8 - 4; });
    }
}

TEST_CASE("the batch form does what one by one does") {
    std::minstd_rand random(3);
    for (const std::size_t n : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 5'000U}) {
        Table<std::uint64_t, int> batch;
        Table<std::uint64_t, int> single;
        std::vector<std::uint64_t> keys(n);
        std::vector<std::uint64_t> hashes(n);
        for (std::size_t i = 0; i < n; ++i) hashes[i] = stable_hash(keys[i] = random() % 2'000);
        std::vector<std::uint32_t> rows(n + 1, 77);
        batch.find_or_insert(std::span<const std::uint64_t>(keys), std::span<const std::uint64_t>(hashes), rows.data());
        for (std::size_t i = 0; i < n; ++i) REQUIRE(rows[i] == single.find_or_insert(keys[i], hashes[i]).first);
        CHECK(rows[n] == 77);
        CHECK(batch.size() == single.size());
    }
}

TEST_CASE("a million rows: growth keeps every row") {
    Table<std::uint32_t, std::uint32_t> table;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        const auto [row, is_new] = table.find_or_insert(i, stable_hash(i));
        table[row].value = i + 1;
        if (not is_new || row != i) FAIL("row " << row << " for key " << i);
    }
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        const std::uint32_t row = table.find(i, stable_hash(i));
        wrong += row != i || table[row].key != i || table[row].value != i + 1 ? 1 : 0;
    }
    CHECK(wrong == 0);
    CHECK(table.bytes() >= 1'000'000 * 16);
    table.clear();
    CHECK(table.find(5U, stable_hash(5)) == table.none);
    CHECK(table[table.find_or_insert(5U, stable_hash(5)).first].value == 0);
    table.clear(); // few rows in a large index
    CHECK(table.find(5U, stable_hash(5)) == table.none);
}

TEST_CASE("a row that comes back after clear or erase has a fresh value") {
    Table<std::string, std::vector<int>> lists;
    Table<int, std::shared_ptr<int>> pointers;
    const auto shared = std::make_shared<int>(1);
    for (int round = 0; round < 3; ++round) {
        for (const char* key : {"a", "b", "c"}) {
            auto& value = lists[lists.find_or_insert(key, stable_hash(key)).first].value;
            CHECK(value.empty());
            value.assign(100, round);
        }
        if (round == 0) lists.clear();
        else while (not lists.empty()) lists.erase(0);
        for (int key = 0; key < 3; ++key) pointers[pointers.find_or_insert(key, stable_hash(key)).first].value = shared;
        CHECK(shared.use_count() == 4);
        if (round == 0) pointers.clear();
        else while (not pointers.empty()) pointers.erase(0);
        CHECK(shared.use_count() == 1); // let go of at once, not when the row is used again
    }
}

TEST_CASE("rows that are appended lie in their order, and are found once a key is looked for") {
    Table<int, std::string> table;
    for (int round = 0; round < 3; ++round) { // then with the memory of before
        for (int i = 0; i < 1000; ++i) table.append(i * 7, stable_hash(i * 7), std::to_string(i));
        const std::size_t bytes = table.bytes();
        for (std::uint32_t i = 0; i < 1000; ++i) REQUIRE(table[i].key == static_cast<int>(i) * 7);
        REQUIRE(table.find(70, stable_hash(70)) == 10);
        REQUIRE(table.find(71, stable_hash(71)) == table.none);
        std::uint32_t guesses[2];
        const std::uint64_t hashes[2] = {stable_hash(70), stable_hash(71)};
        table.guess(hashes, guesses);
        CHECK(table.find_or_insert(70, hashes[0], guesses[0]) == 10);
        CHECK(table.find_or_insert(71, hashes[1], guesses[1]) == 1000);
        CHECK((round == 0) == (table.bytes() > bytes)); // there is an index now
        CHECK(table[10].value == "10");
        table.append(72, stable_hash(72), "last");
        CHECK(table.find_or_insert(72, stable_hash(72)).first == 1001);
        CHECK(table.erase(10) == 1001);
        CHECK(table.find(72, stable_hash(72)) == 10);
        CHECK(table.find(70, stable_hash(70)) == table.none);
        table.clear();
        REQUIRE(table.find(7, stable_hash(7)) == table.none);
        if (round == 1) { // one that has no index is erased from, and cleared
            table.append(1, stable_hash(1), "a");
            table.append(2, stable_hash(2), "b");
            CHECK(table.erase(0) == 1);
            CHECK(table.find(2, stable_hash(2)) == 0);
            table.clear();
            table.append(1, stable_hash(1), "c");
            table.clear();
            CHECK(table.find_or_insert(1, stable_hash(1)).second);
            CHECK(table[0].value.empty());
            table.clear();
        }
    }
    table.append(1, stable_hash(1), "a");
    table.reserve(100);
    CHECK(table.vacancies() >= 99);
    CHECK(table.find(1, stable_hash(1)) == 0);
}

TEST_CASE("keys and values may be movable only") {
    Table<std::unique_ptr<int>, std::unique_ptr<int>> table;
    std::vector<int*> keys;
    for (int i = 0; i < 100; ++i) {
        auto key = std::make_unique<int>(i);
        keys.push_back(key.get());
        const auto [row, is_new] = table.find_or_insert(std::move(key), static_cast<std::uint64_t>(i));
        REQUIRE(is_new);
        table[row].value = std::make_unique<int>(i);
    }
    for (std::uint32_t i = 0; i < 100; ++i) {
        REQUIRE(table[i].key.get() == keys[i]);
        REQUIRE(*table[i].value == static_cast<int>(i));
    }
    table.erase(0);
    CHECK(table[0].key.get() == keys[99]);
}

TEST_CASE("a key that is there already is not taken from the caller") {
    Table<std::string, int> table;
    table.find_or_insert("a long key that is not kept inside the string itself", 1);
    std::string again = "a long key that is not kept inside the string itself";
    CHECK_FALSE(table.find_or_insert(std::move(again), 1).second);
    CHECK_FALSE(again.empty()); // NOLINT: that is the test
}

TEST_CASE("rows that cannot be assigned can be kept and cleared") {
    struct Fixed {
        const int number = 3;
    };
    Table<int, Fixed> table;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 50; ++i) CHECK(table.find_or_insert(i, stable_hash(i)).second);
        CHECK(table[7].value.number == 3);
        table.clear();
    }
}

TEST_CASE("after an exception from a key or a value the table is as it was") {
    const int alive_before = Angry::alive;
    for (int fail_at = 1; fail_at < 400; ++fail_at) {
        Table<Angry, Angry> table;
        for (int round = 0; round < 2; ++round) {
            Angry::left = fail_at;
            std::vector<int> there;
            for (int i = 0; i < 20; ++i) {
                try {
                    const auto [row, is_new] = table.find_or_insert(i, stable_hash(i));
                    REQUIRE(is_new);
                    table[row].value.number = i;
                    there.push_back(i);
                } catch (const std::runtime_error&) {
                }
            }
            Angry::left = 0;
            REQUIRE(table.size() == there.size());
            REQUIRE(there.size() >= 19);
            for (const int i : there) {
                const std::uint32_t row = table.find(i, stable_hash(i));
                REQUIRE(row != table.none);
                REQUIRE(table[row].key.number == i);
                REQUIRE(table[row].value.number == i);
            }
            table.clear();
        }
    }
    CHECK(Angry::alive == alive_before);
}

TEST_CASE("after an exception from what is appended the table is as it was") {
    const int alive_before = Angry::alive;
    for (int fail_at = 1; fail_at < 200; ++fail_at) {
        Table<int, Angry> table;
        for (int round = 0; round < 2; ++round) {
            Angry::left = 0;
            const Angry value(5);
            Angry::left = fail_at;
            std::vector<int> there;
            for (int i = 0; i < 40; ++i) {
                try {
                    if (i == 30) table.find_or_insert(i, stable_hash(i));
                    else table.append(i, stable_hash(i), value);
                    there.push_back(i);
                } catch (const std::runtime_error&) {
                }
            }
            Angry::left = 0;
            REQUIRE(table.size() == there.size());
            REQUIRE(there.size() >= 39);
            REQUIRE(table.find_or_insert(there[0], stable_hash(there[0])).first == 0);
            for (const int i : there) {
                const std::uint32_t row = table.find(i, stable_hash(i));
                REQUIRE(row != table.none);
                REQUIRE(table[row].key == i);
                REQUIRE(table[row].value.number == (i == 30 ? 0 : 5));
            }
            REQUIRE(table[table.find_or_insert(1000, stable_hash(1000)).first].value.number == 0);
            table.clear();
        }
    }
    CHECK(Angry::alive == alive_before);
}

TEST_CASE("a full table says so, and still finds what it has") {
    Table<int, int, 40> table;
    for (int i = 0; i < 40; ++i) table.find_or_insert(i, stable_hash(i));
    CHECK_THROWS_AS(table.find_or_insert(40, stable_hash(40)), std::length_error);
    CHECK(table.size() == 40);
    CHECK_FALSE(table.find_or_insert(39, stable_hash(39)).second);
    CHECK_THROWS_AS(table.reserve(41), std::length_error);
    table.erase(0);
    CHECK(table.find_or_insert(40, stable_hash(40)).second);
    Table<int, int, 40> list;
    for (int i = 0; i < 40; ++i) list.append(i, stable_hash(i), i);
    CHECK_THROWS_AS(list.append(40, stable_hash(40), 1), std::length_error);
    CHECK(list.size() == 40);
}

TEST_CASE("every NaN is one key") {
    Table<double, int> table;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(table.find_or_insert(nan, stable_hash(nan)).second);
    CHECK_FALSE(table.find_or_insert(-nan, stable_hash(-nan)).second);
    CHECK(table.find_or_insert(0.0, stable_hash(0.0)).second);
    CHECK_FALSE(table.find_or_insert(-0.0, stable_hash(-0.0)).second);
}

TEST_CASE("a saved table that was cut off or does not fit is refused, and the old one stays") {
    Table<std::string, int> table;
    for (int i = 0; i < 20; ++i) table.find_or_insert(std::to_string(i), stable_hash(std::to_string(i)));
    weir::StateWriter writer;
    table.save(writer);
    Table<std::string, int> kept;
    kept.find_or_insert("kept", stable_hash("kept"));
    for (std::size_t n = 0; n < writer.size(); ++n) {
        weir::StateReader reader(writer.data().data(), n);
        REQUIRE_THROWS_AS(kept.load(reader), weir::StateError);
    }
    weir::StateWriter huge;
    huge.put(std::numeric_limits<std::size_t>::max());
    weir::StateReader reader(huge.data());
    CHECK_THROWS_AS(kept.load(reader), weir::StateError);
    weir::StateWriter twice;
    twice.put(std::size_t{2});
    for (int i = 0; i < 2; ++i) twice.put(std::uint32_t{5}), twice.put(std::string("same")), twice.put(1);
    weir::StateReader same(twice.data());
    CHECK_THROWS_AS(kept.load(same), weir::StateError);
    CHECK(kept.find("kept", stable_hash("kept")) == 0);
    CHECK(kept.size() == 1);
}
