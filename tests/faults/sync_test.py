#!/usr/bin/env python3
"""sync_test.py IMGOPS: what is durable when, read from the system calls of a patch of many images.

A kill shows what the kernel has been told, a loss of power what it has written: nothing can be killed
there, so the order of calls is looked at (strace). A blob gets its name when its contents are durable;
index.json is replaced when the names of all blobs are; the log that recovery looks at is continued when
all others are. And sixty images take as many syncs as twenty. Without strace it is skipped (77).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
CALLS = "openat,write,pwrite64,fsync,fdatasync,syncfs,linkat,rename,renameat,renameat2,close"
CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")


def run(program, *words, wrapper=()):
    done = subprocess.run([*wrapper, program, "-q", "-j", "1", *words], capture_output=True, text=True,
                          timeout=120, check=False,
                          env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", "IMGOPS_LAYOUT": ""})
    if done.returncode != 0:
        raise AssertionError(f"{words}: status {done.returncode}: {done.stderr.strip()}")


def make_layout(program, directory, children):
    layout = f"{directory}/of{children}"
    subprocess.run([program, "init", layout], check=True, capture_output=True)
    for name, text in (("old", "old\n"), ("new", "new text\n"), ("own", "own\n")):
        with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(f"{directory}/{name}", (1600000000, 1600000000))
    run(program, "-L", layout, "append", "scratch", f"{directory}/old:/file", "-t", "base:1")
    for number in range(children):
        run(program, "-L", layout, "append", "base:1", f"{directory}/own:/own{number}", "-t", f"child{number}")
    return layout


def trace(program, layout, directory):
    log = f"{directory}/trace"
    run(program, "-L", layout, "patch", "base:1", f"{directory}/new:/file",
        wrapper=["strace", "-f", "-qq", "-y", "-o", log, "-e", f"trace={CALLS}"])
    with open(log, encoding="utf-8", errors="replace") as lines:
        found = [CALL.match(line) for line in lines]
    return [match.groups() for match in found if match and int(match.group(3)) >= 0]


def split(arguments):
    """The descriptor a call is about, and the path strace says it has."""
    found = DESCRIPTOR.match(arguments)
    return (found.group(1), found.group(2)) if found else (None, "")


def faults_of(calls, layout):
    faults = []
    unsynced = {}           # descriptors of nameless blobs with contents that are not durable
    named_blobs = 0         # names since the last sync of their directory
    blobs = os.path.join(os.path.realpath(layout), "blobs", "sha256")
    logs = os.path.join(os.path.realpath(layout), ".imgops", "logs")
    waiting_logs = {}       # logs with lines that are not durable
    linked = replaced = continued = 0
    for call, arguments, _ in calls:
        descriptor, path = split(arguments)
        if call in ("write", "pwrite64"):
            if path.startswith(blobs):
                unsynced[descriptor] = path
            if path.startswith(logs):
                waiting_logs[path] = True
                continued += 1
        elif call == "syncfs":
            unsynced.clear()
            waiting_logs.clear()
            named_blobs = 0
        elif call in ("fsync", "fdatasync"):
            unsynced.pop(descriptor, None)
            if path.startswith(logs) and path != logs:
                # The last one: durable while others are not would hide them from recovery.
                if set(waiting_logs) != {path}:
                    faults.append(f"{path} is synced before {sorted(waiting_logs)[:3]}")
                waiting_logs.pop(path, None)
            if path == blobs:
                named_blobs = 0
        elif call == "linkat" and "/proc/self/fd/" in arguments:
            number = re.search(r"/proc/self/fd/(\d+)", arguments).group(1)
            if number in unsynced:
                faults.append(f"a blob is named before its contents are durable: {arguments[:80]}")
            if "/blobs/sha256/" in arguments:
                named_blobs += 1
                linked += 1
        elif call.startswith("rename") and "index.json" in arguments:
            replaced += 1
            if named_blobs:
                faults.append(f"index.json is replaced while {named_blobs} names of blobs may be lost")
        elif call == "close":
            unsynced.pop(descriptor, None)
    if not linked or replaced != 1 or not continued:
        faults.append(f"{linked} blobs named, index.json replaced {replaced} times, {continued} lines logged: "
                      "this test sees too little")
    return faults


def count_syncs(calls):
    return sum(1 for call, _, _ in calls if call in ("fsync", "fdatasync", "syncfs"))


def can_trace():
    probe = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=syncfs", "true"]
    try:
        return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False


def main():
    if not can_trace():
        print("strace is not there or may not trace: skipped")
        return SKIPPED
    program = os.path.abspath(sys.argv[1])
    directory = tempfile.mkdtemp()
    try:
        syncs = {}
        faults = []
        for children in (20, 60):
            layout = make_layout(program, directory, children)
            calls = trace(program, layout, directory)
            faults += faults_of(calls, layout)
            syncs[children] = count_syncs(calls)
        print(f"syncs: {syncs[20]} for twenty images, {syncs[60]} for sixty")
        if syncs[60] != syncs[20]:
            faults.append("more images, more syncs")
        for fault in faults:
            print(f"FAILED: {fault}")
        return 1 if faults else 0
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
