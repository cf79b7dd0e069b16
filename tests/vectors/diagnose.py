"""Deliveries with mistakes, made with Python: `python3 diagnose.py > diagnose.python.json`.

A case has the receiver's secret, headers and body, and the names of the causes.
"""

import base64
import hashlib
import hmac
import json
import sys
from urllib.parse import urlencode

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

json.dump(CASES, sys.stdout, indent=1)
print()
