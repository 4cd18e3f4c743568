"""Hostile images, byte by byte, and the program run on them: what the suites of this folder share.

A suite is a program of unittest: SUITE IMGOPS. Everything lies in a directory of its own that goes
away; nothing needs the network, and what needs root or strace is skipped by name.
"""

import gzip
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77
BLOCK = 512
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

# ---- archives ------------------------------------------------------------------------------------


def octal(value, width):
    return b"%0*o\0" % (width - 1, value)


def binary(value, width):
    """GNU's form, two's complement; what does not fit is cut."""
    return bytes([0x80 | (value >> (8 * (width - 1))) & 0xFF]) + (
        value & ((1 << (8 * (width - 1))) - 1)
    ).to_bytes(width - 1, "big")


def header(name, kind=b"0", size=0, link=b"", mode=0o644, size_field=None, fields=()):
    """The block of one member. `fields` are (offset, bytes), written over the sound ones."""
    block = bytearray(BLOCK)

    def put(offset, value):
        block[offset : offset + len(value)] = value

    put(0, name[:100])
    put(100, octal(mode, 8))
    put(108, octal(0, 8))
    put(116, octal(0, 8))
    put(124, size_field if size_field is not None else octal(size, 12))
    put(136, octal(1000, 12))
    put(156, kind)
    put(157, link[:100])
    put(257, b"ustar\x0000")
    put(329, octal(0, 8))
    put(337, octal(0, 8))
    for offset, value in fields:
        put(offset, value)
    put(148, b" " * 8)
    put(148, b"%06o\0 " % sum(block))
    return bytes(block)


def padded(body):
    return body + bytes(-len(body) % BLOCK)


def record(key, value):
    text = b" " + key + b"=" + value + b"\n"
    size = len(text)
    while size != len(text) + len(str(size)):
        size = len(text) + len(str(size))
    return str(size).encode() + text


def records(*pairs):
    """A pax header of its own."""
    text = b"".join(record(key, value) for key, value in pairs)
    return header(b"pax", b"x", len(text)) + padded(text)


def member(name, kind=b"0", body=b"", link=b"", mode=0o644):
    """A member of any name; long ones get a pax header."""
    extra = []
    if len(name) > 100:
        extra.append((b"path", name))
    if len(link) > 100:
        extra.append((b"linkpath", link))
    front = records(*extra) if extra else b""
    return front + header(name, kind, len(body), link, mode) + padded(body)


def directory(name, mode=0o755):
    return member(name, b"5", mode=mode)


def symlink(name, target):
    return member(name, b"2", link=target)


def hard_link(name, target):
    return member(name, b"1", link=target)


END = bytes(2 * BLOCK)

# ---- images --------------------------------------------------------------------------------------


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def text_of(document):
    return json.dumps(document, separators=(",", ":")).encode()


def write(path, data):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


class Layout:
    """An image layout; blobs may be told any name and any descriptor."""

    def __init__(self, path):
        self.path = path
        self.manifests = []
        os.makedirs(os.path.join(path, "blobs", "sha256"))
        write(os.path.join(path, "oci-layout"), b'{"imageLayoutVersion":"1.0.0"}')
        self.write_index()

    def blob_path(self, digest):
        return os.path.join(self.path, "blobs", *digest.split(":"))

    def blob(self, data, media_type):
        """Stores bytes; returns their descriptor."""
        digest = digest_of(data)
        write(self.blob_path(digest), data)
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def layer(self, archive, packing="gzip"):
        """Stores an archive; returns descriptor and DiffId."""
        if packing == "gzip":
            data, suffix = gzip.compress(archive, 6, mtime=0), "+gzip"
        else:
            data, suffix = archive, ""
        return self.blob(data, LAYER + suffix), digest_of(archive)

    def image(self, name, layers, configuration=None, history=None, **manifest):
        """`layers` are pairs as layer() returns them; keyword arguments go into the manifest."""
        text = {
            "architecture": "amd64",
            "os": "linux",
            "config": configuration or {},
            "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
            "history": history or [{"created_by": "layer"} for _ in layers],
        }
        document = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(text_of(text), CONFIGURATION),
            "layers": [descriptor for descriptor, _ in layers],
        }
        document.update(manifest)
        return self.tag(name, self.blob(text_of(document), MANIFEST))

    def tag(self, name, descriptor):
        listed = dict(descriptor)
        listed["annotations"] = {"org.opencontainers.image.ref.name": name}
        self.manifests.append(listed)
        self.write_index()
        return descriptor

    def write_index(self, **more):
        document = {"schemaVersion": 2, "manifests": self.manifests}
        document.update(more)
        write(os.path.join(self.path, "index.json"), text_of(document))


