// SPDX-License-Identifier: BSL-1.0
#include <weir/follow.hpp>
#include <weir/testing.hpp>
#include <weir/weir.hpp>

#include "acted_files.hpp"
#include "catch.hpp"
#include "csv_text.hpp"
#include "files.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using csv_test::Texts;
using files_test::Acted;
using weir::follow;
using weir::detail::ReadRow;
using Strings = std::vector<std::string>;

std::string shown(const ReadRow<Texts>& row) {
    if (not row.error) return row.row.a + " " + row.row.b.value_or("-");
    try {
        std::rethrow_exception(row.error);
    } catch (const weir::CsvError& error) {
        return to_string(error.position()) + ": " + error.what() + ": " + row.text;
    }
}

struct Shows {
    Strings rows{};
    std::size_t span(std::span<ReadRow<Texts>> read) {
        for (const ReadRow<Texts>& row : read) rows.push_back(shown(row));
        return read.size();
    }
};

/// A job that follows "log", perhaps from what another has saved.
struct Reads {
    using Input = weir::detail::PolledBatchInput<weir::FollowedCsvRows<Texts, true>>;
    explicit Reads(const Acted& files, weir::CsvOptions options = {}, weir::FollowOptions how = {.every = 1s}) : input(source(files, std::move(options), how)) {}
    static weir::FollowedCsvRows<Texts, true> source(const Acted& files, weir::CsvOptions options, weir::FollowOptions how) {
        options.files = &files;
        return weir::FollowedCsvRows<Texts, true>(follow("log", how), options);
    }
    /// What comes in so many looks.
    Strings rows(int looks = 4, std::size_t each = 99) {
        for (; looks > 0; --looks, now += 1s) input.drive(feed, each, now);
        return std::exchange(feed.rows, {});
    }
    std::vector<std::byte> saved() const {
        weir::StateWriter state;
        input.save(state);
        return state.data();
    }
    void load(const std::vector<std::byte>& saved) {
        weir::StateReader state(saved);
        input.load(state);
    }
    Input input;
    Shows feed{};
    weir::Timestamp now{};
};

TEST_CASE("a CSV file that grows is followed: its header is waited for, rows come once they are whole, quotes and all") {
    Acted files;
    Reads log(files);
    CHECK(log.rows().empty());
    files.append("log", "\xef\xbb\xbfid,b,\"a\"");
    CHECK(log.rows().empty());
    files.append("log", "\r\n");
    CHECK(log.rows().empty());
    files.append("log", "1,x,y\n2,\"one\ntw");
    CHECK(log.rows() == Strings{"y x"});
    files.append("log", "o \"");
    CHECK(log.rows().empty());
    files.append("log", "\"quoted\"\"\",z\r");
    CHECK(log.rows().empty());
    files.append("log", "\n\n3,x");
    CHECK(log.rows() == Strings{"z one\ntwo \"quoted\""});
    files.append("log", "\n4,,4\n");
    CHECK(log.rows() == Strings{"log:6:1: 2 fields instead of 3: 3,x", "4 -"});
}

TEST_CASE("each file that takes the place of another has its own header; one that begins again is read from there") {
    Acted files;
    Reads log(files);
    files.append("log", "a,b\n1,x\n2,\"ope");
    CHECK(log.rows() == Strings{"1 x"});
    files.rename("log", "log.1");
    files.append("log", "b,more,a\ny,,3\n");
    CHECK(log.rows(6) == Strings{"log:3:3: a quote is not closed, not in 1048576 bytes (CsvOptions::max_record) or before the end: 2,\"ope", "3 y"});
    files.append("log", "z,,4");
    CHECK(log.rows().empty());
    files.nodes["log"]->text = "a,b\n5,x\n";
    CHECK(log.rows() == Strings{"4 z", "5 x"});
    files.nodes["log"]->text = "";
    CHECK(log.rows().empty());
    files.nodes["log"]->text = "b,a\n6,x\n";
    CHECK(log.rows() == Strings{"x 6"});
    files.nodes["log"]->text = "c,a\n6,x\n1,2\n";
    Reads other(files);
    for (int i = 0; i < 2; ++i) CHECK_THROWS_WITH(other.rows(), "log: there is no column b, only c, a");
}

