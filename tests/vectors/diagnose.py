"""Deliveries with mistakes, made with Python: `python3 diagnose.py > diagnose.python.json`.

A case has the receiver's secret, headers and body, and the names of the causes.
"""

import base64
import hashlib
import hmac
import html
import json
import re
import sys
from urllib.parse import quote, urlencode

SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HEADER = "x-signature-256"
CASES = []


def b64(data):
    return base64.b64encode(data).decode()


def add(name, causes, signed, held, key=SECRET, secret=SECRET, algorithm="sha256", prefix="sha256="):
    value = prefix + hmac.new(key, signed, algorithm).hexdigest()
    CASES.append({
        "name": name, "causes": causes, "format": "sha256", "secret": b64(secret), "others": {},
        "headers": [[HEADER, b64(value.encode())]], "body": b64(held),
    })


RAW = ('{"type":"user.created" , "name":"Zo\\u00eb \u010capek \U0001f600","path":"\\/a", "del":"\u007f", "sep":"\u2028",'
       '"n":[1.0,1e2,1E-7,-0,-0.0,0.10,12345678901234567890123,1e16,1.5e16,123456789012345.6,1e15,1e-4,1e-5,5e-324],'
       '"empty":[],"none":{},"nested":{"b":{"y":1,"x":2},"a":"\\b\\f\\n\\r\\t\\u0001\\"\\\\"}}').encode()
EVENT = json.loads(RAW)

add("nothing wrong", [], RAW, RAW)
for label, options in {
    "json.dumps": {},
    "json.dumps, compact": {"separators": (",", ":")},
    "json.dumps, not ASCII": {"ensure_ascii": False},
    "json.dumps, compact, not ASCII": {"separators": (",", ":"), "ensure_ascii": False},
    "json.dumps by 2": {"indent": 2},
    "json.dumps by 4": {"indent": 4},
    "json.dumps by 2, not ASCII": {"indent": 2, "ensure_ascii": False},
    "json.dumps by 4, not ASCII": {"indent": 4, "ensure_ascii": False},
    "json.dumps, sorted": {"sort_keys": True},
    "json.dumps, sorted, not ASCII": {"sort_keys": True, "ensure_ascii": False},
    "json.dumps, sorted, compact": {"sort_keys": True, "separators": (",", ":")},
    "json.dumps, sorted, compact, not ASCII": {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False},
    "json.dumps by 2, sorted": {"sort_keys": True, "indent": 2},
    "json.dumps by 4, sorted": {"sort_keys": True, "indent": 4},
}.items():
    add(label, ["body-reserialised"], json.dumps(EVENT, **options).encode(), RAW)

