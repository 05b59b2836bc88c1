#!/usr/bin/env bash
# Real software, of Debian's source archive, built by `devbox build --check` with the packages of the
# shipped profiles: what is reproducible, and what is not and why. One image is made and a few archives
# are fetched, which needs the network.
#
#   DEVBOX_E2E_REAL_BUILDS  all: more packages, and more languages, which takes minutes: go.toml's and
#                           documents.toml's too: `DEVBOX_E2E_REAL_BUILDS=all ctest -R e2e/real_builds`
. "$(dirname "$0")/lib.sh"
. "$tests/../apt.sh"
needs mmdebstrap apt-get tar xz

readonly shipped=${DEVBOX_SOURCE_DIR:-$tests/../..}/profiles
readonly all=${DEVBOX_E2E_REAL_BUILDS:-} data=$work/data sources=$work/sources
readonly profiles_used="debian python${all:+ go documents}"
readonly packages_used="hello tinyxml2 docopt${all:+ zlib fmtlib groff golang-github-kballard-go-shellquote}"

# A profile with what all of them have; tasks follow.
all_packages() {
  local name
  for name in $profiles_used; do sed -n 's/^  \("[^"]*"\),$/\1/p' "$shipped/$name.toml"; done | sort -u | paste -sd,
}
image() { printf 'schema = 1\n[image]\nsource = "debian:bookworm"\npackages = [%s]\n' "$(all_packages)"; }

make_all() {
  mkdir "$data" "$work/first"
  cd "$work/first" || exit 1
  image >devbox.toml
  fetch_sources "$sources" $packages_used >"$work/fetched" 2>&1 || skip "no sources: $(cat "$work/fetched")"
  XDG_DATA_HOME=$data XDG_STATE_HOME=$data online "$DEVBOX" lock
  [[ "$err" != *@(resolv|onnect|unreachable)* ]] || skip "the network is not there: $err"
  if [ "$status" != 0 ]; then
    printf 'devbox lock ended with %s\n%s\n' "$status" "$err"
    exit 1
  fi
  cd "$OLDPWD" || exit 1
}
make_all

# In the store that has the image. Online for its time limit alone: no build has a network.
build() { XDG_DATA_HOME=$data online "$DEVBOX" build "$@"; }

# package NAME: its sources are the working directory, with a profile, whose tasks are on standard input.
package() {
  local archive
  archive=$(echo "$sources/$1"_*.orig.tar.*[!c])
  tar -xf "$archive" --strip-components=1 || wrong "there is no $archive"
  { image && cat; } >devbox.toml
  cp "$work/first/devbox.lock.toml" .
}

# reproducible TASK [OPTION…]: so says the check.
reproducible() {
  build --check "$@"
  same "the status of the check of $1" 0 "$status" || wrong "$out" "$err"
  holds "the verdict" "$out" "$1 is reproducible: "
  lacks "the verdict" "$out" "differs: "
}

# differs TASK CAUSE VARIATION…: of these, the check names that one alone.
differs() {
  local task=$1 cause=$2 options=() variation
  shift 2
  for variation in "$@"; do options+=(--vary "$variation"); done
  build --check "$task" "${options[@]}"
  same "the status of the check of $task" 1 "$status" || wrong "$err"
  holds "the verdict" "$out" "$task is not reproducible: "
  same "the causes of $task" "$cause" "$(sed -n 's/^cause: \([^(]*\) (.*/\1/p' <<<"$out" | paste -sd' ')" || wrong "$out"
}

# --- In every run of the tests ---

# Its default is to build with debugging information, which has the path of the sources in it.
check_c_with_autotools_is_reproducible_at_a_fixed_path() {
  package hello <<'END'
[tasks.hello]
run = "./configure --prefix=/usr --disable-nls --disable-dependency-tracking && make && make install DESTDIR=$PWD/dest"
outputs = ["dest"]
build_path = "/build"
END
  reproducible hello
  lacks "what was varied" "$out" "not varied: time: "
}

