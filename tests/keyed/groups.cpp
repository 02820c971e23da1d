// SPDX-License-Identifier: BSL-1.0
// Groups of a bounded stream that do not fit into the memory of the job: as if they had, in the same order.
#include "catch.hpp"
#include "files.hpp"

#include <weir/testing/accounting.hpp>
#include <weir/testing/random.hpp>
#include <weir/weir.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

using weir::detail::MemoryBudget;

namespace {

struct WeakKey {
    std::uint64_t n;
};
struct Weak {
    WeakKey key;
};

/// Of which few are many: their groups are kept in parts.
struct Small {
    std::uint64_t first;
    int second;
};

struct NamedByText {
    std::string_view name;
    int value;
};

} // namespace

template <>
struct weir::Owned<NamedByText> {
    using type = std::string; // nobody keeps one here
};
template <>
struct weir::Hash<WeakKey> {
    static std::uint64_t of(const WeakKey& key) { return key.n; }
};

template <>
inline constexpr weir::detail::PartSizes weir::detail::part_sizes<Small>{.table = 1'000, .waiting = 4'000};

namespace {

/// Of so many keys, some far more often than others; values tell the order.
template <typename Key, typename Of>
std::vector<std::pair<Key, int>> events(std::size_t n, std::size_t n_keys, std::uint64_t seed, Of of) {
    weir::Random random(seed);
    std::vector<std::pair<Key, int>> all;
    for (std::size_t i = 0; i < n; ++i) all.emplace_back(of(random.below(random.one_in(3) ? 10 : n_keys)), static_cast<int>(i));
    return all;
}
std::string name(std::uint64_t number) { return "a key that has memory of its own: " + std::to_string(number); }

/// The groups in this much memory, and how many bytes were spilled.
template <typename Event, typename... As>
auto grouped(const std::vector<Event>& events, std::size_t memory, std::uint64_t& spilled, const As&... aggregates) {
    using Key = decltype(Event::first);
    using Result = decltype(weir::detail::AllOf<As...>{{aggregates...}}.finish(typename weir::detail::AllOf<As...>::template State<Event>{}));
    std::vector<std::pair<Key, Result>> rows;
    const weir::Report report = weir::run(weir::from(events) | weir::key_by(&Event::first) | weir::aggregate(aggregates...) |
                                          weir::for_each([&rows](const auto& row) { rows.emplace_back(row.key, row.value); }), {.memory = memory});
    spilled = report.at("aggregate#1").spilled;
    CHECK(weir::detail::wrong_counts(report) == "");
    CHECK(weir::detail::still_held(report) == "");
    return rows;
}

/// Events in three parts, so that workers find many groups in each.
template <typename Event>
struct InThree {
    using event_type = Event;
    std::vector<Event> all;
    std::size_t at = 0;
    std::span<Event> next_batch() {
        const std::size_t n = std::min<std::size_t>(all.size() - at, 500);
        at += n;
        return std::span(all).subspan(at - n, n);
    }
    std::vector<InThree> split(std::size_t) && {
        std::vector<InThree> parts(3);
        for (std::size_t i = 0; i < all.size(); ++i) parts[i * 3 / all.size()].all.push_back(all[i]);
        return parts;
    }
};
/// What workers make of them in this much memory is what one thread makes of them in any.
template <typename Key, typename... As>
void agrees_with_workers(const std::vector<std::pair<Key, int>>& events, const As&... aggregates) {
    std::uint64_t spilled = 0;
    const auto expected = grouped(events, std::size_t{1} << 30U, spilled, aggregates...);
    for (const std::size_t workers : {2U, 8U})
        for (const std::size_t memory : {std::size_t{1}, std::size_t{300'000}, std::size_t{1'500'000}, std::size_t{1} << 30U}) {
            INFO(workers << " workers, memory " << memory);
            using Event = std::pair<Key, int>;
            std::remove_const_t<decltype(expected)> rows;
            const weir::Report report = weir::run(weir::from(InThree<Event>{events}) | weir::key_by(&Event::first) | weir::aggregate(aggregates...) |
                                                      weir::for_each([&rows](const auto& row) { rows.emplace_back(row.key, row.value); }),
                                                  {.workers = workers, .memory = memory});
            CHECK(rows == expected);
            CHECK((report.at("aggregate#1").spilled > 0) == (memory < 2'000'000));
            CHECK(weir::detail::wrong_counts(report) == "");
        }
}

template <typename Key, typename... As>
void agrees(const std::vector<std::pair<Key, int>>& events, std::initializer_list<std::size_t> budgets, const As&... aggregates) {
    std::uint64_t spilled = 0;
    const auto expected = grouped(events, std::size_t{1} << 30U, spilled, aggregates...);
    CHECK(spilled == 0);
    for (const std::size_t memory : budgets) {
        INFO("memory " << memory);
        CHECK(grouped(events, memory, spilled, aggregates...) == expected);
        CHECK(spilled > 0);
    }
}

} // namespace

TEST_CASE("groups that do not fit into memory come as those that do, in the order of their keys' first events") {
    const auto number = [](std::uint64_t n) { return n * 7; };
    const auto value = &std::pair<std::uint64_t, int>::second;
    agrees(events<std::uint64_t>(25'000, 20'000, 1, number), {70'000, 200'000}, weir::count(), weir::sum(value));
    agrees(events<std::uint64_t>(5'000, 3'000, 2, number), {1, 20'000}, weir::count(), weir::max(value));
}

TEST_CASE("so do keys and states that own memory, and what depends on the order of the values") {
    const auto value = &std::pair<std::string, int>::second;
    agrees(events<std::string>(8'000, 2'000, 3, name), {40'000, 150'000}, weir::first(value), weir::collect(value));
}

TEST_CASE("workers leave groups of their parts in files, too", "[threads]") {
    agrees_with_workers(events<std::uint64_t>(40'000, 30'000, 8, [](std::uint64_t n) { return n * 7; }), weir::count(), weir::first(&std::pair<std::uint64_t, int>::second));
    agrees_with_workers(events<std::string>(12'000, 5'000, 9, name), weir::collect(&std::pair<std::string, int>::second));
}

TEST_CASE("a key whose state alone is too large is kept in memory at last") {
    std::vector<std::pair<int, int>> all;
    for (int i = 0; i < 60'000; ++i) all.emplace_back(i % 50 == 0 ? i : 7, i);
    agrees(all, {60'000}, weir::count(), weir::collect(&std::pair<int, int>::second));
}

TEST_CASE("groups in parts come as those in one table, in memory and by way of files") {
    using Pair = std::pair<std::uint64_t, int>;
    for (const std::uint64_t n_keys : {3U, 300U, 20'000U}) {
        const auto all = events<std::uint64_t>(30'000, n_keys, 6, [](std::uint64_t n) { return n * 7; });
        std::vector<Small> small;
        for (const auto& [key, value] : all) small.push_back({key, value});
        std::uint64_t spilled = 0;
        const auto rows_of = [&spilled](const auto& input, std::size_t memory) {
            using Event = typename std::remove_cvref_t<decltype(input)>::value_type;
            return grouped(input, memory, spilled, weir::count(), weir::sum(&Event::second), weir::first(&Event::second), weir::max(&Event::second));
        };
        const auto expected = rows_of(all, std::size_t{1} << 30U);
        for (const std::size_t memory : {std::size_t{1} << 30U, std::size_t{1'000'000}, std::size_t{250'000}, std::size_t{100'000}, std::size_t{1}}) {
            INFO(n_keys << " keys, memory " << memory);
            CHECK(rows_of(small, memory) == expected);
            if (n_keys > 1'000) CHECK((spilled > 0) == (memory <= 1'000'000));
        }
        std::vector<Pair> from_map; // events one by one
        weir::run(weir::from(all) | weir::map([](const Pair& e) { return Small{e.first, e.second}; }) | weir::key_by(&Small::first) | weir::aggregate(weir::last(&Small::second)) |
                  weir::for_each([&](const auto& row) { from_map.emplace_back(row.key, row.value); }));
        std::vector<Pair> last;
        for (const auto& row : grouped(all, std::size_t{1} << 30U, spilled, weir::last(&Pair::second))) last.emplace_back(row.first, std::get<0>(row.second));
        CHECK(from_map == last);
    }
}

TEST_CASE("events one by one and many at once are grouped in their order, also in parts") {
    using Ops = weir::AnyChain<Small, Small, {.bounded = true}>;
    weir::Random random(17);
    for (int round = 0; round < 20; ++round) {
        std::vector<Small> all;
        for (int i = 0; i < 10'000; ++i) all.push_back({random.below(8'000), i});
        const auto kept = [](const Small& e) { return e.second / 256 % 2 == 1 || e.second % 256 == 0; }; // many of a block, and one of the next
        using Row = weir::Keyed<std::uint64_t, std::tuple<int, int>>;
        std::vector<Row> expected, found;
        const auto group = weir::key_by(&Small::first) | weir::aggregate(weir::first(&Small::second), weir::last(&Small::second));
        weir::run(weir::from(all) | weir::filter(kept) | group | weir::collect_into(expected));
        weir::run(weir::from(all) | Ops(weir::filter(kept)) | group | weir::collect_into(found)); // hands on one event as one, more as a span
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) REQUIRE((found[i].key == expected[i].key && found[i].value == expected[i].value));
    }
}

/// Knows how many temporary files there are.
class Counted final : public weir::Files {
public:
    mutable std::atomic<int> there = 0, most = 0;
    std::unique_ptr<weir::InFile> open(const std::string& path) const override { return weir::SystemFiles().open(path); }
    std::unique_ptr<weir::OutFile> create(const std::string& path) const override { return weir::SystemFiles().create(path); }
    std::unique_ptr<weir::ScratchFile> scratch(const std::string& directory) const override {
        struct File final : weir::ScratchFile {
            File(const Counted& f, std::unique_ptr<weir::ScratchFile> r) : files(f), real(std::move(r)) {
                const int now = ++files.there;
                for (int seen = files.most; seen < now && not files.most.compare_exchange_weak(seen, now);) {}
            }
            File(const File&) = delete;
            File& operator=(const File&) = delete;
            ~File() override { --files.there; }
            void write(std::uint64_t byte, std::string_view bytes) override { real->write(byte, bytes); }
            void read(std::uint64_t byte, std::span<char> into) const override { real->read(byte, into); }
            const Counted& files;
            std::unique_ptr<weir::ScratchFile> real;
        };
        return std::make_unique<File>(*this, weir::SystemFiles().scratch(directory));
    }
};

TEST_CASE("the groups of a part lie in one file until they are taken, so that many workers do not run out of files", "[threads]") {
    const files_test::TempDirectory directory;
    std::string text;
    for (int i = 0; i < 30'000; ++i) text += std::to_string(i) + "\n";
    const std::string path = directory.file("lines", text);
    const Counted files;
    std::atomic<bool> is_first = true;
    std::size_t groups = 0;
    weir::run(weir::from_lines(path, {.block = 512}) | weir::map([&](std::string_view line) {
                  if (is_first.exchange(false)) std::this_thread::sleep_for(std::chrono::milliseconds(200)); // others wait for their turn
                  return std::string(line);
              }) | weir::key_by([](const std::string& line) { return line; }) | weir::aggregate(weir::count()) | weir::for_each([&](const auto&) { ++groups; }),
              {.workers = 8, .memory = 100'000, .files = &files});
    CHECK(groups == 30'000);
    CHECK(files.most > 16);
    CHECK(files.most < 17 + 3 * 16 + 10); // a file for each copy, and those of the merge
    CHECK(files.there == 0);
}

TEST_CASE("a throw among events that are grouped where they lie finds those before it added, and the others held") {
    using Event = std::pair<std::uint64_t, int>;
    const auto all = events<std::uint64_t>(300, 40, 5, [](std::uint64_t n) { return n; });
    for (const int bad : {0, 1, 70, 255}) {
        const auto at = [bad](const Event& e) { return e.second == bad ? throw std::runtime_error("bad") : e.second; };
        const auto row_of = [&all](const auto& key, const auto&... aggregates) {
            auto stepper = weir::stepper(weir::from(all) | key | weir::aggregate(aggregates...) | weir::for_each([](const auto&) {}));
            CHECK_THROWS_WITH(stepper.step(300), "bad");
            const weir::Report report = stepper.report();
            CHECK(weir::detail::wrong_counts(report) == "");
            return report.at("aggregate#1");
        };
        const auto in_key = row_of(weir::key_by([&at](const Event& e) { return at(e) % 7; }), weir::count());
        CHECK(in_key.in == 300);
        CHECK(in_key.held == 300);
        const auto in_sum = row_of(weir::key_by(&Event::first), weir::count(), weir::sum(at));
        CHECK(in_sum.in == 300);
        CHECK(in_sum.held == 300);
    }
}

TEST_CASE("what groups have had is counted once, by themselves or by an aggregate that does it for all") {
    const auto all = events<std::uint64_t>(300, 40, 5, [](std::uint64_t n) { return n; });
    const auto is_odd = [](const auto& e) { return e.second % 2 != 0; };
    const auto held = [&all](auto clauses, const auto&... aggregates) {
        auto stepper = weir::stepper(weir::from(all) | clauses | weir::aggregate(aggregates...) | weir::for_each([](const auto&) {}));
        stepper.step(200);
        const auto before = stepper.report().at("aggregate#1").held;
        while (stepper.step(1'000) == weir::Progress::more) {}
        const weir::OperatorReport after = stepper.report().at("aggregate#1");
        CHECK(after.held == 0);
        CHECK(after.dropped(weir::Drop::expired) == 0);
        return before;
    };
    const auto key = weir::key_by(&std::pair<std::uint64_t, int>::first);
    const auto timed = weir::event_time([](const auto& e) { return weir::Timestamp(weir::Duration(e.second)); }) | key;
    const auto sum = weir::sum(&std::pair<std::uint64_t, int>::second);
    const auto some = weir::where(is_odd, weir::count());
    CHECK(held(key, sum) == 200);
    CHECK(held(key, weir::count()) == 200);
    CHECK(held(key, sum, weir::count()) == 200);
    CHECK(held(key, some) == 200);
    CHECK(held(key, some, sum, weir::count()) == 200);
    CHECK(held(timed, some, weir::count()) == 200);
    CHECK(held(timed, some) == 200);
}

TEST_CASE("a full disk ends the job with a clear error") {
    const auto all = events<std::uint64_t>(40'000, 30'000, 4, [](std::uint64_t n) { return n; });
    files_test::FaultyFiles files;
    const auto run = [&] {
        std::vector<weir::Keyed<std::uint64_t, std::uint64_t>> rows;
        weir::run(weir::from(all) | weir::key_by(&std::pair<std::uint64_t, int>::first) | weir::aggregate(weir::count()) | weir::collect_into(rows),
                  {.memory = 60'000, .files = &files});
    };
    files.fails_at = 10'000;
    CHECK_THROWS_WITH(run(), Catch::Contains("cannot write a temporary file"));
    files.fails_at = files.fails_to_read_at = 1'000'000;
    CHECK_NOTHROW(run());
    files.fails_to_read_at = 3'000;
    CHECK_THROWS_WITH(run(), Catch::Contains("cannot read a temporary file"));
}

TEST_CASE("groups in parts are saved as those in one table") {
    using Aggregate = weir::Count;
    using State = weir::aggregate_state_t<Aggregate, Small>;
    using Parts = weir::detail::GroupParts<std::uint64_t, weir::detail::WindowEntry<State, false, Aggregate>, Small, std::uint64_t Small::*>;
    static_assert(Parts::fits);
    weir::detail::Groups<std::uint64_t, State, false, weir::detail::NoParts, Aggregate> in_table(nullptr);
    weir::detail::Groups<std::uint64_t, State, false, Parts, Aggregate> in_parts(nullptr, &Small::first), again(nullptr, &Small::first);
    const auto saved = [](const auto& groups) {
        weir::StateWriter to;
        groups.save(to);
        return std::vector(to.data().begin(), to.data().end());
    };
    weir::Random random(7);
    std::uint32_t guesses[100]{};
    for (int round = 0; round < 200; ++round) {
        std::vector<Small> run;
        for (int i = 0; i < 100; ++i) run.push_back({random.below(random.one_in(2) ? 50 : 5'000), i});
        const weir::detail::Run all{[&run](std::size_t i) -> const std::uint64_t& { return run[i].first; }, [&run](std::size_t i) -> const Small& { return run[i]; }, nullptr, run.size(), guesses};
        in_table.add_quietly(all, Aggregate());
        in_parts.add_quietly(all, Aggregate());
        if (round % 40 != 0) continue;
        CHECK(in_parts.is_parted());
        in_parts.settle(Aggregate());
        const auto bytes = saved(in_parts);
        CHECK(bytes == saved(in_table));
        weir::StateReader reader(bytes);
        again.load(reader);
        CHECK(saved(again) == bytes);
        CHECK(again.held() == in_parts.held());
    }
}

TEST_CASE("keys with a weak hash of the user's lie in many parts") {
    using State = weir::aggregate_state_t<weir::Count, Weak>;
    using Parts = weir::detail::GroupParts<WeakKey, weir::detail::WindowEntry<State, false, weir::Count>, Weak, WeakKey Weak::*>;
    static_assert(Parts::fits);
    std::vector<bool> parts(256);
    for (std::uint64_t n = 0; n < 2'000; ++n) parts[Parts::part_of(weir::detail::hash_of_key(WeakKey{n}))] = true;
    CHECK(std::count(parts.begin(), parts.end(), true) > 240);
}

TEST_CASE("groups stay in one table while most events are of keys that it has") {
    using Aggregate = weir::Count;
    using State = weir::aggregate_state_t<Aggregate, Small>;
    using Parts = weir::detail::GroupParts<std::uint64_t, weir::detail::WindowEntry<State, false>, Small, std::uint64_t Small::*>;
    weir::detail::Groups<std::uint64_t, State, false, Parts> groups(nullptr, &Small::first);
    std::uint64_t next = 1;
    std::uint32_t guesses[100]{};
    const auto add = [&](int events, int of_new_keys) { // of a hundred
        for (int i = 0; i < events; i += 100) {
            std::vector<Small> run;
            for (int j = 0; j < 100; ++j) run.push_back({j < of_new_keys ? next++ : 0, j});
            groups.add_quietly(weir::detail::Run{[&run](std::size_t k) -> const std::uint64_t& { return run[k].first; }, [&run](std::size_t k) -> const Small& { return run[k]; }, nullptr, run.size(), guesses},
                               Aggregate());
        }
    };
    add(50'000, 10);
    CHECK_FALSE(groups.is_parted());
    add(20'000, 50);
    CHECK(groups.is_parted());
    CHECK(groups.held() == 70'000);
}

TEST_CASE("spilled groups are saved and loaded") {
    MemoryBudget budget(1);
    const MemoryBudget::Share share = budget.share();
    using Groups = weir::detail::Groups<int, std::uint64_t, false>;
    const struct {
        void add(std::uint64_t& state, int value) const { state = state * 31 + static_cast<std::uint64_t>(value); }
        void merge(std::uint64_t& state, std::uint64_t later) const { state += later; }
        std::uint64_t finish(std::uint64_t state) const { return state; }
    } aggregate;
    Groups first(&share), second(&share);
    const auto add = [&aggregate](Groups& to, int from, int until) {
        for (int i = from; i < until; ++i) to.take(i, weir::detail::hash_of_key(i), i, {}, {}, aggregate, [] {});
    };
    add(first, 0, 3'000);
    weir::OperatorReport row;
    first.report(row);
    CHECK(row.spilled > 0);
    weir::StateWriter saved;
    first.save(saved);
    weir::StateReader reader(saved.data());
    second.load(reader);
    const auto result = [&](Groups& groups) {
        add(groups, 2'000, 5'000);
        std::vector<std::pair<int, std::uint64_t>> rows;
        CHECK(groups.begin(weir::max_time, aggregate));
        groups.fire([] { return true; }, [&](int key, auto, auto, auto&& what, auto) {
            rows.emplace_back(key, what.state);
            groups.given(what);
        });
        CHECK(groups.held() == 0);
        return rows;
    };
    const auto rows = result(second);
    CHECK(rows == result(first));
    CHECK(rows.size() == 5'000);
}

namespace {

/// Texts of all lengths; `middle`: they differ only where no sample of a text looks.
std::string text_of(std::uint64_t number, bool middle) {
    const std::string digits = std::to_string(number);
    if (middle) return "the same  beginning" + std::string(80 - digits.size(), '.') + digits + std::string(80, '.') + "and end";
    return std::string(number % 40, 'x') + digits;
}

} // namespace

TEST_CASE("rows of texts are guessed from them, and found where the guess is wrong") {
    for (const bool middle : {false, true})
        for (const std::size_t n_keys : {1U, 3U, 500U, 9'000U}) {
            CAPTURE(middle, n_keys);
            const auto all = events<std::string>(20'000, n_keys, n_keys, [middle](std::uint64_t number) { return text_of(number, middle); });
            std::vector<std::pair<std::string, std::int64_t>> expected, given;
            std::unordered_map<std::string, std::size_t> places;
            std::vector<NamedByText> lent;
            for (const auto& [key, value] : all) {
                const auto [place, is_new] = places.try_emplace(key, expected.size());
                if (is_new) expected.emplace_back(key, 0);
                expected[place->second].second += value;
                lent.push_back({key, value});
            }
            const auto keep = weir::for_each([&given](const auto& row) { given.emplace_back(row.key, row.value); });
            weir::run(weir::from(all) | weir::key_by(&std::pair<std::string, int>::first) | weir::aggregate(weir::sum(&std::pair<std::string, int>::second)) | keep);
            CHECK(given == expected);
            given.clear();
            weir::run(weir::from(lent) | weir::key_by(&NamedByText::name) | weir::aggregate(weir::sum(&NamedByText::value)) | keep);
            CHECK(given == expected);
        }
}

TEST_CASE("guesses from texts are right once they have been learnt, and given up while most are wrong") {
    using Table = weir::detail::Table<std::string, int>;
    Table table;
    weir::detail::TextGuesses<Table> guesses;
    CHECK_FALSE(guesses.begin(table)); // it is empty
    const auto wrong = [&](const std::vector<std::string>& keys) {
        std::size_t n = 0;
        for (const std::string& key : keys) {
            const std::uint32_t row = table.find_or_insert(key, weir::stable_hash(key)).first;
            if (not guesses.begin(table)) return keys.size();
            const std::uint32_t place = guesses.place(key);
            n += guesses[place] != row;
            guesses.learn(&place, &row, 1);
        }
        return n;
    };
    std::vector<std::string> keys, alike;
    for (std::uint64_t i = 0; i < 400; ++i) keys.push_back(text_of(i, false)), alike.push_back(text_of(i, true));
    wrong(keys);
    wrong(keys);
    CHECK(wrong(keys) <= 40); // few share a place
    for (int i = 0; i < 40; ++i) wrong(alike);
    CHECK_FALSE(guesses.begin(table));
    table.reserve(4'096);
    CHECK_FALSE(guesses.begin(table)); // too many for the caches
}
