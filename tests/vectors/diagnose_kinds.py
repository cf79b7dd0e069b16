#!/usr/bin/env python3
"""Deliveries with one mistake of each kind that the diagnosis knows, as JSON on stdout. Python's hmac makes the signatures.

'scheme' is a name of the test's table of schemes. 'causes' and 'suspicions' are machine names. Bytes are in base64.
"""
import base64, hashlib, hmac, json, struct, unicodedata, urllib.parse, zlib

SECRET = b"whsec_hR7mQ2xT9vLc4KpZ"
KEY = bytes(range(7, 31))
STANDARD = b"whsec_" + base64.b64encode(KEY)
BODY = b'{"id":"evt_1","type":"user.created","data":{"n":1}}'
# Libraries compress differently, so the compressed bytes stand here.
DEFLATED = base64.b64decode("q1bKTFGyUkotK4k3VNJRKqksSAVyS4tTi/SSi1ITS1JTgKIpiSWJSlbVSnlKVoa1tQA=")
assert zlib.decompress(DEFLATED, wbits=-15) == BODY
TIME = b"1768480200"
HEADER = "x-signature-256"
cases = []


def b64(value):
    return base64.b64encode(value).decode()


def mac(text, key=SECRET, hash="sha256"):
    return hmac.new(key, text, hash).digest()


def hexed(text, key=SECRET, hash="sha256"):
    return mac(text, key, hash).hex().encode()


def case(name, causes, value=None, *, scheme="hex", secret=SECRET, body=BODY, headers=(), header=HEADER, line=None, suspicions=(), explained=True, others=None):
    sent = [(header, value)] if value is not None else []
    cases.append({
        "name": name, "scheme": scheme, "causes": list(causes), "suspicions": list(suspicions), "explained": explained,
        "secret": b64(secret), "others": {label: b64(other) for label, other in (others or {}).items()}, "line": line,
        "headers": [[n, b64(v if isinstance(v, bytes) else v.encode())] for n, v in sent + list(headers)], "body": b64(body),
    })


TAG = hexed(BODY)
RAW = mac(BODY)
OLD = hexed(BODY, b"the old secret")

# The tag: nothing is wrong.
case("the genuine tag", [], TAG)
case("capital digits", [], TAG.upper())
case("the genuine tag in base64", [], base64.b64encode(RAW), scheme="base64")
case("a genuine list", [], b"t=" + TIME + b",v1=" + hexed(TIME + b"." + BODY), scheme="stripe", header="stripe-signature")

# The tag: what stands in front of it and behind it.
for prefix in ["hmac-sha256-hex=", "HMAC ", "Bearer ", "key-7:", "v1=", "sha256=", "sha256:", "signature=", "t=1,s="]:
    case(f"{prefix!r} in front", ["header-prefix-unexpected"], prefix.encode() + TAG)
for prefix in ["hmac-sha256-hex=", "HMAC ", "v1=", "sha256:", "SHA256=", "sha512="]:
    case(f"{prefix!r} for 'sha256='", ["header-prefix-misspelt"], prefix.encode() + TAG, scheme="sha256")
case("no prefix", ["header-prefix-missing"], TAG, scheme="sha256")
case("the prefix twice", ["header-prefix-doubled"], b"sha256=sha256=" + TAG, scheme="sha256")
case("'v1=' for 'v1,'", ["header-prefix-misspelt"], b"v1=" + base64.b64encode(mac(b"msg_1." + TIME + b"." + BODY, KEY)), scheme="svix", secret=STANDARD,
     header="svix-signature", headers=[("svix-id", "msg_1"), ("svix-timestamp", TIME)])
case("'v0=' in a list of 'v1='", ["header-prefix-misspelt"], b"t=" + TIME + b",v0=" + hexed(TIME + b"." + BODY), scheme="stripe", header="stripe-signature")
case("quotes", ["header-surrounded"], b'"' + TAG + b'"')
case("white space", ["header-surrounded"], b" " + TAG + b"\n")
case("behind the tag", ["header-overlong"], TAG + b";")
case("digits behind the tag", ["header-overlong"], TAG + b"00")
case("Go's h.Sum(body)", ["header-at-the-end", "body-empty-signed"], BODY.hex().encode() + hexed(b""))
case("digits in front of the tag", ["header-at-the-end"], b"0012" + TAG)
for separator in [",", ", ", ";", " ", "|", "&", "\n", ":", "-", "."]:
    case(f"two tags with {separator!r}", ["header-several"], OLD + separator.encode() + TAG)
case("two prefixed tags", ["header-several"], b"sha256=" + OLD + b",sha256=" + TAG, scheme="sha256")
case("two tags in base64", ["header-several"], base64.b64encode(bytes.fromhex(OLD.decode())) + b"," + base64.b64encode(RAW), scheme="base64")

