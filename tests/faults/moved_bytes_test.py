#!/usr/bin/env python3
"""moved_bytes_test.py IMGOPS: each byte of a blob is read once and written at most once, by system calls.

Layers of eight megabytes are copied between layouts, exported, imported and flattened into archives and new
layouts under strace; what calls moved between the program and files is added up, those for temporary files too.
Documents and headers are small beside a layer: an eighth of one is allowed for them. Without strace it is skipped
(77).
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

SKIPPED = 77
LAYER_BYTES = 8 << 20
SLACK = LAYER_BYTES // 8
READING, WRITING = ("read", "pread64"), ("write", "pwrite64", "copy_file_range")
CALL = re.compile(r"^\d+ +(\w+)\(\d+<([^>]*)>.* = (\d+)")
NAME = "org.opencontainers.image.ref.name"


def put(layout, data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(f"{layout}/blobs/sha256/{digest}", "wb") as file:
        file.write(data)
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": "sha256:" + digest, "size": len(data)}


def documents(layers):
    digests = ["sha256:" + hashlib.sha256(data).hexdigest() for data in layers]
    return {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": digests},
            "history": [{"created_by": "RUN one"}, {"created_by": "RUN two"}]}


def make_layout(path, layers):
    os.makedirs(f"{path}/blobs/sha256")
    blobs = [put(path, data, "layer.v1.tar") for data in layers]
    config = put(path, json.dumps(documents(layers)).encode(), "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                "layers": blobs}
    root = {**put(path, json.dumps(manifest).encode(), "manifest.v1+json"), "annotations": {NAME: "app:1"}}
    with open(f"{path}/oci-layout", "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    with open(f"{path}/index.json", "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [root]}, file)


def layer_of(name):
    """An archive with a file that cannot be packed, and a small one."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, size in ((name, LAYER_BYTES), ("small-" + name, 10)):
            member = tarfile.TarInfo(path)
            member.size = size
            archive.addfile(member, io.BytesIO(os.urandom(size)))
    return text.getvalue()


def make_docker_archive(path, layers):
    """As docker saved images before it wrote an index."""
    config = json.dumps(documents(layers)).encode()
    name = hashlib.sha256(config).hexdigest() + ".json"
    files = [(f"{number}/layer.tar", data) for number, data in enumerate(layers)]
    entry = {"Config": name, "RepoTags": ["app:1"], "Layers": [file for file, _ in files]}
    files += [(name, config), ("manifest.json", json.dumps([entry]).encode())]
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for file, data in files:
            member = tarfile.TarInfo(file)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def moved(program, directory, *words):
    """Bytes read from files of `directory` and written to such."""
    log = f"{directory}/trace"
    done = subprocess.run(
        ["strace", "-f", "-qq", "-y", "-o", log, "-e", "trace=" + ",".join(READING + WRITING), program, "-q", *words],
        capture_output=True, text=True, timeout=120, check=False, cwd=directory,
        env={**os.environ, "IMGOPS_LAYOUT": "", "XDG_CACHE_HOME": f"{directory}/cache", "TMPDIR": f"{directory}/tmp"})
    if done.returncode != 0:
        raise AssertionError(f"{words}: status {done.returncode}: {done.stderr.strip()}")
    read = written = 0
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = CALL.match(line)
            if not found or not found.group(2).startswith(directory + "/"):
                continue
            if found.group(1) in READING:
                read += int(found.group(3))
            else:
                written += int(found.group(3))
    return read, written


def main():
    program = os.path.abspath(sys.argv[1])
    try:
        subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "true"], check=True, stderr=subprocess.DEVNULL)
    except (FileNotFoundError, subprocess.CalledProcessError):
        print("skipped: strace is missing or may not trace")
        return SKIPPED
    layers = [layer_of("one"), layer_of("two")]
    size = len(layers) * LAYER_BYTES
    twice = 2 * size  # for the index, which no cache has, and for the new layer; a proof or a link reads that again
    faults = []
    with tempfile.TemporaryDirectory() as temporary:
        directory = os.path.realpath(temporary)
        os.mkdir(f"{directory}/tmp")
        make_layout(f"{directory}/lay", layers)
        make_docker_archive(f"{directory}/old.tar", layers)
        flatten = ("flatten", "docker-archive:old.tar:app:1", "--compression", "none", "-o")
        cases = [("copy of a layout", size, 0, ("copy", "-a", "oci:lay", "oci:copied")),
                 ("export", size, size, ("-L", "lay", "export", "app:1", "-o", "saved.tar")),
                 ("import", size, size, ("-L", "imported", "import", "saved.tar")),
                 ("import of an archive without index", size, size, ("-L", "old", "import", "old.tar")),
                 ("import of what is there", size, 0, ("-L", "old", "import", "old.tar", "again:1")),
                 ("flatten into an archive", twice, size, (*flatten, "docker-archive:flat.tar:flat:1")),
                 ("purge into an archive", twice + size, size,
                  ("-L", "lay", "purge", "app:1", "/small-one", "-o", "docker-archive:purged.tar:app:1")),
                 ("flatten into a layout", twice, size, (*flatten, "oci:old:flat:1")),
                 ("flatten into a new layout", twice + size, size, (*flatten, "oci:new:flat:1"))]
        for name, most_read, most_written, words in cases:
            read, written = moved(program, directory, *words)
            print(f"{name}: {read} bytes read, {written} written, of {size}")
            if read > most_read + SLACK:
                faults.append(f"{name}: bytes are read more than once")
            if written > most_written + SLACK:
                faults.append(f"{name}: bytes are written that need not be")
    for fault in faults:
        print("FAULT:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
