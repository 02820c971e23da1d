// SPDX-License-Identifier: BSL-1.0
#include <weir/source/csv.hpp>
#include <weir/weir.hpp>

#include "catch.hpp"
#include "csv_text.hpp"
#include "files.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace csv_test;
using namespace files_test;
using Catch::Contains;

TEST_CASE("a file can be left at any batch and gone back to, with the same rows and places") {
    STATIC_REQUIRE(weir::BatchSource<weir::CsvRows<Texts>>);
    STATIC_REQUIRE(weir::PositionedSource<weir::CsvRows<Texts>>);
    const TempDirectory directory;
    std::mt19937 random(5);
    const std::vector<std::string> paths{directory.file("1", random_text(random, 100)), directory.file("2", random_text(random, 100)), directory.file("3", "a,b\n1,2\nbad\n")};
    const weir::CsvOptions options{.block = 100};
    weir::CsvRows<Texts, true> whole(paths, options);
    std::vector<weir::CsvPosition> places;
    std::vector<Rows> batches;
    const auto copy = [](std::span<weir::detail::ReadRow<Texts>> batch) {
        Rows rows;
        for (const auto& read : batch) rows.push_back(read.error ? Texts{std::string(read.text), to_string(read.place.position())} : read.row);
        return rows;
    };
    for (;;) {
        places.push_back(whole.position());
        batches.push_back(copy(whole.next_batch()));
        if (batches.back().empty()) break;
    }
    REQUIRE(batches.size() > 20);
    weir::CsvRows<Texts, true> again(paths, options);
    for (std::size_t i = batches.size(); i-- > 0;) {
        again.seek(places[i]);
        CHECK(again.position().records == places[i].records);
        const Rows rows = copy(again.next_batch());
        REQUIRE(rows.size() >= batches[i].size()); // the first batch of a file is short of its header
        CHECK(std::equal(batches[i].begin(), batches[i].end(), rows.begin()));
    }
}

/// Where an input hands its events, as many at a time as it is told.
struct Collects {
    Rows rows{};
    template <typename E>
    std::size_t span(std::span<E> events) {
        rows.insert(rows.end(), events.begin(), events.end());
        return events.size();
    }
};

TEST_CASE("reading that is saved, ended and loaded anywhere goes on with the next row") {
    const TempDirectory directory;
    std::mt19937 random(7);
    const std::vector<std::string> paths{directory.file("1", random_text(random, 60)), directory.file("2", random_text(random, 60))};
    const weir::CsvOptions options{.block = 100};
    using Source = weir::CsvRows<Texts>;
    using Input = weir::detail::BatchInput<Source>;
    Collects expected;
    Source whole(paths, options);
    for (auto batch = whole.next_batch(); not batch.empty(); batch = whole.next_batch()) expected.span(batch);
    for (const std::size_t at_a_time : {1U, 3U, 1'000U}) {
        Collects feed;
        weir::StateWriter state;
        std::make_unique<Input>(Source(paths, options))->save(state);
        for (bool ended = false; not ended;) {
            Input input(Source(paths, options));
            weir::StateReader saved(state.data());
            input.load(saved);
            ended = input.drive(feed, at_a_time, {}).state == weir::detail::Drive::State::ended;
            state = {};
            input.save(state);
        }
        CHECK(feed.rows == expected.rows);
    }
}

/// Where a bad row is bad, and why.
std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const weir::CsvError& e) {
        return to_string(e.position()) + ": " + e.what() + ": ";
    }
}