# The tag: how it is written.
case("base64", ["header-base64"], base64.b64encode(RAW))
case("base64url", ["header-base64"], base64.urlsafe_b64encode(RAW).rstrip(b"="))
case("hex for base64", ["header-hex"], TAG, scheme="base64")
case("base64url for base64", ["header-not-a-tag"], base64.urlsafe_b64encode(mac(BODY + b"~")).rstrip(b"="), scheme="base64", body=BODY + b"~")
case("base64 of hex", ["header-base64-of-hex"], base64.b64encode(TAG))
case("base64 of hex for base64", ["header-base64-of-hex"], base64.b64encode(TAG), scheme="base64")
case("base64 of a prefixed tag", ["header-base64-of-hex"], base64.b64encode(b"sha256=" + TAG))
sha512 = mac(BODY, hash="sha512")
case("encode64 of Ruby", ["header-surrounded", "header-base64", "header-folded", "header-sha512"], base64.encodebytes(sha512))
case("encode64 with a broken newline", ["header-folded"], base64.b64encode(RAW)[:20] + b"\\n" + base64.b64encode(RAW)[20:], scheme="base64")
case("percent escapes", ["header-escaped"], urllib.parse.quote(base64.b64encode(RAW), safe=""), scheme="base64")
for start, end in [("b'", "'"), ('b"', '"'), ("['", "']"), ("(", ")")]:
    case(f"{start}{end}", ["header-surrounded"], start.encode() + TAG + end.encode())
    case(f"{start}{end} with a prefix", ["header-surrounded"], start.encode() + b"sha256=" + TAG + end.encode(), scheme="sha256")
case("b'' behind the prefix", ["header-surrounded"], b"sha256=b'" + TAG + b"'", scheme="sha256")
case("percent escapes behind the tag alone", ["header-escaped"], urllib.parse.quote(base64.b64encode(RAW)), scheme="base64")
case("hex of base64", ["header-hex-of-base64"], base64.b64encode(RAW).hex(), scheme="base64")
case("hex of base64 for hex", ["header-hex-of-base64"], base64.b64encode(RAW).hex())
case("each byte without its zero", ["header-unpadded"], "".join(f"{byte:x}" for byte in RAW))
number = next(BODY + b" " * n for n in range(200) if mac(BODY + b" " * n)[0] < 16)
case("a number without its zeros", ["header-unpadded"], b"sha256=" + hexed(number).lstrip(b"0"), scheme="sha256", body=number)
plus = next(BODY + b" " * n for n in range(200) if b"+" in base64.b64encode(mac(BODY + b" " * n))[1:-2])
case("blanks for '+'", ["header-plus"], base64.b64encode(mac(plus)).replace(b"+", b" "), scheme="base64", body=plus)
case("a list with ';' for ','", ["header-separator"], b"t=" + TIME + b";v1=" + hexed(TIME + b"." + BODY), scheme="stripe", header="stripe-signature")
case("a list with ',' for blanks", ["header-separator"], b"v1," + base64.b64encode(mac(b"other")) + b",v1," + base64.b64encode(mac(b"msg_1." + TIME + b"." + BODY, KEY)),
     scheme="svix", secret=STANDARD, header="svix-signature", headers=[("svix-id", "msg_1"), ("svix-timestamp", TIME)])
case("BitConverter", ["header-spaced"], "-".join(f"{byte:02X}" for byte in RAW))
case("colons", ["header-spaced"], ":".join(f"{byte:02x}" for byte in RAW))
case("cut to half", ["header-truncated"], TAG[:32])
case("cut by a digit", ["header-truncated"], TAG[:63])

# The tag: the header that it is in.
for header in ["X-Mist-Signature-v2", "Authorization", "x-acme-hmac", "Digest"]:
    case(f"in {header}", ["header-other"], TAG, header=header)
case("in another header, with a prefix", ["header-other", "header-prefix-unexpected"], b"sha256=" + TAG, header="x-hub-signature-256")
case("in another header beside a wrong one", ["header-other"], OLD, headers=[("x-new-signature", TAG)])
for header in ["HTTP_X_SIGNATURE_256", "X_Signature_256", "x_signature-256"]:
    case(f"as {header}", ["header-renamed"], TAG, header=header)
case("in a plain hash of the secret elsewhere", ["header-other", "header-keyed-hash"], hashlib.sha256(SECRET + BODY).hexdigest(), header="x-acme-signature")
case("the headers of Standard Webhooks under other names", ["header-other"], b"v1," + base64.b64encode(mac(b"msg_1." + TIME + b"." + BODY, KEY)),
     scheme="svix", secret=STANDARD, header="webhook-signature", headers=[("webhook-id", "msg_1"), ("webhook-timestamp", TIME)])
