#!/usr/bin/env bash
# profiles/examples/legacy-cxx: a program that this host's compiler refuses, and that is built in the
# profile beside it, which pins an old one. The image is made once, which needs the network.
. "$(dirname "$0")/lib.sh"
needs mmdebstrap g++ make cmake

readonly source=${DEVBOX_SOURCE_DIR:-$tests/../..}
readonly data=$work/data lock=$work/devbox.lock.toml

# example: a copy of it is the working directory, as it is in the source.
example() { cp "$source"/profiles/examples/legacy-cxx/* . && [ ! -e "$lock" ] || cp "$lock" .; }

make_image() {
  mkdir "$data" "$work/first"
  cd "$work/first" || exit 1
  example
  XDG_DATA_HOME=$data XDG_STATE_HOME=$data online "$DEVBOX" lock
  [[ "$err" != *@(resolv|onnect|unreachable)* ]] || skip "the network is not there: $err"
  if [ "$status" != 0 ]; then
    printf 'devbox lock ended with %s\n%s\n' "$status" "$err"
    exit 1
  fi
  cp devbox.lock.toml "$lock"
  cd "$OLDPWD" || exit 1
}
make_image

# In the store that has the image.
in_profile() { XDG_DATA_HOME=$data capture "$DEVBOX" "$@"; }

check_the_compiler_of_this_host_refuses_it() {
  example
  capture make
  same "the status of make" 2 "$status"
  holds "what the compiler says" "$err" \
    "numeral.h:11:40: error: ISO C++17 does not allow dynamic exception specifications"
  holds "what the README says of it" "$(cat README.md)" "$(grep -m 1 -o 'numeral.h:11:40: error: .*' <<<"$err")"
  true_that "there is no program" [ ! -e roman ]
}

check_the_profile_beside_it_builds_it_alike_in_any_surroundings_and_it_runs() {
  example
  in_profile build --check
  same "the status of the check" 0 "$status" || wrong "$out" "$err"
  holds "the verdict" "$out" "roman is reproducible: 1 file of "
  true_that "a check leaves no program" [ ! -e roman ]
  in_profile build
  same "the status of the build" 0 "$status" || wrong "$err"
  in_profile run -- ./roman 1989 MMXXVI
  same "the program in its box" $'0 MCMLXXXIX\n2026' "$status $out"
  capture ./roman 4000 1989
  same "the program on this host" "1 4000: the Romans had no such number" "$status $err$out"
  true_that "nothing but the program is new" [ "$(ls | tr '\n' ' ')" = \
    "Makefile README.md devbox.lock.toml devbox.toml main.cc numeral.cc numeral.h roman " ]
}

check_it_is_the_compiler_that_makes_the_difference() {
  example
  in_profile run -- g++ -dumpversion
  same "the compiler in the profile" "0 10" "$status ${out%%.*}"
  sed -i 's/-O2/-O2 -std=c++17/' Makefile
  in_profile build
  same "the status with the standard that newer ones take for granted" 1 "$status"
  holds "what is said of it" "$err" "ISO C++17 does not allow dynamic exception specifications" "hint: all of it is in "
  true_that "there is no program" [ ! -e roman ]
}

check_the_example_is_installed_beside_the_documentation_and_is_no_profile_with_a_name() {
  [ -e "${DEVBOX_E2E_BUILD:?}/cmake_install.cmake" ] || skip "$DEVBOX_E2E_BUILD is no build directory"
  capture cmake --install "$DEVBOX_E2E_BUILD" --prefix "$here/usr"
  same "the status of the installation" 0 "$status" || wrong "$err"
  same "the installed example" "$(ls "$source/profiles/examples/legacy-cxx")" \
    "$(ls "$here/usr/share/doc/devbox/examples/legacy-cxx")"
  same "what is where profiles are" "$(cd "$source/profiles" && ls -d *.toml)" \
    "$(ls "$here/usr/share/devbox/profiles")"
  capture "$here/usr/bin/devbox" profile ls
  same "the status of ls" 0 "$status"
  holds "the profiles" "$out" debian-bullseye
  lacks "the profiles" "$out" legacy
}

run_checks "$@"
