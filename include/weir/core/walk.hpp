// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/memory_source.hpp>
#include <weir/core/report.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail {

/// The identities of a job's operators, by the number that each link was given when it was bound.
/// An identity is the name given by `named`, else kind#ordinal on its path: "named/broadcast#1/branch#2/filter#1".
class Identities {
public:
    std::uint32_t add(std::string_view kind) {
        names_.push_back(next(kind));
        return static_cast<std::uint32_t>(names_.size() - 1);
    }
    /// That of the next one that is added here.
    [[nodiscard]] std::string next(std::string_view kind) const { return whole() ? scopes_.back() : numbered(path() + std::string(kind) + '#'); }
    [[nodiscard]] const std::string& operator[](std::uint32_t id) const { return names_[id]; }
    [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    /// What is added until leave() stands below the operator `id`, in its chain called `part` ("" where it has only one).
    void enter(std::uint32_t id, std::string_view part = {}) {
        scopes_.push_back(names_[id] + '/' + (part.empty() ? "" : std::string(part) + '/'));
    }
    /// What is added until leave() has this name: as a whole where it is one operator, as a path where it is several.
    void enter_named(const std::string& name, bool one_operator) { scopes_.push_back(path() + name + (one_operator ? "" : "/")); }
    /// What is added until leave() stands on this path.
    void enter_path(const std::string& below) { scopes_.push_back(path() + below + '/'); }
    void leave() { scopes_.pop_back(); }
    /// Of two operators that write the same file only one's would be left.
    void claim_file(const std::string& path, std::uint32_t id) {
        for (const auto& [other, by] : claimed_)
            if (other == path)
                throw std::invalid_argument(names_[id] + ": " + path + " is written by " + names_[by] + ", too, and only what one of them writes would be "
                                            "left. Give each its own file, or bring the events together before one sink.");
        claimed_.emplace_back(path, id);
    }

private:
    [[nodiscard]] bool whole() const { return not scopes_.empty() && not scopes_.back().ends_with('/'); }
    [[nodiscard]] std::string path() const { return scopes_.empty() ? std::string() : whole() ? scopes_.back() + '/' : scopes_.back(); }
    /// With the ordinal: names are few enough to look through, and every includer would pay for a table.
    [[nodiscard]] std::string numbered(const std::string& kind) const {
        int ordinal = 1;
        for (const std::string& name : names_)
            if (name.starts_with(kind) && name.find('/', kind.size()) == std::string::npos) ++ordinal;
        return kind + std::to_string(ordinal);
    }
    std::vector<std::string> scopes_; // paths, which end with '/', and whole names; none: the job itself
    std::vector<std::string> names_;
    std::vector<std::pair<std::string, std::uint32_t>> claimed_;
};

/// Fills the rows of a Report, one for each identity.
class ReportWalk {
public:
    explicit ReportWalk(std::vector<OperatorReport>& rows) : rows_(rows) {}
    /// The row of an operator, its counts set to zero: for who tells all of them. Who has more to tell of a row that another fills calls add().
    OperatorReport& cleared_row(std::uint32_t id) {
        OperatorReport& row = id < left_out_ ? elsewhere_ : rows_[id];
        row.in = row.out = row.passed = row.held = row.late_in_some = row.evicted_keys = row.spilled = 0;
        row.drops = {};
        return row;
    }

    /// The time that an operator has taken.
    void time(std::uint32_t id, Duration time) {
        if (id >= left_out_) rows_[id].time = time;
    }

    /// The first n rows stay as they are: another, whose operators these are, too, has told of more events.
    void leave_out(std::uint32_t n) noexcept { left_out_ = n; }
    /// Of the row of a queue, as its writer told it last: how many its reader has taken by now.
    void taken(std::uint32_t id, std::uint64_t n) {
        OperatorReport& row = rows_[id];
        const std::uint64_t went_in = row.in - std::min(row.in, row.dropped(Drop::overflow));
        row.out = row.passed = std::min(n, went_in);
        row.held = went_in - row.passed;
    }
    /// The watermark that an operator has made: the last one's is that of the task.
    Timestamp watermark = min_time;
    /// Which operator an error has come through, and at which of its events: the last who says so has thrown it.
    struct Thrown {
        std::uint32_t id = ~std::uint32_t{0}; // none
        std::uint64_t first = 0; // as in Failure
        std::uint64_t last = 0;
    } thrown{};