case("in the URL", ["header-in-query"], line=["POST", "/hooks?a=b&signature=" + TAG.decode()])
case("in the body, over something else", ["header-missing"], body=b'{"a":1,"signature":"' + TAG + b'"}', suspicions=["header-in-body"], explained=False)
case("in the body, over a member", ["header-in-body", "text-member"], body=b'{"signature": "' + TAG + b'", "payload": ' + BODY + b"}")
case("no header", ["header-missing"], explained=False)
case("a word", ["header-not-a-tag"], b"undefined", explained=False)
case("a word with a prefix", ["header-unreadable"], b"undefined", scheme="sha256", explained=False)
case("the digest of the body in another header", ["header-missing"], headers=[("digest", "SHA-256=" + b64(hashlib.sha256(BODY).digest()))], explained=False)

# The tag: how it was made.
for hash in ["md5", "sha1", "sha224", "sha384", "sha512"]:
    case(f"HMAC with {hash}", [f"header-{hash}"], hexed(BODY, hash=hash))
    case(f"HMAC with {hash} in base64", [f"header-{hash}"], base64.b64encode(mac(BODY, hash=hash)), scheme="base64")
    case(f"plain {hash}", ["header-plain-hash"], hashlib.new(hash, BODY).hexdigest())
    case(f"{hash} of secret and body", ["header-keyed-hash"], hashlib.new(hash, SECRET + BODY).hexdigest())
    case(f"{hash} of body and secret", ["header-keyed-hash"], hashlib.new(hash, BODY + SECRET).hexdigest())
    unknown = hexed(b"something else", b"unknown", hash)
    case(f"the length of {hash}", ["header-not-a-tag"], unknown, suspicions=["header-length"], explained=False)
case("plain sha256", ["header-plain-hash"], hashlib.sha256(BODY).hexdigest())
case("sha256 of secret and body", ["header-keyed-hash"], hashlib.sha256(SECRET + BODY).hexdigest())
case("HMAC with sha256 for sha1", ["header-sha256"], TAG, scheme="sha1")
case("the secret itself", ["header-secret-sent"], SECRET)
case("the secret in base64", ["header-secret-sent"], base64.b64encode(SECRET))
case("the secret as a password", ["header-secret-sent"], b"Basic " + base64.b64encode(b"user:" + SECRET), header="authorization")
case("the secret as a bearer token", ["header-secret-sent"], b"Bearer " + SECRET, header="authorization")

# The key.
def keyed(name, causes, key, secret=SECRET, **more):
    case(name, causes, hexed(BODY, key), secret=secret, **more)


keyed("white space behind the configured secret", ["secret-white-space-added"], SECRET, SECRET + b"\r\n")
keyed("a carriage return behind the configured secret", ["secret-white-space-added"], SECRET, SECRET + b"\r")
keyed("white space in front of the configured secret", ["secret-white-space-added"], SECRET, b" " + SECRET)
keyed("white space at one end too many", ["secret-white-space-added"], b" " + SECRET, b" " + SECRET + b"\n")
for space in ["\n", "\r\n", " ", "\r", "\t"]:
    keyed(f"{space!r} behind the provider's secret", ["secret-white-space-lost"], SECRET + space.encode())
keyed("a space in front of the provider's secret", ["secret-white-space-lost"], b" " + SECRET)
for start, end in ['""', "''", "``", "<>"]:
    keyed(f"{start}{end} around the configured secret", ["secret-quoted"], SECRET, start.encode() + SECRET + end.encode())
keyed("quotes around the provider's secret", ["secret-unquoted"], b'"' + SECRET + b'"')
keyed("v1, before the configured secret", ["secret-version-kept"], SECRET, b"v1," + SECRET)
keyed("the line of a settings file", ["secret-named"], SECRET, b"WEBHOOK_SECRET='" + SECRET + b"'")
keyed("export and the line of a settings file", ["secret-named"], SECRET, b"export SECRET=" + SECRET)
keyed("a byte order mark before the configured secret", ["secret-byte-order-mark"], SECRET, b"\xef\xbb\xbf" + SECRET + b"\r\n")
keyed("a byte order mark before the provider's secret", ["secret-byte-order-mark-lost"], b"\xef\xbb\xbf" + SECRET)
for codec in ["utf-16-le", "utf-16-be", "utf-16"]:
    keyed(f"the configured secret in {codec}", ["secret-utf16"], SECRET, (SECRET.decode() + "\r\n").encode(codec))
    keyed(f"the provider's secret in {codec}", ["secret-utf16-signed"], SECRET.decode().encode(codec))
for text in [b'{"id":1,"secret":"%s"}', b"[%s]", b"FOO=1\nHOOK_SECRET=%s\n", b"%s,", b"%s;", b"Bearer %s", b"b'%s'", b"whsec_other000000,%s", b"%s # GitHub"]:
    keyed(f"the configured secret in {text.decode()!r}", ["secret-surrounded"], SECRET, text % SECRET)
for space in ["\u200b", "\ufeff", "\u2060"]:
    keyed(f"{space!r} in the configured secret", ["secret-invisible"], SECRET, SECRET[:9] + space.encode() + SECRET[9:])
