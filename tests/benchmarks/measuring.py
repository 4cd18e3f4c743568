"""What tests/benchmarks/run measures with: commands, the files they leave, and the layouts they work on."""
import json, os, shutil, subprocess, tempfile, threading, time, zlib

NAME = "org.opencontainers.image.ref.name"


def tree_bytes(*folders):
    total = 0
    for folder in folders:
        for at, _, names in os.walk(folder):
            for name in names:
                try:
                    total += os.lstat(os.path.join(at, name)).st_blocks * 512
                except OSError:
                    pass
    return total


class Watch(threading.Thread):
    """The most bytes that lay below some folders."""

    def __init__(self, folders):
        super().__init__(daemon=True)
        self.folders, self.most, self.ended = folders, 0, False

    def run(self):
        while not self.ended:
            self.most = max(self.most, tree_bytes(*self.folders))
            time.sleep(0.5)


def measure(commands, scratch, environment):
    """Runs argument lists one after the other: wall and CPU seconds, peak memory of the largest process, and the
    most bytes that lay in the folders `scratch`."""
    watch = Watch(scratch)
    watch.start()
    wall = cpu = 0.0
    memory = 0
    for command in commands:
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        wall += time.monotonic() - start
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss * 1024)
        if code not in (0, 1) or (code == 1 and "diff" not in command):
            raise RuntimeError(f"{' '.join(command[:4])}: exit {code}: {message.decode(errors='replace')[-400:]}")
    watch.ended = True
    watch.join()
    return wall, cpu, memory, watch.most


def uncompressed(blob):
    """Bytes of the archive in a gzip blob."""
    total = 0
    decoder = zlib.decompressobj(31)
    with open(blob, "rb") as file:
        while piece := file.read(1 << 20):
            while piece:
                total += len(decoder.decompress(piece))
                piece = decoder.unused_data
                if decoder.eof:
                    decoder = zlib.decompressobj(31)
    return total


class Bench:
    """One benchmark image, and a folder for what programs make of it."""

    def __init__(self, imgops, corpus, image):
        self.imgops, self.corpus, self.image = imgops, corpus, image
        self.source = os.path.join(corpus, image)
        self.folder = tempfile.mkdtemp(prefix="imgops-bench-")
        self.environment = dict(os.environ, TMPDIR=self.path("tmp"), XDG_CACHE_HOME=self.path("key"), HOME=self.path("home"))
        for name in ("tmp", "key", "home"):
            os.makedirs(self.path(name))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def remove(self, *names):
        for name in names:
            path = self.path(name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)

    def run(self, *words):
        """imgops with these words, nothing measured; its answer."""
        done = subprocess.run([self.imgops, "-q", *words], capture_output=True, env=self.environment)
        if done.returncode not in (0, 1):
            raise SystemExit(f"imgops {' '.join(words)}: {done.stderr.decode(errors='replace')[-400:]}")
        return done.stdout

    def measure_ours(self, *words):
        return measure([[self.imgops, "-q", *words]], [self.path("tmp")], self.environment)

    def fresh(self, name="layout"):
        """A layout with the image, its blobs linked; no cache in it."""
        target = self.path(name)
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-al", self.source, target], check=True)
        index = os.path.join(target, "index.json")
        shutil.copy(index, index + ".own")
        os.replace(index + ".own", index)
        shutil.rmtree(os.path.join(target, ".imgops"), ignore_errors=True)
        return target

    def layers(self, layout, ref):
        index = json.load(open(os.path.join(layout, "index.json")))
        for entry in index["manifests"]:
            if entry.get("annotations", {}).get(NAME) == ref:
                return json.load(open(self.blob(layout, entry["digest"])))["layers"]
        return []

    def blob(self, layout, digest):
        return os.path.join(layout, "blobs", *digest.split(":"))

    def stored(self, layout, ref):
        """Bytes of the layers of a ref."""
        return sum(layer["size"] for layer in self.layers(layout, ref))

    def check_tree(self, layout, source, result, words=()):
        """Ends the run when `result` is another tree than `source`."""
        answer = self.run("-L", layout, "diff", "--name-status", source, result, *words).decode(errors="replace")
        paths = [line for line in answer.splitlines() if "/" in line]
        if paths:
            raise SystemExit(f"{result} is another tree than {source}: {len(paths)} paths, {paths[:3]}")

    def floors(self, base):
        """CPU seconds nobody can avoid, cold and with cached indexes; None without the primitives."""
        program = os.path.join(os.path.dirname(self.imgops), "imgops_primitives")
        if not os.path.exists(program):
            return None
        layers = self.layers(self.source, "latest")
        largest = max(layers, key=lambda layer: layer["size"])["digest"]
        speeds = json.loads(subprocess.run([program, self.blob(self.source, largest), self.folder], capture_output=True, check=True).stdout)
        layout = self.fresh()
        self.run("-L", layout, *(["flatten", "latest"] if base is None else ["compress", f"{base}..latest"]), "-t", "result")
        result = self.layers(layout, "result")[-1]
        archive = uncompressed(self.blob(layout, result["digest"])) / 1e6
        written = result["size"] / 1e6
        cached = archive / speeds["inflate_isal"] + (archive + written) / speeds["sha256"] + written / speeds["write"]
        everything = sum(uncompressed(self.blob(self.source, layer["digest"])) for layer in layers) / 1e6
        return cached + everything / speeds["inflate_isal"], cached

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
