"""Trees as lists of fields: as story_layout writes them, and as a directory on disk has them."""

import hashlib
import os
import stat
import subprocess
import sys
import urllib.parse

SKIPPED = 77
OVERLAY = (b"trusted.overlay.", b"user.overlay.")
KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def enter_private_mounts():
    """Starts this program again where its mounts are nobody else's and end with it."""
    if os.geteuid() != 0:
        skip("not root")
    if os.environ.get("IMGOPS_ORACLE_MOUNTS") == "private":
        return
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        skip("no mount namespaces")
    os.environ["IMGOPS_ORACLE_MOUNTS"] = "private"
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", *sys.argv])


def enter_workspace():
    """A tmpfs of our own; all else cannot be written, so that no client leaves its target."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "oracle", "/mnt"], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", "/"], capture_output=True)
    os.chdir("/mnt")
    os.umask(0o022)
    os.environ["HOME"] = os.environ["TMPDIR"] = os.environ["XDG_CACHE_HOME"] = "/mnt"


def make_cases(story_layout, stories):
    """A directory a story in the current one; gives those with a view that warns of nothing."""
    names = []
    for file in sorted(os.listdir(stories)):
        name, extension = os.path.splitext(file)
        if extension != ".story":
            continue
        subprocess.run([story_layout, os.path.join(stories, file), name], check=True)
        if os.path.getsize(os.path.join(name, "warned")) == 0:
            names.append(name)
    return names


def expected_tree(file):
    tree = {}
    with open(file, encoding="ascii") as lines:
        for line in lines:
            fields = {}
            for word in line.split():
                key, _, value = word.partition("=")
                fields[urllib.parse.unquote_to_bytes(key)] = urllib.parse.unquote_to_bytes(value)
            node = {key.decode("utf-8", "surrogateescape"): value for key, value in fields.items()}
            tree[node.pop("path")] = node
    return tree


def _xattrs(path):
    result = {}
    for name in os.listxattr(path, follow_symlinks=False):
        if not os.fsencode(name).startswith(OVERLAY):
            result["xattr." + name] = os.getxattr(path, name, follow_symlinks=False)
    return result


def _time(status):
    seconds, nanoseconds = divmod(status.st_mtime_ns, 1_000_000_000)
    return b"%d.%09d" % (seconds, nanoseconds)


def _node(path, status):
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    node = {
        "type": kind.encode(),
        "mode": b"%04o" % stat.S_IMODE(status.st_mode),
        "uid": b"%d" % status.st_uid,
        "gid": b"%d" % status.st_gid,
        "mtime": _time(status),
    }
    if kind == "file":
        with open(path, "rb") as file:
            content = file.read()
        node["size"] = b"%d" % len(content)
        node["content"] = hashlib.sha256(content).hexdigest().encode()
    if kind == "symlink":
        node["target"] = os.readlink(path)
    if kind in ("character", "block"):
        node["device"] = b"%d:%d" % (os.major(status.st_rdev), os.minor(status.st_rdev))
    node.update(_xattrs(path))
    return node


def tree_on_disk(root):
    """Names that are listed but are not there (what a whiteout leaves) are no nodes (E2)."""
    root = os.fsencode(root)
    tree = {}
    groups = {}
    pending = [b""]
    while pending:
        path = pending.pop()
        try:
            status = os.lstat(root + path)
        except FileNotFoundError:
            continue
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            continue
        tree[path or b"/"] = _node(root + path, status)
        if stat.S_ISDIR(status.st_mode):
            tree[path or b"/"]["group"] = path or b"/"
            pending += [path + b"/" + name for name in os.listdir(root + path)]
        else:
            groups.setdefault(status.st_ino, []).append(path)
    for paths in groups.values():
        for path in paths:
            tree[path]["group"] = min(paths)
    return tree


def differences(left, right, implied=()):
    """One line a difference. The root, and times of the `implied`, are no business of a layer."""
    lines = []
    for path in sorted(left.keys() | right.keys()):
        if path == b"/":
            continue
        shown = path.decode("utf-8", "backslashreplace")
        if path not in left or path not in right:
            lines.append(f"{shown}: only on the {'right' if path in right else 'left'}")
            continue
        ours, theirs = dict(left[path]), dict(right[path])
        for node in (ours, theirs):
            node.pop("implied", None)
            if path in implied:
                node.pop("mtime", None)
        for key in sorted(ours.keys() | theirs.keys()):
            if ours.get(key) != theirs.get(key):
                lines.append(f"{shown}: {key} is {ours.get(key)!r} and {theirs.get(key)!r}")
    return lines


def implied_paths(tree):
    return {path for path, node in tree.items() if "implied" in node}


class Verdicts:
    """Counts what a judge said. A known departure covers the differences it describes, no others."""

    def __init__(self, judge, known):
        self.judge = judge
        self.known = known
        self.judged = 0
        self.departed = []
        self.wrong = []

    def give(self, name, faults):
        self.judged += 1
        reason, described = self.known.get(name, ("", []))
        if faults and all(any(text in fault for text in described) for fault in faults):
            self.departed.append(name)
            print(f"departs: {name}: {reason}")
        elif faults:
            self.wrong.append(name)
            print(f"differs: {name}")
            for fault in faults:
                print(f"  {fault}")

    def finish(self):
        print(
            f"{self.judge}: {self.judged} cases judged, {len(self.departed)} known departures, "
            f"{len(self.wrong)} differ"
        )
        sys.exit(1 if self.wrong or self.judged == 0 else 0)
