"""json.dumps of Python, and what str() makes of a parsed text."""
import json

COMPACT = (",", ":")
OPTIONS = {
    "": {},
    "compact": {"separators": COMPACT},
    "not ascii": {"ensure_ascii": False},
    "compact, not ascii": {"separators": COMPACT, "ensure_ascii": False},
    "sorted": {"sort_keys": True},
    "sorted, compact": {"sort_keys": True, "separators": COMPACT},
    "sorted, compact, not ascii": {"sort_keys": True, "separators": COMPACT, "ensure_ascii": False},
    "indent 2": {"indent": 2},
    "indent 4, not ascii": {"indent": 4, "ensure_ascii": False},
    "indent 0": {"indent": 0},
}
outputs = []
for document, text in json.load(open("documents.json")).items():
    value = json.loads(text)
    made = {options: json.dumps(value, **how) for options, how in OPTIONS.items()}
    made["twice"] = json.dumps(text)
    made["dump"] = str(value)
    outputs += [{"program": "python", "options": options, "document": document, "text": out} for options, out in made.items()]
print(json.dumps(outputs))
