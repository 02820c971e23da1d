// SPDX-License-Identifier: BSL-1.0
// Question: how many events a second does each query of Nexmark take, and what does it give? (queries/ has the queries.)
//     nexmark [--query=all|N[,N...]] [--rounds=3] [--workers=1|2] [--format=csv|jsonl]
//             [--events=1000000] [--seed=1] [--rate=10000] [--disorder=1] | [--in=DIRECTORY]
//             [--out=FILE] [--dump=DIRECTORY] [--json]
// Input is made from the seed (disorder: so many events in a row come in another order), or read from DIRECTORY/persons.csv,
// auctions.csv and bids.csv (or .jsonl), which --dump writes: so another engine can be given the same. --out: the results of one query
// ("-": to standard output; of Q10 the directory of its files). The figures are the medians of the rounds, of the events that the
// query reads: input is in memory, results are counted and dropped. Two workers: each input on a thread of its own beside the query's. Q1, Q5
// and Q8 have a program written by hand beside them (hand/): in one thread, also with two workers.
#include "nexmark/partitions.hpp"
#include "nexmark/reader.hpp"
#include "nexmark/run.hpp"
#include "rounds.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace nexmark;

struct Arguments {
    std::vector<int> queries;
    int rounds = 3;
    int workers = 1;
    Format format = Format::csv;
    Config config{};
    std::optional<std::string> in, out, dump;
    bool json = false;
};

std::uint64_t number(std::string_view text, std::string_view of) {
    std::int64_t value = 0;
    if (not parse(text, value) || value < 0) throw std::invalid_argument(fmt::format("{}: '{}' is no number", of, text));
    return static_cast<std::uint64_t>(value);
}

Arguments read_arguments(int argc, char** argv) {
    Arguments arguments;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::string_view name = argument.substr(0, argument.find('='));
        const std::string_view value = argument.substr(std::min(argument.size(), name.size() + 1));
        if (name == "--query") {
            if (value == "all") continue;
            for (std::string_view left = value; not left.empty();) {
                const std::string_view one = left.substr(0, left.find(','));
                arguments.queries.push_back(static_cast<int>(number(one, name)));
                left.remove_prefix(std::min(left.size(), one.size() + 1));
            }
        } else if (name == "--rounds") arguments.rounds = static_cast<int>(std::max<std::uint64_t>(number(value, name), 1));
        else if (name == "--workers" && (value == "1" || value == "2")) arguments.workers = value == "1" ? 1 : 2;
        else if (name == "--format" && (value == "csv" || value == "jsonl")) arguments.format = value == "csv" ? Format::csv : Format::jsonl;
        else if (name == "--events") arguments.config.events = number(value, name);
        else if (name == "--seed") arguments.config.seed = number(value, name);
        else if (name == "--rate") arguments.config.rate = number(value, name);
        else if (name == "--disorder") arguments.config.shuffled = number(value, name);
        else if (name == "--in") arguments.in = value;
        else if (name == "--out") arguments.out = value;
        else if (name == "--dump") arguments.dump = value;
        else if (argument == "--json") arguments.json = true;
        else throw std::invalid_argument(fmt::format("{} is not known; see the first lines of benchmarks/nexmark/main.cpp", argument));
    }
    if (arguments.queries.empty())
        for (int query = 0; query <= 22; ++query) arguments.queries.push_back(query);
    if (arguments.out && arguments.queries.size() != 1) throw std::invalid_argument("--out: of which query? Write --query=N.");
    return arguments;
}

std::string path_of(const std::string& directory, const char* name, Format format) {
    return (std::filesystem::path(directory) / name).string() + (format == Format::csv ? ".csv" : ".jsonl");
}

template <typename Event>
void load(Input& input, std::vector<Event>& events, const std::string& path, Format format) {
    Loaded<Event> loaded = read_file<Event>(path, format);
    events = std::move(loaded.events);
    input.texts.push_back(std::shared_ptr<std::string>(std::move(loaded.bytes)));
}
Input load(const std::string& directory, Format format) {
    Input input;
    load(input, input.persons, path_of(directory, "persons", format), format);
    load(input, input.auctions, path_of(directory, "auctions", format), format);
    load(input, input.bids, path_of(directory, "bids", format), format);
    complete(input);
    return input;
}

