// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/config.hpp>
#include <weir/core/files.hpp>
#include <weir/source/csv_fields.hpp>
#include <weir/source/csv_index.hpp>
#include <weir/source/csv_look.hpp>
#include <weir/source/csv_record.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail {

/// Cuts what is read into records, a block at a time. Lines without anything in them and comments are passed over. A record that is
/// longer than allowed, or whose quotes nothing closes, is at fault: it ends with its first line, and the next one begins behind that.
template <typename Place = std::uint32_t> // a template, so that it costs only those who read CSV
class CsvCutter {
    using Index = CsvIndex<Place>;
    static constexpr std::size_t room = 64; // before and behind the text, for who looks at many characters at once

public:
    using Record = CsvRecord<Place>;

    CsvCutter(CsvDialect dialect, std::size_t block, std::size_t max_record)
        : index_(dialect), dialect_(dialect), block_(std::clamp<std::size_t>(block, room, most)), max_record_(std::min(max_record, most)) {}

    /// The file stands at this byte now, where a record begins; `stop`: those that begin there or later are not given.
    void restart(std::uint64_t byte, std::uint64_t line, std::uint64_t records, std::uint64_t stop) {
        begin_ = end_ = indexed_ = used_ = 0;
        byte_ = byte;
        line_ = line;
        records_ = records;
        stop_ = stop;
        ended_ = is_plain_ = is_within_line_ = false;
        index_.restart(0);
        index_.forget_breaks();
    }
    /// Of the next record.
    [[nodiscard]] std::uint64_t byte() const noexcept { return byte_ + begin_; }
    [[nodiscard]] std::uint64_t line() const noexcept { return line_; }
    [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
    [[nodiscard]] bool beyond_ascii() const noexcept { return index_.beyond_ascii(); }
    /// How many characters the records of a block have at most.
    [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size(); }
    void stop_at(std::uint64_t byte) noexcept {
        stop_ = byte;
        is_plain_ = false;
    }
    void read_at_least(std::size_t block) noexcept { block_ = std::max(block_, std::min(block, most)); }
    void forget_records() noexcept { records_ = 0; }
    /// The file may have more where it ended. `grows`: an end is not the end of its last record.
    void resume(bool grows) noexcept {
        ended_ = false;
        grows_ = grows;
    }
    /// Whether it has all that has come of a file that grows.
    [[nodiscard]] bool awaits_more() const noexcept { return ended_ && grows_; }
    /// As far as the file has been read.
    [[nodiscard]] std::uint64_t end() const noexcept { return byte_ + end_; }
    /// Whether that is within a line that is too long and has been given.
    [[nodiscard]] bool is_within_line() const noexcept { return is_within_line_; }

    /// Reads the next block; false: there is no more. What has been given of the last one is overwritten. The block may have no whole
    /// record, which the next one will have; unless `surely`.
    template <typename File>
    bool fill(File& file, bool surely = false) {
        if (is_within_line_ && not pass_over_line(file)) return false;
        if (byte() >= stop_) return false;
        if (indexed_ > begin_) index_.move(used_, begin_, 0);
        else index_.restart(0);
        end_ -= begin_;
        indexed_ -= std::min(indexed_, begin_);
        byte_ += begin_;
        if (end_ != 0) std::memmove(text(), text() + begin_, end_);
        if (end_ == 0 || std::memchr(text(), '\n', end_) == nullptr) index_.forget_breaks();
        begin_ = used_ = 0;
        starts_ = true;
        is_plain_ = looked_ = false;
        for (std::size_t limit = block_;; limit *= 2) {
            if (limit <= end_) continue;
            read(file, limit);
            if (may_be_direct() && std::memchr(text() + begin_, '\n', end_ - begin_) != nullptr && ((not surely && not awaits_more()) || is_without_quotes())) return true;
            index_rest();
            if (ended_ || end_ - begin_ > max_record_ || has_record()) return begin_ != end_ && (not awaits_more() || end_ - begin_ > max_record_ || has_record());
        }
    }
    /// The records of the block to be taken from where they lie; empty where something rare may be among them.
    [[nodiscard]] CsvFields direct() noexcept {
        const char* const begin = text() + begin_;
        if (indexed_ == end_ || not may_be_direct()) return {begin, begin, dialect_.delimiter, -1};
        text()[end_] = '\n';
        return {begin, text() + end_, dialect_.delimiter, dialect_.quote == '\0' ? -1 : static_cast<unsigned char>(dialect_.quote)};
    }
    /// Whether there are characters beyond ASCII in the block, or in what is left of it.
    [[nodiscard]] bool has_beyond_ascii(const CsvFields& fields) noexcept {
        if (not looked_) beyond_ascii_ = detail::has_beyond_ascii(fields.at, fields.limit);
        looked_ = true;
        return beyond_ascii_;
    }
    /// The first place where no record may begin that is taken so.
    [[nodiscard]] const char* direct_stop() noexcept { return text() + static_cast<std::size_t>(std::min<std::uint64_t>(end_, stop_ - byte_)); }
    /// So many records have been taken, up to there.
    void taken(const char* end, std::size_t records) noexcept {
        if (records == 0) return;
        begin_ = indexed_ = static_cast<std::size_t>(end - text());
        index_.restart(begin_);
        used_ = 0;
        records_ += records;
        if (line_ != 0) line_ += records;
        starts_ = false;
    }
    /// The next record of the block; false: there is none, or it is not all there. The file may be null behind give_block.
    template <typename File>
    WEIR_INLINE bool next(File* file, Record& record) {
        // nearly all records have as many fields as the one before
        const std::size_t fields = expected_;
        if (is_plain_ && index_.size() - used_ >= fields) {
            Place* const ends = index_.places() + used_;
            std::size_t i = 0;
            while ((ends[i] & Index::line_end) == 0 && ++i != fields) {}
            const std::size_t begin = begin_;
            std::size_t end = ends[fields - 1] & ~Index::line_end;
            if (i + 1 == fields && end > begin + 1 && end != end_) [[likely]] {
                begin_ = end + 1;
                if (text()[end - 1] == '\r') ends[fields - 1] = static_cast<Place>(--end) | Index::line_end;
                used_ += fields;
                starts_ = false;
                record = {text(), ends, fields, begin, end, byte_ + begin, line_, ++records_, Record::Fault::none, 0, 0, 0};
                line_ += line_ != 0;
                return true;
            }
        }
        return look_for(file, record);
    }

private:
    template <typename File>
    [[gnu::noinline]] bool look_for(File* file, Record& record) {
        index_rest();
        is_plain_ = dialect_.comment == '\0' && not index_.breaks_lines() && byte_ + end_ <= stop_ && end_ - begin_ <= max_record_;
        for (;;) {
            if (byte_ + begin_ >= stop_) return false;
            Place* const ends = index_.places() + used_;
            std::size_t fields = 0;
            const std::size_t left = index_.size() - used_;
            while (fields < left && (ends[fields] & Index::line_end) == 0) ++fields;
            if (fields == left) { // no line end
                const std::size_t length = end_ - begin_;
                if (length == 0 || ((not ended_ || grows_) && length <= max_record_)) return false;
                if (ended_ && not index_.is_quoted() && length <= max_record_) {
                    index_.end_line(end_);
                    continue;
                }
                if (not starts_ && not ended_ && std::memchr(text() + begin_, '\n', length) == nullptr) return false; // reading over it must not touch what has been given
                give(record, ends, 0, begin_ + length);
                break_off(file, record);
                return true;
            }
            ++fields;
            const std::size_t end = ends[fields - 1] & ~Index::line_end;
            give(record, ends, fields, end);
            if (end - begin_ > max_record_) {
                break_off(file, record);
                return true;
            }
            if (end > begin_ && text()[end - 1] == '\r') ends[fields - 1] = static_cast<Place>(--record.end) | Index::line_end;
            const bool empty = record.end == begin_;
            const bool is_comment = dialect_.comment != '\0' && not empty && text()[begin_] == dialect_.comment;
            used_ += fields;
            begin_ = std::min(end + 1, end_); // the last line may have no end
            if (line_ != 0) line_ += 1 + (index_.breaks_lines() ? lines_in(record.whole()) : 0);
            if (empty || is_comment) continue;
            record.number = ++records_;
            expected_ = fields;
            return true;
        }
    }

public:

    /// Behind fill(): gives the block's records, as far as they are whole, to another cutter, whose own are done with and whose memory
    /// comes here. False where a record may be at fault: then next() has to look.
    bool give_block(CsvCutter& to) {
        std::size_t end = 0;
        Counts counts;
        if (indexed_ == end_) {
            std::size_t n = index_.size();
            while (n > used_ && (index_.places()[n - 1] & Index::line_end) == 0) --n;
            if (n == used_ && ended_ && not grows_ && not index_.is_quoted()) {
                index_.end_line(end_);
                n = index_.size();
            }
            if (n == used_ || end_ - begin_ > max_record_) return false;
            end = std::min((index_.places()[n - 1] & ~Index::line_end) + std::size_t{1}, end_); // the last line may have no end
            counts = count(n);
            std::swap(index_, to.index_);
            to.index_.cut(n);
            to.indexed_ = end;
            to.used_ = used_;
        } else { // without quotes
            for (end = end_; text()[end - 1] != '\n';) --end;
            counts = count_lines(begin_, end);
            to.index_.restart(begin_);
            to.indexed_ = begin_;
            to.used_ = 0;
        }
        std::swap(buffer_, to.buffer_);
        to.begin_ = begin_;
        to.end_ = end;
        to.byte_ = byte_;
        to.line_ = line_;
        to.records_ = records_;
        to.stop_ = std::min(stop_, byte_ + end);
        to.ended_ = false;
        to.starts_ = true;
        to.is_plain_ = to.looked_ = false;

        const std::size_t rest = end_ - end;
        make_room(rest);
        std::memcpy(text(), to.text() + end, rest);
        index_.restart(0);
        index_.forget_breaks();
        begin_ = used_ = indexed_ = 0;
        end_ = rest;
        byte_ += end;
        line_ += line_ != 0 ? counts.lines : 0;
        records_ += counts.records;
        return true;
    }

    /// Reads what stands there in a file and looks at it, before it is known which record goes on there; false: not all of it is there.
    template <typename File>
    bool read_range(const File& file, std::uint64_t from, std::uint64_t to, bool begins_record) {
        const auto n = static_cast<std::size_t>(to - from);
        const std::size_t before = begins_record ? 0 : 2; // characters, which say whether the first line is empty
        make_room(front + n);
        char* const begin = text() + front;
        begin[-2] = '\0';
        begin[-1] = '\n';
        for (std::size_t have = 0; have < before + n;) {
            const std::optional<std::size_t> more = file.read_at(from - before + have, {begin - before + have, before + n - have});
            if (more.value_or(0) == 0) return false;
            have += *more;
        }
        begin_ = front;
        end_ = front + n;
        byte_ = from - front;
        look_ = csv_look(begin, n, dialect_.quote);
        return true;
    }
    enum class Joined : unsigned char { records, none, unsure };
    /// Makes the whole records of such a range the next ones of this, now that it is known what stands at its beginning; the border is its end
    /// then. Unsure: one may be at fault, nothing has been done.
    Joined join(CsvBorder& border) {
        const std::uint64_t from = byte_ + front;
        if (border.rest.size() > front - room) return Joined::unsure;
        const std::size_t begin = static_cast<std::size_t>(border.next.byte - byte_);
        if (end_ - begin > max_record_) return Joined::unsure;
        const bool indexes = look_.quotes || border.open || border.next.byte > from;
        Counts counts;
        if (not indexes) counts = count_records(look_, front, end_);
        std::memcpy(text() + begin, border.rest.data(), border.rest.size());
        text()[begin - 1] = '\n';
        begin_ = indexed_ = begin;
        used_ = 0;
        index_.restart(begin);
        index_.forget_breaks();
        std::size_t end = 0;
        if (indexes) {
            index_rest();
            std::size_t n = index_.size();
            while (n > 0 && (index_.places()[n - 1] & Index::line_end) == 0) --n;
            if (n > 0) end = (index_.places()[n - 1] & ~Index::line_end) + std::size_t{1};
            counts = count(n);
            index_.cut(n);
            border.open = index_.is_quoted();
        } else {
            counts.lines += lines_in(border.rest);
            if (look_.lines != 0)
                for (end = end_; text()[end - 1] != '\n';) --end;
        }
        if (end == 0) {
            border.rest.assign(text() + begin, end_ - begin);
            return Joined::none;
        }
        border.rest.assign(text() + end, end_ - end);
        line_ = border.next.line;
        records_ = border.next.records;
        border.next.byte = byte_ + end;
        border.next.line += line_ == 0 ? 0 : counts.lines;
        border.next.records += counts.records;
        end_ = end;
        indexed_ = indexes ? end : begin;
        stop_ = byte_ + end;
        ended_ = is_plain_ = false;
        looked_ = not look_.beyond_ascii && not detail::has_beyond_ascii(text() + begin, text() + std::max(begin, front));
        beyond_ascii_ = false;
        starts_ = true;
        return Joined::records;
    }

private:
    static constexpr std::size_t most = std::size_t{1} << 29; // places have 31 bits
    static constexpr std::size_t front = std::size_t{1} << 15; // what of a record may stand before a range

    char* text() noexcept { return buffer_.data() + room; }
    static std::uint64_t lines_in(std::string_view text) noexcept { return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')); }

    [[nodiscard]] bool has_record() noexcept {
        for (std::size_t i = index_.size(); i > 0; --i)
            if ((index_.places()[i - 1] & Index::line_end) != 0) return true;
        return false;
    }
    void give(Record& record, Place* ends, std::size_t fields, std::size_t end) noexcept {
        record.text = text();
        record.ends = ends;
        record.fields = fields;
        record.begin = begin_;
        record.end = end;
        starts_ = false;
        record.byte = byte_ + begin_;
        record.line = line_;
        record.fault = Record::Fault::none;
    }

    struct Counts {
        std::uint64_t lines = 0;
        std::uint64_t records = 0;
    };
    /// What is in the first n places that have not been given.
    [[nodiscard]] Counts count(std::size_t n) noexcept {
        Counts counts;
        std::size_t begin = begin_;
        for (std::size_t i = used_; i < n; ++i) {
            const Place place = index_.places()[i];
            if ((place & Index::line_end) == 0) continue;
            const std::size_t end = place & ~Index::line_end;
            ++counts.lines;
            const bool empty = end == begin || (end == begin + 1 && text()[begin] == '\r');
            counts.records += not empty && (dialect_.comment == '\0' || text()[begin] != dialect_.comment);
            begin = end + 1;
        }
        if (index_.breaks_lines()) counts.lines = lines_in({text() + begin_, std::min(begin, end_) - begin_});
        return counts;
    }

    /// The same of text without quotes and comments.
    [[nodiscard]] Counts count_lines(std::size_t begin, std::size_t end) noexcept {
        return count_records(csv_look(text() + begin, end - begin, '\0'), begin, end);
    }
    [[nodiscard]] Counts count_records(const CsvLook& look, std::size_t begin, std::size_t end) noexcept {
        const bool may_be_empty = look.empty_lines || text()[begin] == '\n' || text()[begin] == '\r';
        return {look.lines, look.lines - (may_be_empty ? count_empty_lines(text() + begin, end - begin) : 0)};
    }

    /// Whether records may be taken from where they lie.
    [[nodiscard]] bool may_be_direct() const noexcept {
        return dialect_.comment == '\0' && not dialect_.trim && end_ - begin_ <= max_record_ && byte_ + begin_ < stop_;
    }
    [[nodiscard]] bool is_without_quotes() noexcept { return dialect_.quote == '\0' || std::memchr(text() + begin_, dialect_.quote, end_ - begin_) == nullptr; }
    void index_rest() {
        index_.add(text(), indexed_, end_);
        indexed_ = end_;
    }

    void make_room(std::size_t n) {
        if (buffer_.size() >= n + 2 * room) return;
        buffer_.resize(n + 2 * room);
        text()[-1] = '\n';
    }
    template <typename File>
    void read(File& file, std::size_t limit) {
        make_room(limit);
        while (not ended_ && end_ < limit) {
            const std::size_t n = file.read({text() + end_, limit - end_});
            ended_ = n == 0;
            end_ += n;
        }
        if (byte_ == 0 && indexed_ < 3 && begin_ == 0 && std::string_view(text(), end_).starts_with("\xef\xbb\xbf")) {
            indexed_ = begin_ = 3; // a byte order mark
            text()[2] = '\n';
            index_.restart(3);
        }
    }

    /// Ends a record at fault with its first line.
    template <typename File>
    void break_off(File* file, Record& record) {
        if (end_ - begin_ > max_record_) { // which fault it is, wherever blocks end
            index_.restart(begin_);
            index_.add(text(), begin_, begin_ + max_record_ + 1);
        }
        record.fault = index_.is_quoted() ? Record::Fault::quote_not_closed : Record::Fault::too_long;
        record.fault_at = index_.is_quoted() ? index_.opened_at() : begin_;
        const std::size_t shown = std::min<std::size_t>(1'024, max_record_ + 1); // so much is there, wherever blocks end
        const void* const found = std::memchr(text() + begin_, '\n', end_ - begin_);
        record.fields = 0;
        record.number = ++records_;
        if (line_ != 0) ++line_;
        const std::string_view before(text() + begin_, record.fault_at - begin_);
        record.fault_at = before.size();
        record.fault_lines = lines_in(before);
        record.fault_column = before.size() - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
        if (found) {
            record.end = static_cast<std::size_t>(static_cast<const char*>(found) - text());
            begin_ = record.end + 1;
        } else {
            record.end = end_;
            begin_ = end_;
            is_within_line_ = awaits_more();
            if (not ended_) { // the line goes on, and is read over; what is shown of it must not be
                broken_.assign(text() + record.begin, std::min(shown, record.end - record.begin));
                record.text = broken_.data();
                record.end = broken_.size();
                record.begin = 0;
                skip_line(*file);
            }
        }
        if (record.end - record.begin > shown) record.end = record.begin + shown;
        if (record.end > record.begin && record.text[record.end - 1] == '\r') --record.end;
        used_ = 0;
        indexed_ = begin_;
        index_.restart(begin_);
        index_.add(text(), indexed_, end_);
        indexed_ = end_;
    }
    /// The rest of a line that has been given; false: its end has not come.
    template <typename File>
    bool pass_over_line(File& file) {
        skip_line(file);
        used_ = 0;
        indexed_ = begin_;
        index_.restart(begin_);
        return not ended_;
    }
    template <typename File>
    void skip_line(File& file) {
        for (;;) {
            const std::size_t n = file.read({text(), block_});
            byte_ += end_;
            begin_ = end_ = n;
            ended_ = n == 0;
            is_within_line_ = awaits_more();
            if (ended_) return;
            const void* const found = std::memchr(text(), '\n', n);
            if (found == nullptr) continue;
            begin_ = static_cast<std::size_t>(static_cast<const char*>(found) - text()) + 1;
            text()[begin_ - 1] = '\n';
            return;
        }
    }

    Index index_;
    std::string buffer_;
    std::string broken_;
    CsvDialect dialect_;
    std::size_t block_;
    std::size_t max_record_;
    std::size_t begin_ = 0;   // of what has not been given
    std::size_t end_ = 0;     // of what has been read
    std::size_t indexed_ = 0; // how far the index goes
    std::size_t used_ = 0;    // places of the index that have been given
    std::uint64_t byte_ = 0;  // of the buffer's first character
    std::uint64_t line_ = 1;  // of the next record
    std::uint64_t records_ = 0;
    std::uint64_t stop_ = static_cast<std::uint64_t>(-1);
    bool ended_ = false;
    bool grows_ = false;
    bool is_within_line_ = false;
    bool starts_ = true; // nothing of the block has been given
    std::size_t expected_ = 1; // fields of a record
    bool is_plain_ = false;    // records of the block may be given without a look at what is rare
    CsvLook look_{};           // at a range
    bool looked_ = false;      // whether the block has characters beyond ASCII,
    bool beyond_ascii_ = false;
};

} // namespace weir::detail
