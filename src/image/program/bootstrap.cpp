#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <string_view>
#include <thread>

#include "host/cannot.hpp"
#include "host/distribution.hpp"
#include "host/files.hpp"
#include "host/memory.hpp"
#include "host/process.hpp"
#include "host/programs.hpp"
#include "image/builder.hpp"
#include "image/debian.hpp"
#include "image/feed.hpp"
#include "image/program/half.hpp"
#include "image/program/say.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::image {
namespace {

constexpr std::size_t kMostText = std::size_t{64} << 20U;  // apt's records of some ten thousand

// What mmdebstrap and those that it starts print, read beside the archive; the last lines are kept
// for whoever must find out why it failed.
class Log {
 public:
  Log(Fd from, const std::string& file)
      : from_(std::move(from)),
        file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
        thread_([this] { read(); }) {}
  ~Log() { finish(); }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Once whoever writes has ended.
  std::string complaint() {
    finish();
    return building_.complaint();
  }
  std::map<std::string, Package> simulated() {
    finish();
    return std::move(simulated_);
  }

 private:
  void finish() {
    if (thread_.joinable()) thread_.join();
  }

  void read() {
    std::string text;
    char bytes[16384];
    for (ssize_t got = 0; (got = ::read(from_.get(), bytes, sizeof bytes)) != 0;) {
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return;
      [[maybe_unused]] const ssize_t kept =
          ::write(file_.get(), bytes, static_cast<std::size_t>(got));
      text.append(bytes, static_cast<std::size_t>(got));
      take_lines(text);
    }
  }

  void take_lines(std::string& text) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find_first_of("\r\n", begin)) != std::string::npos;
         begin = end + 1) {
      const std::string_view line = std::string_view(text).substr(begin, end - begin);
      if (auto package = parse_simulated(line)) simulated_[package->name] = std::move(*package);
      if (!building_.add(line)) continue;
      const Building::State& state = building_.state();
      say({{"doing", state.doing},
           {"done", state.done},
           {"total", state.total},
           {"size", state.bytes}});
    }
    text.erase(0, begin);
  }

  Fd from_;
  Fd file_;
  Building building_;
  std::map<std::string, Package> simulated_;  // by name: more than one step of apt's names some
  std::thread thread_;
};

// In memory where most of it stays free: it is thrown away, and a disk is slower.
std::uint64_t scratch_bytes() {
  constexpr std::uint64_t kEnough = std::uint64_t{4} << 30U;
  const std::uint64_t half = host::available_memory() / 2;
  return half >= kEnough ? half : 0;
}

void write_file(const std::string& path, const std::string& text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw host::cannot("write", path, errno);
}

std::string read_file(const std::string& path) {
  host::Contents found = host::contents(path.c_str(), kMostText);
  if (!found.ok()) throw host::cannot("read", path, found.err != 0 ? found.err : EFBIG);
  return std::move(found.bytes);
}

// Its proxies, and nothing else of the caller's.
std::vector<std::string> environment(const Recipe& recipe) {
  std::vector<std::string> env = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                  "LC_ALL=C.UTF-8",
                                  "HOME=/tmp",
                                  "TMPDIR=/tmp",
                                  "DEBIAN_FRONTEND=noninteractive",
                                  fmt::format("SOURCE_DATE_EPOCH={}", recipe.epoch)};
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY",
                           "NO_PROXY", "ftp_proxy", "all_proxy"}) {
    if (const char* value = ::getenv(name)) env.push_back(fmt::format("{}={}", name, value));
  }
  return env;
}

Build build_of(const Recipe& recipe, const std::string& directory) {
  Build build{.argv = arguments(recipe, kExchange),
              .env = environment(recipe),
              .exchange = directory + "/exchange",
              .scratch = {},
              .scratch_bytes = scratch_bytes(),
              .home = recipe.home,
              .maps = recipe.maps,
              .user = recipe.user};
  build.argv[0] = host::find_program("mmdebstrap");
  if (build.argv[0].empty()) {
    const host::Refusal none = host::not_installed("mmdebstrap", host::distribution().family);
    throw Error(fmt::format("cannot make a Debian root filesystem: {}", none.cause), none.fix);
  }
  if (::mkdir(build.exchange.c_str(), 0755) < 0) throw host::cannot("make", build.exchange, errno);
  for (const Script& script : scripts(recipe, kExchange))
    write_file(build.exchange + "/" + script.name, script.text);
  if (build.scratch_bytes > 0) return build;
  build.scratch = directory + "/scratch";
  // Whoever apt becomes to fetch writes there too.
  if (::mkdir(build.scratch.c_str(), 0755) < 0 || ::chmod(build.scratch.c_str(), 01777) < 0)
    throw host::cannot("make", build.scratch, errno);
  return build;
}

std::string list_of(const std::vector<std::string>& lines) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < kMost; ++i)
    text += fmt::format("\n  - {}", printable(lines[i]));
  if (lines.size() > kMost) text += fmt::format("\n  - and {} more", lines.size() - kMost);
  return text;
}

