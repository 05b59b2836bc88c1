"""Images of several layers, made by hand, and trees compared.

  layers.py make LAYOUT PROGRAM        an OCI layout: "one", of three layers by gzip, with what is odd
                                       but legal; "mixed", the same by zstd, gzip and plain; "taller",
                                       "one" with a layer more; "base", of two layers, and "upper", of
                                       these and one more. PROGRAM is /bin/hold in all of them
  layers.py index LAYOUT NAME FOREIGN OTHER ARCHITECTURE
                                       image NAME of an index: "one" for this machine, and OTHER, which
                                       becomes FOREIGN of that architecture
  layers.py docker LAYOUT NAME FILE    that image as `docker save` writes it, with a layer twice
  layers.py tag LAYOUT NAME AS         image NAME is image AS too, and what that was has no name
  layers.py hostile LAYOUT             images that must be refused: a name each
  layers.py compare MANIFEST ROOT      whether the tree below ROOT is what devbox's MANIFEST says
"""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

OCI = "application/vnd.oci.image."
TIME = 1_000_000_000


class Layer:
    """A tar archive, member by member."""

    def __init__(self):
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT,
                                encoding="utf-8", errors="surrogateescape")

    def add(self, name, kind=tarfile.REGTYPE, data=b"", mode=0o644, link="", time=TIME, owner=0,
            pax=None):
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.linkname, member.mtime = kind, mode, link, time
        member.uid = member.gid = owner
        member.size = len(data)
        member.pax_headers = dict(pax or {})
        self.tar.addfile(member, io.BytesIO(data))
        return self

    def directory(self, name, mode=0o755, **more):
        return self.add(name, tarfile.DIRTYPE, mode=mode, **more)

    def link(self, name, text):
        return self.add(name, tarfile.SYMTYPE, mode=0o777, link=text)

    def hard(self, name, existing):
        return self.add(name, tarfile.LNKTYPE, link=existing)

    def whiteout(self, name):
        head, _, tail = name.rpartition("/")
        return self.add(f"{head}/.wh.{tail}" if head else f".wh.{tail}")

    def opaque(self, name):
        return self.add(f"{name}/.wh..wh..opq")

    def bytes(self):
        self.tar.close()
        return self.buffer.getvalue()


class Layout:
    def __init__(self, root):
        self.root = root
        os.makedirs(f"{root}/blobs/sha256", exist_ok=True)
        with open(f"{root}/oci-layout", "w") as file:
            file.write('{"imageLayoutVersion": "1.0.0"}')
        self.names = []
        if os.path.exists(f"{root}/index.json"):
            with open(f"{root}/index.json") as file:
                self.names = json.load(file)["manifests"]

    def put(self, data, media_type):
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{self.root}/blobs/sha256/{digest}", "wb") as file:
            file.write(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data)}

    def image(self, name, layers, compressions=None, diff_ids=None, **config):
        compressions = compressions or ["gzip"] * len(layers)
        blobs = [compressed(data, how) for data, how in zip(layers, compressions)]
        suffix = {"gzip": "+gzip", "zstd": "+zstd", "plain": ""}
        descriptors = [self.put(blob, f"{OCI}layer.v1.tar{suffix[how]}")
                       for blob, how in zip(blobs, compressions)]
        ids = diff_ids or ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
        document = {"os": "linux", "architecture": machine(), "config": config,
                    "rootfs": {"type": "layers", "diff_ids": ids}}
        manifest = self.put(json.dumps({
            "schemaVersion": 2, "mediaType": f"{OCI}manifest.v1+json",
            "config": self.put(json.dumps(document).encode(), f"{OCI}config.v1+json"),
            "layers": descriptors}).encode(), f"{OCI}manifest.v1+json")
        manifest["annotations"] = {"org.opencontainers.image.ref.name": name}
        self.names = [n for n in self.names
                      if n["annotations"]["org.opencontainers.image.ref.name"] != name] + [manifest]

    def save(self):
        with open(f"{self.root}/index.json", "w") as file:
            json.dump({"schemaVersion": 2, "manifests": self.names}, file)

    def blob(self, descriptor):
        with open(f"{self.root}/blobs/sha256/{descriptor['digest'][7:]}", "rb") as file:
            return file.read()

    def manifest(self, name):
        for entry in self.names:
            if entry["annotations"]["org.opencontainers.image.ref.name"] == name:
                return json.loads(self.blob(entry))
        sys.exit(f"there is no image {name}")


