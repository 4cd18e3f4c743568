#!/usr/bin/env python3
"""crash_test.py IMGOPS: kills the program at every system call that writes, and at random moments.

Each scenario is run once to its end, which tells where the names move to and which calls of each kind
it makes; then once for each of those calls, killed as it enters it (strace injects the signal). After
each kill the next program opens the layout, and: every name stands where it stood before or where it
was going; `fsck --full` finds no damage; `gc` leaves nothing of the killed program behind; the same
command, run again, ends as if nothing had happened. Without strace it is skipped (77).
"""

import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
CALLS = [
    "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs", "rename", "renameat", "renameat2",
    "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "openat", "flock",
]
# Of openat only what makes a file.
CREATING = re.compile(r"O_CREAT|O_TMPFILE")
RANDOM_SECONDS = 6


class Program:
    def __init__(self, path, home):
        self.path = path
        self.environment = {
            **os.environ,
            "HOME": home,
            "XDG_CACHE_HOME": f"{home}/cache",
            "SOURCE_DATE_EPOCH": "1700000000",
            "LC_ALL": "C.UTF-8",
            "IMGOPS_LAYOUT": "",
        }

    def command(self, layout, words):
        return [self.path, "-q", "-j", "1", "-L", layout, *words]

    def run(self, layout, *words, wrapper=()):
        return subprocess.run(
            [*wrapper, *self.command(layout, words)], env=self.environment, capture_output=True,
            text=True, timeout=60, check=False)

    def must(self, layout, *words):
        done = self.run(layout, *words)
        if done.returncode != 0:
            raise AssertionError(f"{words}: status {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def names(self, layout):
        document = json.loads(self.must(layout, "images", "--json"))
        return {image["ref"]: image["digest"] for image in document["images"]}


def make_template(program, directory):
    """A layout with a base, an image of three layers above it, and garbage."""
    layout = f"{directory}/template"
    subprocess.run([program.path, "init", layout], check=True, capture_output=True)
    for number in range(4):
        with open(f"{directory}/file{number}", "w", encoding="utf-8") as file:
            file.write(f"content {number}\n" * 100)
        os.utime(f"{directory}/file{number}", (1600000000, 1600000000))
    program.must(layout, "append", "scratch", f"{directory}/file0:/base", "-t", "base:1")
    program.must(layout, "append", "base:1", f"{directory}/file1:/one", "-t", "app:1")
    program.must(layout, "append", "app:1", f"{directory}/file2:/two")
    program.must(layout, "export", "app:1", "-o", f"{directory}/app.tar")
    return layout


def scenarios(directory):
    file = f"{directory}/file3:/three"
    return {
        "append -t": ["append", "app:1", file, "-t", "app:2"],
        "compress": ["compress", "app:1"],
        "import": ["import", f"{directory}/app.tar", "app:imported"],
        "gc": ["gc", "--grace", "0", "--reflog-expire", "0"],
        "patch": ["patch", "base:1", f"{directory}/file3:/base"],
    }


def writing_calls(program, layout, words, log):
    """(call, how many of its kind came first) of each call that writes, thread by thread."""
    program.run(layout, *words,
                wrapper=["strace", "-f", "-qq", "-o", log, "-e", f"trace={','.join(CALLS)}"])
    counts = {}
    points = set()
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = re.match(r"(\d+) +(\w+)\((.*)", line)
            if not found:
                continue
            thread, call, rest = found.groups()
            number = counts[thread, call] = counts.get((thread, call), 0) + 1
            if call == "openat" and not CREATING.search(rest):
                continue
            points.add((call, number))
    return sorted(points)


def leftovers(layout):
    found = []
    for parent, _, files in os.walk(layout):
        for name in files:
            if name.startswith(".new-") or os.path.basename(parent) == "leases":
                found.append(os.path.relpath(os.path.join(parent, name), layout))
    return found


def faults_of(program, layout, before, after):
    """What must hold of a layout in which a program was killed."""
    names = program.names(layout)  # opens it: what is half-way is settled
    if names not in (before, after):
        return "some names moved and others did not"
    for name in set(before) | set(after) | set(names):
        if names.get(name) not in (before.get(name), after.get(name)):
            return f"{name} is at {names.get(name)}"
    checked = program.run(layout, "fsck", "--full", "--json")
    if checked.returncode != 0:
        return f"fsck: {checked.stdout} {checked.stderr}"
    bad = [note for note in json.loads(checked.stdout)["notes"]
           if note["kind"] not in ("dangling", "leftover")]
    if bad:
        return f"fsck: {bad}"
    program.must(layout, "gc", "--grace", "0")
    left = leftovers(layout)
    if left:
        return f"left behind: {left}"
    if program.names(layout) != names:
        return "gc changed the names"
    return None


def kill_at(program, case, point):
    name, words, template, before, after, layout = case
    call, number = point
    shutil.copytree(template, layout)
    try:
        done = program.run(
            layout, *words,
            wrapper=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                     f"inject={call}:signal=KILL:when={number}"])
        was_killed = done.returncode not in (0,)
        fault = faults_of(program, layout, before, after)
        if fault is None and was_killed:
            again = program.run(layout, *words)
            if again.returncode != 0:
                fault = f"run again: {again.stderr.strip()}"
            elif program.names(layout) != after:
                fault = "run again it ends elsewhere"
        return was_killed, fault and f"{name}, killed at {call} {number}: {fault}"
    finally:
        shutil.rmtree(layout)


