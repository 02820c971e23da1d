// SPDX-License-Identifier: BSL-1.0
#include <weir/core/system_files.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using namespace files_test;
using weir::FileError;
using weir::SystemFiles;

std::string read_all(weir::InFile& file) {
    std::string all;
    std::array<char, 7> piece{};
    while (const std::size_t n = file.read(piece)) all.append(piece.data(), n);
    return all;
}

TEST_CASE("a file is read from any byte to its end") {
    const TempDirectory directory;
    const auto file = SystemFiles().open(directory.file("in", "0123456789"));
    CHECK(read_all(*file) == "0123456789");
    std::array<char, 3> there{};
    CHECK(file->read_at(4, there) == 3);
    CHECK(std::string_view(there.data(), 3) == "456");
    CHECK(file->read_at(100, there) == 0);
    file->seek(6);
    CHECK(read_all(*file) == "6789");
    file->seek(100);
    CHECK(read_all(*file).empty());
}

TEST_CASE("a file has its name when it is complete, and nothing is left of one that is not") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    {
        const auto file = SystemFiles().create(path);
        file->write("half");
        CHECK(directory.names().size() == (has_unnamed_files(directory) ? 0 : 1));
    }
    CHECK(directory.names().empty());
    static_cast<void>(directory.file("out.part", "left by a program that was killed"));
    const auto file = SystemFiles().create(path);
    file->write("who");
    file->write("le");
    file->complete();
    CHECK(directory.names() == std::vector<std::string>{"out"});
    CHECK(content_of(path) == "whole");
}

TEST_CASE("a file that cannot get its name is refused when it is created, and gets it in the folder that was meant") {
    const TempDirectory directory;
    CHECK_THROWS_AS(SystemFiles().create(directory.path(std::string(254, 'x'))), weir::FileError);
    REQUIRE(std::filesystem::create_directory(directory.path("out.part")));
    CHECK_THROWS_AS(SystemFiles().create(directory.path("out")), weir::FileError);

    const std::filesystem::path here = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    const auto file = SystemFiles().create("relative");
    std::filesystem::current_path(here);
    file->write("here");
    file->complete();
    CHECK(content_of(directory.path("relative")) == "here");
}

TEST_CASE("a file gets its name only when what is in it is on the disk") {
    const TempDirectory directory;
    const std::string path = directory.path("out"), part = directory.file("out.part", "lost with the power");
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    ::close(ends[0]);
    {
        weir::detail::SystemOutFile file(path, path);
        file.begin({part, weir::detail::Descriptor(ends[1], true), true}); // of which the system cannot say that it is on a disk
        CHECK_THROWS_WITH(file.complete(), path + ": cannot write it to the disk: Invalid argument");
    }
    CHECK(directory.names().empty());
    CHECK(weir::detail::sync_folder_of(path));
    CHECK_FALSE(weir::detail::sync_folder_of(directory.path("no/file")));
}

TEST_CASE("where files need a name at once, each of those that are written to one place has its own, and only the first gets there") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    const auto create = [&] {
        auto file = std::make_unique<weir::detail::SystemOutFile>(path, path);
        file->begin(weir::detail::new_file(path, path, false));
        return file;
    };
    static_cast<void>(directory.file("out.part", "left by a program that was killed"));
    {
        const auto first = create(), second = create(), third = create();
        CHECK(directory.names().size() == 3);
        for (const std::string_view piece : {"a", "bc"}) {
            first->write(piece);
            second->write(std::string(piece) + "-");
        }
        second->complete();
        CHECK(content_of(path) == "a-bc-");
        CHECK_THROWS_WITH(first->complete(), path + ": another has written it meanwhile, so what was written is in " + path + ".part: File exists");
    }
    CHECK(content_of(path) == "a-bc-");
    CHECK(content_of(path + ".part") == "abc");
    CHECK(directory.names().size() == 2);
    const auto next = create();
    next->write("next");
    next->complete();
    CHECK(content_of(path) == "next");
    CHECK(directory.names() == std::vector<std::string>{"out"});
}

TEST_CASE("a new file keeps the permissions of the one it replaces, and follows a link") {
    const TempDirectory directory;
    const std::string path = directory.file("real", "old");
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    std::filesystem::create_symlink(path, directory.path("link"));
    const auto file = SystemFiles().create(directory.path("link"));
    file->write("new");
    file->complete();
    CHECK(content_of(path) == "new");
    CHECK(std::filesystem::is_symlink(directory.path("link")));
    struct stat now {};
    REQUIRE(::stat(path.c_str(), &now) == 0);
    CHECK((now.st_mode & 07777) == 0640);
}

TEST_CASE("what is no regular file is written directly and stays what it is") {
    const auto file = SystemFiles().create("/dev/null");
    file->write("gone");
    file->complete();
    CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a path - is standard output as it is standard input, and a file of that name has another path") {
    const TempDirectory directory;
    const std::string path = directory.path("out");
    std::fflush(stdout);
    const int kept = ::dup(1);
    const int out = ::open(path.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(out, 1);
    ::close(out);
    for (const char* text : {"one\n", "two\n"}) {
        const auto file = SystemFiles().create("-");
        file->write(text);
        file->complete();
        CHECK(file->target().empty());
    }
    ::dup2(kept, 1);
    ::close(kept);
    CHECK(content_of(path) == "one\ntwo\n");
    CHECK_FALSE(std::filesystem::exists("-"));
}

TEST_CASE("errors name the file, the byte and the reason") {
    const TempDirectory directory;
    CHECK_THROWS_WITH(SystemFiles().open(directory.path("a")), directory.path("a") + ": cannot open: No such file or directory");
    CHECK_THROWS_WITH(SystemFiles().create(directory.path("a/b")), directory.path("a/b") + ": cannot create: No such file or directory");
    const auto opened = SystemFiles().open(directory.path());
    std::array<char, 4> into{};
    try {
        static_cast<void>(opened->read(into));
        FAIL("no error");
    } catch (const FileError& error) {
        CHECK(error.what() == directory.path() + ": cannot read at byte 0: Is a directory");
        CHECK(error.code() == std::errc::is_a_directory);
        CHECK(error.byte() == 0);
    }
    if (std::filesystem::exists("/dev/full")) CHECK_THROWS_AS(SystemFiles().create("/dev/full")->write("x"), FileError);
}

TEST_CASE("a borrowed stream is read from where it stands and not closed") {
    const TempStream stream("content");
    {
        const auto file = SystemFiles::borrow(stream.get(), "stream");
        CHECK(read_all(*file) == "content");
    }
    CHECK(stream.content() == "content");
}

} // namespace
