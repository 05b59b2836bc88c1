"""What devbox's manifest of a tree says, compared entry by entry with trees that others made.

  peers.py disk MANIFEST ROOT        devbox's own tree on disk: no setuid bits, directories that nobody
                                     can write to, all of it the user's, and user.* attributes alone
  peers.py rootless MANIFEST ROOT    what `umoci unpack --rootless` made: owners are in an attribute of
                                     its own, and a device is an empty file
  peers.py owned MANIFEST ROOT       what root of a user namespace has: all of it, but devices
  peers.py podman MANIFEST ROOT      the same of podman, which has no time before 1970, and gives the
                                     tree itself one of its own
  peers.py archive MANIFEST TAR      an export to a plain tar: all of it
  peers.py capability FILE           gives it cap_net_raw=ep
  peers.py xattr FILE NAME=VALUE…    gives it these
  peers.py umoci-layer FILE          a layer with what an ordinary user's bundle cannot have

Each path's type, mode, owner, time, size, content or link text, device number, extended attributes,
and which names are one file. Prints what differs, and how many names there were.
"""

import dataclasses
import hashlib
import os
import stat
import sys
import tarfile

sys.dont_write_bytecode = True  # beside the sources
from layers import Layer, unescape

CAPABILITY = "security.capability"
UMOCI = "user.rootlesscontainers"


@dataclasses.dataclass
class Entry:
    kind: str
    mode: int
    owner: tuple | None  # None, of this and the next: not known
    time: int | None
    size: int = 0
    content: object = None  # a file's SHA-256; a link's text; a device's "MAJOR:MINOR"
    xattrs: dict = dataclasses.field(default_factory=dict)
    names: tuple = ()  # of a file, all of them


def grouped(tree, numbers):
    """Each file knows its names; numbers: {path: the number of its file}."""
    names = {}
    for path, number in numbers.items():
        names.setdefault(number, []).append(path)
    for path, number in numbers.items():
        tree[path].names = tuple(sorted(names[number]))
    return tree


def said(path):
    """What a manifest says."""
    tree, numbers = {}, {}
    with open(path) as file:
        lines = file.read().splitlines()[1:]
    for number, line in enumerate(lines):
        fields = line.split(" ")
        if fields[0] == "h":
            first, name = unescape(fields[1]), unescape(fields[2])
            tree[name] = dataclasses.replace(tree[first])
            numbers[name] = numbers[first]
            continue
        kind, mode, uid, gid, time = fields[:5]
        entry = Entry(kind, int(mode, 8), (int(uid), int(gid)), int(time))
        rest = fields[5:]
        if kind == "f":
            entry.size, entry.content = int(rest.pop(0)), rest.pop(0)
        elif kind == "l":
            entry.content = rest.pop(0).encode().decode("unicode_escape").encode("latin-1")
        elif kind in "cb":
            entry.content = rest.pop(0)
        name = unescape(rest.pop(0))
        for field in rest:
            key, _, value = field.partition("=")
            entry.xattrs[unescape(key).decode()] = unescape(value) if value != "." else b"."
        tree[name] = entry
        if kind == "f":
            numbers[name] = number
    return grouped(tree, numbers)


def attributes(path):
    return {name: os.getxattr(path, name, follow_symlinks=False)
            for name in os.listxattr(path, follow_symlinks=False)
            if name.startswith("user.") or name == CAPABILITY}


def opened(path, mode, bits, act):
    """What `act` returns while we may do with `path` what `bits` say."""
    if mode & bits == bits:
        return act()
    os.chmod(path, mode | bits)
    try:
        return act()
    finally:
        os.chmod(path, mode)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


KINDS = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "l", stat.S_IFIFO: "p",
         stat.S_IFCHR: "c", stat.S_IFBLK: "b"}


