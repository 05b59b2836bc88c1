#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "image/elf.hpp"
#include "image/spot.hpp"

namespace devbox::image {
namespace {

// A linker computes them from all the rest: they differ where anything does, and are no cause.
bool is_derived(const std::string& name) {
  return name == ".note.gnu.build-id" || name == ".gnu_debuglink";
}

// The sections of one file by name, and by how many of that name were before it.
using ByName = std::map<std::pair<std::string, std::size_t>, const Elf::Section*>;

ByName by_name(const Elf& elf) {
  ByName named;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < elf.sections().size(); ++i) {
    const std::string name = elf.name(i);
    named.emplace(std::pair(name, seen[name]++), &elf.sections()[i]);
  }
  return named;
}

// What there is to say of the sections beyond that of the first offset.
class Sections {
 public:
  Sections(const Elf& a, const Elf& b, Allowance& allowance)
      : a_(a), b_(b), allowance_(allowance) {}

  Spot compare(const std::string& first_place) {
    const ByName others = by_name(b_);
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < a_.sections().size(); ++i) {
      const std::string name = a_.name(i);
      const auto other = others.find({name, seen[name]++});
      if (other == others.end()) {
        add("section " + name + ", which is only in the first", first_place);
      } else if (!compare(a_.sections()[i], *other->second, name, first_place)) {
        break;
      }
    }
    return {first_place + text(), std::move(text_)};
  }

 private:
  // False where no more can be read.
  bool compare(const Elf::Section& a, const Elf::Section& b, const std::string& name,
               const std::string& first_place) {
    const PartOfBytes bytes_a = a_.bytes_of(a);
    const PartOfBytes bytes_b = b_.bytes_of(b);
    if (!allowance_.spend(bytes_a.size())) return false;
    const auto found = first_difference(bytes_a, bytes_b, Count::no);
    const bool holds_other_size = !a.has_bytes && !b.has_bytes && a.size != b.size;  // .bss
    if (!found && !holds_other_size) return true;
    if (found && !a.is_code && !text_ && !is_derived(name))
      text_ = excerpt(bytes_a, bytes_b, found->offset);
    if (!is_derived(name)) add("section " + name, first_place);
    return true;
  }

  void add(const std::string& what, const std::string& first_place) {
    if (what == first_place || std::find(shown_.begin(), shown_.end(), what) != shown_.end())
      return;
    if (shown_.size() < kMostShown) {
      shown_.push_back(what);
    } else {
      ++others_;
    }
  }

  std::string text() const {
    std::string all;
    for (const std::string& what : shown_) all += ", and in " + what;
    if (others_ > 0) all += fmt::format(", and in {} more", others_);
    return all;
  }

  static constexpr std::size_t kMostShown = 3;
  const Elf& a_;
  const Elf& b_;
  Allowance& allowance_;
  std::optional<Texts> text_;
  std::vector<std::string> shown_;
  std::size_t others_ = 0;
};

}  // namespace

// Where a section has grown, the first byte that differs is an offset in the ELF header, and where
// a text has changed it is the build id: so the sections are compared by name, too.
std::optional<Spot> elf_spot(const Seekable& a, const Seekable& b, std::uint64_t offset,
                             Allowance& allowance) {
  const std::optional<Elf> elf_a = Elf::read(a);
  if (!elf_a) return std::nullopt;
  const std::optional<Elf> elf_b = Elf::read(b);
  if (!elf_b) return std::nullopt;
  const Elf& longer = offset < a.size() ? *elf_a : *elf_b;
  return Sections(*elf_a, *elf_b, allowance).compare(longer.place(offset));
}

}  // namespace devbox::image