TEST_CASE("a line of a followed CSV file that is longer than allowed is a bad row, once, and what comes of it is passed over") {
    Acted files;
    for (const std::size_t block : {64u, 65'536u}) {
        files.nodes.clear();
        Reads log(files, {.max_record = 100, .block = block});
        files.append("log", "a,b\n1,x\n2," + std::string(150, 'x'));
        const std::string error = "log:3:1: a record is longer than 100 bytes (CsvOptions::max_record): 2," + std::string(99, 'x');
        CHECK(log.rows() == Strings{"1 x", error});
        files.append("log", std::string(300, 'y'));
        CHECK(log.rows().empty());
        const std::vector<std::byte> saved = log.saved();
        files.append("log", "\n3,z\n4\n");
        const Strings rest{"3 z", "log:5:1: 1 field instead of 2: 4"};
        CHECK(log.rows() == rest);
        log.load(saved);
        CHECK(log.rows() == rest);
    }
}

TEST_CASE("followed CSV may have no header, begin at its end, and end the job with its first bad row, again if it is run again") {
    Acted files;
    Reads log(files, {.header = false, .columns = {"b", "a"}}, {.every = 1s, .from_end = true});
    files.append("log", "1,x\n2,y\n3,");
    CHECK(log.rows().empty());
    files.append("log", "z\n4,u\n");
    CHECK(log.rows() == Strings{"u 4"});

    files.nodes.clear();
    Reads marked(files, {.header = false, .columns = {"a", "b"}});
    files.append("log", "\xef\xbb");
    CHECK(marked.rows().empty());
    files.append("log", "\xbfx,1\n");
    CHECK(marked.rows() == Strings{"x 1"});

    files.nodes.clear();
    Reads headed(files, {}, {.every = 1s, .from_end = true});
    files.append("log", "a,");
    CHECK(headed.rows().empty());
    files.append("log", "b\n1,x\n");
    CHECK(headed.rows() == Strings{"1 x"});

    files.nodes.clear();
    files.append("log", "a,b\n1,x\n2\n3,y\n");
    const auto make = [&] { return weir::from_csv<Texts>(follow("log"), {.files = &files}).source; };
    auto first = make(), again = make();
    struct {
        std::size_t span(std::span<Texts> rows) { return rows.size(); }
    } feed;
    first.drive(feed, 9, {});
    CHECK_THROWS_WITH(first.drive(feed, 9, {}), "from_csv: row 2 at log:3:1: 1 field instead of 2");
    weir::StateWriter state;
    first.save(state);
    weir::StateReader saved(state.data());
    again.load(saved);
    CHECK_THROWS_WITH(again.drive(feed, 9, {}), "from_csv: row 2 at log:3:1: 1 field instead of 2");
}

TEST_CASE("whatever is in followed CSV, and wherever the job is saved, ended and loaded, each row comes once, as it does from files that are complete") {
    std::mt19937 random(5);
    const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    for (int round = 0; round < 150; ++round) {
        Acted files, complete;
        files.piece = 1 + below(40);
        files.born = below(2) == 0;
        const weir::CsvOptions options{.max_record = below(2) == 0 ? 150u : 5'000u, .block = 1 + below(300)};
        auto log = std::make_unique<Reads>(files, options);
        Strings found, wanted;
        const auto look = [&](int looks, std::size_t each) {
            for (std::string& row : log->rows(looks, each)) found.push_back(std::move(row));
        };
        files.append("log", "a,b\n");
        for (int file = 1; file <= 3; ++file) {
            std::string text = csv_test::random_text(random, 1 + below(30));
            for (std::size_t damage = below(3); damage != 0; --damage) text[4 + below(text.size() - 4)] = "\"x\n,"[below(4)];
            for (std::size_t at = 4; at < text.size();) {
                const std::string more = text.substr(at, 1 + below(below(4) == 0 ? 400 : 20));
                files.append("log", more);
                at += more.size();
                look(1 + static_cast<int>(below(3)), 1 + below(4));
                if (below(4) != 0) continue;
                const std::vector<std::byte> saved = log->saved();
                log = std::make_unique<Reads>(files, options);
                log->load(saved);
            }
            files.rename("log", "log." + std::to_string(file));
            files.append("log", "a,b\n"); // of the next
            complete.nodes["log"] = files.nodes.at("log." + std::to_string(file));
            weir::CsvRows<Texts, true> all("log", {.max_record = options.max_record, .files = &complete});
            for (auto batch = all.next_batch(); not batch.empty(); batch = all.next_batch())
                for (const auto& row : batch) wanted.push_back(shown(row));
        }
        look(1'000, 99);
        CHECK(found == wanted);
    }
}

/// The rows of "log", good and bad, of a job that is drained once all of it has come.
Strings drained(const Acted& files) {
    Shows shown;
    weir::CsvOptions options;
    options.files = &files;
    auto stepper = weir::stepper(weir::from_csv<Texts>(follow("log", {.every = 1s}), options, weir::dead_letter(weir::for_each([&](const weir::Rejected<std::string>& bad) {
                                     shown.rows.push_back(to_string(bad.position) + " " + bad.event);
                                 }))) |
                                 weir::for_each([&](const Texts& row) { shown.rows.push_back(row.a); }));
    stepper.step(10);
    stepper.drain();
    while (stepper.step(1) != weir::Progress::ended) {}
    CHECK(stepper.report().at("from_csv#1").in == shown.rows.size());
    return shown.rows;
}

TEST_CASE("drained, a record without an end is a row, and one whose quotes are not closed a bad one") {
    Acted whole, open, header, bad_header;
    whole.append("log", "id,a,b\n1,x,y\n2,z,w");
    CHECK(drained(whole) == Strings{"x", "z"});
    open.append("log", "id,a,b\n1,x,y\n2,\"z,w\n3,u,v\n");
    CHECK(drained(open) == Strings{"x", "log:3:3 2,\"z,w", "u"});
    header.append("log", "id,a,b");
    CHECK(drained(header).empty());
    bad_header.append("log", "id,\"a,b\n1,x,y\n");
    CHECK_THROWS_WITH(drained(bad_header), Catch::Matchers::StartsWith("a quote is not closed"));
}

} // namespace
