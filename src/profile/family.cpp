#include "profile/family.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "profile/canonical.hpp"
#include "profile/parse.hpp"
#include "profile/validate.hpp"
#include "util/path.hpp"

namespace devbox::profile {

namespace {

constexpr std::size_t kMostInARow = 16;
constexpr std::size_t kMostFiles = 64;

// The rule by which a reference is a path and not a name.
bool is_path(std::string_view reference) {
  return reference.find('/') != std::string_view::npos || reference.ends_with(".toml");
}

class FamilyReader {
 public:
  FamilyReader(const Finder& find, Report& report) : find_(find), report_(report) {}

  Family read(Text text) {
    visit(std::move(text));
    return std::move(family_);
  }

 private:
  void visit(Text text) {
    const auto file = static_cast<std::uint32_t>(family_.files.size());
    const std::string directory = path::parent(text.path);
    family_.files.push_back({std::move(text.path), std::move(text.bytes)});
    std::optional<Node> parsed = parse(family_.files[file].bytes, file, report_);
    Node document = parsed ? std::move(*parsed) : Node{};
    const bool known = validate(document, report_);
    family_.complete = family_.complete && parsed && known;
    make_canonical(document, directory, report_);
    const std::vector<Node> references = references_of(document);
    family_.documents.push_back(std::move(document));
    open_.push_back(file);
    for (const Node& reference : references) follow(reference);
    open_.pop_back();
    family_.order.push_back(file);
  }

  static std::vector<Node> references_of(const Node& document) {
    const Node* extends = document.find("extends");
    if (extends == nullptr || extends->type != Node::Type::array) return {};
    std::vector<Node> references = extends->children;
    std::erase_if(references, [](const Node& node) { return !node.valid; });
    return references;
  }

  void follow(const Node& reference) {
    const std::string from = family_.files[open_.back()].path;
    std::optional<Text> base = find_ ? find_(reference.text, from) : std::nullopt;
    if (!base) return missing(reference);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      if (family_.files[open_[i]].path == base->path) return circle(reference, i);
    }
    const auto is_base = [&](const ClosureFile& file) { return file.path == base->path; };
    if (std::any_of(family_.files.begin(), family_.files.end(), is_base)) return;
    if (open_.size() >= kMostInARow) return too_many(reference, kMostInARow, "in a row");
    if (family_.files.size() >= kMostFiles) return too_many(reference, kMostFiles, "in all");
    visit(std::move(*base));
  }

  void missing(const Node& reference) {
    family_.complete = false;
    const std::string_view what = is_path(reference.text) ? "file" : "profile called";
    report_.add(reference.at,
                fmt::format("`extends`: no {} `{}`", what, shortened(reference.text)));
  }

  // `first` is where in the row of open files the circle closes.
  void circle(const Node& reference, std::size_t first) {
    family_.complete = false;
    std::string chain;
    for (std::size_t i = first; i < open_.size(); ++i)
      chain += family_.files[open_[i]].path + " -> ";
    chain += family_.files[open_[first]].path;
    report_.add(reference.at, "`extends` goes in a circle: " + chain);
  }

  void too_many(const Node& reference, std::size_t most, std::string_view how) {
    family_.complete = false;
    report_.add(reference.at, fmt::format("`extends` leads to more than {} files {}", most, how));
  }

  const Finder& find_;
  Report& report_;
  Family family_;
  std::vector<std::uint32_t> open_;  // the files between the profile and the one being read
};

}  // namespace

Family read_family(Text text, const Finder& find, Report& report) {
  return FamilyReader(find, report).read(std::move(text));
}

}  // namespace devbox::profile