def found(root):
    """What there is below a directory. Nanoseconds are left out of times."""
    tree, numbers = {}, {}
    pending = [b""]
    while pending:
        path = pending.pop()
        whole = os.path.join(os.fsencode(root), path)
        status = os.lstat(whole)
        mode, kind = stat.S_IMODE(status.st_mode), KINDS[stat.S_IFMT(status.st_mode)]
        entry = Entry(kind, mode, (status.st_uid, status.st_gid), status.st_mtime_ns // 10**9)
        tree[path] = entry
        if kind == "d":
            names, entry.xattrs = opened(whole, mode, 0o500, lambda: (os.listdir(whole), attributes(whole)))
            pending += [os.path.join(path, name) for name in names]
            continue
        if kind == "l":
            entry.content, entry.xattrs = os.readlink(whole), attributes(whole)
        elif kind == "f":
            entry.size = status.st_size
            entry.content, entry.xattrs = opened(whole, mode, 0o400, lambda: (digest(whole), attributes(whole)))
            numbers[path] = status.st_ino
        elif kind in "cb":
            entry.content = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return grouped(tree, numbers)


TYPES = {tarfile.DIRTYPE: "d", tarfile.REGTYPE: "f", tarfile.SYMTYPE: "l", tarfile.FIFOTYPE: "p",
         tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b"}


def in_archive(path):
    tree, numbers = {}, {}
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        for number, member in enumerate(tar):
            name = os.fsencode(member.name).removeprefix(b".")
            if member.type == tarfile.LNKTYPE:
                first = os.fsencode(member.linkname)
                tree[name] = dataclasses.replace(tree[first])
                numbers[name] = numbers[first]
                continue
            entry = Entry(TYPES[member.type], member.mode, (member.uid, member.gid), member.mtime)
            for key, value in member.pax_headers.items():
                if key.startswith("SCHILY.xattr."):
                    entry.xattrs[key[13:]] = value.encode("utf-8", "surrogateescape")
            if entry.kind == "f":
                entry.size = member.size
                entry.content = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
                numbers[name] = number
            elif entry.kind == "l":
                entry.content = os.fsencode(member.linkname)
            elif entry.kind in "cb":
                entry.content = f"{member.devmajor}:{member.devminor}"
            tree[name] = entry
    return grouped(tree, numbers)


def only_user(xattrs):
    return {name: value for name, value in xattrs.items() if name != CAPABILITY}


def expected_on_disk(tree):
    tree = {path: entry for path, entry in tree.items() if entry.kind not in "cb"}
    for entry in tree.values():
        entry.owner, entry.xattrs = (os.getuid(), os.getgid()), only_user(entry.xattrs)
        if entry.kind == "d":
            entry.mode = entry.mode & 0o555 | 0o500
        elif entry.kind != "l":
            entry.mode &= 0o777
    return tree


def expected_of_rootless(tree):
    for entry in tree.values():
        entry.xattrs = only_user(entry.xattrs)
        if entry.kind in "cb":
            entry.kind, entry.content = "f", hashlib.sha256(b"").hexdigest()
            entry.owner = None
        elif entry.kind in "lp":  # which can have no attribute to say it in
            entry.owner = None
    return tree


def expected_of_podman(tree):
    for entry in tree.values():
        entry.time = max(entry.time, 0)
    tree[b""].time = None
    return tree


def varint(data):
    value = shift = 0
    for at, byte in enumerate(data):
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, data[at + 1:]
    return value, b""


def with_owners_of_umoci(tree):
    """Its attribute is a protobuf of two numbers, 1 the user and 2 the group; what is 0 is not there."""
    for entry in tree.values():
        owner, data = {1: 0, 2: 0}, entry.xattrs.pop(UMOCI, b"")
        while data:
            key, data = varint(data)
            owner[key >> 3], data = varint(data)
        entry.owner = (owner[1], owner[2])
    return tree


def differences(ours, theirs):
    for path in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(path), theirs.get(path)
        if one is None or other is None:
            yield f"{path!r}: only {'there' if one is None else 'in the manifest'}"
            continue
        for field in dataclasses.fields(Entry):
            expected, got = getattr(one, field.name), getattr(other, field.name)
            if expected != got and not (field.name in ("owner", "time") and expected is None):
                yield f"{path!r}: {field.name}: {expected!r} in the manifest, {got!r} there"


def compare(ours, theirs):
    wrong = list(differences(ours, theirs))
    for line in wrong:
        print(line)
    print(f"{len(ours)} names compared")
    return 1 if wrong else 0


def set_xattrs(path, *pairs):
    for pair in pairs:
        name, _, value = pair.partition("=")
        os.setxattr(path, name, os.fsencode(value))


# capabilities(7), "File capability versioning": revision 2, CAP_NET_RAW permitted, and effective.
NET_RAW = bytes.fromhex("0100000200200000" + "00" * 12)


def umoci_layer(path):
    def xattrs(**more):
        return {"SCHILY.xattr." + name.replace("__", "."): value for name, value in more.items()}

    layer = Layer()
    layer.directory("data/owned", 0o2750, owner=33, pax=xattrs(user__of="a directory"))
    layer.add("data/ping", data=b"ping", mode=0o755, owner=1234,
              pax=xattrs(security__capability=NET_RAW.decode("utf-8", "surrogateescape"), user__text="é = \n"))
    layer.add("data/ping2", tarfile.LNKTYPE, link="data/ping")
    # Nothing of these is in a tree.
    layer.add("data/labelled", data=b"label", pax=xattrs(security__selinux="system_u:object_r:bin_t:s0"))
    layer.add("data/before", data=b"1969", time=-5).add("data/late", data=b"2200", time=7258118400)
    layer.add("data/between", data=b"between", time=1_000_000_000.75)
    layer.add("data/" + "n" * 255, data=b"long", pax=xattrs(user__a="1"))
    layer.link("data/self", ".").link("data/far", "/" + "x" * 300)
    layer.add("data/gone", data=b"a file again").add("data/su", data=b"su", mode=0o6755, owner=99)
    with open(path, "wb") as file:
        file.write(layer.bytes())


def capability(path):
    os.setxattr(path, CAPABILITY, NET_RAW)


commands = {
    "disk": lambda manifest, root: compare(expected_on_disk(said(manifest)), found(root)),
    "rootless": lambda manifest, root: compare(expected_of_rootless(said(manifest)),
                                               with_owners_of_umoci(found(root))),
    "owned": lambda manifest, root: compare(said(manifest), found(root)),
    "podman": lambda manifest, root: compare(expected_of_podman(said(manifest)), found(root)),
    "archive": lambda manifest, path: compare(said(manifest), in_archive(path)),
    "xattr": set_xattrs,
    "capability": capability,
    "umoci-layer": umoci_layer,
}
sys.exit(commands[sys.argv[1]](*sys.argv[2:]))
