// SPDX-License-Identifier: BSL-1.0
// Q10's files: one for each minute of event time, DIRECTORY/dt=2015-07-15/hm=00:00/bids.csv (or .jsonl). A minute's file is
// finished, and gets its name, once nothing more is expected in it.
#pragma once
#include "nexmark/formats.hpp"
#include "nexmark/queries/single_bids.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nexmark {

class Partitions {
public:
    /// disorder: by how much a bid may come behind a later one.
    Partitions(std::filesystem::path directory, Format format, weir::Duration disorder)
        : directory_(std::move(directory)), format_(format), disorder_(std::chrono::ceil<std::chrono::milliseconds>(disorder)) {}

    void on_event(const LoggedBid& bid) {
        const Time minute = bid.dt + bid.hm.since_midnight;
        Part& part = part_of(minute, bid);
        append_line(part.lines, bid, format_);
        if (part.lines.size() > limit) write(part);
        if (bid.date_time > latest_) {
            latest_ = bid.date_time;
            finish_until(latest_ - disorder_);
        }
    }
    /// At the end of the stream.
    void finish() { finish_until(Time::max()); }
    [[nodiscard]] std::size_t finished() const noexcept { return finished_; }

private:
    static constexpr std::size_t limit = 64 * 1024;
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    struct Part {
        Time minute;
        std::filesystem::path path;
        std::unique_ptr<std::FILE, Close> file;
        std::string lines;
    };

    Part& part_of(Time minute, const LoggedBid& bid) {
        for (Part& part : open_)
            if (part.minute == minute) return part;
        std::string day, time;
        append(day, bid.dt);
        append(time, bid.hm);
        const auto folder = directory_ / ("dt=" + day) / ("hm=" + time);
        std::filesystem::create_directories(folder);
        Part part{minute, folder / (format_ == Format::csv ? "bids.csv" : "bids.jsonl"), {}, {}};
        part.file.reset(std::fopen((part.path.string() + ".part").c_str(), "wb"));
        if (not part.file) throw std::runtime_error("cannot create " + part.path.string() + ".part");
        if (format_ == Format::csv) append_header<LoggedBid>(part.lines);
        open_.push_back(std::move(part));
        return open_.back();
    }
    static void write(Part& part) {
        if (std::fwrite(part.lines.data(), 1, part.lines.size(), part.file.get()) != part.lines.size())
            throw std::runtime_error("cannot write " + part.path.string() + ".part");
        part.lines.clear();
    }
    void finish_until(Time t) {
        std::erase_if(open_, [&](Part& part) {
            if (t < part.minute + std::chrono::minutes(1)) return false;
            write(part);
            if (std::fclose(part.file.release()) != 0) throw std::runtime_error("cannot write " + part.path.string() + ".part");
            std::filesystem::rename(part.path.string() + ".part", part.path);
            ++finished_;
            return true;
        });
    }

    std::filesystem::path directory_;
    Format format_;
    std::chrono::milliseconds disorder_;
    std::vector<Part> open_;
    Time latest_ = Time::min();
    std::size_t finished_ = 0;
};

} // namespace nexmark