constexpr const char* kPinAnew = "`devbox lock --update` pins what is there now";

// Of the locked packages those that the archive does not have any more, told before the rest.
void require_available(const Recipe& recipe, const std::string& directory) {
  const host::Contents text =
      host::contents((directory + "/exchange/available").c_str(), kMostText);
  if (recipe.locked.empty() || !text.ok()) return;
  const std::vector<Package> there = parse_records(text.bytes);
  std::vector<std::string> gone;
  for (const Package& package : recipe.locked) {
    const bool found = std::any_of(there.begin(), there.end(), [&](const Package& p) {
      return p.name == package.name && p.version == package.version;
    });
    if (!found) gone.push_back(fmt::format("{} {}", package.name, package.version));
  }
  if (gone.empty()) return;
  throw Error(fmt::format("the archive has no longer what the lock file pins:{}", list_of(gone)),
              kPinAnew);
}

std::vector<Package> packages_of(const Recipe& recipe, const std::string& directory) {
  std::vector<Package> found = parse_packages(read_file(directory + "/exchange/installed"),
                                              read_file(directory + "/exchange/records"));
  if (recipe.locked.empty()) return found;
  const std::vector<std::string> lines = moved(recipe.locked, found);
  if (lines.empty()) return found;
  throw Error(fmt::format("the packages are not those of the lock file:{}", list_of(lines)),
              kPinAnew);
}

Json json_of(const std::vector<Package>& packages) {
  Json list = Json::array();
  for (const Package& package : packages) {
    list.push_back({{"name", package.name},
                    {"version", package.version},
                    {"architecture", package.architecture},
                    {"sha256", package.sha256}});
  }
  return list;
}

[[noreturn]] void no_success(const Recipe& recipe, int status, const std::string& complaint) {
  if (status == kNotStarted) {
    throw Error(fmt::format("mmdebstrap was not started: {}", printable(complaint)),
                fmt::format("{} has all that was said", printable(recipe.log)));
  }
  throw Error(fmt::format("mmdebstrap ended with status {}{}{}", status,
                          complaint.empty() ? "" : ": ", printable(complaint)),
              fmt::format("{} has all that it said; is the network there, and are the suite and "
                          "the packages spelt as Debian does?",
                          printable(recipe.log)));
}

// What would be installed now; returns what is said on standard output.
Json simulate(const Recipe& recipe, const std::string& directory) {
  Build build = build_of(recipe, directory);
  const std::string program = build.argv[0];
  build.argv = simulation(recipe);
  build.argv[0] = program;
  host::Pipe output = host::make_pipe();
  const pid_t builder = start_build(build, output.write.get(), output.write.get());
  output.write.reset();
  Log log(std::move(output.read), recipe.log);
  const int status = host::wait_status(builder);
  const std::string complaint = log.complaint();
  if (status != 0) no_success(recipe, status, complaint);
  Json packages = Json::array();
  for (const auto& [name, package] : log.simulated())
    packages.push_back({{"name", name}, {"version", package.version}});
  return {{"packages", std::move(packages)}};
}

// Returns what is said on standard output.
Json bootstrap(const Recipe& recipe, const std::string& directory, const Owners& owners) {
  const Build build = build_of(recipe, directory);
  Half half = start_half(directory, owners);
  host::Pipe archive = host::make_pipe();
  host::widen(archive);
  host::Pipe errors = host::make_pipe();
  const pid_t builder = start_build(build, archive.write.get(), errors.write.get());
  archive.write.reset();
  errors.write.reset();
  Log log(std::move(errors.read), recipe.log);
  const std::string hash = feed(archive.read.get(), *half.archive);
  const int built = host::wait_status(builder);
  const std::string complaint = log.complaint();
  const int unpacked = end_half(std::move(half));
  if (built != kNotStarted) require_available(recipe, directory);
  if (built != 0) no_success(recipe, built, complaint);
  Json said = {{"archive", hash}, {"packages", json_of(packages_of(recipe, directory))}};
  std::filesystem::remove_all(build.exchange);  // of the tree's directory the rest is the store's
  if (!build.scratch.empty()) std::filesystem::remove_all(build.scratch);
  return unpacked == 0 ? said : Json::object();
}

}  // namespace

int bootstrap_command(const std::string& directory, const Owners& owners) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  int status = 1;
  const int failed = say_errors([&] {
    const host::Contents text = host::contents(STDIN_FILENO, kMostText);
    const Json said = bootstrap(parse_recipe(text.bytes), directory, owners);
    write_text(STDOUT_FILENO, json_line(said));
    status = said.empty() ? 1 : 0;
  });
  return failed != 0 ? failed : status;
}

int simulate_command(const std::string& directory) {
  ::signal(SIGPIPE, SIG_IGN);
  die_with_parent();
  return say_errors([&] {
    const host::Contents text = host::contents(STDIN_FILENO, kMostText);
    write_text(STDOUT_FILENO, json_line(simulate(parse_recipe(text.bytes), directory)));
  });
}

}  // namespace devbox::image
