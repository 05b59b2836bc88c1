#!/usr/bin/env bash
# Registries: one of our own that misbehaves on demand (registry.py), and Debian's docker-registry.
. "$(dirname "$0")/lib.sh"
needs python3 openssl
readonly devbox_image=$(dirname "$DEVBOX")/devbox-image
readonly client=$DEVBOX_E2E_BUILD/tests/registry_client
[ -x "$client" ] || { echo "there is no $client" >&2; exit 1; }

# --- Images, and who serves them ---

# layout DIRECTORY: an OCI layout: the image "one", for two processors and with an attestation, and
# "plain", a manifest without an index. $layer and $size are of its layer, three times 1 MiB and some.
layout() {
  python3 - "$1" <<'END'
import gzip, hashlib, io, json, os, random, sys, tarfile

root = sys.argv[1]
os.makedirs(f"{root}/blobs/sha256")


def put(data, media_type, **more):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{root}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}


def document(value, media_type, **more):
    return put(json.dumps(value).encode(), media_type, **more)


oci = "application/vnd.oci.image."
content = random.Random(7).randbytes(3 << 20)
archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w") as tar:
    member = tarfile.TarInfo("data")
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
layer = put(gzip.compress(archive.getvalue(), 1, mtime=0), oci + "layer.v1.tar+gzip")
diff_id = "sha256:" + hashlib.sha256(archive.getvalue()).hexdigest()


def manifest(**platform):
    config = document({**platform, "rootfs": {"type": "layers", "diff_ids": [diff_id]},
                       "config": {"Env": ["A=b c"], "WorkingDir": "/w", "User": "7:8"}},
                      oci + "config.v1+json")
    return document({"schemaVersion": 2, "config": config, "layers": [layer]},
                    oci + "manifest.v1+json", platform=platform)


amd64 = manifest(os="linux", architecture="amd64")
arm64 = manifest(os="linux", architecture="arm64", variant="v8")
attestation = {**amd64, "platform": {"os": "unknown", "architecture": "unknown"}}
index = document({"schemaVersion": 2, "manifests": [attestation, amd64, arm64]}, oci + "index.v1+json")


def named(descriptor, name):
    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}


with open(f"{root}/index.json", "w") as file:
    json.dump({"schemaVersion": 2, "manifests": [named(index, "one"), named(amd64, "plain")]}, file)
with open(f"{root}/oci-layout", "w") as file:
    file.write('{"imageLayoutVersion": "1.0.0"}')
with open(f"{root}/facts", "w") as file:
    print(f"layer={layer['digest'][7:]} size={layer['size']} diff_id={diff_id} index={index['digest']}"
          f" amd64={amd64['digest']} amd64_size={amd64['size']}", file=file)
END
  eval "$(cat "$1/facts")"
}

# serve ARGUMENT…: our registry with a new layout; $port is its port and $other somebody else's. It ends
# with the check, whose end of the FIFO it reads.
serve() {
  layout "$here/layout"
  : >"$here/log"
  mkfifo "$here/alive" "$here/ports"
  exec 9<>"$here/alive"
  python3 "$tests/registry.py" "$here/layout" "$here/log" "$@" <"$here/alive" >"$here/ports" 9>&- &
  read -r -t 20 port other <"$here/ports" || wrong "our registry did not start"
}

# recipe REPOSITORY MEMBERS…: each further member as JSON; auth.json below $here is where logins are.
recipe() {
  local repository=$1
  shift
  printf '{"registry": "127.0.0.1:%s", "repository": "%s", "tag": "one", "auth_files": ["%s"]%s}' \
    "$port" "$repository" "$here/auth.json" "$(printf ', %s' "$@" | sed 's/^, $//')"
}

# resolve REPOSITORY MEMBERS…: what devbox-image says of it; its complaints are $err.
resolve() {
  recipe "$@" >"$here/recipe"
  capture bash -c '"$1" resolve <"$2" 3>&2' - "$devbox_image" "$here/recipe"
}

# client REPOSITORY WORD…
client() {
  recipe "$1" '"stall_seconds": 2' >"$here/recipe"
  shift
  capture bash -c 'exec "${@:2}" <"$1"' - "$here/recipe" "$client" "$@"
}

# resolves REPOSITORY MEMBERS…
resolves() {
  resolve "$@"
  same "the status for $1" 0 "$status"
  same "what is said of $1" "" "$err"
  same "the platforms of $1" "linux/amd64 linux/arm64" "$(json '" ".join(sorted(a["platforms"]))')"
}

