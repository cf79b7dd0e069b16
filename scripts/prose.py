"""Prints how many sentences in comments and docs begin with a word that the style avoids, and the files with most of them.

A sentence that begins with What, Whoever, Who, Where, Of or Without names its subject late. `--list` prints each of them.
It is a measure, not a gate.
"""

import re
import subprocess
import sys

AVOIDED = re.compile(r"(What|Whoever|Who|Where|Of|Without)\b")
COMMENT = re.compile(r"^\s*(?://[/!]?|#)(?![!\[])\s?(.*)$")
CODE = re.compile(r"```.*?```", re.S)


def paragraphs(name, text):
    """The prose of a file, a string for each paragraph."""
    if name.endswith(".md"):
        lines = CODE.sub("", text).splitlines()
        lines = [re.sub(r"^\s*(?:[-*>|]|\d+\.|#+)+\s*", "", line) if line.lstrip()[:1] in "-*>|#0123456789" and
                 line.strip() else line for line in lines]
        # A list item, a heading and a row of a table begin a paragraph of their own.
        starts = [bool(re.match(r"^\s*(?:[-*>|#]|\d+\.)", line)) for line in CODE.sub("", text).splitlines()]
    else:
        lines, starts, code = [], [], False
        for line in text.splitlines():
            found = COMMENT.match(line)
            content = found.group(1) if found else ""
            if content.startswith("```"):
                code = not code
                content = ""
            lines.append("" if code or not found else re.sub(r"^\s*(?:[-*|]|#+)\s*", "", content))
            starts.append(bool(found) and bool(re.match(r"^\s*(?:[-*|]|#+)\s", found.group(1))))
    paragraph = []
    for line, starts_anew in zip(lines, starts):
        if (not line.strip() or starts_anew) and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append(line.strip())
    if paragraph:
        yield " ".join(paragraph)


def sentences(paragraph):
    return [part for part in re.split(r"(?<=[.:!?])\s+(?=[A-Z`\[*])", paragraph) if re.match(r"[A-Z`\[*]", part)]


def main():
    files = subprocess.check_output(["git", "ls-files", "*.rs", "*.md", "*.toml", "*.py", "scripts/*"], text=True).split()
    total, avoided, by_file = 0, 0, {}
    for name in files:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        for paragraph in paragraphs(name, text):
            for sentence in sentences(paragraph):
                total += 1
                if AVOIDED.match(sentence):
                    avoided += 1
                    by_file.setdefault(name, []).append(sentence)
    print(f"{avoided} of {total} sentences: {100 * avoided / total:.2f} %")
    for name, found in sorted(by_file.items(), key=lambda item: -len(item[1]))[: None if "--list" in sys.argv else 12]:
        print(f"{len(found):4} {name}")
        if "--list" in sys.argv:
            for sentence in found:
                print(f"       {sentence[:110]}")


main()
