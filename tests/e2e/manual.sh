#!/bin/bash
# The manual pages as mandoc reads them; what they say is unit/documented_options_test.cpp's.
. "$(dirname "$0")/lib.sh"
needs mandoc

check_the_manual_pages_have_no_fault() {
  local page
  for page in "$DEVBOX_SOURCE_DIR"/man/*.[1-8]; do
    capture mandoc -T lint -W style "$page"
    same "what mandoc finds in $page" "" "$out$err"
  done
}

run_checks "$@"
