"""Draws the chart of the README from the numbers of the benchmarks.

`python3 chart.py NUMBERS.json > chart.svg`. The browser chooses the light or the dark colours.
"""

import json
import sys
from html import escape

# The table, its size, the title of the panel, and the candidates that are left out.
PANELS = [
    ("sha256=", "1 KiB", "A verdict: sha256=, 1 KiB", "the SHA-256 compressions alone", {"Verifier::verify, and the envelope"}),
    (
        "Standard Webhooks",
        "1 KiB",
        "A verdict: Standard Webhooks, 1 KiB",
        "the SHA-256 compressions alone",
        {"Verifier::verify, no envelope", "Verifier::verify, system clock"},
    ),
    ("axum, server CPU", "1 KiB", "A request to axum: server CPU, 1 KiB", "a handler that verifies nothing", set()),
    ("actix-web, server CPU", "1 KiB", "A request to actix-web: server CPU, 1 KiB", "a handler that verifies nothing", set()),
]
OURS = ("verify()", "Verifier::verify", "extractor", "middleware")

COLUMN, LABEL, BAR, ROW, TOP, GAP = 500, 210, 215, 24, 52, 28
STYLE = """
  .ground { fill: #ffffff } .title { fill: #1f2328; font-weight: 600; font-size: 14px }
  .label, .value { fill: #1f2328; font-size: 12px } .note { fill: #59636e; font-size: 11px }
  .ours { fill: #0969da } .other { fill: #afb8c1 } .spread { stroke: #1f2328; stroke-width: 1 }
  .one { stroke: #59636e; stroke-dasharray: 2 3 }
  text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .title, .label, .value { fill: #f0f6fc } .note { fill: #9198a1 }
    .ours { fill: #4493f8 } .other { fill: #57606a } .spread { stroke: #f0f6fc } .one { stroke: #9198a1 }
  }
"""


def is_ours(name):
    return name.startswith(OURS) and "by hand" not in name


def rows_of(table, left_out):
    return [row for row in table["rows"] if row["name"] not in left_out]


def panel(title, base, rows, x, y):
    """One table as bars. A thin line shows the spread from the 10th to the 90th percentile."""
    longest = max(row["ratio"]["median"] for row in rows)
    left = x + LABEL

    def end(ratio):
        return left + min(ratio / longest, 1.12) * BAR

    yield f'<text class="title" x="{x}" y="{y + 16}">{escape(title)}</text>'
    yield f'<text class="note" x="{x}" y="{y + 34}">1.00 is {escape(base)}; shorter is faster</text>'
    for number, row in enumerate(rows):
        name, ratio = row["name"], row["ratio"]
        top = y + TOP + number * ROW
        middle, kind = top + 8, "ours" if is_ours(name) else "other"
        yield f'<text class="label" x="{left - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
        yield f'<rect class="{kind}" x="{left}" y="{top}" width="{end(ratio["median"]) - left:.1f}" height="16" rx="2"/>'
        low, high = end(ratio["p10"]), end(ratio["p90"])
        yield f'<line class="spread" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>'
        value = max(high, end(ratio["median"])) + 6
        yield f'<text class="value" x="{value:.1f}" y="{top + 12}">{ratio["median"]:.2f}</text>'
    bottom = y + TOP + len(rows) * ROW
    yield f'<line class="one" x1="{end(1):.1f}" x2="{end(1):.1f}" y1="{y + TOP - 4}" y2="{bottom - 4}"/>'


def height_of(rows):
    return TOP + len(rows) * ROW + GAP


def svg(numbers):
    tables = {(table["title"], table["at"]): table for table in numbers["tables"]}
    panels = [(title, base, rows_of(tables[name, at], left_out)) for name, at, title, base, left_out in PANELS]
    lines, y = [], 16
    for first in range(0, len(panels), 2):
        pair = panels[first : first + 2]
        for column, (title, base, rows) in enumerate(pair):
            lines += panel(title, base, rows, 16 + column * COLUMN, y)
        y += max(height_of(rows) for _, _, rows in pair)
    spread = "Blue is countersign. Medians of ratios within rounds; a line spans the 10th to the 90th percentile."
    note = f"{spread} {numbers['processor']}."
    lines.append(f'<text class="note" x="16" y="{y}">{escape(note)}</text>')
    width, height = 2 * COLUMN + 16, y + 16
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
    title = "<title>The times of countersign beside other crates and code by hand</title>"
    ground = f'<rect class="ground" width="{width}" height="{height}"/>'
    return "\n".join([head, title, f"<style>{STYLE}</style>", ground, *lines, "</svg>"])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        print(svg(json.load(file)))


main()
