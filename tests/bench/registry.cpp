#include "registry.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "failure.hpp"
#include "scratch.hpp"

namespace devbox::bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kStep = 50'000;  // microseconds

pid_t start(const Family& family, const std::string& directory) {
  // Port 0 is any that is free; the log says which, and has a line for each answer with its size.
  const std::string settings = directory + "/registry.yml";
  write_file(settings, fmt::format("version: 0.1\nlog: {{level: info}}\n"
                                   "storage: {{filesystem: {{rootdirectory: {}/kept}}}}\n"
                                   "http: {{addr: \"127.0.0.1:0\"}}\n",
                                   directory));
  return family.start({{"/bin/sh", "-c", "exec \"$1\" serve \"$2\" >\"$3\" 2>&1", "sh",
                        find_program("docker-registry"), settings, directory + "/registry.log"},
                       {"PATH=/usr/bin:/bin"},
                       directory});
}

}  // namespace

Registry::Registry(const Family& family, const std::string& directory)
    : family_(family),
      directory_(directory),
      pid_(start(family, directory)),
      port_(wait_for_port()) {}

Registry::~Registry() {
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::string Registry::wait_for_port() const {
  constexpr double kLong = 20'000;
  const std::string before = "listening on 127.0.0.1:";
  const double until = now() + kLong;
  while (now() < until) {
    throw_if_interrupted();
    std::ifstream log(directory_ + "/registry.log");
    for (std::string line; std::getline(log, line);) {
      const std::size_t at = line.find(before);
      if (at == std::string::npos) continue;
      const std::size_t port = at + before.size();
      const std::size_t end = line.find('"', port);
      if (end != std::string::npos) return line.substr(port, end - port);
    }
    ::usleep(kStep);
  }
  throw Failure("docker-registry does not listen: see its documentation for this version");
}

void Registry::put(const std::string& layout, const std::string& name) const {
  family_.run_ms({{find_program("skopeo"), "copy", "-q", "--insecure-policy",
                   "--dest-tls-verify=false", "oci:" + layout, "docker://" + reference(name)},
                  {"PATH=/usr/bin:/bin", "HOME=" + directory_, "TMPDIR=" + directory_},
                  directory_});
}

std::string Registry::reference(const std::string& name) const {
  return fmt::format("127.0.0.1:{}/bench/{}:1", port_, name);
}

std::vector<std::string> Registry::blobs(const std::string& name) const {
  std::vector<std::string> all;
  const std::string links = fmt::format(
      "{}/kept/docker/registry/v2/repositories/bench/{}/_layers/sha256", directory_, name);
  for (const fs::directory_entry& entry : fs::directory_iterator(links))
    all.push_back(entry.path().filename().string());
  return all;
}

std::string Registry::file(const std::string& digest) const {
  return fmt::format("{}/kept/docker/registry/v2/blobs/sha256/{}/{}/data", directory_,
                     digest.substr(0, 2), digest);
}

// A line: 127.0.0.1 - - [TIME] "GET PATH HTTP/1.1" STATUS BYTES "" "AGENT".
std::uint64_t Registry::logged() const {
  std::uint64_t sum = 0;
  std::ifstream log(directory_ + "/registry.log");
  for (std::string line; std::getline(log, line);) {
    if (!line.starts_with("127.0.0.1 - - ")) continue;
    const std::size_t request = line.find("\"GET ");
    const std::size_t end = line.find(" HTTP/1.1\" ", request == std::string::npos ? 0 : request);
    int status = 0;
    unsigned long long bytes = 0;
    if (request == std::string::npos || end == std::string::npos) continue;
    if (std::sscanf(line.c_str() + end, " HTTP/1.1\" %d %llu", &status, &bytes) == 2) sum += bytes;
  }
  return sum;
}

// It writes the line after the answer, when whoever asked may have ended.
std::uint64_t Registry::sent() const {
  std::uint64_t before = logged();
  for (;;) {
    throw_if_interrupted();
    ::usleep(4 * kStep);
    const std::uint64_t after = logged();
    if (after == before) return after;
    before = after;
  }
}

}  // namespace devbox::bench