TEST_CASE("any split and any block give the same rows, the bad ones with their errors, wherever quotes, line ends in them and long lines stand") {
    STATIC_REQUIRE(weir::SplittableSource<weir::CsvRows<Texts>>);
    STATIC_REQUIRE(weir::PartedSource<weir::CsvRows<Texts>>);
    using Source = weir::CsvRows<Texts, true>;
    const TempDirectory directory;
    std::mt19937 random(6);
    const auto add = [](std::vector<std::string>& to, Source& source) {
        for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
            for (const auto& read : batch)
                to.push_back(read.error ? what_of(read.error) + read.text : read.row.a + '|' + read.row.b.value_or("none"));
    };
    for (int round = 0; round < 40; ++round) {
        std::string odd = random_text(random, 1 + random() % 40);
        for (auto n = random() % 4; n > 0; --n) odd.insert(4 + random() % (odd.size() - 3), "\n3,\"open\n" + std::string(random() % 300, 'x'));
        const std::vector<std::string> paths{directory.file("1", random_text(random, 1 + random() % 100)), directory.file("2", odd), directory.file("3", "a,b\n")};
        const weir::CsvOptions options{.max_record = std::vector<std::size_t>{250, 700, 3'000}[random() % 3], .block = 64 + random() % 100}; // from two ranges on, readers read
        std::vector<std::string> expected;
        Source whole(paths, {.max_record = options.max_record});
        add(expected, whole);
        std::vector<std::string> in_blocks;
        Source small(paths, options);
        add(in_blocks, small);
        REQUIRE(in_blocks == expected);
        for (const std::size_t n : {1U, 2U, 3U, 7U, 100U}) {
            std::vector<std::string> rows;
            std::vector<Source> parts = Source(paths, options).split(n);
            CHECK(parts.size() <= n);
            for (Source& part : parts) add(rows, part);
            REQUIRE(rows == expected);
        }
        std::vector<std::string> rows;
        Source source(paths, options);
        std::vector<Source> readers(3, source.reader());
        for (std::size_t i = 0; source.next_part(readers[i]); i = random() % 3) add(rows, readers[i]);
        REQUIRE(rows == expected);
        std::vector<Source> parts = Source(paths, options).split(3);
        Source copy = parts.at(1);
        std::vector<std::string> a, b;
        add(a, parts.at(1));
        add(b, copy);
        CHECK(a == b);
    }
}

struct Plain {
    std::string a{};
    int b = 0;
    std::optional<double> c{};
    std::string d{};
    static constexpr auto fields() { return weir::fields("a", &Plain::a, "b", &Plain::b, "c", &Plain::c, "d", &Plain::d); }
};

TEST_CASE("records that are taken from where they lie are those that the index finds, and so are bad ones among them") {
    using Source = weir::CsvRows<Plain, true>;
    const TempDirectory directory;
    std::mt19937 random(9);
    const auto add = [](std::vector<std::string>& to, Source& source) {
        for (auto batch = source.next_batch(); not batch.empty(); batch = source.next_batch())
            for (const auto& read : batch) {
                to.push_back(to_string(read.place.position()) + ' ' + read.text);
                if (not read.error) to.back() = read.row.a + '|' + std::to_string(read.row.b) + '|' + (read.row.c ? std::to_string(*read.row.c) : "none") + '|' + read.row.d;
            }
    };
    for (int round = 0; round < 300; ++round) {
        std::string text = std::string(round % 7 == 0 ? "\xef\xbb\xbf" : "") + (round % 2 == 0 ? "a,b,c,d\n" : "");
        const std::size_t header = text.size();
        const std::string end = random() % 4 == 0 ? "\r\n" : "\n";
        for (auto n = random() % (round % 5 == 0 ? 300 : 60); n > 0; --n) {
            const auto quoted = [&random, round](const std::string& field) { return round % 4 < 2 && random() % 8 == 0 ? '"' + field + '"' : field; };
            text += quoted(std::string(random() % 40, 'x')) + ',' + quoted(std::to_string(random() % 1'000)) + ',' + quoted(random() % 4 == 0 ? "" : "-1.5") + ',' +
                    quoted(random() % 4 == 0 ? "" : "Jos\xc3\xa9") + end + (random() % 8 == 0 ? "\r\n" : "");
        }
        if (random() % 2 == 0) text.resize(std::max(header, text.size() - random() % 3 % (text.size() + 1)));
        for (auto n = random() % (round % 5 == 0 ? 16 : 4); n > 0 && text.size() > header; --n) {
            const std::size_t at = header + random() % (text.size() - header);
            const std::string odd = std::vector<std::string>{",", "\n", "\r\n", "\n\n", "\n\r\n", "\"", "\"\"", "\xe9", "z", std::string(300, 'y'), "\n\"x\ny\",1,," + std::string(300, 'y') + "\n", "\n\n\n,z,,\n",
                                                              std::string(2'800, 'y'), "\n,z,,\n"}[random() % 14];
            random() % 2 == 0 ? text.insert(at, odd) : text.replace(at, 1, odd);
        }
        const std::string path = directory.file("text", text);
        weir::CsvOptions options{.header = round % 2 == 0, .max_record = random() % 2 == 0 ? 250U : 2'500U, .block = 64 + random() % 200};
        if (round % 3 == 0) options.quote = '\0';
        std::vector<std::string> rows, expected, in_parts;
        Source as_most(path, options);
        add(rows, as_most);
        Source supply(path, options);
        for (Source reader = supply.reader(); supply.next_part(reader);) add(in_parts, reader);
        options.comment = '\1'; // so that it looks for one in each record
        Source with_index(path, options);
        add(expected, with_index);
        CAPTURE(text);
        REQUIRE(rows == expected);
        REQUIRE(in_parts == expected);
        in_parts.clear();
        options.comment = '\0';
        for (Source& part : Source(path, options).split(1 + random() % 5)) add(in_parts, part);
        REQUIRE(in_parts == expected);
        const auto number = [](auto&& read) { // of the first bad row
            try {
                read();
            } catch (const weir::EventError& error) {
                return error.number();
            }
            return std::uint64_t{0};
        };
        const auto read_all = [](weir::CsvRows<Plain>& source) { while (not source.next_batch().empty()) {} };
        weir::CsvRows<Plain> one(path, options), shared(path, options);
        REQUIRE(number([&] { for (auto reader = shared.reader(); shared.next_part(reader);) read_all(reader); }) == number([&] { read_all(one); }));
    }
}

TEST_CASE("workers read what one reads, and stop at the same bad row", "[threads]") {
    const TempDirectory directory;
    std::mt19937 random(8);
    for (int round = 0; round < 10; ++round) {
        const std::string text = random_text(random, 200);
        const std::vector<std::string> paths{directory.file("1", text), directory.file("2", text + (round % 2 == 0 ? "\n\"bad\n" : "")), directory.file("3", text)};
        const weir::CsvOptions options{.max_record = round < 4 ? 250U : 2'500U, .block = 64 + random() % 200};
        struct Got {
            Rows rows{};
            std::vector<std::string> rejects{};
            std::string error{};
            bool operator==(const Got&) const = default;
        };
        const auto get = [&](std::size_t workers) {
            Got got;
            const auto reject = weir::dead_letter(weir::for_each([&](const weir::Rejected<std::string>& bad) { got.rejects.push_back(to_string(bad.position) + bad.event); }));
            weir::run(weir::from_csv<Texts>(paths, options, reject) | weir::map([](const Texts& row) { return row; }) | weir::collect_into(got.rows), {.workers = workers});
            try {
                weir::run(weir::from_csv<Texts>(paths, options) | weir::collect_into(got.rows), {.workers = workers});
            } catch (const weir::EventError& e) {
                got.error = e.what();
            }
            return got;
        };
        const Got expected = get(1);
        REQUIRE((round % 2 != 0 || not expected.error.empty()));
        REQUIRE(expected.rows.size() > 200);
        REQUIRE(get(2) == expected);
        REQUIRE(get(5) == expected);
    }
    CHECK_THROWS_WITH(weir::run(weir::from_csv<Texts>("nowhere.csv") | weir::for_each([](const Texts&) {}), {.workers = 3}), Contains("nowhere.csv"));
}

/// Every path is this text, which may be longer or shorter than its file says, and cannot be read from some byte on.
class Changed final : public weir::Files {
public:
    std::string text{};
    std::uint64_t says = 0;
    std::uint64_t fails_at = 0;
    bool fails_for_want_of_memory = false;
    std::unique_ptr<weir::InFile> open(const std::string&) const override { return std::make_unique<In>(*this); }
    std::unique_ptr<weir::OutFile> create(const std::string&) const override { return nullptr; }

private:
    struct In final : weir::InFile {
        explicit In(const Changed& f) : file(f) {}
        std::size_t read(std::span<char> into) override {
            const std::size_t n = *read_at(at, into);
            at += n;
            return n;
        }
        void seek(std::uint64_t byte) override { at = byte; }
        std::optional<std::uint64_t> size() const override { return file.says; }
        std::optional<std::size_t> read_at(std::uint64_t from, std::span<char> into) const override {
            if (from >= file.fails_at && file.fails_for_want_of_memory) throw std::bad_alloc();
            if (from >= file.fails_at) throw weir::FileError("cannot read at byte " + std::to_string(from), "text", std::make_error_code(std::errc::io_error), from);
            if (from >= file.text.size()) return 0;
            return file.text.copy(into.data(), std::min<std::size_t>(into.size(), file.fails_at - from), from);
        }
        const Changed& file;
        std::uint64_t at = 0;
    };
};

TEST_CASE("workers read what is there of a file that grows, shrinks or breaks while they do", "[threads]") {
    std::mt19937 random(10);
    Changed files;
    for (int round = 0; round < 60; ++round) {
        files.text = "a,b\n";
        while (files.text.size() < 3'000) files.text += std::string(random() % 20, 'x') + (round % 2 == 0 && random() % 50 == 0 ? ",\"y\ny\"\n" : ",y\n");
        if (round % 4 < 2) files.text.pop_back();
        files.says = 1'000 + random() % 4'000;
        files.fails_at = round % 3 == 0 ? random() % 3'000 : 100'000;
        const weir::CsvOptions options{.max_record = 5'000, .block = 64 + random() % 64, .files = &files};
        const auto get = [&](std::size_t workers, Rows& rows) {
            try {
                weir::run(weir::from_csv<Texts>("text", options) | weir::collect_into(rows), {.workers = workers});
            } catch (const weir::FileError& error) {
                return std::string(error.what());
            }
            return std::string();
        };
        Rows rows, expected;
        const std::string error = get(1, expected);
        REQUIRE(get(3, rows) == error);
        if (error.empty()) REQUIRE(rows == expected);
        else CHECK(std::equal(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), expected.size())), expected.begin())); // in whole blocks
    }
}

TEST_CASE("whatever fails while workers read a file ends the job, and no other worker waits for what does not come", "[threads]") {
    const TempDirectory directory;
    Changed files;
    while (files.text.size() < 20'000) files.text += "x,y\n";
    files.says = files.text.size();
    files.fails_for_want_of_memory = true;
    std::atomic<std::size_t> rows = 0;
    const auto sink = weir::map([](const Texts& row) { return row; }) | weir::for_each([&rows](const Texts&) { ++rows; });
    for (const std::uint64_t at : {3'000U, 9'000U, 19'900U}) {
        files.fails_at = at;
        CHECK_THROWS_AS(weir::run(weir::from_csv<Texts>("text", {.header = false, .block = 100, .files = &files}) | sink, {.workers = 4}), std::bad_alloc);
    }
    const std::string there = directory.file("there", files.text), missing = directory.path("missing");
    for (int i = 0; i < 20; ++i)
        CHECK_THROWS_WITH(weir::run(weir::from_csv<Texts>(std::vector<std::string>{there, missing}, {.header = false, .block = 100}) | sink,
                                    {.workers = 2, .progress = [](const weir::RunProgress&) {}}),
                          missing + ": cannot open: No such file or directory");
    rows = 0;
    weir::run(weir::from_csv<Texts>(there, {.header = false, .block = 0}) | sink, {.workers = 2}); // as the least there is
    CHECK(rows == 5'000);
}

TEST_CASE("workers read the file that was opened, also when another takes its name meanwhile", "[threads]") {
    const TempDirectory directory;
    for (const bool removed : {false, true}) {
        std::string text = "a,b\n";
        for (int i = 0; i < 20'000; ++i) text += "old," + std::string(i % 5'000 == 99 ? "\"quoted\"\n" : "y\n");
        const std::string path = directory.file("text", text), other = directory.file("new", "a,b\n" + std::string(200'000, 'n') + ",y\n");
        std::atomic<bool> is_first = true;
        Rows rows;
        weir::run(weir::from_csv<Texts>(path, {.block = 256}) | weir::map([&](const Texts& row) {
                      if (not is_first.exchange(false)) return row;
                      if (removed) std::filesystem::remove(path);
                      else std::filesystem::rename(other, path);
                      return row;
                  }) | weir::collect_into(rows),
                  {.workers = 2});
        CHECK(rows.size() == 20'000);
        CHECK(std::all_of(rows.begin(), rows.end(), [](const Texts& row) { return row.a == "old"; }));
    }
}

} // namespace
