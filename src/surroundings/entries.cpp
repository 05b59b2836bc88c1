#include "surroundings/entries.hpp"

#include "surroundings/loaded.hpp"

namespace devbox::surroundings {
namespace {

using Item = Entries::Item;

// The first eight bytes, the first the most significant: most names are told apart by them.
uint64_t start_of(const char* name) {
  uint64_t key = 0;
  int n = 0;
  for (; n < 8 && name[n] != '\0'; ++n) key = key << 8U | static_cast<unsigned char>(name[n]);
  return n == 0 ? 0 : key << (8U * static_cast<unsigned>(8 - n));
}

// FNV-1a, and the last step of splitmix64, which gives every bit of the seed a say in each.
uint64_t hash_of(const char* name, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325U ^ (seed * 0x9e3779b97f4a7c15U);
  for (; *name != '\0'; ++name) hash = (hash ^ static_cast<unsigned char>(*name)) * 0x100000001b3U;
  hash = (hash ^ hash >> 30U) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ hash >> 27U) * 0x94d049bb133111ebU;
  return hash ^ hash >> 31U;
}

// 2 for "..", 1 for ".", 0 for all others. Every file system has these first, and programs that
// skip two entries unseen are not what is looked for.
int dots(const char* name) {
  if (name[0] != '.') return 0;
  if (name[1] == '\0') return 1;
  return name[1] == '.' && name[2] == '\0' ? 2 : 0;
}

int by_key(const void* left, const void* right) {
  const Item& a = *static_cast<const Item*>(left);
  const Item& b = *static_cast<const Item*>(right);
  if (a.key != b.key) return a.key < b.key ? -1 : 1;
  return compare(a.entry->name, b.entry->name);
}

int backwards(const void* left, const void* right) { return by_key(right, left); }

uint64_t key_of(const char* name) {
  return loaded().sort == Sort::hashed ? hash_of(name, loaded().seed) : start_of(name);
}

void exchange(Item& a, Item& b) {
  const Item kept = a;
  a = b;
  b = kept;
}

}  // namespace

// The whole directory, one entry behind the other, into the buffer.
long Entries::read_all(int fd, size_t& bytes) {
  constexpr size_t kRoom = 32768;  // as glibc has; the kernel fills what it is given
  for (;;) {
    if (room_ - bytes < kRoom) {
      const size_t more = room_ == 0 ? kRoom : room_ * 2;
      void* grown = realloc(buffer_, more);
      if (grown == nullptr) return -ENOMEM;
      buffer_ = static_cast<char*>(grown);
      room_ = more;
    }
    const long n = raw(__NR_getdents64, fd, buffer_ + bytes, room_ - bytes);
    if (n == -ENOENT) return 0;  // it was removed: it has no entries
    if (n <= 0) return n;
    bytes += static_cast<size_t>(n);
  }
}

long Entries::sort(size_t bytes) {
  count_ = 0;
  for (size_t at = 0; at < bytes; at += reinterpret_cast<Dirent*>(buffer_ + at)->bytes) ++count_;
  if (count_ == 0) return 0;
  items_ = static_cast<Item*>(malloc(count_ * sizeof(Item)));
  if (items_ == nullptr) return -ENOMEM;
  size_t n = 0;
  for (size_t at = 0; n < count_; at += items_[n++].entry->bytes) {
    auto* const entry = reinterpret_cast<Dirent*>(buffer_ + at);
    items_[n] = {key_of(entry->name), entry};
  }
  if (loaded().sort == Sort::none) return 0;
  size_t first = 0;  // that is no dot
  for (int wanted = 1; wanted <= 2; ++wanted)
    for (size_t i = first; i < count_; ++i)
      if (dots(items_[i].entry->name) == wanted) exchange(items_[first++], items_[i]);
  qsort(items_ + first, count_ - first, sizeof(Item),
        loaded().sort == Sort::reversed ? backwards : by_key);
  return 0;
}

long Entries::read(int fd) {
  size_t bytes = 0;
  long value = read_all(fd, bytes);
  if (value == 0) value = sort(bytes);
  if (value < 0) {
    clear();
    return value;
  }
  // Where seekdir(3) finds the one behind it.
  for (size_t i = 0; i < count_; ++i) items_[i].entry->next = static_cast<int64_t>(i) + 1;
  is_read_ = true;
  return 0;
}

void Entries::clear() {
  free(items_);
  free(buffer_);
  *this = {};
}

}  // namespace devbox::surroundings
