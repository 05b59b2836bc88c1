// What an editor feels: clangd and gcc in a box of the host's own programs, beside the same
// outside.
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <memory>

#include "failure.hpp"
#include "language_server.hpp"
#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

constexpr const char* kSource = "int add(int a, int b) { return a + b; }\\nint x = 1;\\n";

enum class Where { outside, box, shim };

const char* shown(Where where) {
  if (where == Where::outside) return "outside";
  return where == Where::box ? "in the box" : "by its shim";
}

// A project with the host's programs.
class Project {
 public:
  Project(const Bench& bench, const std::string& name)
      : devbox_(bench.options.devbox), directory_(bench.scratch.at(name)) {
    make_directories(directory_);
    write_file(directory_ + "/devbox.toml",
               "schema = 1\n[image]\nsource = \"host\"\n[editor]\nshims = [\"gcc\"]\n");
    env_ = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + bench.scratch.at(name + "-home"),
            "USER=bench", "LANG=C.UTF-8", "XDG_RUNTIME_DIR=" + bench.scratch.path()};
    make_directories(bench.scratch.at(name + "-home"));
  }

  Command outside(const std::vector<std::string>& words) const { return {words, env_, directory_}; }
  Command box(const std::vector<std::string>& options,
              const std::vector<std::string>& words) const {
    std::vector<std::string> argv{devbox_, "run"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.emplace_back("--");
    argv.insert(argv.end(), words.begin(), words.end());
    return {argv, env_, directory_};
  }

  // The path of a shim, which is written.
  std::string shim(const Bench& bench, const std::string& command) const {
    const std::string link = directory_ + "/shims";
    bench.family.run_ms({{devbox_, "shims", "--dir", link}, env_, directory_});
    return link + "/" + command;
  }

  const std::string& directory() const { return directory_; }

 private:
  std::string devbox_, directory_;
  std::vector<std::string> env_;
};

std::string document(const Project& project) {
  return fmt::format(
      R"({{"textDocument":{{"uri":"file://{}/a.c"}},"position":{{"line":0,"character":5}}}})",
      project.directory());
}

void open(LanguageServer& server, const Project& project) {
  server.notify(
      "textDocument/didOpen",
      fmt::format(
          R"({{"textDocument":{{"uri":"file://{}/a.c","languageId":"c","version":1,"text":"{}"}}}})",
          project.directory(), kSource));
  server.wait_for("textDocument/publishDiagnostics");
}

void report(const std::string& head, const std::map<Where, Sample>& samples, int decimals) {
  Table table({head, "median ms", "p10", "p90"});
  for (const auto& [where, sample] : samples) {
    table.row({shown(where), with_decimals(sample.median(), decimals),
               with_decimals(sample.p10(), decimals), with_decimals(sample.p90(), decimals)});
  }
  print(table.text());
}

void measure_initialize(Bench& bench, const std::map<Where, Command>& commands) {
  const int rounds = bench.options.quick ? 2 : bench.options.rounds / 4 + 1;
  std::map<Where, Sample> samples;
  for (int round = -1; round < rounds; ++round) {
    for (const auto& [where, command] : commands) {
      const double ms = LanguageServer(command).initialize_ms();
      if (round >= 0) samples[where].add(ms);
    }
  }
  report(fmt::format("clangd, from its start to initialize's result, {} rounds", rounds), samples,
         2);
  bench.budgets.at_most("clangd, initialize: in the box - outside",
                        samples[Where::box].median() - samples[Where::outside].median(), 5, "ms");
}

// Both are there at the same time, and asked in turn.
void measure_requests(Bench& bench, const Project& project,
                      const std::map<Where, Command>& commands, const std::string& method) {
  const int requests = bench.options.quick ? 20 : 1000;
  std::map<Where, std::unique_ptr<LanguageServer>> servers;
  for (const auto& [where, command] : commands) {
    servers[where] = std::make_unique<LanguageServer>(command);
    open(*servers[where], project);
  }
  std::map<Where, Sample> samples;
  for (int i = -requests / 10; i < requests; ++i) {
    for (const Where where : i % 2 == 0 ? std::vector{Where::outside, Where::box}
                                        : std::vector{Where::box, Where::outside}) {
      const double ms = servers[where]->request_ms("textDocument/" + method, document(project));
      if (i >= 0) samples[where].add(ms);
    }
  }
  report(fmt::format("clangd, {}, {} requests", method, requests), samples, 3);
  bench.budgets.at_most(fmt::format("clangd, {}: in the box / outside", method),
                        samples[Where::box].median() / samples[Where::outside].median(), 1.01);
}

}  // namespace

void measure_lsp(Bench& bench) {
  const std::string clangd = find_program("clangd");
  if (clangd.empty()) {
    print("A language server: there is no clangd.\n");
    return;
  }
  const Project project(bench, "lsp");
  const std::map<Where, Command> commands{{Where::outside, project.outside({clangd})},
                                          {Where::box, project.box({"--lsp"}, {clangd})}};
  measure_initialize(bench, commands);
  for (const char* method : {"hover", "documentHighlight"})
    measure_requests(bench, project, commands, method);
}

void measure_shim(Bench& bench) {
  const std::string gcc = find_program("gcc");
  if (gcc.empty()) {
    print("A shim: there is no gcc.\n");
    return;
  }
  const Project project(bench, "shim");
  const std::map<Where, Sample> samples =
      interleave<Where>(bench.family,
                        {{Where::outside, project.outside({gcc, "--version"})},
                         {Where::box, project.box({}, {"gcc", "--version"})},
                         {Where::shim, project.outside({project.shim(bench, "gcc"), "--version"})}},
                        bench.options.rounds);
  report(fmt::format("`gcc --version`, {} rounds", bench.options.rounds), samples, 2);
}

}  // namespace devbox::bench
