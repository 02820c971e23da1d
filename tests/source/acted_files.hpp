// SPDX-License-Identifier: BSL-1.0
// A folder whose files grow and are renamed as a test wants it.
#pragma once
#include <weir/core/files.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace files_test {

/// A folder that is acted out.
class Acted final : public weir::Files {
public:
    struct Node {
        std::string text{};
        weir::FileId id{};
        std::int64_t modified = 0;
    };
    std::map<std::string, std::shared_ptr<Node>> nodes{};
    std::size_t piece = 1 << 20; // bytes at most in a read

    void append(const std::string& name, std::string_view text) {
        std::shared_ptr<Node>& node = nodes[name];
        if (not node) node = std::make_shared<Node>(Node{.id = {1, ++last_, born ? static_cast<std::int64_t>(last_) : 0}});
        node->text += text;
        node->modified = ++time_;
    }
    void rename(const std::string& from, const std::string& to) {
        nodes[to] = nodes.at(from);
        nodes.erase(from);
    }
    bool born = true;
    bool silent = false; // says nothing of its files

    std::unique_ptr<weir::InFile> open(const std::string& path) const override {
        const auto found = nodes.find(path);
        if (found == nodes.end()) throw weir::FileError("cannot open", path, std::make_error_code(std::errc::no_such_file_or_directory));
        auto file = std::make_unique<In>();
        file->node = found->second;
        file->piece = piece;
        file->silent = silent;
        return file;
    }
    std::unique_ptr<weir::OutFile> create(const std::string& path) const override { throw std::logic_error(path); }
    std::vector<std::string> renamed(const std::string& path) const override {
        std::vector<std::string> paths;
        for (const auto& [name, node] : nodes)
            if (name.starts_with(path + ".")) paths.push_back(name);
        return paths;
    }

private:
    struct In final : weir::InFile {
        std::size_t read(std::span<char> into) override {
            if (byte >= node->text.size()) return 0;
            const std::size_t n = node->text.copy(into.data(), std::min(piece, into.size()), byte);
            byte += n;
            return n;
        }
        void seek(std::uint64_t to) override { byte = static_cast<std::size_t>(to); }
        std::optional<std::uint64_t> size() const override { return node->text.size(); }
        std::optional<weir::FileLook> look() const override {
            if (silent) return std::nullopt;
            return weir::FileLook{node->id, node->text.size(), node->modified};
        }
        std::shared_ptr<Node> node{};
        std::size_t piece = 0;
        bool silent = false;
        std::size_t byte = 0;
    };
    std::uint64_t last_ = 0;
    std::int64_t time_ = 0;
};

} // namespace files_test