# fails REPOSITORY TEXT…: with each TEXT in what it says.
fails() {
  local repository=$1 text
  shift
  resolve "$repository"
  same "the status for $repository" 1 "$status"
  same "the output for $repository" "" "$out"
  for text in "$@"; do holds "what is said of $repository" "$err" "$text"; done
}

# brings REPOSITORY: the whole layer, exactly.
brings() {
  client "$1" blob "$layer" "$size" >/dev/null
  same "the status of the layer by $1" 0 "$status"
  same "the digest of the layer by $1" "$layer" "$(sha256sum <"$here/captured.out" | cut -d' ' -f1)"
  same "the progress by $1" "$size bytes came" "$err"
}

# loses REPOSITORY TEXT: the layer, for that reason.
loses() {
  client "$1" blob "$layer" "$size"
  same "the status of the layer by $1" 1 "$status"
  holds "what is said of the layer by $1" "$err" "$2"
}

json() { python3 -c "import json,sys; a=json.load(sys.stdin); print($1)" <<<"$out"; }
requests() { grep -c "^$1" "$here/log"; }

# log_in USER:PASSWORD
log_in() {
  printf '{"auths": {"127.0.0.1:%s": {"auth": "%s"}}}' "$port" "$(printf %s "$1" | base64 -w0)" \
    >"$here/auth.json"
}

# --- Resolving ---

check_a_reference_stands_for_the_digests_of_each_platform() {
  serve
  resolves one
  same "the index" "$index" "$(json 'a["index"]')"
  same "the manifest" "$amd64 $amd64_size" "$(json '"{digest} {size}".format(**a["platforms"]["linux/amd64"]["manifest"])')"
  same "the layers" "sha256:$layer $size application/vnd.oci.image.layer.v1.tar+gzip" \
    "$(json '"{digest} {size} {media_type}".format(**a["platforms"]["linux/arm64"]["layers"][0])')"
  same "the diff_ids" "['$diff_id']" "$(json 'a["platforms"]["linux/amd64"]["diff_ids"]')"
  same "the settings" "['A=b c'] /w 7:8" \
    "$(json '"{env} {cwd} {user}".format(**a["platforms"]["linux/amd64"])')"
  resolve one '"platforms": ["linux/arm64"]'
  same "the one that is wanted" "['linux/arm64']" "$(json 'list(a["platforms"])')"
  resolve one '"platforms": ["linux/s390x"]'
  same "the status for what it has not" 1 "$status"
  holds "what it has" "$err" 'it has nothing for linux/s390x","hint":"it has linux/amd64, linux/arm64'
  resolve one '"tag": "plain"' '"platforms": ["linux/amd64/v3"]'
  same "a higher variant" "['linux/amd64/v3']" "$(json 'list(a["platforms"])')"
  resolve one '"tag": "plain"' '"platforms": ["linux/arm64"]'
  holds "another processor" "$err" "it is for linux/amd64, and not for linux/arm64"
  resolve one '"tag": "plain"'
  same "a manifest alone" "False ['linux/amd64']" "$(json '"index" in a, list(a["platforms"])' | tr -d '(),')"
}

check_a_pinned_manifest_has_its_digest_or_is_refused() {
  serve
  resolve one "\"digest\": \"$amd64\""
  same "the status" 0 "$status"
  same "it" "$amd64" "$(json 'a["platforms"]["linux/amd64"]["manifest"]["digest"]')"
  resolve flip-manifest/one "\"digest\": \"$amd64\""
  same "the status of another" 1 "$status"
  same "the output" "" "$out"
  holds "what is said" "$err" "what came has the digest sha256:"
  resolve html/one "\"digest\": \"$amd64\""
  holds "what is said of a web page" "$err" "what came has the digest sha256:"
}

check_what_a_registry_refuses_is_told_in_its_own_words_and_escaped() {
  serve
  fails status-403/one "answers 403" 'DENIED: requested access is \\x1b[31mdenied' "docker login 127.0.0.1:$port"
  fails status-404/one "answers 404" "are the repository and the tag spelt right?"
  fails nothing-known/one "answers 401, it wants a login: UNAUTHORIZED: who are you" "podman login"
  fails html/one "a web page" "a login page or a proxy"
  fails schema1/one "schema 1" "push it again"
  fails huge-20/one "it has more than 4 MiB"
  fails headers-1000/one "more than 64 KiB of headers"
  fails flip/one "what came has the digest"
  fails less/one "bytes where"
  fails more/one "bytes where"
  lacks "the log" "$(cat "$here/log")" Basic
}

