"""Programs that are not in Debian, by their documented rules.

* System.Text.Json: `JavaScriptEncoder.Default` escapes all that is not ASCII, and of ASCII `"`, `&`, `'`, `+`, `<`, `>`, `` ` `` and DEL, in
  upper-case hex. `UnsafeRelaxedJsonEscaping` escapes of these only surrogate pairs and what is not printable. Numbers keep their text.
* Newtonsoft.Json: control characters, U+0085, U+2028 and U+2029 are escaped, in lower-case hex; with `StringEscapeHandling.EscapeNonAscii`
  all that is not ASCII, with `EscapeHtml` also `<`, `>`, `&`, `'` and `"`. A JToken writes a double as `R` does, with `.0` or an
  exponent. It reads a text that is an ISO 8601 time as a time, and writes it without the zeros at the end of its fraction.
* Meta signs a text whose non-ASCII characters are escaped in lower-case hex. Its users found that `/`, `<`, `%` and `@` are escaped, too.
* PostgreSQL keeps a `jsonb` with the keys of each object ordered by their length, and prints it with spaces.
"""
import json
import re
from decimal import Decimal


class Number(str):
    pass


def escape(character, upper):
    units = character.encode("utf-16-be", "surrogatepass")
    digits = [units[i:i + 2].hex() for i in range(0, len(units), 2)]
    return "".join("\\u" + (d.upper() if upper else d) for d in digits)


SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


def string(text, escaped, upper, short=SHORT):
    out = ""
    for c in text:
        if c in escaped or (c not in short and c < " ") or ("*" in escaped and c > "\x7f") or ("^" in escaped and c > "\uffff"):
            out += escape(c, upper)
        else:
            out += short.get(c, c)
    return '"' + out + '"'


def write(value, string, number, indent=None, comma=",", colon=":", order=list, depth=0):
    def inner(v):
        return write(v, string, number, indent, comma, colon, order, depth + 1)

    if isinstance(value, Number):
        return number(value)
    if isinstance(value, str):
        return string(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        ends, items = "[]", [inner(v) for v in value]
    else:
        ends, items = "{}", [string(k) + colon + inner(value[k]) for k in order(value)]
    if not items or indent is None:
        return ends[0] + comma.join(items) + ends[1]
    line = "\n" + " " * indent * depth
    inside = line + " " * indent
    return ends[0] + inside + ("," + inside).join(items) + line + ends[1]


def newtonsoft_number(text):
    if not re.search("[.eE]", text):
        return str(int(text))
    value = float(text)
    mantissa = Decimal(repr(value))
    if value and not -5 <= mantissa.adjusted() < 15:
        exponent = mantissa.adjusted()
        significant = "".join(map(str, mantissa.as_tuple().digits)).rstrip("0")
        significant = significant[0] + ("." + significant[1:] if significant[1:] else "")
        return ("-" if value < 0 else "") + f"{significant}E{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    plain = format(mantissa, "f")
    return plain if "." in plain else plain + ".0"


def newtonsoft_times(value):
    if isinstance(value, list):
        return [newtonsoft_times(v) for v in value]
    if isinstance(value, dict):
        return {k: newtonsoft_times(v) for k, v in value.items()}
    if isinstance(value, str) and not isinstance(value, Number) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", value):
        return value[:-1].rstrip("0").rstrip(".") + "Z"
    return value


def jsonb_number(text):
    return format(Decimal(text), "f") if Decimal(text) else format(abs(Decimal(text)), "f")


def by_length(value):
    return sorted(value, key=lambda key: (len(key.encode()), key.encode()))


def same(text):
    return text


def outputs(document, text):
    value = json.loads(text, parse_float=Number, parse_int=Number)
    html = "&'+<>`\"\x7f*"
    net = lambda t: string(t, html, True)
    relaxed = lambda t: string(t, "\x7f\x85\xa0\u2028\u2029^", True)
    newton = lambda t: string(t, "\x85\u2028\u2029", False)
    newton_ascii = lambda t: string(t, "*", False)
    newton_html = lambda t: string(t, "<>&'\"\x85\u2028\u2029", False)
    # The escape of '<' is in upper-case hex, as Meta's users report it.
    meta = lambda t: string(t, "@%*", False, {**SHORT, "/": "\\/", "<": "\\u003C"})
    jsonb = lambda t: string(t, "", False)
    made = {
        ("system.text.json", ""): write(value, net, same),
        ("system.text.json", "indented"): write(value, net, same, indent=2, colon=": "),
        ("system.text.json", "relaxed"): write(value, relaxed, same),
        ("newtonsoft", ""): write(newtonsoft_times(value), newton, newtonsoft_number),
        ("newtonsoft", "indented"): write(newtonsoft_times(value), newton, newtonsoft_number, indent=2, colon=": "),
        ("newtonsoft", "non-ascii escaped"): write(newtonsoft_times(value), newton_ascii, newtonsoft_number),
        ("newtonsoft", "html escaped"): write(newtonsoft_times(value), newton_html, newtonsoft_number),
        ("meta", ""): write(value, meta, same),
        ("jsonb", ""): write(value, jsonb, jsonb_number, comma=", ", colon=": ", order=by_length),
    }
    return [{"program": p, "options": o, "document": document, "text": t} for (p, o), t in made.items()]


if __name__ == "__main__":
    documents = json.load(open("documents.json"))
    print(json.dumps([o for document, text in documents.items() for o in outputs(document, text)]))
