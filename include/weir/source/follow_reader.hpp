// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/files.hpp>
#include <weir/core/polled.hpp>
#include <weir/core/system_files.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace weir {

/// How a file is followed.
struct FollowOptions {
    Duration every = std::chrono::milliseconds(250); ///< after how long it is asked for more, once it has no more
    bool from_end = false;  ///< begins behind what is in it at the start, with the next line (of CSV perhaps within quotes: a bad row); lines are then counted from there
    bool skip_lost = false; ///< where the file that a saved position is in is gone, goes on with the one that is there; else a FileError
};

/// A file to which others add, in place of a path: see follow().
struct Followed {
    explicit Followed(std::string file, FollowOptions how = {}) : path(std::move(file)), options(how) {}
    std::string path;
    FollowOptions options;
};

/// Where an event begins: its file, its byte, how many lines stand before it in that file, whether the rest of a line comes first that
/// is passed over, whether nobody has looked for a file yet, and of CSV how many records stand before it.
struct FollowPosition {
    FileId file{};
    std::uint64_t byte = 0;
    std::uint64_t before = 0;
    bool within = false;
    bool starts = true;
    std::uint64_t records = 0;
    friend bool operator==(const FollowPosition&, const FollowPosition&) = default;
};

namespace detail {

/// The events of a file that grows, and of those that take its place. For its cutter see FilesReader; one that can also be told that the
/// file may have more: resume(grows), end(), stop_at(byte), is_within_line(). One of records, which may have several lines, also counts
/// these: records(), count_from(n).
template <typename Cutter, typename File = InFile, typename Name = std::shared_ptr<const std::string>> // a template, so that it costs only those who follow
class FollowReader {
public:
    FollowReader(Followed what, const Files* files, Cutter cutter)
        : path_(new std::string(std::move(what.path))), options_(what.options), files_(files), cutter_(std::move(cutter)) {
        if (*path_ == "-") throw std::invalid_argument("follow(\"-\"): standard input has no name that another file could take. Read it as it comes, without follow.");
        if (options_.every <= Duration::zero()) throw std::invalid_argument("FollowOptions::every must be longer than nothing.");
    }
    FollowReader(const FollowReader& other) : path_(other.path_), options_(other.options_), files_(other.files_), cutter_(other.cutter_.fresh()) {}
    FollowReader(FollowReader&&) noexcept = default;
    FollowReader& operator=(const FollowReader& other) { return *this = FollowReader(other); }
    FollowReader& operator=(FollowReader&&) noexcept = default;
    ~FollowReader() = default;

    /// Asked before it is time it does not look.
    [[nodiscard]] auto poll(Timestamp now) {
        using Events = decltype(cutter_.next(*file_, *path_, false));
        using Answer = Polled<Events>;
        if (now < again_) return Answer::nothing(again_ - now);
        while (file_ || open()) {
            if (const Events events = read(); not events.empty()) return Answer(events);
            if (fate_ != Fate::grows) leave();
            else if (not has_ended()) break;
        }
        again_ = saturating_add(now, options_.every);
        return Answer::nothing(options_.every);
    }
    /// What has been read and not given, as if the file ended there; none: no more. Of a line that is not all read the rest is read.
    [[nodiscard]] auto rest() {
        if (not file_ || within_) return decltype(read()){};
        if (fate_ == Fate::grows) cutter_.stop_at(cutter_.end());
        fate_ = Fate::drained;
        return read();
    }
    [[nodiscard]] Cutter& cutter() noexcept { return cutter_; }
    /// Of the next batch.
    [[nodiscard]] FollowPosition position() const noexcept {
        if (is_over()) return {id_, 0, 0, false, false};
        FollowPosition at{id_, cutter_.byte(), cutter_.before(), within_, starts_};
        if constexpr (requires { cutter_.records(); }) at.records = cutter_.records();
        return at;
    }
    /// Of the last batch that poll() gave.
    [[nodiscard]] FollowPosition batch_position() const noexcept { return from_; }
    /// Whether that is no longer in what a sought position is in.
    [[nodiscard]] bool has_left() const noexcept { return has_left_; }
    void seek(const FollowPosition& to) {
        file_.reset();
        before_.reset();
        fate_ = Fate::grows;
        id_ = to.file;
        starts_ = to.starts;
        begin(to.byte, to.before, to.within);
        if constexpr (requires { cutter_.count_from(to.records); }) cutter_.count_from(to.records);
        has_left_ = false;
        again_ = min_time;
    }

private:
    enum class Fate : unsigned char { grows, replaced, truncated, drained };

    [[nodiscard]] const Files& files() const noexcept { return files_ ? *files_ : machine_; }

    void begin(std::uint64_t byte, std::uint64_t before, bool within) {
        cutter_.restart(byte, before);
        within_ = within;
        was_replaced_ = false;
        has_left_ = true;
    }
    /// It has begun again, and what was left of before has been given.
    [[nodiscard]] bool is_over() const noexcept { return fate_ == Fate::truncated && cutter_.byte() == cutter_.end(); }
    auto read() {
        if (is_over() || (within_ && not pass_over())) return decltype(cutter_.next(*file_, *path_, false)){};
        cutter_.resume(fate_ == Fate::grows);
        from_ = position();
        const auto events = cutter_.next(*file_, *path_, false);
        within_ = cutter_.is_within_line();
        return events;
    }
    /// What is left of a line; false: its end has not come.
    bool pass_over() {
        std::array<char, 4'096> some;
        for (;;) {
            const std::uint64_t byte = cutter_.byte();
            const std::size_t n = file_->read(some);
            if (n == 0) return false;
            const char* const end = std::find(some.data(), some.data() + n, '\n');
            const auto passed = static_cast<std::uint64_t>(end - some.data());
            cutter_.restart(byte + passed, cutter_.before());
            if (passed == n) continue;
            cutter_.restart(byte + passed + 1, cutter_.before());
            file_->seek(byte + passed + 1);
            within_ = false;
            return true;
        }
    }