check_cpp_with_cmake_is_reproducible_but_for_the_path_in_its_debugging_information() {
  package tinyxml2 <<'END'
[tasks.plain]
run = "cmake -B build -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF && cmake --build build -j$(nproc) && DESTDIR=dest cmake --install build --prefix /usr"
outputs = ["dest"]
[tasks.debug]
run = "g++ -g -c tinyxml2.cpp && ar rcD libtinyxml2.a tinyxml2.o"
outputs = ["libtinyxml2.a"]
END
  reproducible plain
  lacks "what was varied" "$(grep -v " in static programs" <<<"$out")" "not varied: "
  differs debug build_path build_path umask
  holds "where it differs" "$out" "differs: libtinyxml2.a " "in member tinyxml2.o, section .debug_"
}

# bdist_wheel keeps the modes that setup.py copied, which are the umask's.
check_a_wheel_is_reproducible_where_the_mask_is_fixed_and_an_archive_where_the_times_are() {
  package docopt <<'END'
[tasks.usual]
run = "python3 -m build --wheel --no-isolation"
outputs = ["dist"]
[tasks.masked]
run = "umask 022; python3 -m build --wheel --no-isolation --outdir masked"
outputs = ["masked"]
[tasks.archive]
run = "mkdir docopt && cp *.py docopt && tar -czf docopt.tar.gz docopt"
outputs = ["docopt.tar.gz"]
[tasks.fixed]
run = "mkdir docopt && cp *.py docopt && tar --sort=name --mtime=@$SOURCE_DATE_EPOCH --owner=0 --group=0 --numeric-owner --mode=go=rX -cf - docopt | gzip -n >fixed.tar.gz"
outputs = ["fixed.tar.gz"]
END
  differs usual umask umask time
  holds "where it differs" "$out" 'in mode of member docopt.py: "0644" / "0664"'
  reproducible masked
  differs archive time time hostname
  reproducible fixed
}

# --- Where they are asked for ---

[ -n "$all" ] || DEVBOX_E2E_LEAVE_OUT="${DEVBOX_E2E_LEAVE_OUT:-} more_packages_are_reproducible
  go_is_reproducible_but_for_the_build_path_which_trimpath_takes_out
  a_document_is_reproducible_and_its_compression_needs_to_leave_out_the_time"
DEVBOX_E2E_LEAVE_OUT=$(echo ${DEVBOX_E2E_LEAVE_OUT:-})

check_more_packages_are_reproducible() {
  package zlib <<'END'
[tasks.zlib]
run = "./configure --prefix=/usr && make && make install DESTDIR=$PWD/dest"
outputs = ["dest"]
END
  reproducible zlib
  package fmtlib <<'END'
[tasks.fmt]
run = "cmake -B build -DFMT_TEST=OFF -DFMT_DOC=OFF -DCMAKE_BUILD_TYPE=Release && cmake --build build && DESTDIR=dest-fmt cmake --install build --prefix /usr"
outputs = ["dest-fmt"]
END
  reproducible fmt
}

check_go_is_reproducible_but_for_the_build_path_which_trimpath_takes_out() {
  package golang-github-kballard-go-shellquote <<'END'
[tasks.plain]
run = "go build -o plain ./cmd/words"
outputs = ["plain"]
[tasks.trimmed]
run = "go build -trimpath -o trimmed ./cmd/words"
outputs = ["trimmed"]
END
  mkdir -p cmd/words
  printf 'module github.com/kballard/go-shellquote\n\ngo 1.19\n' >go.mod
  cat >cmd/words/main.go <<'END'
package main

import (
	"fmt"
	"os"

	shellquote "github.com/kballard/go-shellquote"
)

func main() {
	words, err := shellquote.Split(os.Args[1])
	fmt.Printf("%q %v\n", words, err)
}
END
  reproducible trimmed
  differs plain build_path build_path hostname
}

check_a_document_is_reproducible_and_its_compression_needs_to_leave_out_the_time() {
  package groff <<'END'
[tasks.pdf]
run = "groff -man -Tpdf src/roff/groff/groff.1.man >groff.pdf"
outputs = ["groff.pdf"]
[tasks.packed]
run = "cp src/roff/groff/groff.1.man groff.1 && touch groff.1 && gzip groff.1"
outputs = ["groff.1.gz"]
[tasks.unnamed]
run = "gzip -9n <src/roff/groff/groff.1.man >page.1.gz"
outputs = ["page.1.gz"]
END
  reproducible pdf
  differs packed time time umask
  reproducible unnamed
}

run_checks "$@"
