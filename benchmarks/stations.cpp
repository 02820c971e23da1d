// SPDX-License-Identifier: BSL-1.0
// Question: what do the means of 413 weather stations cost, read from lines of "station;temperature" (the one billion row challenge's
// format)? Ten million rows (times scale), in a file that the system has in memory. (Options: rounds.hpp.)
// The pipelines read typed rows (texts and doubles, quotes allowed; views and decimals, no quotes), on one core and with two workers.
// Beside them the tuned loop (the file mapped, separators found 32 bytes at a time, temperatures from one word, a table of keys compared
// by words, nothing that branches on a length; one and two threads), the tidy one (blocks, memchr, a flat table) and the naive one (getline, stod, std::unordered_map).
#include "rounds.hpp"

#include <weir/decimal.hpp>
#include <weir/weir.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

/// A file that is gone with the last who knows it.
class File {
public:
    explicit File(std::size_t rows) : path_((std::filesystem::temp_directory_path() / ("weir-benchmark-" + std::to_string(::getpid()))).string()) {
        std::ofstream out(path_, std::ios::binary);
        std::string text;
        for (std::size_t i = 0; i < rows; ++i) {
            const std::uint64_t x = weir::stable_hash(i), station = weir::stable_hash(x % 413);
            text += "Sta" + std::string(station % 19, static_cast<char>('a' + station % 26)) + std::to_string(station % 1'000);
            const std::int64_t tenths = static_cast<std::int64_t>(x / 413 % 1'998) - 999;
            text += (tenths < 0 ? ";-" : ";") + std::to_string(std::abs(tenths) / 10) + "." + std::to_string(std::abs(tenths) % 10) + "\n";
            if (text.size() > 1'000'000) {
                out << text;
                text.clear();
            }
        }
        out << text;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

struct Mean {
    std::uint64_t n = 0;
    std::int64_t tenths = 0;
};
struct Sum {
    std::uint64_t sum = 0;
    void add(std::string_view station, double mean) { sum += weir::stable_hash(station) ^ static_cast<std::uint64_t>(static_cast<std::int64_t>(mean * 100 + (mean < 0 ? -0.5 : 0.5))); }
};

struct Measurement {
    std::string station;
    double temperature;
    static constexpr auto fields() { return weir::fields("station", &Measurement::station, "temperature", &Measurement::temperature); }
};
/// A schema that says all that is known: the names need not be kept, and a temperature has one decimal.
struct View {
    std::string_view station;
    weir::Decimal<1> temperature;
    static constexpr auto fields() { return weir::fields("station", &View::station, "temperature", &View::temperature); }
};

} // namespace
template <>
struct weir::Owned<View> {
    using type = std::string; // nobody keeps one here
};
namespace {

template <typename Row>
std::uint64_t by_pipeline(const File& file, char quote, std::size_t workers) {
    Sum sum;
    weir::run(weir::from_csv<Row>(file.path(), {.delimiter = ';', .quote = quote, .header = false}) | weir::key_by(&Row::station)
              | weir::aggregate(weir::mean(&Row::temperature)) | weir::for_each([&sum](const auto& row) { sum.add(row.key, row.value); }), {.workers = workers});
    return sum.sum;
}

std::uint64_t by_getline(const File& file) {
    struct InDouble {
        std::uint64_t n = 0;
        double sum = 0;
    };
    std::unordered_map<std::string, InDouble> means;
    std::ifstream in(file.path());
    std::string line;
    while (std::getline(in, line)) {
        const std::size_t at = line.find(';');
        InDouble& mean = means[line.substr(0, at)];
        ++mean.n;
        mean.sum += std::stod(line.substr(at + 1));
    }
    Sum sum;
    for (const auto& [station, mean] : means) sum.add(station, mean.sum / static_cast<double>(mean.n));
    return sum.sum;
}

std::uint64_t tidy(const File& file) {
    struct Slot {
        std::string station{};
        std::uint64_t n = 0;
        double sum = 0;
    };
    std::vector<Slot> slots(4'096);
    const auto in = weir::SystemFiles().open(file.path());
    std::vector<char> block(262'144);
    for (std::size_t kept = 0;;) {
        const std::size_t n = in->read(std::span(block).subspan(kept));
        if (n == 0) break;
        const char* at = block.data();
        const char* const end = at + kept + n;
        while (const auto* line_end = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)))) {
            const auto* const separator = static_cast<const char*>(std::memchr(at, ';', static_cast<std::size_t>(line_end - at)));
            double value = 0;
            std::from_chars(separator + 1, line_end, value);
            const std::string_view key(at, static_cast<std::size_t>(separator - at));
            std::size_t slot = std::hash<std::string_view>()(key) % slots.size();
            while (slots[slot].station != key && slots[slot].n != 0) slot = (slot + 1) % slots.size();
            if (slots[slot].n == 0) slots[slot].station = key;
            ++slots[slot].n;
            slots[slot].sum += value;
            at = line_end + 1;
        }
        kept = static_cast<std::size_t>(end - at);
        std::memmove(block.data(), at, kept);
    }
    Sum sum;
    for (const Slot& slot : slots)
        if (slot.n != 0) sum.add(slot.station, slot.sum / static_cast<double>(slot.n));
    return sum.sum;
}

/// The tuned loop: over parts of the mapped file.
class Tuned {
public:
    struct Slot {
        std::array<std::uint64_t, 4> words{}; // the name's first 16 bytes and its last ones
        const char* name = nullptr;
        std::uint32_t length = 0;
        Mean mean{};
    };

    static std::uint64_t run(const File& file, std::size_t threads) {
        const int fd = ::open(file.path().c_str(), O_RDONLY);
        struct stat status {};
        ::fstat(fd, &status);
        const auto size = static_cast<std::size_t>(status.st_size);
        // behind the file zeros can be read: its last page is not full, or there is one more
        char* const text = static_cast<char*>(::mmap(nullptr, size + 4'096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        ::mmap(text, size, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0);
        std::vector<Tuned> parts(threads);
        {
            std::vector<std::jthread> running;
            for (std::size_t i = 0; i < threads; ++i)
                running.emplace_back([&, i] { parts[i].read(text + border(text, size, i * size / threads), text + border(text, size, (i + 1) * size / threads)); });
        }
        for (std::size_t i = 1; i < threads; ++i)
            for (const Slot& slot : parts[i].slots_)
                if (slot.name) {
                    Slot& to = parts[0].find(slot.words, slot.name, slot.length);
                    to.mean.n += slot.mean.n;
                    to.mean.tenths += slot.mean.tenths;
                }
        Sum sum;
        for (const Slot& slot : parts[0].slots_)
            if (slot.name) sum.add({slot.name, slot.length}, static_cast<double>(slot.mean.tenths) / 10 / static_cast<double>(slot.mean.n));
        ::munmap(text, size + 4'096);
        ::close(fd);
        return sum.sum;
    }

private:
    static std::size_t border(const char* text, std::size_t size, std::size_t at) {
        if (at == 0 || at >= size) return std::min(at, size);
        return static_cast<std::size_t>(static_cast<const char*>(std::memchr(text + at, '\n', size - at)) - text) + 1;
    }
    static std::size_t separator(const char* at) {
        const auto among = [](const char* sixteen) {
            using Bytes = char __attribute__((vector_size(16)));
            Bytes bytes;
            std::memcpy(&bytes, sixteen, 16);
            return static_cast<std::uint32_t>(__builtin_ia32_pmovmskb128(static_cast<Bytes>(bytes == ';')));
        };
        for (std::size_t i = 0;; i += 32)
            if (const std::uint32_t found = among(at + i) | among(at + i + 16) << 16; found != 0) return i + static_cast<std::size_t>(std::countr_zero(found));
    }
    /// "-?dd?.d\n" as tenths, without branches; gives the number of characters. (Q. Artigues's way, known from the challenge.)
    static std::size_t tenths(const char* at, std::int64_t& value) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        const int dot = std::countr_zero(~word & 0x10101000U); // 12, 20 or 28: the bit in the dot's byte
        const auto sign = static_cast<std::int64_t>(~word << 59) >> 63;
        const std::uint64_t digits = ((word & ~(static_cast<std::uint64_t>(sign) & 0xff)) << (28 - dot)) & 0x0f000f0f00ULL;
        const auto absolute = static_cast<std::int64_t>((digits * 0x640a0001) >> 32 & 0x3ff);
        value = (absolute ^ sign) - sign;
        return static_cast<std::size_t>(dot / 8) + 3;
    }
    WEIR_INLINE Slot& find(std::array<std::uint64_t, 4> words, const char* name, std::uint32_t length) { // words: in registers
        std::uint64_t hash = (words[0] ^ (words[1] << 7) ^ (words[3] << 3) ^ length) * 0x9e3779b97f4a7c15;
        for (std::size_t at = hash >> 52;; at = (at + 1) % slots_.size()) {
            Slot& slot = slots_[at];
            const std::uint64_t others = (slot.words[0] ^ words[0]) | (slot.words[1] ^ words[1]) | (slot.words[2] ^ words[2]) | (slot.words[3] ^ words[3]);
            if (others == 0 && slot.length == length && (length <= 32 || std::memcmp(slot.name + 16, name + 16, length - 32) == 0)) [[likely]] return slot;
            if (slot.name) continue;
            slot.words = words;
            slot.name = name;
            slot.length = length;
            return slot;
        }
    }
    static std::uint64_t word(const char* at) {
        std::uint64_t eight;
        std::memcpy(&eight, at, 8);
        return eight;
    }
    /// What of 16 bytes belongs to a name of so many.
    static constexpr auto masks = [] {
        std::array<std::array<std::uint64_t, 2>, 17> all{};
        for (std::size_t i = 1; i < all.size(); ++i)
            all[i] = {~std::uint64_t{0} >> (i < 8 ? 64 - 8 * i : 0), i <= 8 ? 0 : ~std::uint64_t{0} >> (128 - 8 * i)};
        return all;
    }();
    /// Reads a line; without a branch on the length of the name.
    void line(const char*& at) {
        const std::size_t length = separator(at), more = std::max<std::size_t>(length, 16) - 16;
        const std::array<std::uint64_t, 2>& mask = masks[length - more];
        const std::array<std::uint64_t, 4> words{word(at) & mask[0], word(at + 8) & mask[1], word(at + more) & mask[0], word(at + more + 8) & mask[1]};
        std::int64_t value;
        const std::size_t rest = tenths(at + length + 1, value);
        Mean& mean = find(words, at, static_cast<std::uint32_t>(length)).mean;
        ++mean.n;
        mean.tenths += value;
        at += length + 1 + rest;
    }
    void read(const char* at, const char* end) {
        while (at != end) line(at);
    }
    std::vector<Slot> slots_{4'096};
};

std::vector<rounds::Variant> stations(std::size_t n) {
    const auto file = std::make_shared<const File>(n);
    return {{"tuned: mapped, SIMD, words", [file] { return Tuned::run(*file, 1); }},
            {"tuned, 2 threads", [file] { return Tuned::run(*file, 2); }},
            {"from_csv, key_by, aggregate(mean)", [file] { return by_pipeline<Measurement>(*file, '"', 1); }},
            {"the same, 2 workers", [file] { return by_pipeline<Measurement>(*file, '"', 2); }},
            {"views, decimals, no quotes", [file] { return by_pipeline<View>(*file, '\0', 1); }},
            {"views, decimals, no quotes, 2 workers", [file] { return by_pipeline<View>(*file, '\0', 2); }},
            {"tidy: blocks, memchr, a flat table", [file] { return tidy(*file); }},
            {"naive: getline, stod, std::unordered_map", [file] { return by_getline(*file); }}};
}

} // namespace

int main(int argc, char** argv) { return rounds::main(argc, argv, {{"station;temperature, mean per station", stations}}, 1e7); }
