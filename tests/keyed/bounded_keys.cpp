// SPDX-License-Identifier: BSL-1.0
#include "catch.hpp"

#include <weir/keyed/bounded_keys.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using weir::AtMaxKeys;

namespace {

using Keys = weir::detail::BoundedKeys<std::string, int>;

weir::Timestamp at(std::int64_t n) { return weir::Timestamp(weir::Duration(n)); }

std::pair<std::uint32_t, bool> enter(Keys& keys, const std::string& key) { return keys.enter(key, weir::stable_hash(key)); }

/// The same keys, saved and loaded.
Keys restored(const Keys& keys, const weir::KeyedOptions& options) {
    weir::StateWriter to;
    keys.save(to);
    weir::StateReader from(to.data());
    Keys loaded(options);
    loaded.load(from);
    CHECK(from.left() == 0);
    return loaded;
}

} // namespace

TEST_CASE("a key keeps its state and its handle, whichever others go") {
    const weir::KeyedOptions options{.ttl = weir::Duration(1)};
    Keys keys(options);
    std::vector<std::uint32_t> handles;
    for (int i = 0; i < 20; ++i) {
        const std::uint32_t row = enter(keys, std::to_string(i)).first;
        keys[row] = i;
        handles.push_back(keys.handle(row));
    }
    for (std::size_t i = 0; i < 20; i += 3) keys.forget(keys.row_of(handles[i]));
    for (std::size_t i = 0; i < 20; ++i) {
        const std::uint32_t row = keys.row_of(handles[i]);
        CHECK((row == Keys::none) == (i % 3 == 0));
        if (row == Keys::none) continue;
        CHECK(keys.key(row) == std::to_string(i));
        CHECK(keys[row] == static_cast<int>(i));
        CHECK(enter(keys, std::to_string(i)) == std::pair(row, false));
    }
    CHECK(enter(keys, "0").second);
    CHECK(keys[enter(keys, "0").first] == 0);
}

TEST_CASE("the keys not changed for longest go first, also after saving and loading") {
    const weir::KeyedOptions three{.max_keys = 3, .at_max = AtMaxKeys::evict};
    Keys keys(three);
    for (const char* key : {"a", "b", "c", "a"}) keys.changed(enter(keys, key).first, {});
    keys = restored(keys, three);
    keys.changed(enter(keys, "d").first, {}); // b goes
    CHECK(keys.size() == 3);
    CHECK_FALSE(enter(keys, "c").second);
    CHECK_FALSE(enter(keys, "a").second);
    CHECK(enter(keys, "b").second); // c goes, which was looked at but not changed
    CHECK(enter(keys, "c").second);
}

TEST_CASE("keys grow old, and agree with a map when they are saved and loaded now and then") {
    std::minstd_rand random(2);
    const weir::KeyedOptions options{.max_keys = 20, .at_max = AtMaxKeys::evict, .ttl = weir::Duration(30)};
    Keys keys(options);
    struct Model {
        int value = 0;
        std::int64_t until = 0;
        int changed = 0;
    };
    std::map<std::string, Model> model;
    std::int64_t now = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string key = std::to_string(random() % 40);
        switch (random() % 8) {
        case 0:
            now += static_cast<std::int64_t>(random() % 10);
            keys.expire(at(now));
            std::erase_if(model, [now](const auto& entry) { return entry.second.until <= now; });
            break;
        case 1:
            if (model.erase(key) != 0) keys.forget(enter(keys, key).first);
            break;
        case 2:
            if (random() % 20 == 0) keys = restored(keys, options);
            break;
        default: {
            const std::int64_t time = now + static_cast<std::int64_t>(random() % 40) - 20;
            if (not model.contains(key) && model.size() == 20)
                model.erase(std::min_element(model.begin(), model.end(), [](auto& a, auto& b) { return a.second.changed < b.second.changed; }));
            Model& entry = model[key];
            entry = {i, std::max(entry.until, time + 30), i};
            const auto [id, is_new] = enter(keys, key);
            keys[id] = i;
            keys.changed(id, at(time));
        }
        }
        if (keys.size() != model.size()) FAIL("step " << i << ": other keys than the map has");
    }
    for (const auto& [key, entry] : model) {
        const auto [id, is_new] = enter(keys, key);
        CHECK_FALSE(is_new);
        CHECK(keys[id] == entry.value);
    }
}
