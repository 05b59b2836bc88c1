// scandir(3): the entries of a directory as an array.
#include "surroundings/entries.hpp"

namespace devbox::surroundings {

struct Directory;
Directory* open_at(int parent, const char* path);
extern "C" Dirent* readdir(Directory* directory);
extern "C" int closedir(Directory* directory);

namespace {

using Select = int(const Dirent*);
using Compare = int(const Dirent**, const Dirent**);

constexpr size_t kPointer = sizeof(void*);

// An array that grows, of entries of their own.
struct Chosen {
  Dirent** items = nullptr;
  size_t count = 0, room = 0;

  bool add(const Dirent& entry) {
    if (count == room) {
      const size_t more = room == 0 ? 16 : room * 2;
      void* grown = realloc(items, more * kPointer);
      if (grown == nullptr) return false;
      items = static_cast<Dirent**>(grown);
      room = more;
    }
    auto* const copy = static_cast<char*>(malloc(entry.bytes));
    if (copy == nullptr) return false;
    for (size_t i = 0; i < entry.bytes; ++i) copy[i] = reinterpret_cast<const char*>(&entry)[i];
    items[count++] = reinterpret_cast<Dirent*>(copy);
    return true;
  }

  void clear() {
    while (count > 0) free(items[--count]);
    free(items);
  }
};

// 0 or an errno. `select` may leave anything in errno.
int choose(Directory* directory, Select* select, Chosen& chosen) {
  for (;;) {
    *libc_errno() = 0;
    const Dirent* entry = readdir(directory);
    if (entry == nullptr) return *libc_errno();
    if (select != nullptr && select(entry) == 0) continue;
    if (!chosen.add(*entry)) return ENOMEM;
  }
}

}  // namespace

DEVBOX_REPLACES int scandirat(int parent, const char* path, Dirent*** list, Select* select,
                              Compare* compare) {
  Directory* directory = open_at(parent, path);
  if (directory == nullptr) return -1;
  const int before = *libc_errno();
  Chosen chosen;
  const int error = choose(directory, select, chosen);
  closedir(directory);
  if (error != 0) {
    chosen.clear();
    return outcome(-error);
  }
  *libc_errno() = before;
  if (compare != nullptr)
    qsort(chosen.items, chosen.count, kPointer,
          reinterpret_cast<int (*)(const void*, const void*)>(compare));
  *list = chosen.items;
  return static_cast<int>(chosen.count);
}

DEVBOX_REPLACES int scandir(const char* path, Dirent*** list, Select* select, Compare* compare) {
  return scandirat(kWorkingDirectory, path, list, select, compare);
}

DEVBOX_REPLACES int scandirat64(int, const char*, Dirent***, Select*, Compare*)
    __attribute__((alias("scandirat")));
DEVBOX_REPLACES int scandir64(const char*, Dirent***, Select*, Compare*)
    __attribute__((alias("scandir")));

}  // namespace devbox::surroundings