keyed("typographic quotes", ["secret-invisible"], SECRET, f"“{SECRET.decode()}”".encode())
for plain, escaped in [(b"ab$cd", b"ab\\$cd"), (b'a"b\\c', b'a\\"b\\\\c'), (b"line1\nline2", b"line1\\nline2"), (b"whole", b"whole\\n")]:
    keyed(f"backslashes: {escaped.decode()}", ["secret-backslashes"], plain + b"XYZ", escaped.replace(b"whole", b"wholeXYZ") if plain == b"whole" else escaped + b"XYZ")
keyed("'\\\\n' behind the provider's secret", ["secret-backslashes-signed"], SECRET + b"\\n")
keyed("'\\\\n' in the provider's secret", ["secret-backslashes-signed"], b"line1\\nline2", b"line1\nline2")
keyed("$$ for $", ["secret-dollars-doubled"], b"ab$cd$1x", b"ab$$cd$$1x")
keyed("$ for $$", ["secret-dollars-doubled-signed"], b"ab$$cd$$1x", b"ab$cd$1x")
for configured, left in [(b"ab$cd-efgh", b"ab-efgh"), (b"ab${cd}efgh", b"abefgh"), (b"ab$1cd$efgh", b"abcd")]:
    keyed(f"{configured.decode()} expanded", ["secret-expanded"], left, configured)
keyed("a comment cut", ["secret-uncommented"], b"abc", b"abc#defgh")
keyed("entities", ["secret-entities"], b"a&b<c>d", b"a&amp;b&lt;c&gt;d")
keyed("entities at the provider", ["secret-entities-signed"], b"a&amp;b&lt;c&gt;d", b"a&b<c>d")
keyed("'=' lost", ["secret-padding-lost"], b"YWJjZGV!YQ==", b"YWJjZGV!YQ")
keyed("'=' added", ["secret-padding-added"], b"YWJjZGV!YQ", b"YWJjZGV!YQ==")
keyed("percent escapes at the provider", ["secret-escaped-signed"], b"a%2Bb%2Fc", b"a+b/c")
keyed("'+' for a blank", ["secret-escaped"], b"a b c", b"a+b+c")
keyed("twice", ["secret-twice"], SECRET, SECRET * 2)
keyed("cut to 20 bytes", ["secret-cut"], SECRET[:20])
keyed("a UUID without dashes", ["secret-undashed"], b"123e4567e89b12d3a456426614174000", b"123e4567-e89b-12d3-a456-426614174000")
keyed("the bytes of a UUID", ["secret-undashed"], bytes.fromhex("123e4567e89b12d3a456426614174000"), b"123e4567-e89b-12d3-a456-426614174000")
keyed("base64 of the provider's text", ["secret-base64-text"], SECRET, base64.b64encode(SECRET))
keyed("base64 of the provider's text with a newline", ["secret-base64-text"], SECRET, base64.b64encode(SECRET + b"\n"))
for text in ["undefined", "null", "None", "[object Object]"]:
    keyed(f"{text} for the secret", ["secret-unset"], text.encode())
for start in [b"sk_test_", b"we_", b"xoxb-", b"ghp_"]:
    keyed(f"{start.decode()} configured", [], b"unknown", start + b"abcdefgh123", suspicions=["secret-api-key"], explained=False)
for text in [b"undefined", b"{{ secret }}", b"your-webhook-secret"]:
    keyed(f"{text.decode()} configured", [], b"unknown", text, suspicions=["secret-placeholder"], explained=False)
