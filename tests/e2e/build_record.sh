#!/usr/bin/env bash
# `devbox build --record` and `--verify`: what was built, built again elsewhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/build_lib.sh"

# recorded_project: a project whose task leaks nothing but the path at which it is seen.
recorded_project() {
  echo 1 >a
  project <<'TOML'
[tasks.t]
run = "mkdir o; pwd >o/path; cat a >o/a; cp a o/tool; chmod +x o/tool; ln -s a o/link"
outputs = ["o"]
TOML
  built --record "$here/record.json"
}
verify() { build --verify "$here/record.json" "$@"; }
# field EXPRESSION: of the record, r.
field() { python3 -c "import json,sys; r=json.load(open(sys.argv[1])); print($1)" "$here/record.json"; }

check_a_record_says_what_went_in_and_what_came_out() {
  recorded_project
  local d='r["predicate"]["buildDefinition"]' by='{x["name"]: x for x in r["predicate"]["buildDefinition"]["resolvedDependencies"]}'
  same "its types" "https://in-toto.io/Statement/v1 https://slsa.dev/provenance/v1" "$(field 'r["_type"], r["predicateType"]' | tr -d "(),'")"
  same "its outputs" "$(sha256sum o/a | sed 's/ .*//') o/a
$(printf a | sha256sum | sed 's/ .*//') o/link
$(sha256sum o/path | sed 's/ .*//') o/path
$(sha256sum o/tool | sed 's/ .*//') o/tool" "$(recorded "$here/record.json" | sed 's/  */ /')"
  same "what they are" "o/link link o/tool executable" "$(field '" ".join(s["name"] + " " + s["annotations"]["kind"] for s in r["subject"] if "annotations" in s)')"
  same "the task and the path" "t $project" "$(field "$d['externalParameters']['task'] + ' ' + $d['externalParameters']['build_path']")"
  same "the time" 1500000000 "$(field "$d['internalParameters']['source_date_epoch']")"
  same "the commit" "$(git rev-parse HEAD) True" "$(field "$by['commit']['digest']['gitCommit'] + ' ' + str($by['commit']['annotations']['clean'])")"
  same "the profile" "$(printf '%s\n' "$(sha256sum <devbox.toml | sed 's/ .*//')" | sha256sum | sed 's/ .*//')" "$(field "$by['profile']['digest']['sha256']")"
  same "the image" "$small_digest" "$(field "$by['image archive']['digest']['sha256']")"
  same "how many sources" 2 "$(field "$by['sources']['annotations']['files']")"
  echo 2 >a
  built --record "$here/record.json"
  same "of a changed file" False "$(field "$by['commit']['annotations']['clean']")"
}

check_a_record_is_verified_of_another_checkout_at_another_path() {
  recorded_project
  echo kept >o/a
  verify
  same "the status here" 0 "$status" || wrong "$err"
  same "the verdict here" "t is what $here/record.json records: 4 files" "$out"
  same "the project's output" kept "$(lines o/a)"
  git clone -q . "$here/other place"
  cd "$here/other place" && touch -d @1 a
  umask 077
  verify
  same "the status elsewhere" 0 "$status" || wrong "$err"
  verify --json
  same "the JSON" "t True 4 True" "$(python3 -c 'import json,sys; a=json.load(sys.stdin); print(a["task"], a["verified"], len(a["outputs"]), all(o["same"] for o in a["outputs"]))' <<<"$out")"
  true_that "nothing came into the project" [ ! -e o ]
}

check_what_would_go_in_and_is_another_is_said_and_not_built() {
  recorded_project
  echo 2 >a
  verify
  same "the status of another source" 1 "$status"
  holds "what is said of another source" "$err" "devbox: what would go into t is not what $here/record.json records:
  the sources: recorded " "hint: \`git checkout $(git rev-parse HEAD)\` has the sources"
  lacks "what is said of another source" "$err" "building t"
  git checkout -q a && chmod +x a
  verify
  holds "what is said of another mode" "$err" "the sources: recorded "
  chmod -x a && echo '# more' >>devbox.toml
  verify
  holds "what is said of another profile" "$err" "the profile: recorded "
  git checkout -q devbox.toml
  verify
  same "the status of the same" 0 "$status"
  verify other
  same "the status of another task" 1 "$status"
  holds "what is said of another task" "$err" "records the task t, not other"
}

check_an_output_that_is_another_is_a_difference() {
  local by
  recorded_project
  for by in 's["digest"]["sha256"] = "0" * 64' 's["annotations"] = {"kind": "executable"}' 's["name"] = "o/b"'; do
    python3 - "$here/record.json" "$by" <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1]))
s = r["subject"][0]
exec(sys.argv[2])
json.dump(r, open(sys.argv[1] + ".new", "w"))
PYTHON
    build --verify "$here/record.json.new"
    same "the status of: $by" 1 "$status"
    holds "the verdict of: $by" "$out" "differs: o/" "t is not what $here/record.json.new records"
  done
}

check_a_task_that_chance_decides_is_not_what_its_record_says() {
  project <<'TOML'
[tasks.t]
run = "read -r x </proc/sys/kernel/random/uuid; echo $x >o"
outputs = ["o"]
TOML
  built --record "$here/record.json"
  verify
  same "the status" 1 "$status"
  holds "the verdict" "$out" "differs: o: recorded sha256 $(sha256sum o | sed 's/ .*//'), built "
}

check_a_file_that_is_no_record_is_refused() {
  local change
  recorded_project
  cp "$here/record.json" "$here/good.json"
  while IFS='|' read -r change said; do
    python3 - "$here/good.json" "$here/record.json" "$change" <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1]))
d = r["predicate"]["buildDefinition"]
text = None
exec(sys.argv[3])
open(sys.argv[2], "w").write(json.dumps(r) if text is None else text)
PYTHON
    verify
    same "the status of: $change" 1 "$status"
    holds "what is said of: $change" "$err" "devbox: " "$said"
    lacks "what is said of: $change" "$err" "building t"
  done <<'END_OF_TABLE'
text = ""|is no record of a build: it is no JSON
text = "[" * 100000|is no record of a build
text = "[]"|is no record of a build: it has no `_type`
r["_type"] = 1|`_type` is no text
r["_type"] = "x\u001b[2J"|its `_type` is `x\x1b[2J`
del r["predicate"]|it has no `predicate`
d["internalParameters"]["source_date_epoch"] = -1|`source_date_epoch` is no number of seconds
d["internalParameters"]["source_date_epoch"] = 2**64|
r["subject"][0]["digest"]["sha256"] = "../x"|a `sha256` is no digest
d["externalParameters"]["build_path"] = "/proc/x"|the `build_path` of the record must not be in "/proc"
d["externalParameters"]["build_path"] = "relative/../.."|the `build_path` of the record must be an absolute path
d["externalParameters"]["build_path"] = ""|the `build_path` of the record must not be empty
d["externalParameters"]["build_path"] = "/usr"|the `build_path` of the record must not be in "/usr"
d["externalParameters"]["build_path"] = "/a//b"|the `build_path` of the record must be in its shortest form
END_OF_TABLE
  sed 's/"task": "t"/"task": "..\/x\\u001b"/' "$here/good.json" >"$here/record.json"
  verify
  holds "what is said of a task that there is not" "$err" "has no task \`../x\x1b\`"
  build --verify "$here/none.json"
  same "the status of none" 1 "$status"
  holds "what is said of none" "$err" "devbox: cannot read $here/none.json: No such file or directory"
}

run_checks "$@"
