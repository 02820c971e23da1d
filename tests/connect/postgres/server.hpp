// SPDX-License-Identifier: BSL-1.0
// What the tests of component postgres share: a server of their own, behind a socket in a temporary directory, and a row type.
#pragma once
#include <weir/connect/postgres.hpp>

#include "catch.hpp"
#include "files.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace postgres_test {

/// Starts a server in the first test of a process that asks for one. It ends with the process, however that ends.
class Server {
public:
    Server() {
        if (bin().empty()) return;
        user_ = ::getuid() == 0 ? (::getpwnam("postgres") != nullptr ? ::getpwnam("postgres") : ::getpwnam("nobody")) : nullptr; // it refuses to run as root
        if (user_ != nullptr && ::chown(directory_.path().c_str(), user_->pw_uid, user_->pw_gid) != 0) return;
        ::chmod(directory_.path().c_str(), 0755);
        const std::string data = directory_.path("data");
        int status = 0;
        ::waitpid(start({bin() + "initdb", "-D", data, "-U", "weir", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"}), &status, 0);
        if (status != 0) throw std::runtime_error("initdb failed: " + files_test::content_of(directory_.path("log")));
        process_ = start({bin() + "postgres", "-D", data, "-k", directory_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"});
        for (int i = 0; PQping(conninfo().c_str()) != PQPING_OK; ++i) {
            if (i == 300) throw std::runtime_error("no server: " + files_test::content_of(directory_.path("log")));
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
    ~Server() {
        if (process_ == 0) return;
        ::kill(process_, SIGQUIT);
        ::waitpid(process_, nullptr, 0);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    bool is_there() const { return process_ != 0; }
    std::string conninfo() const { return "host=" + directory_.path() + " user=weir dbname=postgres"; }

    static Server& get() {
        static Server server;
        return server;
    }

private:
    /// Where Debian has the programs of a server, of the latest version that is here; "" where there are none.
    static const std::string& bin() {
        static const std::string found = [] {
            std::string best;
            std::error_code none;
            for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
                if (std::filesystem::exists(version.path() / "bin/initdb") && version.path().string() + "/bin/" > best) best = version.path().string() + "/bin/";
            return best;
        }();
        return found;
    }
    pid_t start(std::vector<std::string> words) {
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const std::string log = directory_.path("log");
        const pid_t child = ::fork();
        if (child != 0) return child;
        const int to = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
        ::dup2(to, 1);
        ::dup2(to, 2);
        if (user_ != nullptr && (::setgid(user_->pw_gid) != 0 || ::setuid(user_->pw_uid) != 0)) ::_exit(2);
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
        if (::chdir("/") == 0) ::execv(arguments[0], arguments.data());
        ::_exit(2);
    }

    files_test::TempDirectory directory_;
    const passwd* user_ = nullptr;
    pid_t process_ = 0;
};

/// Whether there is a server; says so where there is none.
inline bool no_server() {
    if (Server::get().is_there()) return false;
    WARN("skipped: this needs a PostgreSQL server's programs (Debian: postgresql)");
    return true;
}

struct Flight {
    std::string carrier;
    double delay = 0;
    bool arrived = false;

    static constexpr auto fields() { return weir::fields("carrier", &Flight::carrier, "delay", &Flight::delay, "arrived", &Flight::arrived); }
    friend bool operator==(const Flight&, const Flight&) = default;
};

inline std::vector<Flight> flights(int first, int n) {
    std::vector<Flight> rows;
    for (int i = first; i < first + n; ++i) rows.push_back({"carrier " + std::to_string(i), i * 0.5, i % 2 == 0});
    return rows;
}

/// A connection that knows how to answer with one number.
struct Observer : weir::postgres::Connection {
    Observer() : Connection(Server::get().conninfo()) {}
    std::int64_t number(const std::string& sql) {
        std::int64_t n = 0;
        const auto result = execute(sql);
        REQUIRE(weir::postgres::Column<std::int64_t>::parse(result.text(0, 0).value(), n));
        return n;
    }
    std::int64_t count() { return number("select count(*) from flight"); }
};

/// The Error that fn throws.
template <typename Fn>
weir::postgres::Error error_of(Fn&& fn) {
    try {
        fn();
    } catch (const weir::postgres::Error& error) {
        return error;
    }
    throw std::logic_error("no postgres::Error was thrown");
}

inline bool says(const weir::postgres::Error& error, const std::string& words) {
    const bool said = std::string(error.what()).find(words) != std::string::npos;
    if (not said) UNSCOPED_INFO(error.what());
    return said;
}

} // namespace postgres_test
