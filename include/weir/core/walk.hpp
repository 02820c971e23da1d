// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <weir/core/report.hpp>
#include <weir/core/state.hpp>

#include <algorithm>
#include <cstdint>
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
        Scope& scope = scopes_.back();
        const int ordinal = scope.next(kind);
        const bool whole = not scope.single.empty();
        names_.push_back(whole ? scope.single : scope.path + std::string(kind) + '#' + std::to_string(ordinal));
        return static_cast<std::uint32_t>(names_.size() - 1);
    }
    [[nodiscard]] const std::string& operator[](std::uint32_t id) const { return names_[id]; }
    [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

    /// What is added until leave() stands below the operator `id`, in its chain called `part` ("" where it has only one).
    void enter(std::uint32_t id, std::string_view part = {}) {
        scopes_.push_back({names_[id] + '/' + (part.empty() ? "" : std::string(part) + '/'), {}, {}});
    }
    /// What is added until leave() has this name: as a whole where it is one operator, as a path where it is several.
    void enter_named(const std::string& name, bool one_operator) {
        const std::string& path = scopes_.back().path;
        scopes_.push_back({path + name + '/', one_operator ? path + name : std::string(), {}});
    }
    /// What is added until leave() stands on this path.
    void enter_path(const std::string& path) { scopes_.push_back({scopes_.back().path + path + '/', {}, {}}); }
    void leave() { scopes_.pop_back(); }

private:
    struct Scope {
        std::string path;
        std::string single;
        std::vector<std::pair<std::string, int>> ordinals; // few enough to look through; <map> costs every includer more
        int next(std::string_view kind) {
            for (auto& [name, count] : ordinals)
                if (name == kind) return ++count;
            ordinals.emplace_back(kind, 1);
            return 1;
        }
    };
    std::vector<Scope> scopes_{Scope{}};
    std::vector<std::string> names_;
};

/// Fills the rows of a Report, one for each identity.
class ReportWalk {
public:
    explicit ReportWalk(std::vector<OperatorReport>& rows) : rows_(rows) {}
    /// The row of an operator, with its counts at zero.
    OperatorReport& row(std::uint32_t id) {
        OperatorReport& row = rows_[id];
        row.in = row.out = row.passed = row.held = row.late_in_some = row.evicted_keys = 0;
        row.drops = {};
        return row;
    }

    /// What was interrupted is held, and what was neither dropped nor is held has passed.
    static void settle(OperatorReport& row, std::uint64_t interrupted) {
        row.held += std::min(interrupted, row.in - std::min(row.in, row.held + row.dropped()));
        row.passed = row.in - std::min(row.in, row.dropped() + row.held);
    }

private:
    std::vector<OperatorReport>& rows_;
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
    LoadWalk(const Identities& names, StateReader from) : names_(names) {
        while (from.left() > 0) {
            auto name = from.get<std::string>();
            const auto size = from.get<std::size_t>();
            sections_.emplace_back(std::move(name), from.sub(size));
        }
    }
    template <typename Fn>
    void section(std::uint32_t id, Fn&& read) { section(names_[id], std::forward<Fn>(read)); }
    template <typename Fn>
    void section(const std::string& name, Fn&& read) {
        const auto found = std::find_if(sections_.begin(), sections_.end(), [&name](const auto& section) { return section.first == name; });
        if (found == sections_.end())
            throw StateError("saved state has nothing for operator " + name + ": the job has changed since it was saved");
        StateReader part = found->second;
        sections_.erase(found);
        read(part);
        if (part.left() != 0) throw StateError("saved state of operator " + name + " is longer than the operator expects");
    }
    /// Throws StateError when a section was left over.
    void finish() const {
        if (not sections_.empty())
            throw StateError("saved state has operator " + sections_.front().first + ", which this job does not have");
    }

private:
    const Identities& names_;
    std::vector<std::pair<std::string, StateReader>> sections_;
};

} // namespace weir::detail