    /// Nothing more has come. Whether there will never be more in this file, or other things than what has been read.
    bool has_ended() {
        const std::optional<FileLook> here = file_->look();
        if (not here) return false;
        if (here->size < cutter_.end()) {
            fate_ = Fate::truncated;
            return true;
        }
        const std::optional<FileLook> there = files().look(*path_);
        if (not there) refuse_special(*path_);
        const bool is_replaced = there && there->id != here->id && there->size > 0;
        if (std::exchange(was_replaced_, is_replaced) && is_replaced) { // seen before, so that whoever writes has had time to leave the old one
            fate_ = Fate::replaced;
            before_ = here;
        }
        return fate_ != Fate::grows;
    }
    void leave() {
        if (fate_ == Fate::truncated) {
            begin(0, 0, false);
            file_->seek(0);
        } else {
            file_.reset();
        }
        fate_ = Fate::grows;
    }

    bool open() {
        if (before_) return open_next();
        if (id_ != FileId{}) return reopen();
        const bool at_start = std::exchange(starts_, false);
        if (not open_first(*path_)) return false;
        if (cutter_.byte() != 0) file_->seek(cutter_.byte()); // a file that does not say which it is
        if (options_.from_end && at_start) go_to_end();
        return true;
    }
    void refuse_special(const std::string& path) const {
        if (files().is_special(path))
            throw FileError("cannot follow it: it is no regular file, which others add to", path, std::make_error_code(std::errc::operation_not_supported));
    }
    bool open_first(const std::string& path) {
        refuse_special(path);
        try {
            file_ = files().open(path);
        } catch (const FileError& error) {
            if (error.code() != std::errc::no_such_file_or_directory) throw;
            return false;
        }
        if (const std::optional<FileLook> look = file_->look()) id_ = look->id;
        return true;
    }
    /// The same, unless another file has got that name meanwhile.
    bool open_this(const std::string& path, const FileId& wanted) {
        const FileId known = id_;
        if (open_first(path) && id_ == wanted) return true;
        file_.reset();
        id_ = known;
        return false;
    }
    void go_to_end() {
        const std::uint64_t size = file_->size().value_or(0);
        if (size == 0) return;
        char last = '\n';
        file_->seek(size - 1);
        begin(size, 0, file_->read({&last, 1}) == 1 && last != '\n');
    }
    [[nodiscard]] std::vector<std::string> all_paths() const {
        std::vector<std::string> paths = files().renamed(*path_);
        paths.push_back(*path_);
        return paths;
    }
    /// The file of a position that was saved, whatever its name is by now.
    bool reopen() {
        for (const std::string& path : all_paths()) {
            const std::optional<FileLook> look = files().look(path);
            if (not look || look->id != id_) continue;
            if (not open_this(path, id_)) return false;
            file_->seek(cutter_.byte()); // behind its end, if it has begun again
            return true;
        }
        if (not files().look(*path_)) return false;
        if (not options_.skip_lost)
            throw FileError("cannot go on at byte " + std::to_string(cutter_.byte()) + ": the file that was read is no longer there, nor under another name beside it "
                                "(FollowOptions::skip_lost goes on with the one that is there)",
                            *path_, std::make_error_code(std::errc::no_such_file_or_directory), cutter_.byte());
        id_ = {};
        begin(0, 0, false);
        return open_first(*path_);
    }
    static bool is_later(const FileLook& a, const FileLook& b) noexcept {
        return a.id.born != 0 && b.id.born != 0 ? a.id.born > b.id.born : a.modified > b.modified;
    }
    /// The file that took the place of the one before: if others have taken its own since, it has another name by now.
    bool open_next() {
        std::optional<FileLook> next;
        std::string its_path;
        for (const std::string& path : all_paths()) {
            const std::optional<FileLook> look = files().look(path);
            if (not look || look->id == before_->id) continue;
            const bool is_next = is_later(*look, *before_) ? not next || not is_later(*next, *before_) || is_later(*next, *look) : not next && path == *path_;
            if (not is_next) continue;
            next = look;
            its_path = path;
        }
        if (not next || not open_this(its_path, next->id)) return false;
        before_.reset();
        begin(0, 0, false);
        return true;
    }

    Name path_; // events point to it, though their source moves
    FollowOptions options_;
    const Files* files_;
    BasicSystemFiles<File> machine_{};
    Cutter cutter_;
    std::unique_ptr<File> file_;
    FileId id_{}; // of the file that is read, or is to be
    std::optional<FileLook> before_; // the one that was read before, while its successor is not open
    Timestamp again_ = min_time;
    Fate fate_ = Fate::grows;
    FollowPosition from_{};
    bool has_left_ = false;
    bool starts_ = true; // nobody has looked for it
    bool within_ = false; // a line whose rest is not given
    bool was_replaced_ = false; // when it was asked last
};

} // namespace detail
} // namespace weir
