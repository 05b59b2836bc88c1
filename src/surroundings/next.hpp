// The function that ours stands before.
#pragma once

namespace devbox::surroundings {

// Its address in the first object loaded after this library, in the version that a program linked
// now would get; nullptr where there is none. dlsym(3) with RTLD_NEXT would be this, but it is in
// libdl.so.2 before glibc 2.34, and before 2.36 gives the oldest version (glibc bug 14932): of
// pthread_cond_timedwait one for condition variables of another size.
void* find_next(const char* name);

// Found once, and remembered in `place`.
template <class Function>
Function* next(const char* name, void*& place) {
  void* found = __atomic_load_n(&place, __ATOMIC_RELAXED);
  if (found == nullptr) {
    found = find_next(name);
    __atomic_store_n(&place, found, __ATOMIC_RELAXED);
  }
  return reinterpret_cast<Function*>(found);
}

}  // namespace devbox::surroundings
