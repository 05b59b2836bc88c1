// Numbers as text where nothing may be allocated.
#pragma once

namespace devbox::kernel {

// At most 12 bytes, with the NUL at their end. Returns where that is.
inline char* write_decimal(char* to, int value) noexcept {
  char digits[12];
  int n = 0;
  const bool negative = value < 0;
  auto rest = negative ? -static_cast<unsigned>(value) : static_cast<unsigned>(value);
  do {
    digits[n++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) *to++ = '-';
  while (n > 0) *to++ = digits[--n];
  *to = '\0';
  return to;
}

}  // namespace devbox::kernel
