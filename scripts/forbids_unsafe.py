"""Checks that the manifest of each package forbids `unsafe` in all its targets, and that no Rust file has it, compiled or not.

Code cannot allow again what a manifest forbids.
"""

import os
import re
import subprocess
import sys
import tomllib


def read(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def lints(path, manifest):
    """The lints of a package, which may be those of its workspace."""
    if not manifest.get("lints", {}).get("workspace"):
        return manifest.get("lints", {})
    folder = os.path.dirname(path)
    while "workspace" not in manifest:
        folder = os.path.dirname(folder)
        candidate = os.path.join(folder, "Cargo.toml")
        manifest = read(candidate) if os.path.exists(candidate) else {}
    return manifest["workspace"]["lints"]


def forbids(path, manifest):
    lint = lints(path, manifest).get("rust", {}).get("unsafe_code")
    return (lint["level"] if isinstance(lint, dict) else lint) == "forbid"


def has_unsafe(path):
    with open(path, encoding="utf-8") as file:
        return any(re.search(r"\bunsafe\b", line.partition("//")[0]) for line in file)


listing = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard"], text=True)
files = [path for path in listing.splitlines() if os.path.exists(path)]
manifests = {path: read(path) for path in files if os.path.basename(path) == "Cargo.toml"}
packages = {path: manifest for path, manifest in manifests.items() if "package" in manifest}
code = [path for path in files if path.endswith(".rs")]

faults = [f'{path} does not say `unsafe_code = "forbid"`' for path, manifest in packages.items() if not forbids(path, manifest)]
faults += [f"{path} has `unsafe`" for path in code if has_unsafe(path)]
for fault in faults:
    print(fault)
print(f"figure: {len(packages)} packages, {len(code)} files")
sys.exit(bool(faults or not packages or not code))
