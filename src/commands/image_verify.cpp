#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "commands/commands.hpp"
#include "commands/image.hpp"
#include "commands/progress.hpp"
#include "host/probe.hpp"
#include "store/inventory.hpp"
#include "store/verify.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace devbox::commands {
namespace {

using store::StoredTree;

// The same tree may lie in both stores.
std::string id_of(const StoredTree& tree) { return tree.tree + (tree.owners ? " owned" : ""); }

class Verification {
 public:
  explicit Verification(const cli::ImageVerify& verb) : verb_(verb) {}

  int run() {
    const std::vector<StoredTree> all = stores_.inventory();
    std::vector<StoredTree> chosen;
    for (const std::string& word : verb_.images) {
      for (StoredTree& tree : store::select_in_each(all, word)) chosen.push_back(std::move(tree));
    }
    if (verb_.images.empty()) chosen = all;
    for (const StoredTree& tree : chosen) check(tree);
    if (others_) mend_others(all);
    return verb_.json ? std::max(status(), print(json_text(answer_))) : status();
  }

 private:
  int status() const { return differs_ ? 1 : 0; }

  void check(const StoredTree& tree) {
    const std::optional<store::Verdict> before =
        store::verify(stores_.of(tree), installation_.image, tree.tree, progress());
    clear_line();
    if (!before) return;  // somebody removed it meanwhile
    if (before->differences.empty() || !verb_.repair) {
      differs_ = differs_ || !before->differences.empty();
      return tell(tree, *before, nullptr);
    }
    mend(tree, *before);
  }

  void mend(const StoredTree& tree, const store::Verdict& before) {
    const store::Repair repair = remake(tree);
    clear_line();
    others_ = others_ || repair.others;
    if (!repair.after.differences.empty()) failed_.push_back(id_of(tree));
    differs_ = !failed_.empty();
    tell(tree, before, &repair);
  }

  store::Repair remake(const StoredTree& tree) {
    ProgressLine line;
    return store::repair(stores_.of(tree), installation_.image, host_, tree,
                         {progress(), [&](const store::Step& step) { line.show(step); }});
  }

  // Where a file that several trees share was damaged, each of them has it; and what could not be
  // mended the first time may be now.
  void mend_others(const std::vector<StoredTree>& all) {
    const std::vector<std::string> failed = std::exchange(failed_, {});
    for (const StoredTree& tree : all) {
      const bool again = std::find(failed.begin(), failed.end(), id_of(tree)) != failed.end();
      const bool done = std::find(seen_.begin(), seen_.end(), id_of(tree)) != seen_.end();
      if (again || !done) check(tree);
    }
    differs_ = !failed_.empty();
  }

  void tell(const StoredTree& tree, const store::Verdict& verdict, const store::Repair* repair) {
    seen_.push_back(id_of(tree));
    if (verb_.json) return add_json(tree, verdict, repair);
    std::string text;
    const std::string name = store::name_of(tree);
    if (verdict.differences.empty()) {
      text = fmt::format("{}: {} files, {}: as they were unpacked\n", name, verdict.files,
                         size_text(verdict.bytes));
    } else {
      text = fmt::format("{}: {} differ{}\n", name, verdict.differences.size(),
                         verdict.differences.size() == 1 ? "s" : "");
    }
    for (const store::Difference& difference : verdict.differences) {
      text += fmt::format("  {}: {}\n", difference.path.empty() ? "." : printable(difference.path),
                          printable(fmt::format("{}", fmt::join(difference.what, ", "))));
    }
    print(text);
    if (repair != nullptr) say_repaired(name, *repair);
  }

  static void say_repaired(const std::string& name, const store::Repair& repair) {
    std::string text;
    if (repair.after.differences.empty()) {
      text = fmt::format("devbox: {} is mended\n", name);
    } else {
      text = fmt::format(
          "devbox: cannot repair {}: {}\n", name,
          repair.why_not.empty() ? "nothing leads to what it was made from" : repair.why_not);
      if (!repair.hint.empty()) text += fmt::format("  hint: {}\n", repair.hint);
    }
    std::fputs(text.c_str(), stderr);
  }

  void add_json(const StoredTree& tree, const store::Verdict& verdict,
                const store::Repair* repair) {
    Json sources = Json::array();
    for (const store::PinnedTree& source : tree.sources)
      sources.push_back(store::info_text(source, "source"));
    Json differences = Json::array();
    for (const store::Difference& one : verdict.differences)
      differences.push_back({{"path", one.path}, {"differs", one.what}});
    Json entry = {
        {"tree", "sha256:" + tree.tree}, {"owners", tree.owners},  {"sources", sources},
        {"files", verdict.files},        {"bytes", verdict.bytes}, {"differences", differences}};
    if (repair != nullptr) {
      entry["repaired"] = repair->after.differences.empty();
      if (!repair->after.differences.empty()) entry["why_not"] = repair->why_not;
    }
    answer_.push_back(std::move(entry));
  }

  store::ReadBytes progress() const {
    if (!on_terminal_) return [](std::uint64_t) {};
    return [](std::uint64_t bytes) {
      std::fputs(fmt::format("\r\x1b[Kdevbox: reading: {}", size_text(bytes)).c_str(), stderr);
    };
  }
  void clear_line() const {
    if (on_terminal_) std::fputs("\r\x1b[K", stderr);
  }

  const cli::ImageVerify& verb_;
  const host::Installation installation_ = host::installation();
  const host::Host host_ = host::probe();
  const Stores stores_{host_};
  const bool on_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool differs_ = false;
  bool others_ = false;
  std::vector<std::string> seen_, failed_;
  Json answer_ = Json::array();
};

}  // namespace

int image_verify(const cli::ImageVerify& verb) { return Verification(verb).run(); }

}  // namespace devbox::commands
