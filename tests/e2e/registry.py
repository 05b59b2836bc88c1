"""A registry that misbehaves on demand, on loopback: registry.py LAYOUT LOG [CERTIFICATE KEY]

Serves the OCI layout in the directory LAYOUT and takes pushes into it. Prints "PORT OTHER", two ports
that the kernel chose, and goes on until its standard input ends. The second belongs to somebody else:
where redirects lead to. With CERTIFICATE and KEY the first speaks TLS.

A line of LOG is "PORT METHOD PATH AUTHORIZATION RANGE", with "-" for what is not there.

How it behaves the repository says: in /v2/basic/truncate-once-1000/one/blobs/..., "one" is the image
and the rest are behaviours, each a function below with its name and numbers. What is "once" happens
to the first request of each path.

Files without any image are in LAYOUT/files: /files/truncate-1000/etag/a.tar is a.tar with two behaviours.
"""

import base64
import collections
import email.utils
import hashlib
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

USER = "ann:se:cret"
IDENTITY = "an identity token"
layout, log_path = sys.argv[1:3]
lock = threading.Lock()
counts = collections.Counter()
tokens = {}  # the scopes that each is good for
uploads = {}
ports = []


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def blob_path(digest):
    return os.path.join(layout, "blobs", digest.replace(":", "/"))


def index_path():
    return os.path.join(layout, "index.json")


class Answer:
    """What will be sent; behaviours change it."""

    def __init__(self, status, body=b"", kind="application/json", **headers):
        self.status, self.body, self.kind = status, body, kind
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.length = True  # say Content-Length; else the end of the connection is the end
        self.send = None  # how many bytes of the body are sent before the connection breaks
        self.pause = 0  # seconds of silence after these, before it breaks
        self.piece = None  # (bytes, seconds between)
        self.ranges = True


