// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/aggregate.hpp>
#include <weir/run/pipe_program.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
namespace detail {

/// The input cut into groups: lines that follow each other and begin with the same key.
template <typename Key, typename Value, typename Lines>
class PipeGroups {
public:
    PipeGroups(Lines& lines, PipePlace& place) : lines_(lines), place_(place) {}

    /// Goes on to the next group, over what is left of this one; false: there is none.
    bool next_group() {
        while (in_group()) ++at_;
        if (at_ == batch_.size() && not fetch()) return false;
        const std::string_view line = batch_[at_];
        place_.line = batch_[at_].number();
        place_.ended = false;
        std::size_t end = 0;
        for (std::size_t n = 1; n <= fields_of<Key>(); ++n) {
            end = std::min(line.find('\t', n == 1 ? 0 : end + 1), line.size());
            if (end == line.size() && n < fields_of<Key>()) throw std::runtime_error("field " + std::to_string(n + 1) + " is missing");
        }
        key_.assign(line.substr(0, end));
        Key key{};
        FieldReader(key_).read(key);
        started_ = true;
        return true;
    }
    /// Values of this group, lent until the next call; none: it has no more.
    [[nodiscard]] std::span<Value> next_values() {
        constexpr std::size_t most = 256;
        if (not in_group()) {
            place_.ended = true;
            return {};
        }
        values_.resize(most);
        std::size_t n = 0;
        first_line_ = batch_[at_].number();
        do {
            const std::string_view line = batch_[at_];
            place_.line = batch_[at_].number();
            if constexpr (not Textual<Value>) values_[n] = Value{}; // members that are no fields
            FieldReader(line.substr(std::min(key_.size() + 1, line.size())), fields_of<Key>()).read(values_[n++]);
            ++at_;
        } while (n < most && at_ < batch_.size() && is_of_group(batch_[at_]));
        place_.line = first_line_ - 1;
        return {values_.data(), n};
    }
    /// The key as it stands in the input.
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

private:
    bool fetch() {
        at_ = 0;
        batch_ = lines_.next_batch();
        return not batch_.empty();
    }
    [[nodiscard]] bool is_of_group(std::string_view line) const noexcept {
        return line.starts_with(key_) && (line.size() == key_.size() || line[key_.size()] == '\t');
    }
    [[nodiscard]] bool in_group() {
        if (at_ == batch_.size() && not (started_ && fetch())) return false;
        return started_ && is_of_group(batch_[at_]);
    }

    Lines& lines_;
    PipePlace& place_;
    std::span<Line> batch_;
    std::size_t at_ = 0;
    std::uint64_t first_line_ = 0;
    std::string key_;
    std::vector<Value> values_;
    bool started_ = false;
};

/// The values of one group as a BatchSource.
template <typename Groups, typename Value>
struct GroupValues {
    using event_type = Value;
    Groups* groups;
    [[nodiscard]] std::span<Value> next_batch() { return groups->next_values(); }
};

} // namespace detail

/// Makes an aggregate, or a chain, of the values of each key a program: the whole of main, for the reducer of Hadoop Streaming, or a
/// shell's | behind sort.
///     Key, Value: what is read from the fields of a line, which tabs divide, as by pipe_map<In>: the first for the key (a pair's or
///     tuple's fields are several), the others for the value. A value that is one text takes all of the line behind the key.
///     Lines with the same key that follow each other are a group; they are the same when their text is. A key that comes again
///     behind another is a new group: sort the lines by their key before.
///     an aggregate (sum(), into<Row>(...)): Values -> one line for each group that has a result, the key as it was, a tab, the
///     result's fields;
///     a chain: it is run anew for each group, on its Values, and each thing that it gives is a line behind the key. It may be as any
///     chain on a bounded source: aggregate(count(), max()), take(3), sort_by(...), and costs some microseconds for each group.
///     Memory: that of one group at a time: an aggregate's state, what the chain keeps. -> the program's status, and its errors, as
///     those of pipe_map. example: tests/runtime/pipe_reduce.cpp, examples/pipe_word_count.cpp
template <typename Key, typename Value, typename What>
[[nodiscard]] int pipe_reduce(What what, const PipeOptions& options = {}) {
    if constexpr (not detail::is_readable<Key>() || not detail::is_readable<Value>()) {
        static_assert(detail::never<Key>, "pipe_reduce<Key, Value>(...): Key or Value cannot be read from the fields of a line. Accepted: numbers, bool, "
                                          "text, times, std::optional of these; std::pair, std::tuple, types with fields() of such.");
        return 0;
    } else if constexpr (detail::ChainLike<What>) {
        return detail::pipe_program("pipe_reduce", options, [&](detail::PipePlace& place, detail::PipeOut<>& out) {
            using Groups = detail::PipeGroups<Key, Value, detail::PipeLines<>>;
            detail::PipeLines<> lines(options, place);
            std::string before;
            for (Groups groups(lines, place); groups.next_group();) {
                before = groups.key() + '\t';
                auto values = from(detail::GroupValues<Groups, Value>{&groups}) | detail::PipePlaceOp{&place};
                place.add(run(detail::into_pipe(std::move(values), what, place, out, before)));
            }
        });
    } else if constexpr (not AggregateOn<What, Value> || holds_view<Value>) {
        static_assert(detail::never<What>, "pipe_reduce<Key, Value>(...): it takes an aggregate of these values, such as sum() or into<Row>(count(), mean()), or "
                                           "a chain, such as take(3). An aggregate may keep values: give it std::string in place of a view.");
        return 0;
    } else if constexpr (not detail::PipeWritable<aggregate_result_t<What, Value>>) {
        static_assert(detail::never<What>, "pipe_reduce<Key, Value>(aggregate): the aggregate's result cannot be written as fields. Accepted: text, numbers, "
                                           "bool, times, std::optional of these; std::pair, std::tuple, types with fields() of such.");
        return 0;
    } else {
        return detail::pipe_program("pipe_reduce", options, [&](detail::PipePlace& place, detail::PipeOut<>& out) {
            detail::PipeLines<> lines(options, place);
            std::string before;
            for (detail::PipeGroups<Key, Value, detail::PipeLines<>> groups(lines, place); groups.next_group();) {
                aggregate_state_t<What, Value> state{};
                for (auto values = groups.next_values(); not values.empty(); values = groups.next_values())
                    for (const Value& value : values) {
                        ++place.line;
                        what.add(state, value);
                    }
                before = groups.key() + '\t';
                detail::begin_pane(what, state);
                if (detail::has_result_of(what, state)) out.put(before, what.finish(state));
            }
        });
    }
}

} // namespace weir
