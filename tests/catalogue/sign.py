#!/usr/bin/env python3
"""Writes signed.json: for each line of catalogue.jsonl genuine deliveries, and forgeries that a receiver must refuse.

The rules come from the lines alone. A verdict is `accepted` with the facts that a receiver learns, or `refused` with the reason. Times are
nanoseconds since 1970. A body that is not UTF-8 is in base64.

usage: sign.py FILE
"""
import base64, hashlib, json, pathlib, re, sys

sys.dont_write_bytecode = True
from delivery import EVENT_ID, NOW, SECOND, Provider, rfc3339

HERE = pathlib.Path(__file__).resolve().parent
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
URL_SAFE = STANDARD[:-2] + "-_"
TAG_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}


def without(name):
    return lambda headers: [header for header in headers if header[0] != name]


def twice(name, *, other=None):
    """The header a second time, with the same value or another one."""
    return lambda headers: headers + [[key, other or value] for key, value in headers if key == name]


def replaced(name, value):
    return lambda headers: [[key, value if key == name else old] for key, old in headers]


def genuine(p):
    p.accepted("a JSON body")
    title = lambda name: "-".join(part.capitalize() for part in name.split("-"))
    p.accepted("names of headers in title case", body=p.body("title"),
               headers=lambda headers: [[title(name), value] for name, value in headers])
    p.accepted("a body that is not ASCII", body=p.body("grüße 🎉 \u2028"))
    p.accepted("a body with JSON escapes", body=p.body("grüße").replace("ü".encode(), b"\\u00fc"))
    if p.scheme.time_key:
        return
    p.accepted("an empty body", envelope=False, body=b"")
    p.accepted("a body that is not UTF-8", envelope=False, body=b"\xff\x00\r\n\xfe")
    p.accepted("a form", envelope=False, body=b"payload=%7B%7D&n=1")


def bodies(p):
    body = p.body("forged")
    p.refused("one bit of the body changed", "Mismatch", body=body, sent_body=bytes([*body[:-3], body[-3] ^ 1, *body[-2:]]))
    p.refused("a line feed at the end of the body", "Mismatch", body=body, sent_body=body + b"\n")
    p.refused("the last byte of the body missing", "Mismatch", body=body, sent_body=body[:-1])
    p.refused("the body of another delivery", "Mismatch", sent_body=body)
    p.refused("JSON written again", "Mismatch", sent_body=json.dumps(json.loads(p.body())).encode())


def keys(p):
    encoded = p.encoded_secret
    p.refused("the secret of somebody else", "Mismatch", key=hashlib.sha256(b"another").digest())
    p.refused("the empty key", "Mismatch", key=b"")
    if p.scheme.key_encoding == "text":
        p.refused("a text key without its prefix", "Mismatch", key=encoded.encode())
        p.refused("a text key read as base64", "Mismatch", key=base64.b64decode(encoded))
        p.refused("a text key with a line feed", "Mismatch", key=p.secret.encode() + b"\n")
    else:
        p.refused("a base64 key read as text", "Mismatch", key=encoded.encode())
        if p.scheme.strip:
            p.refused("a base64 key read as text, prefix included", "Mismatch", key=p.secret.encode())


def algorithms(p):
    scheme = p.scheme
    own = TAG_BYTES[scheme.algorithm]
    for other, size in TAG_BYTES.items():
        if other == scheme.algorithm:
            continue
        p.refused(f"{other} in place of {scheme.algorithm}", "Length", algorithm=other)
        fit = lambda mac: (mac + bytes(64))[:own]
        p.refused(f"{other} in place of {scheme.algorithm}, cut or filled", "Mismatch", algorithm=other, mac=fit)
    digest = lambda data: hashlib.new(scheme.algorithm, data).digest()
    text = scheme.text(p.body(), scheme.spell(NOW * SECOND) if scheme.signs_time else None, EVENT_ID)
    p.refused("a hash without a key", "Mismatch", mac=lambda _: digest(text))
    p.refused("a hash of key and text", "Mismatch", mac=lambda _: digest(p.key + text))
    p.refused("key and text exchanged", "Mismatch", mac=lambda _: scheme.mac(text, p.key))