def kill_everywhere(program, directory, template, pool):
    failures = []
    kills = 0
    for name, words in scenarios(directory).items():
        before = program.names(template)
        done = f"{directory}/done"
        shutil.copytree(template, done)
        points = writing_calls(program, done, words, f"{directory}/trace")
        after = program.names(done)
        shutil.rmtree(done)
        cases = [((name, words, template, before, after, f"{directory}/lay{number}"), point)
                 for number, point in enumerate(points)]
        results = list(pool.map(lambda case: kill_at(program, *case), cases))
        killed = sum(1 for was_killed, _ in results if was_killed)
        kills += killed
        failures += [fault for _, fault in results if fault]
        print(f"{name}: {len(points)} calls that write, killed at {killed}")
        if killed < len(points) // 2:
            failures.append(f"{name}: killed at {killed} of {len(points)} points only")
    return kills, failures


def kill_at_random(program, directory, template, seed):
    """Moves and collections one after the other in one layout, each killed when it pleases."""
    layout = f"{directory}/random"
    shutil.copytree(template, layout)
    generator = random.Random(seed)
    kills = 0
    commands = list(scenarios(directory).values())
    end = time.monotonic() + RANDOM_SECONDS
    while time.monotonic() < end:
        words = generator.choice(commands)
        before = program.names(layout)
        child = subprocess.Popen(program.command(layout, words), env=program.environment,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(generator.random() * 0.06)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1
        names = program.names(layout)
        moved = [name for name in set(before) | set(names) if before.get(name) != names.get(name)]
        if len(moved) > 1 and words[0] != "patch":
            return kills, [f"{words}: more than one name moved: {moved}"]
        checked = program.run(layout, "fsck", "--full")
        if checked.returncode != 0:
            return kills, [f"{words}, killed at a random moment: {checked.stdout}"]
    program.must(layout, "gc", "--grace", "0")
    left = leftovers(layout)
    return kills, [f"left behind: {left}"] if left else []


def make_fleet(program, directory, template):
    """A layout in which 200 names stand on one base: 20 images, ten names each."""
    layout = f"{directory}/fleet"
    shutil.copytree(template, layout)
    for number in range(20):
        name = f"child{number}"
        file = f"{directory}/file{number % 4}:/own{number}"
        program.must(layout, "append", "base:1", file, "-t", name)
        program.must(layout, "tag", name, *[f"{name}-{copy}" for copy in range(9)])
    os.makedirs(f"{directory}/fix", exist_ok=True)
    with open(f"{directory}/fix/base", "w", encoding="utf-8") as file:
        file.write("fixed\n")
    os.utime(f"{directory}/fix/base", (1600000000, 1600000000))
    return layout


def kill_fleet(program, directory, template, pool):
    """A patch of 200 names killed at some of its calls, at every one near its end: all move or none."""
    fleet = make_fleet(program, directory, template)
    words = ["patch", "base:1", f"{directory}/fix", "--chown", "0:0", "--refs", "child*"]
    before = program.names(fleet)
    done = f"{directory}/done"
    shutil.copytree(fleet, done)
    points = writing_calls(program, done, words, f"{directory}/trace")
    after = program.names(done)
    shutil.rmtree(done)
    moved = sum(1 for name in before if before[name] != after[name])
    if moved != 201:
        return 0, [f"patch: {moved} names moved, not 201"]
    chosen = set(random.Random(1).sample(points, min(24, len(points))))
    for call in sorted({call for call, _ in points}):
        last = 8 if call in ("rename", "renameat", "renameat2", "flock") else 3
        chosen |= set([point for point in points if point[0] == call][-last:])
    cases = [(("fleet", words, fleet, before, after, f"{directory}/lay{number}"), point)
             for number, point in enumerate(sorted(chosen))]

    results = list(pool.map(lambda case: kill_at(program, *case), cases))
    killed = sum(1 for was_killed, _ in results if was_killed)
    print(f"patch of 200 names: {len(points)} calls that write, killed at {killed} of {len(cases)}")
    failures = [fault for _, fault in results if fault]
    if killed < len(cases) // 2:
        failures.append(f"fleet: killed at {killed} of {len(cases)} points only")
    return killed, failures


def main():
    if shutil.which("strace") is None:
        print("skipped: strace is missing")
        return SKIPPED
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], check=False,
                      capture_output=True).returncode != 0:
        print("skipped: strace may not trace here")
        return SKIPPED
    with tempfile.TemporaryDirectory() as directory:
        program = Program(os.path.realpath(sys.argv[1]), directory)
        template = make_template(program, directory)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            kills, failures = kill_everywhere(program, directory, template, pool)
            fleet_kills, fleet_failures = kill_fleet(program, directory, template, pool)
        random_kills, random_failures = kill_at_random(program, directory, template, 1)
    kills += fleet_kills
    failures += fleet_failures + random_failures
    print(f"{kills} kills at calls, {random_kills} at random moments, {len(failures)} failures")
    for failure in failures[:20]:
        print(failure)
    return 1 if failures else 0


sys.exit(main())
