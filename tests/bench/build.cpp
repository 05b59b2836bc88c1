#include <fmt/format.h>
#include <unistd.h>

#include <map>

#include "rounds.hpp"
#include "sections.hpp"

namespace devbox::bench {
namespace {

constexpr const char* kSource = R"(#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

namespace part{0} {{
std::map<std::string, std::vector<int>> count(const std::string& text) {{
  std::map<std::string, std::vector<int>> out;
  std::istringstream words(text);
  int at = {0};
  for (std::string word; words >> word;) out[word].push_back(at++);
  return out;
}}
int sum(const std::string& text) {{
  int total = {0};
  for (const auto& [name, where] : count(text))
    total = std::accumulate(where.begin(), where.end(), total);
  return total;
}}
}}  // namespace part{0}
)";

// `files` sources, a main that calls all of them, and a Makefile.
void write_project(const std::string& directory, int files) {
  make_directories(directory);
  std::string main = "#include <string>\n";
  for (int i = 0; i < files; ++i) {
    write_file(fmt::format("{}/part{}.cpp", directory, i), fmt::format(fmt::runtime(kSource), i));
    main += fmt::format("namespace part{} {{ int sum(const std::string&); }}\n", i);
  }
  main += "int main(int argc, char** argv) {\n  int total = argc;\n";
  for (int i = 0; i < files; ++i) main += fmt::format("  total += part{}::sum(argv[0]);\n", i);
  write_file(directory + "/main.cpp", main + "  return total == 0;\n}\n");
  write_file(directory + "/Makefile",
             "objects := $(patsubst %.cpp,%.o,$(wildcard *.cpp))\n"
             "program: $(objects)\n\tg++ -o $@ $^\n"
             "%.o: %.cpp\n\tg++ -O1 -c -o $@ $<\n"
             "clean:\n\trm -f program *.o\n");
}

bool has_compiler(const std::string& tree) {
  return ::access((tree + "/usr/bin/g++").c_str(), X_OK) == 0 &&
         ::access((tree + "/usr/bin/make").c_str(), X_OK) == 0;
}

enum class Where { box, outside };

}  // namespace

void measure_build(Bench& bench) {
  constexpr int kShare = 25;  // of the rounds: a build takes some seconds
  const Contestants& contestants = bench.contestants;
  const std::string& tree = contestants.tree();
  if (!has_compiler(tree)) {
    print("A build: the tree has no g++ and make (`--tree DIR` names one that has).\n");
    return;
  }
  const int files = bench.options.quick ? 1 : 30;
  write_project(contestants.workspace() + "/project", files);
  const std::vector<std::string> command = {"/bin/sh", "-c",
                                            "cd project && make -s clean && make -s -j2"};
  const std::vector<Timed<Where>> all = {{Where::box, contestants.line(Who::devbox, tree, command)},
                                         {Where::outside, contestants.outside(tree, command)}};
  const int rounds = bench.options.quick ? 1 : bench.options.rounds / kShare + 1;
  const std::map<Where, Sample> samples = interleave(bench.family, all, rounds);
  Table table(
      {fmt::format("{} C++ files built, {} rounds", files, rounds), "median ms", "p10", "p90"});
  for (const auto& [where, sample] : samples) {
    table.row({where == Where::box ? "in the box" : "outside, the same compiler",
               with_decimals(sample.median(), 0), with_decimals(sample.p10(), 0),
               with_decimals(sample.p90(), 0)});
  }
  print(table.text());
  bench.budgets.at_most("a build: in the box / outside",
                        samples.at(Where::box).median() / samples.at(Where::outside).median(),
                        1.01);
}

}  // namespace devbox::bench
