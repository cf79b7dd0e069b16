"""Prints the features of the library, one a line: what scripts/test tries each alone."""

import json
import subprocess

metadata = json.loads(subprocess.check_output(
    ["cargo", "metadata", "--locked", "--no-deps", "--format-version=1"]))
(library,) = [package for package in metadata["packages"] if package["name"] == "countersign"]
print("\n".join(name for name in library["features"] if name != "default"))
