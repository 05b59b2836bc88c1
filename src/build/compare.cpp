#include "build/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/helper.hpp"
#include "util/error.hpp"
#include "util/text.hpp"

namespace devbox::build {
namespace {

using What = Difference::What;

// Nobody reads more, and each may take some KiB.
constexpr std::size_t kMostKept = 10'000;

constexpr std::pair<std::string_view, What> kWhats[] = {
    {"content", What::content},
    {"kind", What::kind},
    {"mode", What::mode},
    {"link", What::link},
    {"only_in_first", What::only_in_first},
    {"only_in_second", What::only_in_second},
};

[[noreturn]] void fail_to_compare(const std::string& first, const std::string& second,
                                  std::string_view why) {
  throw Error(
      fmt::format("cannot compare {} with {}: {}", printable(first), printable(second), why),
      "`devbox doctor` says whether devbox-image is that of this devbox");
}

What what_of(const std::string& word, const std::string& first, const std::string& second) {
  const auto* const found = std::find_if(std::begin(kWhats), std::end(kWhats),
                                         [&](const auto& known) { return known.first == word; });
  if (found == std::end(kWhats))
    fail_to_compare(first, second, fmt::format("devbox-image says \"{}\"", printable(word)));
  return found->second;
}

Difference difference_of(const store::Finding& said, What what) {
  Difference difference{.path = said.text("path"),
                        .what = what,
                        .first = said.text("first"),
                        .second = said.text("second"),
                        .offset = said.number("offset"),
                        .where = said.text("where")};
  const std::vector<std::uint64_t> sizes = said.numbers("sizes");
  if (sizes.size() == 2) difference.sizes = {sizes[0], sizes[1]};
  if (said.has("differing_bytes")) difference.differing_bytes = said.number("differing_bytes");
  std::vector<std::string> texts = said.texts("text");
  if (texts.size() == 2) difference.text = {std::move(texts[0]), std::move(texts[1])};
  return difference;
}

std::string content_text(const Difference& difference) {
  std::string text = fmt::format("at offset {}", difference.offset);
  if (!difference.where.empty()) text += " in " + printable(difference.where);
  if (difference.text) {
    text += fmt::format(": \"{}\" / \"{}\"", printable((*difference.text)[0]),
                        printable((*difference.text)[1]));
  }
  return text;
}

std::string what_text(const Difference& difference) {
  const auto both = [&](std::string_view what) {
    return fmt::format("{} {} / {}", what, printable(difference.first),
                       printable(difference.second));
  };
  switch (difference.what) {
    case What::content:
      return content_text(difference);
    case What::kind:
      return both("is a");
    case What::mode:
      return both("has mode");
    case What::link:
      return both("leads to");
    case What::only_in_first:
      return "is only in the first build";
    case What::only_in_second:
      break;
  }
  return "is only in the second build";
}

}  // namespace

Comparison compare(const std::string& program, const std::string& first,
                   const std::string& second) {
  Comparison comparison;
  std::uint64_t told = 0;
  const store::Answer answer =
      store::ask({program, "compare", first, second}, -1, [&](const store::Finding& said) {
        if (!said.has("what")) return;
        ++told;
        const What what = what_of(said.text("what"), first, second);
        if (comparison.differences.size() < kMostKept)
          comparison.differences.push_back(difference_of(said, what));
      });
  if (answer.status != 0) {
    throw store::helper_failed(
        fmt::format("compare {} with {}", printable(first), printable(second)), answer);
  }
  const std::optional<bool> same = answer.last.truth("same");
  if (!same) fail_to_compare(first, second, "devbox-image did not come to its end");
  if (*same != (told == 0)) fail_to_compare(first, second, "devbox-image contradicts itself");
  comparison.left_out = told - comparison.differences.size();
  comparison.files = answer.last.number("files");
  comparison.bytes = answer.last.number("bytes");
  return comparison;
}

std::string line(const Difference& difference) {
  return fmt::format("differs: {} {}", printable(difference.path), what_text(difference));
}

}  // namespace devbox::build
