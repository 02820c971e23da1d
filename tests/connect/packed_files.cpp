// SPDX-License-Identifier: BSL-1.0
#include "connect/packed_files.hpp"

#include <weir/weir.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "source/live_input.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace packed_files_test {

using namespace files_test;
using Strings = std::vector<std::string>;

std::string read_all(const weir::Files& files, const std::string& path, std::size_t piece) {
    const auto file = files.open(path);
    std::string all, buffer(piece, '\0');
    while (const std::size_t n = file->read(buffer)) all.append(buffer, 0, n);
    CHECK(file->read(buffer) == 0);
    return all;
}

namespace {

/// Half of it can be compressed.
std::string some_text(std::size_t size) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(size));
    std::string text;
    while (text.size() < size) text += random() % 2 == 0 ? "the same again\n" : std::string(1, static_cast<char>(random() % 256));
    return text.substr(0, size);
}

} // namespace

void check_component(const Component& component, const std::string& suffix) {
    const TempDirectory directory;
    const auto files = component(nullptr, 3);
    const auto packed = [&](const std::string& text) {
        const auto file = files->create(directory.path("packed" + suffix));
        for (std::size_t i = 0; i < text.size(); i += 10'007) file->write(std::string_view(text).substr(i, 10'007));
        file->complete();
        return content_of(directory.path("packed" + suffix));
    };
    FaultyFiles short_reads;
    const auto short_files = component(&short_reads, 3);

    SECTION("what is written compressed is read again, by pieces of any size") {
        for (const std::size_t size : {0U, 1U, 100U, 65'536U, 500'000U}) {
            const std::string text = some_text(size), data = packed(text), path = directory.file("data", data);
            CHECK((size < 1'000 || data.size() < size * 9 / 10));
            CHECK(read_all(*files, path) == text);
            CHECK(read_all(*files, path, 1'000'000) == text);
            if (size > 1'000) continue;
            CHECK(read_all(*files, path, 1) == text);
            short_reads.piece = 1;
            CHECK(read_all(*short_files, path, 3) == text);
        }
    }
    SECTION("large output from little input, whatever the reader asks for") {
        const std::string text(3'000'000, 'x');
        CHECK(packed(text).size() < 20'000);
        CHECK(read_all(*files, directory.path("packed" + suffix), 7'777) == text);
    }
    SECTION("several pieces of compressed data, one behind the other, are one; anything else behind is an error") {
        const std::string a = some_text(5'000), b = some_text(70), all = packed(a) + packed("") + packed(b);
        CHECK(read_all(*files, directory.file("data", all)) == a + b);
        short_reads.piece = 1;
        CHECK(read_all(*short_files, directory.path("data")) == a + b);
        for (const std::string rest : {"x", "xxxxxxxx"}) {
            try {
                read_all(*files, directory.file("data", all + rest));
                FAIL("no error");
            } catch (const weir::FileError& error) {
                CHECK(error.byte() == all.size());
                CHECK_THAT(error.what(), Catch::Contains("something else follows it: the data is damaged"));
            }
        }
    }
    SECTION("files that are not compressed are read as they are, and can be read in parts") {
        for (const std::string& text : {std::string(), std::string("a"), std::string("abc"), some_text(100'000)}) {
            const std::string path = directory.file("plain" + suffix, text);
            CHECK(read_all(*files, path) == text);
            CHECK(files->open(path)->size() == text.size());
            CHECK(files->open(path)->look()->id == files->look(path)->id); // so they can be followed
            const auto file = files->open(path);
            std::string two(2, '\0');
            static_cast<void>(file->read(two));
            const std::size_t there = file->read_at(text.size() / 2, two).value();
            CHECK(two.substr(0, there) == text.substr(text.size() / 2, there));
            file->seek(text.size() / 2);
            const std::size_t n = file->read(two);
            CHECK(two.substr(0, n) == text.substr(text.size() / 2, n));
        }
        const auto file = files->create(directory.path("plain"));
        file->write("text");
        file->complete();
        CHECK(content_of(directory.path("plain")) == "text");
    }
    SECTION("a file that is cut off anywhere is an error that names it and the byte, after what is before") {
        const std::string text = some_text(3'000), data = packed(text);
        for (std::size_t size = 4; size < data.size(); size += size < 30 || size + 30 > data.size() ? 1 : 97) {
            const std::string path = directory.file("cut", data.substr(0, size));
            std::string seen;
            try {
                const auto file = files->open(path);
                std::string buffer(512, '\0');
                while (const std::size_t n = file->read(buffer)) seen.append(buffer, 0, n);
                FAIL("no error at " << size);
            } catch (const weir::FileError& error) {
                CHECK(error.path() == path);
                CHECK(error.byte() == size);
                CHECK_THAT(error.what(), Catch::Contains("at byte " + std::to_string(size) + ": the file is cut off"));
            }
            CHECK(text.starts_with(seen));
        }
    }
    SECTION("damage anywhere is an error, or does no harm; never a crash, never other text without an error") {
        const std::string text = some_text(2'000), data = packed(text);
        std::size_t errors = 0;
        for (std::size_t i = 0; i < data.size(); i += i < 40 || i + 40 > data.size() ? 1 : 11)
            for (const int bit : {0, 5, 7}) {
                std::string damaged = data;
                damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
                try {
                    const std::string seen = read_all(*files, directory.file("damaged", damaged));
                    CHECK((seen == text || seen == damaged)); // a byte of the head that means nothing, or no magic any more
                } catch (const weir::FileError& error) {
                    ++errors;
                    CHECK(error.path() == directory.path("damaged"));
                }
            }
        CHECK(errors > 100);
    }
    SECTION("it can be gone to any byte, forward and back") {
        const std::string text = some_text(300'000), path = directory.file("data", packed(text));
        const auto file = files->open(path);
        CHECK(file->size() == std::nullopt);
        CHECK_FALSE(file->look());
        std::mt19937 random(3);
        for (int i = 0; i < 30; ++i) {
            const std::size_t at = random() % 310'000;
            file->seek(at);
            std::string some(10, '\0');
            const std::size_t n = file->read(some);
            CHECK(some.substr(0, n) == text.substr(std::min(at, text.size()), n));
            CHECK((n > 0) == (at < text.size()));
        }
        const auto whole = files->open(path);
        whole->seek(text.size());
        whole->seek(0);
        std::string first(5, '\0');
        CHECK(whole->read(first) > 0);
        CHECK(text.starts_with(first.substr(0, 1)));
    }
    SECTION("sources and sinks go through them: lines written, read, in parts, and from a place") {
        const std::string path = directory.path("lines" + suffix);
        Strings lines, again;
        for (int i = 0; i < 20'000; ++i) lines.push_back("line " + std::to_string(i * 7919 % 1'000));
        weir::run(weir::from(lines) | weir::to_lines(path, {.files = files.get()}));
        CHECK(directory.names() == Strings{"lines" + suffix});
        weir::FileLines source(path, {.files = files.get()});
        static_cast<void>(source.next_batch());
        const weir::FilePosition place = source.position();
        source.seek(place);
        CHECK(source.next_batch().front() == lines[place.before]);
        auto parts = weir::FileLines(std::vector<std::string>{path, path}, {.files = files.get()}).split(8);
        CHECK(parts.size() == 2); // it is not cut
        for (auto& part : parts)
            for (auto batch = part.next_batch(); not batch.empty(); batch = part.next_batch()) again.insert(again.end(), batch.begin(), batch.end());
        CHECK(again.size() == 2 * lines.size());
        CHECK(std::equal(lines.begin(), lines.end(), again.begin()));
    }
    SECTION("what comes through a pipe is decompressed as it comes, compressed or not, wherever it is cut") {
        std::mt19937 random(8);
        int pipes = 0;
        for (const std::string& text : {std::string(), std::string("a"), std::string("\n"), some_text(2'000), some_text(50'000)})
            for (const bool is_packed : {false, true}) {
                const std::string all = is_packed ? packed(text) + packed("") + packed(text) : text;
                NamedPipe pipe(directory, "pipe" + std::to_string(++pipes));
                const auto file = files->open(pipe.path);
                CHECK(file->is_live());
                CHECK(file->size() == std::nullopt);
                std::string seen, some(3'000, '\0');
                bool ended = false;
                const auto read = [&] {
                    while (not ended && file->wait({}, std::chrono::steady_clock::time_point::min())) {
                        const std::size_t n = file->read(std::span(some).first(1 + random() % some.size()));
                        seen.append(some, 0, n);
                        ended = n == 0;
                    }
                };
                read();
                CHECK(not ended);
                pipe.open();
                const std::size_t longest = text.size() > 10'000 ? 1'000 : 40;
                for (std::string_view left = all; not left.empty();) {
                    const std::string_view piece = left.substr(0, 1 + random() % longest);
                    pipe.write(piece);
                    left.remove_prefix(piece.size());
                    read();
                }
                CHECK((is_packed || seen == text)); // nothing waits for what comes behind it
                pipe.close();
                read();
                CHECK(ended);
                CHECK(seen == (is_packed ? text + text : text));
            }
    }
    SECTION("of a pipe that is not at its end there is all that can be decompressed of what has come; damage is told to who reads") {
        const std::string text = some_text(100'000), data = packed(text);
        int pipes = 0;
        for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{5}, data.size() / 3, data.size() - 1, data.size()}) {
            NamedPipe pipe(directory, "pipe" + std::to_string(++pipes));
            const auto file = files->open(pipe.path);
            pipe.open();
            pipe.write(data.substr(0, size));
            const bool is_there = file->wait({}, std::chrono::steady_clock::time_point::min());
            std::string seen, some(3'000, '\0');
            while (const std::size_t n = file->rest(some)) seen.append(some, 0, n);
            if (size == 1 || size == 2) CHECK(seen == data.substr(0, size)); // a text, if nothing comes behind it
            else CHECK(text.starts_with(seen));
            CHECK(is_there == (size > 2 && not seen.empty()));
            CHECK((size < data.size() || seen == text));
        }
        NamedPipe pipe(directory, "damaged");
        const auto file = files->open(pipe.path);
        pipe.open();
        pipe.write(packed("some") + "xxxxxxxx");
        std::string some(3'000, '\0');
        CHECK(file->wait({}, std::chrono::steady_clock::time_point::max()));
        CHECK(file->read(some) == 4);
        CHECK(file->wait({}, std::chrono::steady_clock::time_point::max()));
        CHECK_THROWS_WITH(file->read(some), Catch::Contains("something else follows it: the data is damaged"));
    }
    SECTION("a job that waits for a compressed pipe is stopped at once; drained, half a line is a line") {
        int pipes = 0;
        for (const bool drains : {false, true})
            for (const bool is_packed : {false, true}) {
                NamedPipe pipe(directory, "pipe" + std::to_string(++pipes));
                const std::string text = "one\ntwo\nthr";
                Strings lines;
                std::thread writer([&] {
                    pipe.open();
                    pipe.write(is_packed ? packed(text) : text);
                });
                static_cast<void>(left_open(drains, 1, 2, [&](const auto& see) { return weir::from_lines(pipe.path, {.files = files.get()}) | see | weir::collect_into(lines); }));
                CHECK(lines == (drains ? Strings{"one", "two", "thr"} : Strings{"one", "two"}));
                writer.join();
            }
    }
    SECTION("lines and records of a file that is cut off are those before, then an error that names it") {
        std::mt19937 random(1);
        std::string text;
        for (int i = 0; i < 100'000; ++i) text += std::to_string(1'000'000 + random() % 9'000'000) + "\n";
        const std::string data = packed(text), path = directory.file("cut", data.substr(0, data.size() / 2));
        const std::string error = ": the file is cut off";
        std::string lines, bytes;
        CHECK_THROWS_WITH(weir::run(weir::from_lines(path, {.files = files.get()}) | weir::for_each([&](const weir::Line& line) { (lines += line) += '\n'; })), Catch::EndsWith(error));
        CHECK_THROWS_WITH(weir::run(weir::from_records<std::array<char, 8>>(path, {.block = 1'000, .files = files.get()})
                                    | weir::for_each([&](const std::array<char, 8>& record) { bytes.append(record.data(), record.size()); })),
                          Catch::EndsWith(error));
        for (const std::string& seen : {lines, bytes}) {
            CHECK(text.starts_with(seen));
            CHECK(seen.size() > text.size() / 10);
        }
    }
    SECTION("a file that is not completed leaves nothing; a full disk and a level that is none are errors") {
        {
            const auto file = files->create(directory.path("half" + suffix));
            file->write(some_text(100'000));
        }
        CHECK(directory.names().empty());
        short_reads.fails_at = 10;
        const auto file = short_files->create(directory.path("full" + suffix));
        CHECK_THROWS_AS((file->write("x"), file->complete()), weir::FileError);
        CHECK_THROWS_AS(component(nullptr, 1'000)->create(directory.path("level" + suffix)), std::invalid_argument);
    }
}

} // namespace packed_files_test
