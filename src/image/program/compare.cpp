// devbox-image compare: what two builds made. Both were made by bytes from elsewhere, which choose
// every name and every byte.
#include "image/compare_trees.hpp"
#include "image/confine.hpp"
#include "image/program/say.hpp"
#include "image/program/stored.hpp"
#include "image/program/tree.hpp"
#include "util/fd.hpp"

namespace devbox::image {
namespace {

Json line_of(const PathDifference& difference) {
  Json line = {{"path", difference.path}, {"what", word_of(difference.aspect)}};
  if (difference.aspect != Aspect::content) {
    line["first"] = difference.first;
    line["second"] = difference.second;
    return line;
  }
  line["offset"] = difference.offset;
  line["sizes"] = difference.sizes;
  if (difference.differing_bytes) line["differing_bytes"] = *difference.differing_bytes;
  if (!difference.spot.where.empty()) line["where"] = difference.spot.where;
  if (difference.spot.text) line["text"] = *difference.spot.text;
  return line;
}

}  // namespace

int compare_command(const std::string& first, const std::string& second) {
  return say_errors([&] {
    const Fd other = confine_to_two(first, second);
    die_with_parent();
    forbid_children();
    const Fd here = open_directory(".");
    const Compared compared =
        compare_trees(here.get(), other.get(),
                      [](const PathDifference& difference) { say(line_of(difference)); });
    say({{"same", compared.same}, {"files", compared.files}, {"bytes", compared.bytes}});
  });
}

}  // namespace devbox::image