def error(status, code, message, **headers):
    text = json.dumps({"errors": [{"code": code, "message": message}]})
    return Answer(status, text.encode(), **headers)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.respond()

    do_HEAD = do_POST = do_PUT = do_GET

    # --- One request ---

    def respond(self):
        self.port = self.server.server_address[1]
        size = int(self.headers.get("Content-Length") or 0)
        self.sent_body = self.rfile.read(size)
        authorization = self.headers.get("Authorization") or "-"
        wanted_range = self.headers.get("Range") or "-"
        with lock, open(log_path, "a") as log:
            log.write(f"{self.port} {self.command} {self.path} {authorization} {wanted_range}\n")
        self.url = urllib.parse.urlsplit(self.path)
        self.query = urllib.parse.parse_qs(self.url.query)
        self.transmit(self.answer())

    def answer(self):
        path = self.url.path
        if path == "/v2/":
            return Answer(200, b"{}")
        if path.startswith("/token"):
            return self.token(path)
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs)/(.+)", path)
        if path.startswith("/files/"):
            what, (*behaviours, name) = "files", path.split("/")[2:]
        elif match:
            *behaviours, self.image = match[1].split("/")
            self.repository, what, name = match.groups()
        else:
            return error(404, "NAME_UNKNOWN", "no such place")
        for behaviour in behaviours:
            refusal = self.behave("before", behaviour)
            if refusal:
                return refusal
        serve = {"manifests": self.manifest, "blobs": self.blob, "files": self.file}
        answer = serve[what](name)
        for behaviour in behaviours:
            answer = self.behave("after", behaviour, answer) or answer
        return answer

    def behave(self, when, behaviour, *arguments):
        name, *numbers = re.split(r"-(?=[0-9])", behaviour)
        found = getattr(self, f"{when}_{name.replace('-', '_')}", None)
        if not found and not any(
            hasattr(self, f"{other}_{name.replace('-', '_')}") for other in ("before", "after")
        ):
            return error(404, "NAME_UNKNOWN", f"no behaviour {behaviour}")
        return found(*arguments, *map(int, numbers)) if found else None

    def times(self):
        """How often this path was asked for before."""
        with lock:
            counts[self.path] += 1
            return counts[self.path] - 1

    # --- Files ---

    def file(self, name):
        try:
            with open(os.path.join(layout, "files", name), "rb") as file:
                return Answer(200, file.read(), "application/octet-stream")
        except OSError:
            return Answer(404, b"<html>not found</html>", "text/html")

    def after_etag(self, answer):
        answer.headers["ETag"] = '"' + hashlib.sha256(answer.body).hexdigest() + '"'

    def after_weak_etag(self, answer):
        answer.headers["ETag"] = 'W/"1"'

    def after_changed_later(self, answer):
        """Another file of the same size from the second request on."""
        if self.times_of("changed") > 0:
            answer.body = bytes([answer.body[0] ^ 1]) + answer.body[1:]

    def times_of(self, what):
        with lock:
            counts[what, self.path] += 1
            return counts[what, self.path] - 1

    # --- Images ---

    def manifest(self, name):
        if self.command == "PUT":
            return self.put_manifest(name)
        with open(index_path()) as file:
            index = json.load(file)
        kinds = {entry["digest"]: entry["mediaType"] for entry in index["manifests"]}
        digest = name
        if not name.startswith("sha256:"):
            named = "org.opencontainers.image.ref.name"
            found = [e for e in index["manifests"] if e.get("annotations", {}).get(named) == name]
            if not found:
                return error(404, "MANIFEST_UNKNOWN", "manifest \x1b[31munknown")
            digest = found[0]["digest"]
        if not os.path.exists(blob_path(digest)):
            return error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        with open(blob_path(digest), "rb") as file:
            data = file.read()
        kind = kinds.get(digest) or json.loads(data).get("mediaType", "application/json")
        # Nobody should believe this one.
        return Answer(200, data, kind, Docker_Content_Digest="sha256:" + 64 * "0")

    def put_manifest(self, name):
        digest = digest_of(self.sent_body)
        with lock:
            with open(blob_path(digest), "wb") as file:
                file.write(self.sent_body)
            with open(index_path()) as file:
                index = json.load(file)
            index["manifests"].append({
                "mediaType": self.headers["Content-Type"],
                "digest": digest,
                "size": len(self.sent_body),
                "annotations": {"org.opencontainers.image.ref.name": name},
            })
            with open(index_path(), "w") as file:
                json.dump(index, file)
        return Answer(201, Location=f"/v2/{self.repository}/manifests/{digest}")

    def blob(self, name):
        if name.startswith("uploads/"):
            return self.upload(name)
        if not os.path.exists(blob_path(name)):
            return error(404, "BLOB_UNKNOWN", "blob unknown to registry")
        with open(blob_path(name), "rb") as file:
            return Answer(200, file.read(), "application/octet-stream")

    def upload(self, name):
        if self.command == "POST":
            mount = self.query.get("mount")
            if mount and self.query.get("from") == ["team/base"]:
                return Answer(201, Location=f"/v2/{self.repository}/blobs/{mount[0]}")
            with lock:
                session = str(len(uploads) + 1)
                uploads[session] = True
            return Answer(202, Location=f"/v2/{self.repository}/blobs/uploads/{session}?state=a")
        session = name.split("/")[1]
        digest = self.query.get("digest", [""])[0]
        if session not in uploads:
            return error(404, "BLOB_UPLOAD_UNKNOWN", "no such upload")
        if digest_of(self.sent_body) != digest:
            return error(400, "DIGEST_INVALID", "the bytes are others")
        with open(blob_path(digest), "wb") as file:
            file.write(self.sent_body)
        return Answer(201, Location=f"/v2/{self.repository}/blobs/{digest}")

    # --- Who may ask ---

    def is_user(self):
        return self.headers.get("Authorization") == "Basic " + base64.b64encode(USER.encode()).decode()

    def before_basic(self):
        if self.port == ports[0] and not self.is_user():
            return error(401, "UNAUTHORIZED", "authentication required",
                         WWW_Authenticate='Basic realm="a \\"quoted\\" realm"')

    def before_nothing_known(self):
        return error(401, "UNAUTHORIZED", "who are you", WWW_Authenticate="Negotiate")

    def challenge(self, kind, prefix="", actions=None):
        actions = actions or ("pull" if self.command in ("GET", "HEAD") else "pull,push")
        scope = f"repository:{self.repository}:{actions}"
        authorization = self.headers.get("Authorization") or ""
        if authorization.startswith("Bearer "):
            good = tokens.get(authorization[7:], set())
            names = {re.sub(":[^:]*$", "", s) for s in good if actions in s}
            if f"repository:{self.repository}" in names:
                return None
        scheme = "https" if len(sys.argv) > 3 else "http"
        realm = f"{scheme}://localhost:{ports[0]}/token{kind}"
        return error(401, "UNAUTHORIZED", "a token is required",
                     WWW_Authenticate=f'{prefix}Bearer realm="{realm}",service="the service",scope="{scope}"')

    def before_bearer(self):
        return self.challenge("/anonymous")

    def before_bearer_access(self):
        return self.challenge("/access")

    def before_bearer_login(self):
        return self.challenge("/login")

    def before_bearer_identity(self):
        return self.challenge("/identity")

    def before_both(self):
        return self.challenge("/anonymous", prefix='Basic realm="x, y", ')

    def before_bearer_fickle(self):
        """Each token is good for a single request, whatever was said of it."""
        refusal = self.challenge("/anonymous")
        tokens.pop((self.headers.get("Authorization") or "")[7:], None)
        return refusal

    def before_bearer_never(self):
        tokens.clear()
        return self.challenge("/anonymous")

    def before_bearer_elsewhere(self):
        return error(401, "UNAUTHORIZED", "a token is required",
                     WWW_Authenticate=f'Bearer realm="file:///etc/passwd",service="s"')

    def token(self, path):
        form = urllib.parse.parse_qs(self.sent_body.decode())
        if path == "/token/login" and not self.is_user():
            return Answer(401, b'{"details":"incorrect username or password"}')
        if path == "/token/identity" and form.get("refresh_token") != [IDENTITY]:
            return Answer(401, b'{"details":"no such identity"}')
        wanted = self.query.get("scope") or form.get("scope", [""])[0].split(" ")
        with lock:
            token = f"token-{len(tokens)}-{time.monotonic_ns()}"
            tokens[token] = set(wanted)
        if (self.query.get("service") or form.get("service")) != ["the service"]:
            return Answer(400, b'{"details":"no service"}')
        member = "access_token" if path in ("/token/access", "/token/identity") else "token"
        return Answer(200, json.dumps({member: token, "expires_in": 300}).encode())

    # --- Refusals ---

    def before_status(self, status):
        return error(status, "DENIED", "requested access is \x1b[31mdenied")

    def before_status_times(self, status, most):
        if self.times() < most:
            return error(status, "UNAVAILABLE", "not now")

    def before_retry_after(self, seconds):
        if self.times() == 0:
            return error(429, "TOOMANYREQUESTS", "slow down", Retry_After=str(seconds))

    def before_retry_date(self, seconds):
        if self.times() == 0:
            when = email.utils.formatdate(time.time() + seconds, usegmt=True)
            return error(503, "UNAVAILABLE", "slow down", Retry_After=when)

    def before_html(self):
        return Answer(200, b"<!DOCTYPE html><title>Please log in</title>", "text/html; charset=utf-8")

    def before_schema1(self):
        return Answer(200, b'{"schemaVersion": 1, "name": "x", "fsLayers": []}',
                      "application/vnd.docker.distribution.manifest.v1+prettyjws")

    # --- Redirects ---

    def redirect(self, location, status=307):
        return Answer(status, b"<a>moved</a>", "text/html", Location=location)

    def before_loop(self):
        return self.redirect(self.path)

    def before_to_file(self):
        return self.redirect("file:///etc/passwd")

    def before_to_plain(self):
        return self.redirect("http://192.0.2.1/")

    def before_elsewhere(self):
        """To the other port, and a signed link."""
        if self.port == ports[0]:
            return self.redirect(f"http://localhost:{ports[1]}{self.path}?signature=a-secret")

    def before_elsewhere_asks(self):
        """The other place wants to know who we are."""
        if self.port == ports[0]:
            return self.redirect(f"http://127.0.0.1:{ports[1]}{self.path}")
        return error(401, "UNAUTHORIZED", "give me your password",
                     WWW_Authenticate=f'Bearer realm="http://127.0.0.1:{ports[1]}/token/login",service="the service"')

    def before_hops(self, count):
        hop = int(self.query.get("hop", ["0"])[0])
        if hop < count:
            return self.redirect(f"{self.url.path}?hop={hop + 1}", (301, 302, 303, 307, 308)[hop % 5])

    # --- Bytes ---

    def is_blob(self):
        return "/blobs/" in self.path or "/files/" in self.path

    def after_ignore_range(self, answer):
        answer.ranges = False

    def after_wrong_range(self, answer):
        answer.headers["Content-Range-Shift"] = 5

    def after_truncate(self, answer, size):
        answer.send = size

    def after_truncate_once(self, answer, size):
        if self.is_blob() and self.times() == 0:
            answer.send = size

    def after_end_early_once(self, answer, size):
        """Like a whole answer, without a length."""
        if self.is_blob() and self.times() == 0:
            answer.send, answer.length = size, False

    def after_stall_once(self, answer, seconds):
        if self.is_blob() and self.times() == 0:
            answer.send, answer.pause = len(answer.body) // 2, seconds

    def after_stall(self, answer, seconds):
        answer.send, answer.pause = min(10, len(answer.body)), seconds

    def after_slow(self, answer, pieces):
        answer.piece = (max(1, len(answer.body) // pieces), 1.5 / pieces)

    def after_flip(self, answer):
        if self.is_blob():
            answer.body = answer.body[:-1] + bytes([answer.body[-1] ^ 1])

    def after_flip_manifest(self, answer):
        if not self.is_blob():
            answer.body += b" "

    def after_less(self, answer):
        if self.is_blob():
            answer.body = answer.body[:-1]

    def after_more(self, answer):
        if self.is_blob():
            answer.body += b"x"

    def after_no_length(self, answer):
        answer.length = False

    def after_huge(self, answer, mebibytes):
        answer.body = b" " * (mebibytes << 20)
        answer.length = False

    def after_headers(self, answer, count):
        for i in range(count):
            answer.headers[f"X-{i}"] = "x" * 100

    # --- Pushes ---

    def after_location_elsewhere(self, answer):
        if self.command == "POST" and self.port == ports[0]:
            answer.headers["Location"] = f"http://127.0.0.1:{ports[1]}" + answer.headers["Location"]

    def after_break_upload_once(self, answer):
        if self.command == "PUT" and self.is_blob() and self.times_of_blob() == 0:
            answer.status, answer.body = 502, b"bad gateway"

    def times_of_blob(self):
        with lock:
            counts[self.query["digest"][0]] += 1
            return counts[self.query["digest"][0]] - 1

    # --- Sending ---

    def transmit(self, answer):
        body, status = answer.body, answer.status
        shift = answer.headers.pop("Content-Range-Shift", 0)
        match = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range") or "")
        same = self.headers.get("If-Range") in (None, answer.headers.get("ETag"))
        if match and same and answer.ranges and status == 200:
            begin = int(match[1])
            if begin >= len(body):
                body, status = b"", 416
            else:
                range_text = f"bytes {begin + shift}-{len(body) - 1 + shift}/{len(body)}"
                answer.headers["Content-Range"] = range_text
                body, status = body[begin:], 206
        self.send_response(status)
        self.send_header("Content-Type", answer.kind)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        whole = body if answer.send is None else body[: answer.send]
        try:
            size, pause = answer.piece or (len(whole) or 1, 0)
            for at in range(0, len(whole), size):
                self.wfile.write(whole[at : at + size])
                self.wfile.flush()
                time.sleep(pause)
            time.sleep(answer.pause)
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True
        if answer.send is not None:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


def main():
    servers = [Server(("127.0.0.1", 0), Handler) for _ in range(2)]
    ports.extend(server.server_address[1] for server in servers)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        servers[0].socket = context.wrap_socket(servers[0].socket, server_side=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*ports, flush=True)
    sys.stdin.read()


main()