accents = "sécrét-of-ångström"
keyed("NFD for NFC", ["secret-unicode-form"], unicodedata.normalize("NFD", accents).encode(), unicodedata.normalize("NFC", accents).encode())
keyed("NFC for NFD", ["secret-unicode-form"], unicodedata.normalize("NFC", accents).encode(), unicodedata.normalize("NFD", accents).encode())
keyed("NFKC for compatible signs", ["secret-unicode-form"], b"secret-fi-of-length", "secret-\ufb01-of-length".encode())
keyed("the provider's secret in Latin-1", ["secret-latin1-signed"], accents.encode("latin-1"), accents.encode())
keyed("the configured secret in Latin-1", ["secret-latin1"], accents.encode(), accents.encode("latin-1"))
keyed("percent escapes in the configured secret", ["secret-escaped"], b"a+b/c=d&e", b"a%2Bb%2Fc%3Dd%26e")
keyed("capitals", ["secret-upper-case"], SECRET.upper())
keyed("lower case", ["secret-lower-case"], SECRET.lower())
keyed("without whsec_", ["secret-prefix-stripped"], SECRET[6:])
keyed("whsec_ lost", ["secret-prefix-lost"], SECRET, SECRET[6:])
keyed("decoded as by Standard Webhooks", ["secret-prefixed-base64-decoded"], KEY, STANDARD)
keyed("decoded as by Standard Webhooks, with v1,", ["secret-prefixed-base64-decoded"], KEY, b"v1," + STANDARD)
keyed("decoded from base64", ["secret-base64-decoded"], KEY, base64.b64encode(KEY))
keyed("decoded from base64url", ["secret-base64-decoded"], KEY + b"\xff\xfe", base64.urlsafe_b64encode(KEY + b"\xff\xfe"))
keyed("decoded from hex", ["secret-hex-decoded"], KEY, KEY.hex().encode())
keyed("base64 of the configured bytes", ["secret-base64-encoded"], base64.b64encode(KEY), KEY)
keyed("whsec_ and base64 of the configured bytes", ["secret-base64-encoded"], STANDARD, KEY)
keyed("hex of the configured bytes", ["secret-hex-encoded"], KEY.hex().encode(), KEY)
keyed("base64 twice", ["secret-encoded-twice"], KEY, base64.b64encode(base64.b64encode(KEY)))
keyed("base64 of hex", ["secret-encoded-twice"], KEY, base64.b64encode(KEY.hex().encode()))
keyed("the hash of the secret", ["secret-hashed"], hashlib.sha256(SECRET).digest())
keyed("the hash of the secret in hex", ["secret-hashed"], hashlib.sha256(SECRET).hexdigest().encode())
keyed("an empty key", ["secret-empty"], b"")
keyed("another secret", ["secret-other"], b"the secret of the dashboard", others={"BOARD": b"the secret of the dashboard"})
case("key and body exchanged", ["secret-swapped"], hexed(SECRET, BODY))


def svix(name, causes, key, secret=STANDARD, body=BODY, signed=BODY, text=None, **more):
    text = b"msg_1." + TIME + b"." + signed if text is None else text
    value = b"v1," + base64.b64encode(mac(text, key))
    case(name, causes, value, scheme="svix", header="svix-signature", secret=secret, body=body, headers=[("svix-id", "msg_1"), ("svix-timestamp", TIME)], **more)


svix("Standard Webhooks", [], KEY)
svix("white space around an encoded secret", ["secret-white-space-added"], KEY, STANDARD + b"\n")
svix("quotes around an encoded secret", ["secret-quoted"], KEY, b'"' + STANDARD + b'"')
svix("v1, before an encoded secret", ["secret-version-kept"], KEY, b"v1," + STANDARD)
svix("an encoded secret without its prefix", ["secret-prefix-lost"], KEY, STANDARD[6:])
svix("an encoded secret in UTF-16", ["secret-utf16"], KEY, STANDARD.decode().encode("utf-16"))
svix("the text of an encoded secret", ["secret-not-decoded"], STANDARD)
svix("the text of an encoded secret behind its prefix", ["secret-not-decoded"], STANDARD[6:])
svix("an encoded secret that is encoded twice", ["secret-encoded-twice"], KEY, b"whsec_" + base64.b64encode(base64.b64encode(KEY)))
svix("another encoded secret", ["secret-other"], b"0" * 24, others={"BOARD": b"whsec_" + base64.b64encode(b"0" * 24)})
svix("an encoded secret that is none", ["secret-unusable"], b"unknown", b"whsec_!", explained=False)
case("a secret in hex that was not decoded", ["secret-not-decoded"], hexed(BODY, KEY.hex().encode()), scheme="hexkey", secret=KEY.hex().encode())
case("a secret in hex with white space", ["secret-white-space-added"], hexed(BODY, KEY), scheme="hexkey", secret=KEY.hex().encode() + b"\n")

# The signed text.
HEADERS = [("x-request-timestamp", TIME), ("x-request-id", "req-77"), ("host", "hooks.example.com"), ("x-event", "user.created")]
LINE = ["POST", "/hooks/in?id=1"]
URL = b"https://hooks.example.com/hooks/in?id=1"


def framed(name, causes, text, **more):
    more = {"headers": HEADERS, "line": LINE, **more}
    case(name, causes, hexed(text), **more)


for separator in [".", "", ":", "\n", "|", "&", ";"]:
    s = separator.encode()
    framed(f"time, {separator!r}, body", ["text-stamped"], TIME + s + BODY)
    framed(f"body, {separator!r}, time", ["text-stamped"], BODY + s + TIME)
    framed(f"id, {separator!r}, body", ["text-stamped"], b"req-77" + s + BODY)
    framed(f"id, {separator!r}, time, body", ["text-stamped"], b"req-77" + s + TIME + s + BODY)
    framed(f"time, {separator!r}, id, body", ["text-stamped"], TIME + s + b"req-77" + s + BODY)
    framed(f"URL, {separator!r}, body", ["text-requested"], URL + s + BODY)
    framed(f"body, {separator!r}, URL", ["text-requested"], BODY + s + URL)
    framed(f"method, {separator!r}, path, body", ["text-requested"], b"POST" + s + b"/hooks/in?id=1" + s + BODY)
    framed(f"time, {separator!r}, method, path, body", ["text-requested"], TIME + s + b"POST" + s + b"/hooks/in?id=1" + s + BODY)
    framed(f"method, {separator!r}, URL, body, time", ["text-requested"], b"POST" + s + URL + s + BODY + s + TIME)