def one_layer(path, archive, name="app:1", packing="gzip"):
    layout = Layout(path)
    layout.image(name, [layout.layer(archive, packing)])
    return layout


# ---- the program ---------------------------------------------------------------------------------


class Run:
    """What a run of the program came to."""

    def __init__(self, status, output, errors, peak_bytes, processor_seconds):
        self.status = status
        self.output = output
        self.errors = errors
        self.peak_bytes = peak_bytes
        self.processor_seconds = processor_seconds

    def __str__(self):
        return "status %s\n%s\n%s" % (
            self.status,
            self.output[-2000:].decode(errors="replace"),
            self.errors[-2000:].decode(errors="replace"),
        )


PROGRAM = None  # set by main()


class Suite(unittest.TestCase):
    """Each test has a directory of its own in which it runs."""

    maxDiff = None
    place = None  # where those directories are made; None: as the system says

    def setUp(self):
        self.scratch = os.path.realpath(tempfile.mkdtemp(prefix="hostility-", dir=self.place))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        for name in ("work", "home", "tmp"):
            os.mkdir(os.path.join(self.scratch, name))
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(os.path.join(self.scratch, "work"))

    def environment(self):
        return {
            "PATH": os.environ["PATH"],
            "HOME": os.path.join(self.scratch, "home"),
            "TMPDIR": os.path.join(self.scratch, "tmp"),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "SOURCE_DATE_EPOCH": "1700000000",
            # Under the address sanitizer the limits on memory are not the program's own.
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", ""),
        }

    def imgops(self, *words, before=(), seconds=60, most_bytes=0, extra=None):
        """Runs the program, `before` it what watches it. Killed after `seconds`, which fails the test.
        With `most_bytes` it cannot have more than that of address space."""
        command = [*before, PROGRAM, "--progress", "none", *words]
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env={**self.environment(), **(extra or {})},
                preexec_fn=(lambda: limit_memory(most_bytes)) if most_bytes else None,
                start_new_session=True,
            )
            status, usage = wait(process, seconds)
            output.seek(0)
            errors.seek(0)
            run = Run(
                status,
                output.read(),
                errors.read(),
                usage.ru_maxrss * 1024,
                usage.ru_utime + usage.ru_stime,
            )
        self.assertIsNotNone(status, "still running after %d s: %s" % (seconds, " ".join(words)))
        return run

    def reads(self, *words, **options):
        run = self.imgops(*words, **options)
        self.assertEqual(run.status, 0, "%s: %s" % (" ".join(words), run))
        return run

    def refuses(self, status, *words, **options):
        run = self.imgops(*words, **options)
        self.assertEqual(run.status, status, "%s: %s" % (" ".join(words), run))
        return run


def limit_memory(most_bytes):
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def wait(process, seconds):
    """Exit status (None: it had to be killed) and what it used."""
    end = time.monotonic() + seconds
    killed = False
    pause = 0.001
    while True:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            process.returncode = os.waitstatus_to_exitcode(status)
            return (None if killed else process.returncode), usage
        if not killed and time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)  # the session we started, nothing else
            killed = True
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def require(program):
    """Skips the suite where `program` is absent."""
    if shutil.which(program) is None:
        print("%s is not installed: skipped" % program)
        sys.exit(SKIPPED)


def is_sanitized():
    """Whether the program was built with a sanitizer, which has memory and time of its own."""
    with open(PROGRAM, "rb") as file:
        return b"__asan_init" in file.read() or b"__tsan_init" in file.read()


def main(needs_plain_build=False):
    global PROGRAM
    PROGRAM = os.path.realpath(sys.argv[1])
    if needs_plain_build and is_sanitized():
        print("a sanitizer has memory and time of its own: skipped")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
