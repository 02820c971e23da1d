// SPDX-License-Identifier: BSL-1.0
#include "../catch.hpp"

#include <weir/op/recent_set.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>

using weir::detail::RecentSet;

namespace {

/// Keys whose hashes meet: three different ones for all of them.
struct Clustered {
    int n = 0;
    friend bool operator==(const Clustered&, const Clustered&) = default;
};

/// The same, by looking at all of them.
template <typename Key>
class Model {
public:
    explicit Model(std::size_t capacity) : capacity_(capacity) {}
    bool insert(const Key& key) {
        if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) return false;
        keys_.push_back(key);
        if (keys_.size() > capacity_) keys_.pop_front();
        return true;
    }

private:
    std::size_t capacity_;
    std::deque<Key> keys_;
};

} // namespace

template <>
struct std::hash<Clustered> {
    std::size_t operator()(const Clustered& key) const noexcept { return static_cast<std::size_t>(key.n % 3); }
};

namespace {

template <typename Key, typename Make>
void compare_with_model(std::size_t capacity, int keys, Make make) {
    std::mt19937 random(static_cast<unsigned>(capacity));
    std::uniform_int_distribution<int> draw(0, keys);
    RecentSet<Key> set(capacity);
    Model<Key> model(capacity);
    for (int i = 0; i < 3000; ++i) {
        if (i % 500 == 499) { // goes on from saved state as if nothing had been
            weir::StateWriter saved;
            set.save(saved);
            weir::StateReader reader(saved.data());
            set = RecentSet<Key>(capacity);
            set.load(reader);
        }
        const Key key = make(draw(random));
        REQUIRE(set.insert(key) == model.insert(key));
        REQUIRE(set.size() <= capacity);
    }
}

} // namespace

TEST_CASE("a recent set remembers the last n different keys") {
    RecentSet<int> set(2);
    CHECK(set.insert(1));
    CHECK(set.insert(2));
    CHECK_FALSE(set.insert(1)); // does not make it younger
    CHECK(set.insert(3));       // in the place of 1
    CHECK_FALSE(set.insert(2));
    CHECK(set.insert(1));
    CHECK(set.size() == 2);
}

TEST_CASE("a recent set does what looking at all keys does") {
    for (const std::size_t capacity : {1u, 2u, 3u, 4u, 7u, 8u, 31u, 100u}) {
        compare_with_model<int>(capacity, 60, [](int n) { return n; });
        compare_with_model<std::int64_t>(capacity, 60, [](int n) { return std::int64_t{n} << 40; });
        compare_with_model<std::string>(capacity, 60, [](int n) { return std::string(static_cast<std::size_t>(n), 'x'); });
    }
}

TEST_CASE("a recent set finds keys whose hashes meet") {
    for (const std::size_t capacity : {1u, 2u, 5u, 16u}) compare_with_model<Clustered>(capacity, 20, [](int n) { return Clustered{n}; });
}

TEST_CASE("a recent set holds at least one key") {
    CHECK_THROWS_AS(RecentSet<int>(0), std::invalid_argument);
    CHECK_THROWS_AS(RecentSet<int>((std::size_t{1} << 30) + 1), std::invalid_argument);
}