framed("as Slack signs", ["text-stamped"], b"v0:" + TIME + b":" + BODY)
framed("milliseconds for seconds", ["text-stamped"], TIME + b"000." + BODY)
framed("seconds for milliseconds", ["text-stamped"], TIME + b"." + BODY, headers=[("x-time", TIME + b"123")])
framed("a date", ["text-stamped"], b"2026-01-15T12:30:00Z." + BODY, headers=[("x-sent", "2026-01-15T12:30:00Z")])
framed("the type of the event", ["text-stamped"], b"user.created." + BODY)
framed("http for https", ["text-requested"], b"http" + URL[5:] + BODY)
framed("the path without query", ["text-requested"], b"/hooks/in" + BODY)
framed("the URL with a final slash", ["text-requested"], b"https://hooks.example.com/in/" + BODY, line=["POST", "/in"])
framed("the URL without its final slash", ["text-requested"], b"https://hooks.example.com/in" + BODY, line=["POST", "/in/"])
framed("the URL with a port", ["text-requested"], b"https://hooks.example.com:443/hooks/in?id=1" + BODY)
framed("a whole URL as the target", ["text-requested"], URL + BODY, line=["POST", URL.decode()], headers=[])
framed("a plain hash of secret and framed body", ["header-keyed-hash", "text-stamped"], b"", headers=HEADERS)
cases[-1]["headers"][0][1] = b64(hashlib.sha256(SECRET + TIME + b"." + BODY).hexdigest().encode())
case("the body alone for time and body", ["text-body-alone"], b"t=" + TIME + b",v1=" + TAG, scheme="stripe", header="stripe-signature")
case("the body alone, and no time", ["text-body-alone"], b"v1=" + TAG, scheme="stripe", header="stripe-signature")
case("another separator than the scheme's", ["text-stamped"], b"t=" + TIME + b",v1=" + hexed(TIME + b":" + BODY), scheme="stripe", header="stripe-signature")
svix("the id is missing in the text", ["text-stamped"], KEY, text=TIME + b"." + BODY)
svix("the body alone of Standard Webhooks", ["text-body-alone"], KEY, text=BODY)
case("Stripe's style", ["header-stripe"], b"t=" + TIME + b",v1=" + hexed(TIME + b"." + BODY))
case("Stripe's style, the body alone signed", ["header-prefix-unexpected"], b"t=" + TIME + b",v1=" + TAG)
case("Slack's style", ["header-slack"], b"v0=" + hexed(b"v0:" + TIME + b":" + BODY), headers=[("x-slack-request-timestamp", TIME)])
case("Standard Webhooks' style", ["header-standard-webhooks", "secret-prefixed-base64-decoded"], b"v1," + base64.b64encode(mac(b"msg_1." + TIME + b"." + BODY, KEY)),
     secret=STANDARD, headers=[("webhook-id", "msg_1"), ("webhook-timestamp", TIME)])

# The body as a container, and in another's place.
def stored(body):
    whole = zlib.compressobj(0, wbits=-15)
    return whole.compress(body) + whole.flush()


def gzipped(body, deflated):
    return bytes.fromhex("1f8b0800000000000203") + deflated + struct.pack("<LL", zlib.crc32(body), len(body))