def tags(p):
    size = TAG_BYTES[p.scheme.algorithm]
    p.refused("one bit of the tag changed", "Mismatch", mac=lambda mac: bytes([mac[0] ^ 0x80]) + mac[1:])
    p.refused("the last bit of the tag changed", "Mismatch", mac=lambda mac: mac[:-1] + bytes([mac[-1] ^ 1]))
    p.refused("a tag of zeros", "Mismatch", mac=lambda mac: bytes(len(mac)))
    for length in (0, 1, size // 2, size - 2):
        p.refused(f"a tag of {length} bytes", "Length", mac=lambda mac: mac[:length])
    # The base64 of one byte less has the same length.
    p.refused("a tag of a byte less", "Digit" if p.scheme.encoding == "base64" else "Length", mac=lambda mac: mac[:-1])
    p.refused("a tag with three bytes more", "Length", mac=lambda mac: mac + b"abc")
    p.refused("a tag with a character more", "Length", tag=lambda tag: tag + "0")
    if p.scheme.is_list:
        return
    p.refused("a blank behind the tag", "Length", value=lambda value: value + " ")
    p.refused("a comma behind the tag", "Length", value=lambda value: value + ",")
    p.refused("the signature twice in one value", "Length", value=lambda value: f"{value},{value}")


def encodings(p):
    if p.scheme.encoding == "hex":
        p.accepted("upper-case hex", tag=str.upper)
        p.refused("base64 in place of hex", "Length", encoding="base64")
        p.refused("a digit that is none", "Digit", tag=lambda tag: "g" + tag[1:])
        p.refused("a sign in the hex", "Digit", tag=lambda tag: "+" + tag[1:])
        p.refused("0x in front of the hex", "Length", tag=lambda tag: "0x" + tag)
        p.refused("0x in the hex", "Digit", tag=lambda tag: "0x" + tag[2:])
        p.refused("full-width digits", "Digit", tag=lambda tag: "０" + tag[3:])
        return
    padded = p.scheme.encoding == "base64"
    own, foreign = (STANDARD, URL_SAFE) if padded else (URL_SAFE, STANDARD)
    body = next(body for body in map(p.body, map(str, range(1000)))
                if set(own[-2:]) <= set(p.scheme.tag(p.scheme.mac(p.key, signed_text(p, body)))))
    p.accepted("base64 with its special characters", body=body)
    p.refused("the other alphabet of base64", "Digit", body=body, tag=lambda tag: tag.translate(str.maketrans(own, foreign)))
    p.refused("hex in place of base64", "Length", encoding="hex")
    if padded:
        p.refused("base64 without its padding", "Length", tag=lambda tag: tag.rstrip("="))
        p.refused("base64 with too much padding", "Length", tag=lambda tag: tag + "=")
    else:
        p.refused("base64 with padding", "Length", tag=lambda tag: tag + "=")
    stray = lambda tag: re.sub(r"(.)(=*)$", lambda end: own[own.index(end[1]) + 1] + end[2], tag)
    p.refused("base64 with stray bits", "Digit", tag=stray)
    p.refused("a tab in base64", "Digit", tag=lambda tag: tag[:8] + "\t" + tag[9:])
    p.refused("a character of base64 that is none", "Digit", tag=lambda tag: "*" + tag[1:])


def signed_text(p, body):
    return p.scheme.text(body, p.scheme.spell(NOW * SECOND) if p.scheme.signs_time else None, EVENT_ID)


def values(p):
    scheme = p.scheme
    header = scheme.header
    p.refused("no signature header", "Missing", headers=without(header))
    p.refused("the signature header twice", "Repeated", headers=twice(header))
    p.refused("the signature header twice, the first one wrong", "Repeated",
              headers=lambda headers: [[header, "x"], *headers])
    p.refused("the signature under another name", "Missing",
              headers=lambda headers: [["x-" + key if key == header else key, value] for key, value in headers])
    if scheme.is_list:
        return
    p.refused("an empty signature header", "Prefix" if scheme.prefix else "Length", headers=replaced(header, ""))
    if not scheme.prefix:
        p.refused("a prefix that does not belong there", "Length", value=lambda value: "sha256=" + value)
        return
    p.refused("no prefix", "Prefix", value=lambda value: value.removeprefix(scheme.prefix))
    p.refused("the prefix in the other case", "Prefix", value=lambda value: scheme.prefix.swapcase() + value.removeprefix(scheme.prefix))
    p.refused("the prefix twice", "Length", value=lambda value: scheme.prefix + value)
    p.refused("another prefix", "Prefix", value=lambda value: "md5=" + value.removeprefix(scheme.prefix))
    p.refused("a blank in front of the prefix", "Prefix", value=lambda value: " " + value)


def another_version(prefix):
    """The prefix of an entry that is ignored: `v2=` beside `v1=`, `v1a,` beside `v1,`."""
    if prefix == "v1,":
        return "v1a,"
    return re.sub(r"\d|(?==)", lambda found: str(int(found[0]) + 1) if found[0] else "2", prefix, count=1)


def wrong(p, count):
    """Entries of deliveries that somebody else signed."""
    return [p.scheme.prefix + p.scheme.tag(p.scheme.mac(b"another key", b"%d" % at)) for at in range(count)]


def lists(p):
    scheme = p.scheme
    if not scheme.is_list:
        return
    other = lambda entry: another_version(scheme.prefix) + entry.removeprefix(scheme.prefix)
    for place in (2, 8):
        p.accepted(f"candidate {place} matches", entries=lambda entry: wrong(p, place - 1) + [entry])
    p.accepted("the first of eight candidates matches", entries=lambda entry: [entry] + wrong(p, 7))
    p.accepted("the first candidate matches, and a ninth is there", entries=lambda entry: [entry] + wrong(p, 8))
    p.accepted("a malformed ninth candidate", entries=lambda entry: [entry, *wrong(p, 7), scheme.prefix])
    p.refused("candidate 9 matches", "Mismatch", entries=lambda entry: wrong(p, 8) + [entry])
    p.refused("no candidate of a thousand matches", "Mismatch", entries=lambda entry: wrong(p, 8) + ["x"] * 992)
    p.accepted("the entry of another version in front", entries=lambda entry: [other(wrong(p, 1)[0]), entry])
    p.accepted("the entry of another version at the end", entries=lambda entry: [entry, other(wrong(p, 1)[0])])
    p.accepted("a malformed entry of another version", entries=lambda entry: [entry, other(scheme.prefix + "?")])
    p.accepted("an entry without a prefix", entries=lambda entry: [entry, "x"])
    p.refused("an entry of another version alone", "NoEntry", entries=lambda entry: [other(entry)])
    p.refused("the prefix in the other case", "NoEntry", entries=lambda entry: [scheme.prefix.upper() + entry[len(scheme.prefix):]])
    p.refused("no prefix", "NoEntry", entries=lambda entry: [entry.removeprefix(scheme.prefix)])
    p.refused("the prefix twice", "Length", entries=lambda entry: [scheme.prefix + entry])
    p.refused("a malformed candidate in front", "Length", entries=lambda entry: [scheme.prefix + "00", entry])
    p.refused("a malformed candidate at the end", "Length", entries=lambda entry: [entry, scheme.prefix])
    p.refused("no entry", "NoEntry", entries=lambda entry: [])
    p.refused("an empty signature header", "MissingTime" if scheme.time_prefix else "NoEntry", headers=replaced(scheme.header, ""))
    separators(p)
    if scheme.time_prefix is not None:
        time_entries(p)


def separators(p):
    separator = p.scheme.separator
    pair = lambda entry: wrong(p, 1) + [entry]
    p.accepted("blanks around entries", entries=pair, joint=f" \t{separator} \t", value=lambda value: f"\t {value} \t")
    p.accepted("separators in a row and at the ends", entries=pair, joint=separator * 3, value=lambda value: separator + value + separator)
    if separator == " ":
        p.accepted("entries joined by a comma and a blank" if p.scheme.joint == " " else "entries joined by a blank",
                   entries=pair, joint=", " if p.scheme.joint == " " else " ")
        p.refused("two commas at the end of an entry", "Length", value=lambda value: value + ",,")
        p.refused("entries joined by a comma alone", "Length", entries=pair, joint=",")
    else:
        p.refused("entries joined by another separator", "MalformedTime" if p.scheme.time_prefix else "Length", entries=pair, joint="|")
        p.refused("a comma behind the tag" if separator == ";" else "a semicolon behind the tag", "Length",
                  tag=lambda tag: tag + ("," if separator == ";" else ";"))


def time_entries(p):
    scheme, time = p.scheme, p.scheme.spell(NOW * SECOND)
    entry = scheme.time_prefix + time
    p.accepted("the time is the last entry", sent_time=None, time=time, entries=lambda tag: [tag, entry])
    p.accepted("the time between candidates", sent_time=None, time=time, entries=lambda tag: [tag, entry, *wrong(p, 1)])
    p.refused("no time", "MissingTime", sent_time=None, time=time)
    p.refused("two equal times", "RepeatedTime", entries=lambda tag: [tag, entry])
    p.refused("two times, one of them wrong", "RepeatedTime", entries=lambda tag: [scheme.time_prefix + "1767225599", tag])
    p.refused("the time behind its prefix in the other case", "MissingTime", sent_time=None, time=time,
              entries=lambda tag: [scheme.time_prefix.upper() + time, tag])


def times(p):
    scheme = p.scheme
    if scheme.unit is None:
        return
    edge = scheme.tolerance * SECOND
    p.accepted("as old as the tolerance", time_ns=NOW * SECOND - edge)
    p.accepted("as far in the future as the tolerance", time_ns=NOW * SECOND + edge)
    p.refused("a second older than the tolerance", "TooOld { by: 1s }", time_ns=NOW * SECOND - edge - SECOND)
    p.refused("a second beyond the tolerance in the future", "FromTheFuture { by: 1s }", time_ns=NOW * SECOND + edge + SECOND)
    if scheme.unit == "ms":
        p.refused("a millisecond older than the tolerance", "TooOld { by: 1ms }", time_ns=NOW * SECOND - edge - 10**6)
        p.refused("a millisecond beyond the tolerance in the future", "FromTheFuture { by: 1ms }", time_ns=NOW * SECOND + edge + 10**6)
    p.refused("a year old", "TooOld { by: %ds }" % (31_536_000 - scheme.tolerance), time_ns=(NOW - 31_536_000) * SECOND)
    if scheme.time_key:
        times_in_body(p)
        return
    time = scheme.spell(NOW * SECOND)
    p.refused("an old delivery with a new time", "Mismatch", time_ns=(NOW - 9000) * SECOND, sent_time=time)
    p.refused("the body signed without its time", "Mismatch", text=lambda text: p.body())
    if scheme.unit == "rfc3339":
        spelled_rfc3339(p)
    else:
        spelled_unix(p, time)
    if scheme.time_header:
        p.refused("no time", "MissingTime", headers=without(scheme.time_header))
        p.refused("two equal times", "RepeatedTime", headers=twice(scheme.time_header))
        p.refused("two times, one of them wrong", "RepeatedTime", headers=twice(scheme.time_header, other="1"))


def spelled_unix(p, time):
    """Spellings of a time that are signed as they stand, and other spellings beside the signature of the first one."""
    seam = p.scheme.has_bare_seam
    for name, text in [
        ("a plus sign", "+" + time), ("a minus sign", "-" + time), ("a fraction", time + ".0"), ("an exponent", time + "e0"),
        ("a blank in front", " " + time), ("a blank inside", time[:3] + " " + time[3:]),
        ("hex digits", hex(int(time))), ("an underscore", time[:3] + "_" + time[3:]),
        ("no digits", ""), ("a word", "Infinity"), ("21 digits", "0" * (21 - len(time)) + time),
        ("full-width digits", "".join(chr(ord(digit) - 0x30 + 0xFF10) for digit in time)), ("RFC 3339", rfc3339(NOW * SECOND)),
    ]:
        p.refused(f"a time with {name}, signed so", "MalformedTime", time=text)
    p.refused("a plus sign in front of the signed time", "MalformedTime", sent_time="+" + time)
    p.refused("a leading zero in front of the signed time", "MalformedTime" if seam else "Mismatch", sent_time="0" + time)
    p.refused("a fraction behind the signed time", "MalformedTime", sent_time=time + ".0")
    other = NOW * 1000 if p.scheme.unit == "s" else NOW
    far = "FromTheFuture" if p.scheme.unit == "s" else "TooOld"
    p.refused("a time in the other unit", "MalformedTime" if seam else far, time=str(other))
    p.refused("a time of 14 digits", "MalformedTime" if seam else "FromTheFuture", time="9" * 14)
    p.refused("the largest time of 20 digits", "MalformedTime", time="9" * 20)
    p.refused("time zero", "MalformedTime" if seam else "TooOld", time="0")


def spelled_rfc3339(p):
    for name, text, time_ns in [
        ("Z", "2026-01-01T00:00:01Z", NOW + 1), ("an offset to the east", "2026-01-01T05:30:02+05:30", NOW + 2),
        ("an offset to the west", "2025-12-31T16:00:03-08:00", NOW + 3), ("the offset zero", "2026-01-01T00:00:04+00:00", NOW + 4),
        ("a digit of a fraction", "2026-01-01T00:00:00.5Z", NOW + 0.5),
    ]:
        p.accepted(f"a time with {name}", time=text, time_ns=int(time_ns * SECOND))
    p.accepted("a time with nine digits of a fraction", time="2026-01-01T00:00:00.123456789Z", time_ns=NOW * SECOND + 123456789)
    for text in [
        "2026-01-01t00:00:00Z", "2026-01-01T00:00:00z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00Z",
        "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00+0000",
        "2026-01-01T00:00:00+00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+00:60",
        "26-01-01T00:00:00Z", "+02026-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "2026-1-1T00:00:00Z", "20260101T000000Z",
        "2026-01-01T00:00:00Z ", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00\u2212 01:00", "", str(NOW), str(NOW * 1000),
    ]:
        p.refused(f"the malformed time '{text}', signed so", "MalformedTime", time=text)
    p.refused("the signed time in another zone", "Mismatch", time="2026-01-01T00:00:00Z", sent_time="2026-01-01T01:00:00+01:00")
    p.refused("a fraction of zero behind the signed time", "Mismatch", time="2026-01-01T00:00:00Z", sent_time="2026-01-01T00:00:00.0Z")
    p.refused("year 0000", "TooOld", time="0000-01-01T00:00:00+23:59")
    p.refused("year 9999", "FromTheFuture", time="9999-12-28T23:59:59-23:59")
    p.refused("the last second of year 9999", "MalformedTime", time="9999-12-31T23:59:59Z")


def times_in_body(p):
    key, number = p.scheme.time_key, str(NOW * 1000)
    with_time = lambda text: p.body().replace(f'"{key}":{number}'.encode(), text.encode())
    for name, text in [
        ("a string", f'"{number}"'), ("a fraction", number + ".0"), ("an exponent", number + "e0"), ("a minus sign", "-" + number),
        ("null", "null"), ("an array", f"[{number}]"), ("21 digits", number + "0" * 8),
    ]:
        p.refused(f"a time that is {name}, signed so", "MalformedTime", body=with_time(f'"{key}":{text}'))
    p.refused("no time", "MissingTime", body=with_time(f'"x":{number}'))
    p.refused("the time inside another object", "MissingTime", body=with_time(f'"x":{{"{key}":{number}}}'))
    for name, body in [("an empty body", b""), ("a form", b"n=1"), ("a body that is not UTF-8", b"\xff"), ("an array", b"[]")]:
        p.refused(f"{name}, which has no time", "MalformedTime", body=body)
    p.refused("two equal times", "MalformedTime", body=with_time(f'"{key}":{number},"{key}":{number}'))
    escaped = key[:-1] + f"\\u{ord(key[-1]):04x}"
    p.accepted("the key of the time with an escape", body=with_time(f'"{escaped}":{number}'))
    p.refused("a second time behind a key with an escape", "MalformedTime", body=with_time(f'"{key}":{number},"{escaped}":1'))
    p.refused("a byte order mark in front of the body", "MalformedTime", body="\ufeff".encode() + p.body())
    p.refused("a time in seconds", "TooOld", body=with_time(f'"{key}":{NOW}'))
    p.refused("an old time beside a new one in a header that is not signed", "TooOld", time_ns=(NOW - 9000) * SECOND,
              headers=lambda headers: [*headers, ["linear-timestamp", number]])


def ids(p):
    scheme = p.scheme
    if not scheme.signs_id:
        return
    header = scheme.id_header
    p.accepted("an id of one character", identity="7")
    p.accepted("an id of 256 characters", identity="x" * 256)
    p.refused("another id", "Mismatch", sent_identity="evt_2KWPBgLlAfxdpx2AI54pPJ85f4X")
    p.refused("the id in lower case", "Mismatch", sent_identity=EVENT_ID.lower())
    p.refused("no id", "MissingId", headers=without(header))
    p.refused("two equal ids", "RepeatedId", headers=twice(header))
    p.refused("two ids", "RepeatedId", headers=twice(header, other="evt_1"))
    behind = scheme.parts[scheme.parts.index("id") + 1]
    p.accepted("an id of all visible characters", identity="".join(map(chr, range(0x21, 0x7F))).replace(behind or ":", ""))
    for name, identity in [
        ("empty", ""), ("of 257 characters", "x" * 257), ("with a tab", "a\tb"), ("with a blank", "a b"), ("with a delete", "a\x7fb"),
        ("that is not ASCII", "é"), ("with the literal behind it", f"a{behind or ':'}b"), ("that ends with the literal", "a" + (behind or ":")),
    ]:
        p.refused(f"an id {name}, signed so", "MalformedId", identity=identity)
    p.refused("the text signed without its id", "Mismatch", text=lambda text: text.removeprefix(EVENT_ID.encode()))


def seams(p):
    """The same signed text, cut at other places."""
    scheme = p.scheme
    if not (scheme.signs_time or scheme.signs_id) or scheme.time_key:
        return
    names = scheme.parts[1::2]
    literals = scheme.parts[2:-1:2]
    values = {"timestamp": scheme.spell(NOW * SECOND), "id": EVENT_ID}
    values["body"] = "".join(f"7{literal}" for literal in dict.fromkeys(literals)) + "77"
    shown = {"timestamp": "time", "id": "id", "body": "body"}
    for at, literal in enumerate(literals):
        left, right = names[at], names[at + 1]
        for source, target, cut in cuts(left, values[left], literal, right, values[right]):
            moved = {**values, left: cut[0], right: cut[1]}
            # If a comma also separates the entries, it ends the time, which is then the signed one.
            time_is_cut = "timestamp" in (left, right) and not (scheme.time_prefix and literal == scheme.separator)
            p.refused(f"a piece of the {shown[source]} moves to the {shown[target]}", "MalformedTime" if time_is_cut else "Mismatch",
                      body=values["body"].encode(), sent_body=moved["body"].encode(),
                      sent_time=moved["timestamp"], sent_identity=moved["id"])
    if scheme.signs_id and literals[0]:
        time = values["timestamp"]
        p.refused("the time moves to the id, and a piece of the body to the time", "MalformedId", body=f"{time}{literals[1]}rest".encode(),
                  sent_identity=f"{EVENT_ID}{literals[0]}{time}", sent_time=time, sent_body=b"rest")


def cuts(left, before, literal, right, behind):
    """Other cuts of `before + literal + behind`: the part that gives a piece, the part that takes it, and both texts."""
    if not literal:
        return [(left, right, (before[:-1], before[-1] + behind)), (right, left, (before + behind[0], behind[1:]))]
    piece, found, rest = behind.partition(literal)
    return [(right, left, (before + literal + piece, rest))] if found else []


GROUPS = (genuine, bodies, keys, algorithms, tags, encodings, values, lists, times, ids, seams)


def main(target):
    records = []
    for line in (HERE / "catalogue.jsonl").read_text("utf-8").splitlines():
        provider = Provider(json.loads(line))
        for group in GROUPS:
            group(provider)
        records.append(provider.record())
    short = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    blocks = []
    for record in records:
        cases = record.pop("cases")
        blocks.append(short(record)[:-1] + ',"cases":[\n' + ",\n".join(map(short, cases)) + "\n]}")
    pathlib.Path(target).write_text("[\n" + ",\n".join(blocks) + "\n]\n", "utf-8")


main(sys.argv[1])