ODD = '{"\\uffee":1,"\\ud83d\\ude00":2,"b":3,"B":4,"10":5,"9":6}'.encode()
add("odd keys sorted", ["body-reserialised"], json.dumps(json.loads(ODD), sort_keys=True).encode(), ODD)
add("odd keys sorted, compact, not ASCII", ["body-reserialised"],
    json.dumps(json.loads(ODD), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(), ODD)

DUMPED = json.dumps(EVENT).encode()
# A body that the receiver re-serialised can be written back if the provider wrote it with the default settings of a library.
for label, options in {
    "compact was signed": {"separators": (",", ":"), "ensure_ascii": False},
    "pretty was signed": {"indent": 2, "ensure_ascii": False},
}.items():
    add(f"we hold json.dumps, {label}", ["body-reserialised"], json.dumps(EVENT, **options).encode(), DUMPED)
add("we hold json.dumps, and the secret has a newline", ["body-reserialised", "secret-white-space-added"],
    json.dumps(EVENT, indent=4).encode(), DUMPED, secret=SECRET + b"\n")

add("print adds a newline", ["body-final-newline-added"], RAW, RAW + b"\n")
add("strip takes one away", ["body-final-newline-lost"], RAW + b"\n", RAW)
add("text mode", ["body-crlf-for-lf"], json.dumps(EVENT, indent=2).encode(), json.dumps(EVENT, indent=2).replace("\n", "\r\n").encode())
add("splitlines", ["body-newlines-added"], b"".join(json.dumps(EVENT, indent=2).encode().splitlines()), json.dumps(EVENT, indent=2).encode())
add("urlencode came", ["body-form-encoded"], RAW, urlencode({"payload": RAW.decode()}).encode())
add("urlencode was signed", ["body-form-decoded"], urlencode({"payload": RAW.decode()}).encode(), RAW)
add("utf-8-sig", ["body-byte-order-mark-added"], RAW, RAW.decode().encode("utf-8-sig"))
add("utf-8-sig was signed", ["body-byte-order-mark-lost"], RAW.decode().encode("utf-8-sig"), RAW)
add("decoded as Latin-1", ["body-utf8-twice"], RAW, RAW.decode("latin-1").encode())
add("errors=replace", ["body-replaced-when-signed"], b"\xff{}\xe9".decode(errors="replace").encode(), b"\xff{}\xe9")
add("base64 came", ["body-base64-encoded"], RAW, base64.b64encode(RAW))
add("base64 with a newline came", ["body-base64-encoded"], RAW, base64.b64encode(RAW) + b"\n")
add("every byte, and a newline", ["body-final-newline-added"], bytes(range(256)), bytes(range(256)) + b"\n", key=bytes(range(256)), secret=bytes(range(256)))
add("strip of the secret", ["secret-white-space-added"], RAW, RAW, key=SECRET, secret=b"\t" + SECRET + b"\r\n")
add("repr of the secret", ["secret-unquoted"], RAW, RAW, key=repr(SECRET.decode()).encode())
add("removeprefix", ["secret-prefix-stripped"], RAW, RAW, key=SECRET.removeprefix(b"whsec_"))
add("b64decode", ["secret-prefixed-base64-decoded"], RAW, RAW, key=base64.b64decode(SECRET[6:]))
add("fromhex", ["secret-hex-decoded"], RAW, RAW, key=bytes.fromhex("c0ffee00"), secret=b"C0FFEE00")
add("an unset variable", ["secret-empty"], RAW, RAW, key=b"")
add("sha1", ["header-sha1"], RAW, RAW, algorithm="sha1", prefix="sha1=")
add("sha512", ["header-sha512"], RAW, RAW, algorithm="sha512")
add("json.dumps with sha1 and a stripped prefix", ["header-sha1", "body-reserialised", "secret-prefix-stripped"],
    json.dumps(EVENT).encode(), RAW, key=SECRET[6:], algorithm="sha1")
CASES.append({
    "name": "sha256(body)", "causes": ["header-plain-hash"], "format": "sha256", "secret": b64(SECRET), "others": {},
    "headers": [[HEADER, b64(b"sha256=" + hashlib.sha256(RAW).hexdigest().encode())]], "body": b64(RAW),
})

# Texts in other encodings and inside other texts.
TEXT = '{"event": "payment.captured", "note": "Grüße aus Köln", "html": "<b>it\'s</b> & more", "line": "a\\nb\\tc"}'
EURO = TEXT.replace("Grüße", "20 € – “Grüße”")
EMOJI = TEXT.replace("Grüße", "₹ 😀")
for label, text in {"Latin-1": TEXT, "the euro": EURO, "emoji": EMOJI}.items():
    add(f"ASCII with '?', {label}", ["body-ascii-when-signed"], text.encode("ascii", "replace"), text.encode())
    add(f"ASCII with '?' for each byte, {label}", ["body-ascii-when-signed"],
        bytes(b if b < 128 else 63 for b in text.encode()), text.encode())
    # .NET replaces each unit of UTF-16.
    units = text.encode("utf-16-le")
    add(f"ASCII with '?' for each unit, {label}", ["body-ascii-when-signed"],
        bytes(units[i] if units[i] < 128 and units[i + 1] == 0 else 63 for i in range(0, len(units), 2)), text.encode())
    for encoding in ["utf-16-le", "utf-16-be", "utf-16"]:
        add(f"{encoding} signed, {label}", ["body-utf16-when-signed"], text.encode(encoding), text.encode())
        add(f"{encoding} came, {label}", ["body-utf16"], text.encode(), text.encode(encoding))
add("cp1252 signed", ["body-utf8-for-windows1252"], EURO.encode("cp1252"), EURO.encode())
add("cp1252 came", ["body-windows1252-for-utf8"], EURO.encode(), EURO.encode("cp1252"))
add("html.escape signed", ["body-entities-when-signed"], html.escape(TEXT).encode(), TEXT.encode())
add("html.escape came", ["body-entities"], TEXT.encode(), html.escape(TEXT).encode())
add("html.escape of all but quotes signed", ["body-entities-when-signed"], html.escape(TEXT, quote=False).encode(), TEXT.encode())
add("json.dumps of the text signed", ["body-stringified-when-signed"], json.dumps(TEXT).encode(), TEXT.encode())
add("json.dumps of the text came", ["body-stringified"], TEXT.encode(), json.dumps(TEXT).encode())
add("json.dumps of the text twice signed", ["body-stringified-when-signed"], json.dumps(json.dumps(TEXT)).encode(), TEXT.encode())
add("json.dumps of the text twice came", ["body-stringified"], TEXT.encode(), json.dumps(json.dumps(TEXT)).encode())
add("json.dumps of the text came without its quotes", ["body-stringified"], TEXT.encode(), json.dumps(TEXT)[1:-1].encode())
add("str signed", ["body-dumped-when-signed"], str(json.loads(TEXT)).encode(), TEXT.encode())
add("str came", ["body-dumped", "body-reserialised"], TEXT.encode(), str(json.loads(TEXT)).encode())
add("the escapes were resolved", ["body-escapes-resolved"], TEXT.encode(), TEXT.replace("\\n", "\n").replace("\\t", "\t").encode())
add("the escapes were resolved and signed", ["body-escapes-resolved-when-signed"], TEXT.replace("\\n", "\n").replace("\\t", "\t").encode(), TEXT.encode())

# Values that a program changes.
for label, signed, came, cause in [
    ("an empty object", '{"a":{},"b":[],"c":[]}', '{"a":[],"b":[],"c":[]}', "body-empty-array-for-object"),
    ("an empty array", '{"a":[],"b":{}}', '{"a":{},"b":{}}', "body-empty-object-for-array"),
    ("empty strings", '{"a":"","b":null,"c":""}', '{"a":null,"b":null,"c":null}', "body-null-for-empty-string"),
    ("nulls", '{"a":null,"b":"x"}', '{"a":"","b":"x"}', "body-empty-string-for-null"),
    ("members that are null", '{"b":1,"d":{}}', '{"a":null,"b":1,"c":null,"d":{"e":null}}', "body-null-added"),
    ("one fraction of many numbers", json.dumps({"n": [*range(20), 7.0]}), json.dumps({"n": [*range(20), 7]}), "body-fraction-lost"),
    ("cents", '{"price":12.50,"sum":100.00}', '{"price":12.5,"sum":100}', "body-fraction-lost"),
    ("a number as a string", '{"id":"42","n":7}', '{"id":42,"n":7}', "body-number-for-string"),
    ("a string as a number", '{"id":42,"n":"7"}', '{"id":"42","n":"7"}', "body-string-for-number"),
    ("a time", '{"at":"2026-02-15T10:30:00.000Z"}', '{"at":"2026-02-15T10:30:00Z"}', "body-time-shortened"),
    ("a time with microseconds", '{"at":"2026-02-15T10:30:00.120000+00:00"}', '{"at":"2026-02-15T10:30:00.12+00:00"}', "body-time-shortened"),
    ("other members first", '{"type":"a","data":{"z":1,"y":2},"at":3}', '{"at":3,"data":{"y":2,"z":1},"type":"a"}', "body-members-reordered"),
]:
    add(f"lost: {label}", [cause], signed.encode(), came.encode())

# Forms.
FIELDS = {"name": "Zoë (a~b) *", "url": "https://a.example/?b=c&d"}
FORM = urlencode(FIELDS)
add("a form with %20", ["body-form-respelled"], urlencode(FIELDS, quote_via=quote).encode(), FORM.encode())
add("a form in lower-case hex", ["body-form-respelled"], re.sub("%..", lambda m: m.group().lower(), FORM).encode(), FORM.encode())
add("a sorted form", ["body-form-respelled"], FORM.encode(), urlencode(dict(reversed(FIELDS.items()))).encode())
add("a form as JSON", ["body-form-decoded"], FORM.encode(), json.dumps(FIELDS).encode())

# Two changes at once, in a short body and in one of 20 KB.
LARGE = {"rows": [{"id": n, "name": "Zoë / <b>", "price": n / 4 + 0.1} for n in range(300)]}
for label, value in {"short": EVENT, "large": LARGE}.items():
    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    indented = json.dumps(value, indent=2)
    for name, causes, signed, came in [
        ("layout, and a newline lost", ["body-reserialised", "body-final-newline-lost"], indented + "\n", compact),
        ("layout, and CRLF", ["body-reserialised", "body-lf-for-crlf"], indented.replace("\n", "\r\n"), compact),
        ("layout and slashes", ["body-reserialised"], json.dumps(value, indent=4, ensure_ascii=False).replace("/", "\\/"), json.dumps(value)),
        ("layout, escapes and order", ["body-reserialised"], json.dumps(value, indent=2, sort_keys=True), compact),
        ("layout, and a byte order mark", ["body-reserialised", "body-byte-order-mark-lost"], "\ufeff" + indented, compact),
    ]:
        add(f"two: {name}, {label}", causes, signed.encode(), came.encode())
add("two: layout and base64", ["body-reserialised", "body-base64-decoded"], base64.b64encode(json.dumps(EVENT).encode()), RAW)
add("two: base64 and layout", ["body-base64-encoded", "body-reserialised"], json.dumps(EVENT).encode(), base64.b64encode(RAW))
add("two: layout and stringified", ["body-stringified", "body-reserialised"], json.dumps(EVENT, indent=2).encode(), json.dumps(RAW.decode()).encode())
add("two: a newline and CRLF", ["body-final-newline-added", "body-crlf-for-lf"], TEXT.replace(", ", ",\n").encode(), TEXT.replace(", ", ",\r\n").encode() + b"\r\n")
add("two: Latin-1 and a newline", ["body-utf8-for-latin1", "body-final-newline-added"], TEXT.encode("latin-1"), TEXT.encode() + b"\n")
add("two: numbers and layout", ["body-fraction-lost", "body-reserialised"], b'{"a": 1.0, "b": 2}', b'{"a":1,"b":2}')

json.dump(CASES, sys.stdout, indent=1)
print()