check_what_may_pass_is_tried_again_a_few_times() {
  serve
  resolves status-times-503-3/one
  resolves status-times-500-1/one
  resolves retry-date-1/one
  fails status-502/one "answers 502"
  same "the tries" 5 "$(requests "$port GET /v2/status-502/")"
  fails status-404/one
  same "the tries of what is not there" 1 "$(requests "$port GET /v2/status-404/")"
  port=1 fails one "does not let us connect (Connection refused)" "is it running"
}

check_a_registry_that_says_when_to_come_back_is_believed_for_a_minute() {
  local begun
  serve
  begun=$(date +%s%N)
  resolves retry-after-1/one '"platforms": ["linux/amd64", "linux/arm64"]'
  true_that "it waited" [ $((($(date +%s%N) - begun) / 1000000)) -ge 1000 ]
  fails retry-after-3600/one "answers 429" "Retry-After: 3600"
  same "the tries" 1 "$(requests "$port GET /v2/retry-after-3600/")"
}

# --- Redirects ---

check_redirects_are_followed_within_the_web_and_without_the_password() {
  serve
  log_in ann:se:cret
  resolves hops-10/one
  resolves basic/one
  resolves basic/elsewhere/one
  true_that "the other place was asked" grep -q "^$other GET .*signature=a-secret" "$here/log"
  true_that "the registry had the password" grep -q "^$port GET .* Basic " "$here/log"
  lacks "what the other place saw" "$(grep "^$other " "$here/log")" Basic
  fails loop/one "redirects for the 11th time"
  same "how often" 11 "$(requests "$port GET /v2/loop/")"
  fails hops-11/one "redirects for the 11th time"
  fails to-file/one "redirects to file:///etc/passwd, which is no http or https"
}

check_a_place_that_a_redirect_led_to_cannot_ask_for_the_password() {
  serve
  log_in ann:se:cret
  fails basic/elsewhere-asks/one "answers 401"
  lacks "what the other place saw" "$(grep "^$other " "$here/log")" Basic
  lacks "whether it gave a token" "$(cat "$here/log")" /token
}

check_tls_needs_a_certificate_of_the_host_and_never_becomes_plain() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$here/key" -out "$here/certificate" 2>/dev/null
  serve "$here/certificate" "$here/key"
  fails one "the certificate of 127.0.0.1:$port is not trusted" "SSL_CERT_FILE"
  export SSL_CERT_FILE=$here/certificate
  resolves one
  resolves bearer/one
  resolves elsewhere/one  # a loopback address is as safe
  fails to-plain/one "redirects from https to plain http (http://192.0.2.1/)"
}

check_a_proxy_of_the_environment_is_used_but_for_loopback() {
  serve
  export http_proxy=http://127.0.0.1:$other https_proxy=http://127.0.0.1:1
  resolves one
  same "what came through the proxy" 0 "$(requests "$other ")"
  resolves one '"registry": "registry.invalid"' '"insecure": true'
  true_that "the proxy was asked" grep -q "^$other GET http://registry.invalid/v2/one/manifests/one " "$here/log"
  export no_proxy=registry.invalid
  resolve one '"registry": "registry.invalid"' '"insecure": true'
  holds "what is said without it" "$err" "there is no host registry.invalid"
}

# --- Who we are ---

check_tokens_are_fetched_kept_and_renewed() {
  serve
  resolves bearer/one
  same "the tokens" 1 "$(requests "$port GET /token/anonymous?service=the%20service&scope=repository%3Abearer%2Fone%3Apull ")"
  resolves both/one
  resolves bearer-access/one
  resolves bearer-fickle/one
  fails bearer-never/one "answers 401" "a token is required"
  fails bearer-elsewhere/one 'names no place to get a token from, but \"file:///etc/passwd\"'
}

check_logins_are_found_where_docker_and_podman_keep_them() {
  serve
  fails bearer-login/one "cannot get a token from http://localhost:$port/token/login" "incorrect username or password"
  log_in ann:wrong
  fails basic/one "answers 401" "podman login"
  lacks "what is said" "$err" wrong
  log_in ann:se:cret
  resolves basic/one
  resolves bearer-login/one
  printf '{"auths": {"127.0.0.1:%s/basic": {"auth": "%s"}, "127.0.0.1:%s": {"auth": "eDp5"}}}' \
    "$port" "$(printf ann:se:cret | base64)" "$port" >"$here/auth.json"
  resolves basic/one
  printf '{"auths": {"127.0.0.1:%s": {"identitytoken": "an identity token"}}}' "$port" >"$here/auth.json"
  resolves bearer-identity/one
  true_that "the token was asked for by POST" grep -q "^$port POST /token/identity - " "$here/log"
  echo '{"auths": {"x": {"auth": "eDp5' >"$here/auth.json"
  fails basic/one "$here/auth.json: it is no JSON object"
  lacks "what is said of the file" "$err" eDp5
}