SPACED, ELSE = json.dumps(json.loads(BODY)).encode(), b"something else"
case("gzip", ["text-compressed"], TAG, body=gzipped(BODY, DEFLATED))
case("gzip that is declared", ["body-content-encoding", "text-compressed"], TAG, body=gzipped(BODY, DEFLATED), headers=[("content-encoding", "gzip")])
case("zlib", ["text-compressed"], TAG, body=b"\x78\x9c" + DEFLATED + struct.pack(">L", zlib.adler32(BODY)))
case("bare deflate", ["text-compressed"], TAG, body=DEFLATED)
case("gzip of JSON with spaces", ["text-compressed", "body-reserialised"], TAG, body=gzipped(SPACED, stored(SPACED)))
case("gzip of something else", [], TAG, body=gzipped(ELSE, stored(ELSE)), suspicions=["body-gzip"], explained=False)
BOUNDARY = b"----WebKitFormBoundary7MA4YWxk"
part = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
multipart = part % (b"id", b"7") + part % (b"payload", BODY) + b"--" + BOUNDARY + b"--\r\n"
case("multipart", ["text-multipart"], TAG, body=multipart)
case("multipart with bare newlines", ["text-multipart"], TAG, body=multipart.replace(b"\r\n", b"\n"))
case("a field of a form", ["text-field"], TAG, body=urllib.parse.urlencode({"id": 7, "event": BODY.decode()}).encode())
form = b"From=%2B15551234567&Body=hello+you&AccountSid=AC1"
case("as Twilio signs", ["header-sha1", "text-requested", "text-sorted"], hexed(URL + b"AccountSidAC1Bodyhello youFrom+15551234567", hash="sha1"), body=form, headers=HEADERS, line=LINE)
case("a member of the JSON", ["text-member"], hexed(b'{"n":1}'))
case("the text in a member of the JSON", ["text-member"], TAG, body=json.dumps({"id": 7, "event": BODY.decode()}).encode())
case("the hash of the body in hex", ["text-hashed"], hexed(hashlib.sha256(BODY).hexdigest().encode()))
case("the hash of the body", ["text-hashed"], hexed(hashlib.sha256(BODY).digest()))
case("the MD5 of the body in base64", ["text-hashed"], hexed(base64.b64encode(hashlib.md5(BODY).digest())))
case("time and the hash of the body", ["text-stamped", "text-hashed"], hexed(TIME + b"." + hashlib.sha256(BODY).hexdigest().encode()), headers=HEADERS)
case("base64 with line breaks", ["text-base64-lines"], hexed(base64.encodebytes(BODY * 3)), body=BODY * 3)
case("an empty body signed", ["body-empty-signed"], hexed(b""))
case("the end of the body is missing", [], TAG, body=BODY[:-9], suspicions=["body-not-json"], explained=False)
case("an empty body came", [], TAG, body=b"", suspicions=["body-empty"], explained=False)
case("a redirect to GET", ["header-missing"], body=b"", line=["GET", "/hooks"], suspicions=["text-redirected", "body-empty"], explained=False)
case("a body that does not fit", [], hexed(b"something else"), headers=[("content-length", "700")], suspicions=["text-misfit"], explained=False)

# Two places at once.
case("a key and a header", ["header-base64", "secret-quoted"], base64.b64encode(RAW), secret=b'"' + SECRET + b'"')
case("a key and a frame", ["text-stamped", "secret-white-space-added"], hexed(TIME + b"." + BODY), secret=SECRET + b"\n", headers=HEADERS)
case("a header and a frame", ["header-other", "header-base64", "text-stamped"], base64.b64encode(mac(TIME + b"." + BODY)), header="x-other-signature", headers=HEADERS)
case("a hash and a key", ["header-sha1", "secret-base64-decoded"], hexed(BODY, KEY, "sha1"), secret=base64.b64encode(KEY))
svix("a body and a key of Standard Webhooks", ["body-final-newline-added", "secret-white-space-added"], KEY, STANDARD + b" ", body=BODY + b"\n")

# The body: what frameworks, tools and people do to it.
def changed(name, causes, signed, came, headers=(), **more):
    case(name, causes, hexed(signed), body=came, headers=headers, **more)


