"""Counts the lines of code of each file, without blank lines, comments, docs and tests. It fails if a file has more than 300.

A file that is a table may be longer: of providers, or of causes with their words.

`--list` prints the count of every file.
"""

import os
import subprocess
import sys

LIMIT = 300
TABLES = {"crates/countersign/src/providers/catalogue.rs", "crates/countersign-diagnose/src/cause/body.rs"}
COMMENT = {"rs": "//", "py": "#", "sh": "#"}


def language(path):
    suffix = path.rpartition(".")[2]
    return "sh" if path.startswith(("scripts/", ".ci/")) and "." not in path[1:] else suffix


def code_lines(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".rs"):
        # Unit tests are last in their file, or they are in a file `tests.rs`.
        text = text.partition("\n#[cfg(test)]\nmod ")[0]
    if path.endswith(".py"):
        # A script begins with its docs, which are a string.
        text = text.removeprefix('"""').partition('"""')[2]
    lines = (line.strip() for line in text.splitlines())
    return sum(bool(line) and not line.startswith(COMMENT[language(path)]) for line in lines)


listing = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard"], text=True)
code = [path for path in listing.splitlines() if language(path) in COMMENT]
files = [path for path in code if not {"tests", "tests.rs"} & set(path.split("/"))]
counts = {path: code_lines(path) for path in files if os.path.exists(path)}
if "--list" in sys.argv[1:]:
    for path, count in sorted(counts.items()):
        print(f"{count:5}  {path}")
over = {path: count for path, count in counts.items() if count > LIMIT and path not in TABLES}
largest = max(counts, key=counts.get)
print(f"{sum(counts.values())} lines of code in {len(counts)} files; the largest is {largest} with {counts[largest]}")
for path, count in over.items():
    print(f"{path} has {count}, more than {LIMIT}")
sys.exit(bool(over))