def compressed(data, how):
    if how == "gzip":
        return gzip.compress(data, 1, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def machine():
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


def lowest(program):
    layer = Layer()
    layer.add("./", tarfile.DIRTYPE, mode=0o755)
    layer.add("early/child", data=b"before its directory")
    layer.directory("early", 0o700)
    for name in ("bin", "data", "etc", "proc", "dev", "tmp", "run", "sys", "home", "usr", "usr/lib"):
        layer.directory(name)
    layer.link("lib", "usr/lib")
    layer.add("bin/hold", data=program, mode=0o755)
    layer.add("bin/su", data=b"not really", mode=0o4755)
    layer.add("data/same", data=b"same" + b"x" * 100_000)
    layer.hard("data/hard", "data/same").hard("data/hard2", "./data/hard")
    layer.add("data/old", data=b"old").add("data/gone", data=b"gone").add("data/twice", data=b"first")
    layer.add("data/twice", data=b"second")
    layer.directory("data/opaque").add("data/opaque/hidden", data=b"hidden")
    layer.directory("data/dir").add("data/dir/file", data=b"in it")
    layer.directory("data/sealed", 0o555).add("data/sealed/file", data=b"sealed", mode=0o444)
    layer.add("data/none", data=b"nobody reads", mode=0)
    layer.link("data/dangling", "nowhere/at/all").link("data/loop", "loop").link("data/up", "../../../..")
    layer.add("data/" + "n" * 255, data=b"long")
    layer.add(b"data/\xff\xfe raw".decode("utf-8", "surrogateescape"), data=b"bytes")
    layer.add("data/owned", data=b"somebody's", owner=1234)
    layer.add("data/fifo", tarfile.FIFOTYPE)
    layer.add("etc/passwd", data=b"root:x:0:0::/root:/bin/sh\nnode:x:4321:4322::/home/node:/bin/sh\n")
    layer.add("etc/group", data=b"root:x:0:\nnode:x:4322:\n")
    layer.add("data/big", data=bytes(range(256)) * 4096)
    return layer.bytes()


def middle():
    layer = Layer()
    layer.add("data/new", data=b"new").whiteout("data/gone")
    layer.add("data/old", data=b"newer", mode=0o600, time=TIME + 5)
    layer.add("data/opaque/shown", data=b"shown").opaque("data/opaque").directory("data/opaque", 0o711)
    layer.link("data/dir", "opaque")  # in the place of a directory
    layer.add("lib/below", data=b"below a link")  # lib is usr/lib
    layer.hard("data/across", "data/big")
    layer.add("data/hard2", data=b"one name less")
    layer.whiteout("data/never-there")
    return layer.bytes()


def upper():
    layer = Layer()
    layer.directory("data/dir", 0o750).add("data/dir/again", data=b"a directory again")
    layer.whiteout("data/sealed").directory("data/sealed").add("data/sealed/other", data=b"other")
    layer.add("data/.wh..wh.plnk", data=b"aufs kept it here")
    layer.add("data/loop", data=b"no loop any more")
    return layer.bytes()


def simple(program):
    lowest = Layer()
    for name in ("bin", "data", "etc", "proc", "dev", "tmp", "run", "sys", "home"):
        lowest.directory(name)
    lowest.add("bin/hold", data=program, mode=0o755).add("data/same", data=b"same" + b"y" * 50_000)
    lowest.add("data/gone", data=b"gone").add("data/empty").hard("data/hard", "data/same")
    return [lowest.bytes(), Layer().add("data/twin", data=b"same" + b"y" * 50_000).bytes()]


def make(root, program_file):
    with open(program_file, "rb") as file:
        program = file.read()
    layers = [lowest(program), middle(), upper()]
    layout = Layout(root)
    config = {"Env": ["GREETING=hello there", "PATH=/bin:/opt/bin"], "WorkingDir": "/data", "User": "node"}
    layout.image("one", layers, **config)
    layout.image("mixed", layers, ["zstd", "gzip", "plain"], **config)
    layout.image("taller", layers + [Layer().add("data/more", data=b"more" * 1000).bytes()], **config)
    base = simple(program)
    layout.image("base", base)
    layout.image("upper", base + [Layer().add("data/more", data=b"more" * 1000).whiteout("data/gone")
                                    .add("data/another", data=b"same" + b"y" * 50_000).bytes()])
    layout.image("rootless", layers[:1])
    layout.save()


def hostile(root):
    layout = Layout(root)
    base = Layer().directory("etc").add("etc/file", data=b"file").bytes()

    def one(name, layer, **more):
        layout.image(name, [base, layer.bytes()], **more)

    one("climbs", Layer().add("../../climbed", data=b"x"))
    one("climbing-link", Layer().hard("etc/stolen", "../../../../../../etc/hostname"))
    one("whiteout-dot", Layer().add("etc/.wh.."))
    one("whiteout-dots", Layer().add("etc/.wh..."))
    one("whiteout-nothing", Layer().add("etc/.wh."))
    one("below-file", Layer().add("etc/file/below", data=b"x"))
    one("circle", Layer().link("a", "b").link("b", "a").add("a/file", data=b"x"))
    one("hard-link-to-nothing", Layer().hard("etc/new", "etc/none"))
    one("root-is-a-file", Layer().add("./", data=b"x"))
    layout.image("other-diff-id", [base], diff_ids=["sha256:" + "0" * 64])
    layout.image("too-few-diff-ids", [base, base], diff_ids=["sha256:" + hashlib.sha256(base).hexdigest()])
    layout.image("not-tar", [b"<html>please log in</html>" * 100], ["plain"])
    layout.image("cut-gzip", [base])
    cut = layout.manifest("cut-gzip")["layers"][0]
    data = layout.blob(cut)
    descriptor = layout.put(data[:len(data) // 2], cut["mediaType"])
    for entry in layout.names:
        if entry["annotations"]["org.opencontainers.image.ref.name"] == "cut-gzip":
            manifest = json.loads(layout.blob(entry))
            manifest["layers"] = [descriptor]
            entry.update(layout.put(json.dumps(manifest).encode(), entry["mediaType"]))
    layout.save()
    # Those whose bytes are not what the manifest says.
    for name, change in (("flipped", lambda d: d[:9] + bytes([d[9] ^ 1]) + d[10:]),
                         ("longer", lambda d: d + b"x"), ("shorter", lambda d: d[:-1])):
        layout.image(name, [Layer().add("etc/" + name, data=name.encode()).bytes()])
        layer = layout.manifest(name)["layers"][0]
        path = f"{root}/blobs/sha256/{layer['digest'][7:]}"
        with open(path, "rb") as file:
            data = file.read()
        with open(path, "wb") as file:
            file.write(change(data))
    layout.save()


def tag(root, name, other):
    layout = Layout(root)
    key = "org.opencontainers.image.ref.name"
    named = {entry["annotations"][key]: entry for entry in layout.names}
    named[other] = {**named[name], "annotations": {key: other}}
    layout.names = list(named.values())
    layout.save()


def index(root, name, foreign, other, architecture):
    layout = Layout(root)
    key = "org.opencontainers.image.ref.name"
    manifest = layout.manifest(other)
    config = {**json.loads(layout.blob(manifest["config"])), "architecture": architecture}
    manifest["config"] = layout.put(json.dumps(config).encode(), manifest["config"]["mediaType"])
    theirs = layout.put(json.dumps(manifest).encode(), manifest["mediaType"])
    layout.names.append({**theirs, "annotations": {key: foreign}})
    ours = {k: v for k, v in next(e for e in layout.names if e["annotations"][key] == "one").items()
            if k != "annotations"}
    both = [{**ours, "platform": {"os": "linux", "architecture": machine()}},
            {**theirs, "platform": {"os": "linux", "architecture": architecture}}]
    document = {"schemaVersion": 2, "mediaType": f"{OCI}index.v1+json", "manifests": both}
    layout.names.append({**layout.put(json.dumps(document).encode(), f"{OCI}index.v1+json"),
                         "annotations": {key: name}})
    layout.save()


def docker(root, name, path):
    layout = Layout(root)
    manifest = layout.manifest(name)
    config = layout.blob(manifest["config"])
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    layers = [gzip.decompress(layout.blob(layer)) for layer in manifest["layers"]]
    with tarfile.open(path, "w") as tar:
        def add(member_name, data):
            member = tarfile.TarInfo(member_name)
            member.size, member.mode = len(data), 0o644
            tar.addfile(member, io.BytesIO(data))

        names = []
        for number, data in enumerate(layers):
            names.append(f"{number:064}/layer.tar")
            add(names[-1], data)
        # As docker did where two layers were the same.
        link = tarfile.TarInfo("linked/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, f"../{names[-1]}"
        tar.addfile(link)
        names[-1] = link.name
        add(config_name, config)
        add("manifest.json", json.dumps([{"Config": config_name, "RepoTags": ["team/one:1"],
                                          "Layers": names}]).encode())


def unescape(field):
    if field == ".":
        return b""
    return field.encode().decode("unicode_escape").encode("latin-1")


def said(path):
    """What a manifest says: {path: (kind, mode, time, size, content)}."""
    tree = {}
    with open(path) as file:
        lines = file.read().splitlines()[1:]
    for line in lines:
        fields = line.split(" ")
        if fields[0] == "h":
            tree[unescape(fields[2])] = tree[unescape(fields[1])]
            continue
        kind, mode, _, _, time = fields[:5]
        more = tuple(fields[5:7]) if kind == "f" else (unescape(fields[5]),) if kind == "l" else ()
        tree[unescape(fields[-1])] = (kind, int(mode, 8), int(time)) + more
    return tree


def found(root):
    tree = {}
    root = os.fsencode(root)
    pending = [b""]
    while pending:
        path = pending.pop()
        whole = os.path.join(root, path) if path else root
        status = os.lstat(whole)
        mode, kind = status.st_mode & 0o7777, status.st_mode & 0o170000
        time = int(status.st_mtime)
        if kind == 0o040000:
            tree[path] = ("d", mode, time)
            os.chmod(whole, mode | 0o700)
            pending += [os.path.join(path, name) if path else name for name in os.listdir(whole)]
            os.chmod(whole, mode)
        elif kind == 0o120000:
            tree[path] = ("l", 0o777, time, os.readlink(whole))
        elif kind == 0o010000:
            tree[path] = ("p", mode, time)
        else:
            os.chmod(whole, mode | 0o400)
            with open(whole, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.chmod(whole, mode)
            tree[path] = ("f", mode, time, str(status.st_size), digest)
    return tree


def compare(manifest, root):
    ours, theirs = said(manifest), found(root)
    # umoci gives the root itself the time of its own last change to it.
    theirs[b""] = theirs[b""][:2] + ours[b""][2:]
    wrong = 0
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path) != theirs.get(path):
            wrong = 1
            print(f"{path!r}: {ours.get(path)} {theirs.get(path)}")
    print(f"{len(ours)} names compared")
    return wrong


commands = {"make": make, "tag": tag, "index": index, "docker": docker, "hostile": hostile, "compare": compare}
if __name__ == "__main__":
    sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
