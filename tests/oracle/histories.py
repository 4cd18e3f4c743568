"""What tests/oracle/histories asks about documents.

count WHOLE                  steps of a configuration
ancestors WHOLE              for each step but the last, the id of the image after it as buildah's
                             comments have it, or "none"
reference oci|docker|inspect an image as its builder shows it, on stdin, to {config, author}
compare BUILDER DIRECTORY    after-K.json against ours-K.json and tagged-K.json
record BUILDER DIRECTORY     whole.json and after-K.json as one fixture
"""
import json
import pathlib
import re
import sys

GROUPS = ("Env Cmd Entrypoint WorkingDir User ExposedPorts Volumes Labels Shell StopSignal "
          "Healthcheck OnBuild").split()


def settings(document):
    """Settings as imgops compares them: blank ones count as absent."""
    config = document.get("config") or {}
    result = {group: config[group] for group in GROUPS if config.get(group)}
    if "Env" in result:
        result["Env"] = sorted(result["Env"])  # buildah moves what is set again to the end
    if document.get("author"):
        result["author"] = document["author"]
    return result


def comparable(document):
    """Of an image that sets no directory and of one that sets the root the same."""
    result = settings(document)
    if result.get("WorkingDir") == "/":
        del result["WorkingDir"]
    return result


def load(path):
    return json.loads(pathlib.Path(path).read_text())


def steps(directory, stem):
    found = {}
    for path in pathlib.Path(directory).glob(stem + "-*.json"):
        found[int(re.search(r"-(\d+)\.json$", path.name)[1])] = load(path)
    return dict(sorted(found.items()))


def reference(kind, document):
    if isinstance(document, list):
        document = document[0]
    if kind == "inspect":
        return {"config": document["Config"], "author": document.get("Author", "")}
    image = document["OCIv1" if kind == "oci" else "Docker"]
    return {"config": image.get("config"), "author": image.get("author", "")}


def ancestors(whole):
    for entry in whole["history"][1:]:
        found = re.fullmatch(r"FROM ([0-9a-f]{12,64})", entry.get("comment", ""))
        yield found[1] if found else "none"


def compare(builder, directory):
    theirs, ours = steps(directory, "after"), steps(directory, "ours")
    told = {step: tagged["omitted"] for step, tagged in steps(directory, "tagged").items()}
    whole = load(f"{directory}/whole.json")
    bad = compared = 0
    for step in ours:
        if step not in theirs:
            continue
        compared += 1
        expected, got = comparable(theirs[step]), comparable(ours[step])
        for group in sorted(set(expected) | set(got)):
            if expected.get(group) == got.get(group):
                continue
            if any(group in sentence for sentence in told[step]):
                continue  # said not to be known
            bad += 1
            print(f"step {step} {whole['history'][step - 1].get('created_by')}\n"
                  f"  {group}: builder {json.dumps(expected.get(group))}\n"
                  f"  {group}: imgops  {json.dumps(got.get(group))}")
    omitted = sorted({sentence for sentences in told.values() for sentence in sentences})
    for sentence in omitted:
        print("told:", sentence)
    print(f"{compared} of {len(whole['history'])} steps compared, {len(omitted)} omissions told")
    return 1 if bad or not compared else 0


def changes(after):
    """Each step's settings as what differs from the step before; null unsets."""
    before, result = {}, {}
    for step, now in after.items():
        result[str(step)] = {group: now.get(group) for group in sorted(set(before) | set(now))
                             if before.get(group) != now.get(group)}
        before = now
    return result


def record(builder, directory):
    whole = load(f"{directory}/whole.json")
    history = [{key: entry[key] for key in ("created", "created_by", "comment", "empty_layer")
                if key in entry} for entry in whole["history"]]
    after = changes({step: settings(document)
                     for step, document in steps(directory, "after").items()})
    lines = [f'"builder":{json.dumps(builder)}', f'"finished":{json.dumps(settings(whole))}']
    lines.append('"history":[\n' + ",\n".join(json.dumps(entry) for entry in history) + "]")
    lines.append('"after":{\n' + ",\n".join(
        f'"{step}":{json.dumps(value)}' for step, value in after.items()) + "}")
    print("{" + ",\n".join(lines) + "}")


def main(words):
    if words[0] == "count":
        print(len(load(words[1])["history"]))
    elif words[0] == "ancestors":
        print("\n".join(ancestors(load(words[1]))))
    elif words[0] == "reference":
        json.dump(reference(words[1], json.load(sys.stdin)), sys.stdout)
    elif words[0] == "compare":
        return compare(*words[1:])
    elif words[0] == "record":
        record(*words[1:])
    return 0


sys.exit(main(sys.argv[1:]))