    /// Adds to a row what count(row) says of more inputs, and of what it holds of those that are counted there.
    template <typename Count>
    void add(std::uint32_t id, const Count& count) {
        OperatorReport more;
        count(more);
        OperatorReport& row = rows_[id];
        row.in += more.in;
        row.held += more.held;
        row.spilled += more.spilled;
        for (std::size_t i = 0; i < drop_reasons; ++i) row.drops[i] += more.drops[i];
        settle(row, 0);
    }

    /// What was interrupted is held, and what was neither dropped nor is held has passed.
    static void settle(OperatorReport& row, std::uint64_t interrupted) {
        const std::uint64_t dropped = row.dropped();
        row.held += std::min(interrupted, row.in - std::min(row.in, row.held + dropped));
        row.passed = row.in - std::min(row.in, dropped + row.held);
    }

private:
    std::vector<OperatorReport>& rows_;
    OperatorReport elsewhere_{};
    std::uint32_t left_out_ = 0;
};

/// Saves each operator's state as a section under its identity.
class SaveWalk {
public:
    SaveWalk(const Identities& names, StateWriter& to) : names_(names), to_(to) {}
    template <typename Fn>
    void section(std::uint32_t id, Fn&& write) { section(names_[id], std::forward<Fn>(write)); }
    template <typename Fn>
    void section(const std::string& name, Fn&& write) {
        to_.put(name);
        const std::size_t place = to_.reserve();
        const std::size_t begin = to_.size();
        write(to_);
        to_.fill(place, to_.size() - begin);
    }

private:
    const Identities& names_;
    StateWriter& to_;
};

/// Gives each operator the section with its identity; refuses state that belongs to other operators.
class LoadWalk {
public:
    /// sources: what is loaded takes its memory from that of its operator; null: from where it is loaded.
    LoadWalk(const Identities& names, StateReader from, MemorySources* sources = nullptr) : names_(names), from_(from), sources_(sources) {}
    template <typename Fn>
    void section(std::uint32_t id, Fn&& read) { section(names_[id], std::forward<Fn>(read)); }
    template <typename Fn>
    void section(const std::string& name, Fn&& read) {
        std::size_t passed = 0;
        for (StateReader rest = from_; rest.left() > 0;) {
            const bool same = rest.get<std::string>() == name;
            StateReader part = rest.sub(rest.get<std::size_t>());
            if (not same || passed++ < times_loaded(name)) continue;
            loaded_.push_back(name);
            {
                const MemoryScope scope(sources_ ? sources_->of(name) : memory_source);
                read(part);
            }
            if (part.left() != 0) throw StateError("saved state of operator " + name + " is longer than the operator expects");
            return;
        }
        throw StateError("saved state has nothing for operator " + name + ": the job has changed since it was saved");
    }
    /// Throws StateError when a section was left over.
    void finish() const {
        for (StateReader rest = from_; rest.left() > 0;) {
            const auto name = rest.get<std::string>();
            static_cast<void>(rest.sub(rest.get<std::size_t>()));
            std::size_t times = 0; // that the name has stood in the state so far
            for (StateReader again = from_; again.left() > rest.left(); static_cast<void>(again.sub(again.get<std::size_t>())))
                times += again.get<std::string>() == name;
            if (times > times_loaded(name)) throw StateError("saved state has operator " + name + ", which this job does not have");
        }
    }

private:
    [[nodiscard]] std::size_t times_loaded(const std::string& name) const {
        return static_cast<std::size_t>(std::count(loaded_.begin(), loaded_.end(), name));
    }
    const Identities& names_;
    StateReader from_;
    MemorySources* sources_;
    std::vector<std::string> loaded_; // in the order of the job
};

} // namespace weir::detail
