"""Checks that each published crate's `rust-version` is the lowest that the dependencies allow: the highest among them."""

import json
import subprocess
import sys


def number(version):
    return tuple(int(part) for part in (version + ".0").split(".")[:3])


metadata = json.loads(subprocess.check_output(
    ["cargo", "metadata", "--locked", "--all-features", "--format-version=1"]))
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
# `publish` is null where a crate may be published, and an empty list where it may not.
published = [id for id in metadata["workspace_members"] if packages[id]["publish"] is None]

seen, waiting = set(), list(published)
while waiting:
    id = waiting.pop()
    if id in seen:
        continue
    seen.add(id)
    for dependency in nodes[id]["deps"]:
        if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])

dependencies = [packages[id] for id in seen - set(published) if packages[id]["rust_version"]]
highest = max(dependencies, key=lambda package: number(package["rust_version"]))
print(f"{highest['rust_version']} is what {highest['name']} {highest['version']} asks for, the highest of {len(dependencies)}")
wrong = [packages[id] for id in published if number(packages[id]["rust_version"]) != number(highest["rust_version"])]
for package in wrong:
    print(f"{package['name']} says {package['rust_version']}")
sys.exit(bool(wrong))
