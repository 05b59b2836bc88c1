#include "surroundings/next.hpp"

#include <linux/elf.h>

#include "surroundings/libc.hpp"

// The start of this library in memory; the linker has it.
extern "C" const char kOwnStart[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));

namespace devbox::surroundings {
namespace {

// struct dl_phdr_info of dl_iterate_phdr(3), as far as every version has it.
struct Object {
  Elf64_Addr address;
  const char* name;
  const Elf64_Phdr* segments;
  Elf64_Half segment_count;
};

struct Search {
  const char* name = nullptr;
  bool is_behind_us = false;
  void* found = nullptr;
};

constexpr Elf64_Sxword kGnuHash = 0x6ffffef5;   // DT_GNU_HASH
constexpr Elf64_Sxword kVersions = 0x6ffffff0;  // DT_VERSYM
constexpr Elf64_Half kHidden = 0x8000;          // of a version: not the default one

// The tables of an object's dynamic section (System V ABI, "Dynamic Section").
struct Tables {
  const Elf64_Sym* symbols = nullptr;
  const char* names = nullptr;
  const uint32_t* hash = nullptr;
  const Elf64_Half* versions = nullptr;
};

// glibc replaces the offsets in there by addresses, but not the vDSO's.
template <class T>
void set(const T*& table, const Elf64_Dyn& entry, const Object& object) {
  const Elf64_Addr value = entry.d_un.d_ptr;
  table = reinterpret_cast<const T*>(value < object.address ? object.address + value : value);
}

Tables tables_of(const Object& object) {
  Tables tables;
  const Elf64_Dyn* entry = nullptr;
  for (Elf64_Half i = 0; i < object.segment_count; ++i)
    if (object.segments[i].p_type == PT_DYNAMIC)
      entry = reinterpret_cast<const Elf64_Dyn*>(object.address + object.segments[i].p_vaddr);
  for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SYMTAB) set(tables.symbols, *entry, object);
    if (entry->d_tag == DT_STRTAB) set(tables.names, *entry, object);
    if (entry->d_tag == kGnuHash) set(tables.hash, *entry, object);
    if (entry->d_tag == kVersions) set(tables.versions, *entry, object);
  }
  return tables;
}

bool is_wanted(const Tables& tables, uint32_t index, const char* name) {
  const Elf64_Sym& symbol = tables.symbols[index];
  const auto type = symbol.st_info & 0xf;
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) return false;
  if (type != STT_FUNC && type != STT_NOTYPE) return false;
  if (tables.versions != nullptr && (tables.versions[index] & kHidden) != 0) return false;
  return compare(tables.names + symbol.st_name, name) == 0;
}

// By the GNU hash table: its header is the number of buckets, the first symbol in the table, the
// words of a Bloom filter (which only saves time) and their shift; the buckets and a chain of
// hashes follow, the last of each bucket with its lowest bit set.
const Elf64_Sym* look_up(const Tables& tables, const char* name) {
  if (tables.symbols == nullptr || tables.names == nullptr || tables.hash == nullptr)
    return nullptr;
  uint32_t hash = 5381;
  for (const char* p = name; *p != '\0'; ++p) hash = hash * 33 + static_cast<unsigned char>(*p);
  const uint32_t bucket_count = tables.hash[0];
  const uint32_t first = tables.hash[1];
  const uint32_t* buckets = tables.hash + 4 + size_t{2} * tables.hash[2];
  const uint32_t* chain = buckets + bucket_count;
  if (bucket_count == 0) return nullptr;
  uint32_t index = buckets[hash % bucket_count];
  if (index < first) return nullptr;
  for (;; ++index) {
    const uint32_t entry = chain[index - first];
    if ((entry | 1U) == (hash | 1U) && is_wanted(tables, index, name))
      return tables.symbols + index;
    if ((entry & 1U) != 0) return nullptr;
  }
}

int look_at(Object* object, size_t, void* argument) {
  Search& search = *static_cast<Search*>(argument);
  // What comes before us may stand before us too, and call us: not to be called from here.
  if (!search.is_behind_us) {
    search.is_behind_us = object->address == reinterpret_cast<Elf64_Addr>(kOwnStart);
    return 0;
  }
  const Elf64_Sym* symbol = look_up(tables_of(*object), search.name);
  if (symbol == nullptr) return 0;
  search.found = reinterpret_cast<void*>(object->address + symbol->st_value);
  return 1;
}

}  // namespace

extern "C" int dl_iterate_phdr(int (*callback)(Object*, size_t, void*), void* argument);

void* find_next(const char* name) {
  Search search{name};
  dl_iterate_phdr(look_at, &search);
  return search.found;
}

}  // namespace devbox::surroundings