template <typename Event>
void dump(const std::vector<Event>& events, const std::string& path, Format format) {
    Output output(path, format);
    output.begin<Event>();
    for (const Event& event : events) output.add(event);
    output.flush();
}
void dump(const Input& input, const std::string& directory, Format format) {
    std::filesystem::create_directories(directory);
    dump(input.persons, path_of(directory, "persons", format), format);
    dump(input.auctions, path_of(directory, "auctions", format), format);
    dump(input.bids, path_of(directory, "bids", format), format);
}

void log_bids(const Input& input, const std::string& directory, Format format) {
    Partitions partitions(directory, format, input.disorder);
    weir::run(q10(weir::from(input.bids)) | weir::for_each(std::ref(partitions)));
    partitions.finish();
}

bool run_query(int query, Run& run) { return run_bid_query(query, run) || run_group_query(query, run) || run_join_query(query, run); }

void write(int query, const Input& input, const Arguments& arguments) {
    if (query == 10) return log_bids(input, *arguments.out, arguments.format);
    Output output(*arguments.out, arguments.format);
    Run run{input, arguments.workers, output};
    if (not run_query(query, run)) throw std::invalid_argument(fmt::format("there is no Q{}", query));
}

struct Measured {
    rounds::Group group;
    std::uint64_t rows;
};

/// Rounds in which the query and what is written by hand for it take turns, so that a machine that is slow for a while is so for both.
Measured measure(int query, const Input& input, const Arguments& arguments) {
    rounds::Group group{.title = fmt::format("Q{}", query), .make = {}};
    group.variants = {{"weir", {}}};
    std::uint64_t rows = 0;
    for (int round = 0; round < arguments.rounds; ++round) {
        Output output, other;
        Run run{input, arguments.workers, output}, hand{input, 1, other};
        if (not run_query(query, run)) throw std::invalid_argument(fmt::format("there is no Q{}", query));
        group.events = run.events;
        rows = output.rows();
        group.variants.front().ns.push_back(run.seconds * 1e9 / static_cast<double>(run.events));
        if (not run_by_hand(query, hand)) continue;
        if (other.rows() != rows) throw std::logic_error(fmt::format("Q{} by hand gives {} rows, not {}", query, other.rows(), rows));
        if (round == 0) group.variants.push_back({"by hand", {}});
        group.variants.back().ns.push_back(hand.seconds * 1e9 / static_cast<double>(run.events));
    }
    return {std::move(group), rows};
}

void print(const Measured& measured) {
    const auto& [group, rows] = measured;
    const rounds::Variant &weir = group.variants.front(), &last = group.variants.back();
    const double ns = rounds::median(weir.ns);
    fmt::print("{:<4} {:>12} {:>12} {:>10.1f} {:>14.0f}", group.title, group.events, rows, ns, 1e9 / ns);
    if (&last == &weir) fmt::print("\n");
    else fmt::print(" {:>10.1f} {:>8.2f}\n", rounds::median(last.ns), rounds::ratio(weir, last));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    try {
        const Arguments arguments = read_arguments(argc, argv);
        const Input input = arguments.in ? load(*arguments.in, arguments.format) : generate(arguments.config);
        if (arguments.dump) return dump(input, *arguments.dump, arguments.format), 0;
        if (arguments.out) return write(arguments.queries.front(), input, arguments), 0;
        if (not arguments.json) fmt::print("{:<4} {:>12} {:>12} {:>10} {:>14} {:>10} {:>8}\n", "", "events", "rows", "ns/event", "events/s", "by hand", "ratio");
        std::vector<rounds::Group> groups;
        for (const int query : arguments.queries) {
            Measured measured = measure(query, input, arguments);
            if (not arguments.json) print(measured);
            groups.push_back(std::move(measured.group));
        }
        if (arguments.json) rounds::print_json(groups);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
}
