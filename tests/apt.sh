# Debian packages for tests, from the sources that this system has; sourced. No archive is named here:
# what apt is set up to use is used, and fetched from as apt fetches.

# The index files of Debian that apt has, each by FORMAT (apt-get(8), indextargets).
apt_indexes() {
  apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' | sort -u
}

# apt_sources SUITE: for mmdebstrap, one a line: the files that have SUITE; for a suite that none of
# them has, those of this system's own suite with the other's name. That is without updates and
# security, which an old suite does not have for ever.
apt_sources() {
  local wanted=$1
  if apt_indexes '$(RELEASE)' | grep -qx "$wanted"; then
    apt_indexes '$(SOURCESENTRY)' | sed 's/:[0-9]*$//' | sort -u
  else
    apt_indexes '$(RELEASE) $(SITE) $(COMPONENT)' |
      sed -nE "s/^[a-z]+ ([^ ]+) main$/deb \1 $wanted main/p" | sort -u
  fi
}

# bootstrap SUITE OPTION… >TAR: mmdebstrap as an ordinary user with subordinate ids; $work is for its
# own files, where those ids may pass.
bootstrap() {
  local wanted=$1 lists settings=$work/apt.conf
  shift
  mapfile -t lists < <(apt_sources "$wanted")
  if [ ${#lists[@]} = 0 ]; then
    echo "apt knows no Debian packages; apt-get update fetches its lists" >&2
    return 1
  fi
  apt-config dump |
    grep -E '^Acquire::(http|https|Retries|ForceIPv[46]|Check-Date|Check-Valid-Until)' >"$settings"
  TMPDIR=$work mmdebstrap --mode=unshare --aptopt="$settings" "$@" "$wanted" - "${lists[@]}"
}

# fetch_sources DIRECTORY PACKAGE…: the upstream's archives of Debian's source packages, in the suites
# that this system has; as an ordinary user, who has apt's lists of them in DIRECTORY too.
fetch_sources() {
  local directory=$1 apt
  shift
  mkdir -p "$directory"/apt/{lists,cache/archives}/partial || return
  apt_indexes 'deb-src $(SITE) $(RELEASE) $(COMPONENT)' >"$directory/apt/sources.list"
  apt=(apt-get -q -o "Dir::State::lists=$directory/apt/lists" -o "Dir::Cache=$directory/apt/cache"
    -o "Dir::Etc::sourcelist=$directory/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null)
  "${apt[@]}" update && (cd "$directory" && "${apt[@]}" source --download-only --tar-only "$@")
}