INNER = b'{"n":1}'
changed("only a member signed", ["text-member"], INNER, BODY)
changed("only a member signed, in another spelling", ["text-member", "body-reserialised"], b'{"n": 1}', BODY)
changed("a gateway's event with the body as text", ["text-member"], BODY, json.dumps({"httpMethod": "POST", "body": BODY.decode(), "isBase64Encoded": False}).encode())
changed("a gateway's event with the body in base64", ["text-member"], BODY, json.dumps({"version": "2.0", "body": b64(BODY), "isBase64Encoded": True}).encode())
changed("a list with the body in it", ["text-member"], BODY, b'[{"headers":{"a":"b"},"body":' + BODY + b"}]")
changed("fields in order of their names", ["text-sorted"], b"a1b2", b"b=2&a=1")
changed("fields of JSON with bars", ["text-joined"], b"1|x|2", b'{"id":1,"n":"x","z":2}')
changed("an empty string that was added", ["body-empty-members-added"], b'{"id":1,"a":"b"}', b'{"id":1,"x":"","a":"b"}')
changed("empty lists and objects that were added", ["body-empty-members-added"], b'{"a":1}', b'{"l":[],"a":1,"o":{"p":{}}}')
changed("a zone as an offset", ["body-zone-respelled"], b'{"at":"2026-01-15T12:30:00Z"}', b'{"at":"2026-01-15T12:30:00+00:00"}')
changed("a boolean as a string", ["body-boolean-lost"], b'{"a":true,"b":"x"}', b'{"a":"true","b":"x"}')
changed("booleans as numbers", ["body-boolean-lost"], b'{"a":true,"b":false}', b'{"a":1,"b":0}')
changed("numbers as booleans", ["body-boolean-added"], b'{"a":1,"b":0}', b'{"a":true,"b":false}')
changed("keys in camel case", ["body-keys-recased"], b'{"event_id":1,"data":{"user_name":2}}', b'{"eventId":1,"data":{"userName":2}}')
changed("keys in Pascal case", ["body-keys-recased"], b'{"userId":1}', b'{"UserId":1}')
changed("a trimmed string", ["body-string-trimmed"], b'{"id":1,"msg":"Thanks! "}', b'{"id":1,"msg":"Thanks!"}')
changed("a string without its newline", ["body-string-trimmed"], b'{"id":1,"msg":"Thanks!\\n"}', b'{"id":1,"msg":"Thanks!"}')
changed("the signature in the body", ["body-members-added"], b'{"id":1,"n":5}', b'{"id":1,"signature":"abc","n":5}')
changed("what Rails adds to its parameters", ["body-members-added"], b'{"id":1,"n":5}', b'{"id":1,"n":5,"controller":"hooks","action":"create","hook":{"id":1,"n":5}}')
changed("members added in front", ["body-members-added"], b'{"id":1,"n":5}', b'{"x":0,"y":1,"id":1,"n":5}')
changed("a member added and other white space", ["body-reserialised", "body-members-added"], b'{"id":1,"n":5}', b'{"id": 1, "n": 5, "tenant": 7}')
changed("tabs as spaces", ["body-retabbed"], b'{\n\t"a":1,\n\t"b":\t2\n}', b'{\n    "a":1,\n    "b":    2\n}')
changed("spaces as tabs", ["body-retabbed"], b"a  b", b"a\tb")
changed("curly quotes", ["body-typographic"], b'{"a":"b"}', "{“a”:”b”}".encode())
changed("something in front", ["body-surrounded"], BODY, b"2026-01-15 INFO body=" + BODY)
changed("the sizes of chunks", ["body-surrounded"], BODY, b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))
COMPOSED, DECOMPOSED = [unicodedata.normalize(form, '{"name":"Zoë"}').encode() for form in ("NFC", "NFD")]
changed("decomposed characters", ["body-unicode-form"], COMPOSED, DECOMPOSED)
changed("composed characters", ["body-unicode-form"], DECOMPOSED, COMPOSED)
changed("zero bytes at the end", ["body-zeros-added"], BODY, BODY + bytes(3))
changed("a length that counts characters", ["body-cut"], '{"name":"Zoë"}'.encode(), '{"name":"Zoë"'.encode(), [("content-length", "14")])
changed("cut inside a string", ["body-cut"], '{"name":"ÄÖë"}'.encode(), '{"name":"ÄÖë'.encode())
changed("JSON as a form", ["body-form-for-json"], b'{"id":"1","name":"a b"}', b"id=1&name=a+b")
changed("nested JSON of a form", ["body-form-decoded"], urllib.parse.urlencode([("data[to][name]", "Zoë"), ("list[]", "a"), ("list[]", "b c")]).encode(),
        '{"data":{"to":{"name":"Zoë"}},"list":["a","b c"]}'.encode())
changed("nested JSON of a form with numbers", ["body-form-decoded"], urllib.parse.urlencode([("list[0][id]", "7"), ("list[1][id]", "8")]).encode(), b'{"list":[{"id":7},{"id":8}]}')
changed("JSON as the name of a field", ["body-form-name"], BODY, json.dumps({BODY.decode(): ""}, separators=(",", ":")).encode())
changed("JSON as the name of a field, escaped", ["body-percent-escaped"], BODY, urllib.parse.quote_plus(BODY).encode() + b"=")
changed("a form without its escapes", ["body-percent-escaped"], "id=1&name=Zoë".encode(), b"id=1&name=Zo%C3%AB")
changed("hex", ["body-hex-encoded"], BODY, BODY.hex().encode())
changed("hex of Postgres", ["body-hex-encoded"], BODY, b"\\x" + BODY.hex().encode())
changed("Python's bytes", ["body-dumped"], '{"a":"Zoë\'s"}'.encode(), repr('{"a":"Zoë\'s"}'.encode()).encode())
changed("Python's bytes signed", ["body-dumped-when-signed"], repr('{"a":"Zoë\'s"}'.encode()).encode(), '{"a":"Zoë\'s"}'.encode())
changed("Node's inspect", ["body-dumped"], b'{"id":1,"a_b":"x","c":null,"d":[true,2]}', b"{ id: 1, a_b: 'x', c: null, d: [ true, 2 ] }\n")
changed("newlines of two kinds", ["body-final-newline-added", "body-crlf-for-lf"], b'{\n  "a": 1\n}', b'{\r\n  "a": 1\r\n}\r\n')
OTHER = b"something else"
for name, text in [("print_r", b"Array\n(\n    [id] => 1\n)\n"), ("var_export", b"array (\n  'id' => 1,\n)"), ("Node's inspect, shortened", b"{\n  id: 1,\n  data: { a: [Object] }\n}")]:
    changed(name, [], OTHER, text, suspicions=["body-object-text"], explained=False)
for name, text in [("JSON that breaks off", b'{"id":1,"na'), ("a comma too many", b'{"id":1,}'), ("a body twice", BODY + BODY)]:
    changed(name, [], OTHER, text, suspicions=["body-not-json"], explained=False)

print("[" + ",\n".join(json.dumps(case) for case in cases) + "]")