check_the_usual_places_of_logins_are_read_in_their_order() {
  local there
  serve
  log_in ann:se:cret
  for there in "$HOME/.docker/config.json" "$HOME/.config/containers/auth.json" \
    "$XDG_RUNTIME_DIR/containers/auth.json"; do
    mkdir -p "${there%/*}"
    cp "$here/auth.json" "$there"
    recipe basic/one | sed 's/, "auth_files": \[[^]]*\]//' >"$here/recipe"
    capture bash -c '"$1" resolve <"$2" 3>&2' - "$devbox_image" "$here/recipe"
    same "the status with $there" 0 "$status"
    # The next is read before this one.
    printf '{"auths": {"127.0.0.1:%s": {"auth": "eDp5"}}}' "$port" >"$there"
  done
}

check_credential_helpers_are_asked_and_their_failures_told() {
  serve
  mkdir "$here/bin"
  cat >"$here/bin/docker-credential-ours" <<'END'
#!/bin/sh
read -r server
case $server in
  127.0.0.1:*) printf '{"ServerURL": "%s", "Username": "ann", "Secret": "se:cret"}' "$server" ;;
  *) echo "credentials not found in native keychain"; exit 1 ;;
esac
END
  printf '#!/bin/sh\necho "the keychain is \033[31mlocked"; exit 3\n' >"$here/bin/docker-credential-locked"
  printf '#!/bin/sh\necho "credentials not found in native keychain"; exit 1\n' >"$here/bin/docker-credential-empty"
  chmod +x "$here"/bin/*
  export PATH=$here/bin:/usr/bin:/bin
  echo '{"credsStore": "ours"}' >"$here/auth.json"
  resolves basic/one
  printf '{"credHelpers": {"127.0.0.1:%s": "ours"}, "credsStore": "locked"}' "$port" >"$here/auth.json"
  resolves basic/one
  echo '{"credsStore": "empty"}' >"$here/auth.json"
  fails basic/one "answers 401"
  echo '{"credsStore": "locked"}' >"$here/auth.json"
  fails basic/one 'docker-credential-locked ended with status 3: the keychain is \\x1b[31mlocked'
  echo '{"credsStore": "missing"}' >"$here/auth.json"
  fails basic/one "cannot run docker-credential-missing: No such file or directory" "is it installed"
  echo '{"credsStore": "../bin/ours"}' >"$here/auth.json"
  fails basic/one "is no name of a credential helper"
}

# --- Blobs ---

check_a_layer_comes_whole_however_it_is_sent() {
  local way
  serve
  for way in one no-length/one slow-7/one bearer/one elsewhere/one truncate-once-100000/one \
    truncate-once-0/one truncate-1500000/one ignore-range/truncate-once-100000/one \
    end-early-once-100000/one stall-once-5/one bearer-fickle/truncate-1500000/one; do
    brings "$way"
  done
  true_that "the rest alone was asked for" \
    grep -q "^$port GET /v2/truncate-once-100000/one/.* - bytes=100000-$" "$here/log"
}

check_a_layer_that_is_not_what_it_should_be_fails() {
  serve
  loses flip/one "is damaged: what came has the digest sha256:"
  loses less/one "it has $((size - 1)) bytes where $size belong"
  loses more/one "it has $((size + 1)) bytes where $size belong"
  loses no-length/more/one "it has more than the $size bytes that belong to it"
  loses no-length/less/one "it ends after $((size - 1)) of its $size bytes"
  loses truncate-1000/one "broke the connection"
  same "the tries" 5 "$(requests "$port GET /v2/truncate-1000/one/blobs/")"
  loses wrong-range/truncate-once-100000/one "it was asked for the bytes from 100000 on"
  loses html/one "bytes where"
  loses stall-3/one "sent nothing for 2 s"
  client one blob "$(printf '0%.0s' {1..64})" 5
  holds "what is said of one that is not there" "$err" "BLOB_UNKNOWN: blob unknown to registry"
}

check_many_threads_share_one_token() {
  serve
  client bearer/truncate-1500000/one blobs 8 "$layer" "$size"
  same "how many have all of it" 8 "$out"
  same "what is said" "" "$err"
  same "the tokens" 1 "$(requests "$port GET /token")"
}

check_mirrors_are_asked_first_and_have_no_password_of_the_registry() {
  serve
  log_in ann:se:cret
  resolves basic/one "\"mirrors\": [\"http://localhost:$other/status-404\", \"http://localhost:$other\"]"
  lacks "what the mirrors saw" "$(grep "^$other " "$here/log")" Basic
  : >"$here/log"
  resolves one "\"mirrors\": [\"http://localhost:$other/bearer\"]"
  same "what the registry was asked" 0 "$(requests "$port GET /v2/one/")"
  resolve one '"mirrors": ["http://localhost:1"]' '"tag": "two"'
  holds "what is said" "$err" "answers 404"
  holds "what is said of the mirror" "$err" "a mirror failed before: cannot get the manifest of localhost:1/one:two"
}

# --- Pushing ---

check_what_is_pushed_is_pulled_and_is_not_sent_twice() {
  local file=$here/blob digest bytes
  serve
  head -c 2000000 /dev/urandom >"$file"
  bytes=$(stat -c %s "$file")
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  log_in ann:se:cret
  client basic/one has "$digest" "$bytes"
  same "before" no "$out"
  client break-upload-once/one push-blob "$file" "$digest" "$bytes"
  same "a push that breaks once" sent "$out"
  client one has "$digest" "$bytes"
  same "after" yes "$out"
  client one push-blob "$file" "$digest" "$bytes"
  same "a second push" "not sent" "$out"
  client one blob "$digest" "$bytes"
  same "what comes back" "$digest" "$(sha256sum <"$here/captured.out" | cut -d' ' -f1)"
  client bearer/one push-manifest two "$here/layout/blobs/${amd64/://}" application/vnd.oci.image.manifest.v1+json
  same "the status of a manifest" 0 "$status"
  client one manifest two
  same "the manifest" "application/vnd.oci.image.manifest.v1+json ${amd64#sha256:}" "$out"
  client status-403/one push-manifest two "$file" application/json
  holds "a refusal" "$err" "cannot push the manifest of 127.0.0.1:$port/status-403/one:two"
}

check_an_upload_may_lead_elsewhere_and_the_password_stays() {
  local file=$here/blob digest
  serve
  echo content >"$file"
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  log_in ann:se:cret
  client basic/location-elsewhere/one push-blob "$file" "$digest" 8
  lacks "what the other place saw" "$(grep "^$other " "$here/log")" Basic
  echo another >"$file"
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  client bearer/one push-blob "$file" "$digest" 8 team/base
  same "one that is mounted" "not sent" "$out"
  true_that "a token was asked for both" grep -q "scope=.*pull%2Cpush.*scope=repository%3Ateam%2Fbase%3Apull\|scope=repository%3Ateam%2Fbase%3Apull.*" "$here/log"
  client one push-blob "$file" "$digest" 9
  holds "a file that is shorter than it was said" "$err" "shorter than it should be"
}

# --- A real one ---

check_debians_docker_registry_gives_what_skopeo_pushed_and_takes_ours() {
  local file=$here/blob digest
  needs docker-registry skopeo
  layout "$here/layout"
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
    "$here/kept" "$port" >"$here/registry.yml"
  docker-registry serve "$here/registry.yml" >"$here/registry.log" 2>&1 &
  local pid=$!
  eventually "the registry answers" bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null
  capture skopeo copy --all --dest-tls-verify=false --insecure-policy "oci:$here/layout:plain" \
    "docker://127.0.0.1:$port/team/plain:one"
  same "the status of skopeo" 0 "$status"
  resolve team/plain
  same "the manifest" "$amd64" "$(json 'a["platforms"]["linux/amd64"]["manifest"]["digest"]')"
  brings team/plain
  echo "pushed by us" >"$file"
  digest=$(sha256sum "$file" | cut -d' ' -f1)
  client team/plain push-blob "$file" "$digest" 13
  same "a blob" sent "$out"
  client team/copy push-blob "$file" "$digest" 13 team/plain
  same "a blob that is mounted" "not sent" "$out"
  client team/plain push-manifest two "$here/layout/blobs/${amd64/://}" application/vnd.oci.image.manifest.v1+json
  capture skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://127.0.0.1:$port/team/plain:two"
  same "what skopeo reads" "$amd64" "$out"
  fails team/none "answers 404" "MANIFEST_UNKNOWN"
  kill "$pid"
  ended "$pid"
}

run_checks "$@"
