#!/usr/bin/env python3
"""Makes the files of ../cases from source.json with Python's hmac. make.mjs makes the same bytes with Node's crypto.

usage: make.py FOLDER     (writes FOLDER/<group>.json)
"""
import base64, hashlib, hmac, json, pathlib, re, sys

HERE = pathlib.Path(__file__).resolve().parent
SAMPLES = HERE / "../../crates/countersign/samples"
SOURCE = json.loads((HERE / "source.json").read_text("utf-8"))
PLACEHOLDER = re.compile(rb"\{(\w+)((?: [0-9a-f]+)*)\}")


def bytes_of(spec):
    """The bytes of a text, {hex}, {sample}, {repeat, times}, or a list of them."""
    if isinstance(spec, str):
        return spec.encode()
    if isinstance(spec, list):
        return b"".join(map(bytes_of, spec))
    if "hex" in spec:
        return bytes.fromhex(spec["hex"])
    if "sample" in spec:
        return (SAMPLES / (spec["sample"] + ".json")).read_bytes().rstrip()
    return spec["repeat"].encode() * spec["times"]


def inlined(spec):
    """The same spec, with the text of a sample in its place."""
    if isinstance(spec, list):
        return [inlined(part) for part in spec]
    return bytes_of(spec).decode() if isinstance(spec, dict) and "sample" in spec else spec


def mac(key, message, algorithm="sha256"):
    return hmac.new(key, message, algorithm).hexdigest()


def flipped(tag, bit):
    number = bytearray.fromhex(tag)
    number[bit // 8] ^= 0x80 >> bit % 8
    return number.hex()


def value(template, prefix, key, message):
    """A header value. The parts in braces are computed as source.json says."""
    tag = mac(key, message)

    def fill(match):
        name, arguments = match[1].decode(), match[2].decode().split()
        if name == "byte":
            return bytes.fromhex(arguments[0])
        made = {
            "prefix": lambda: prefix,
            "tag": lambda: tag,
            "TAG": lambda: tag.upper(),
            "flip": lambda: flipped(tag, int(arguments[0])),
            "base64": lambda: base64.b64encode(bytes.fromhex(tag)).decode(),
            "md5": lambda: mac(key, message, "md5"),
            "sha1": lambda: mac(key, message, "sha1"),
            "sha384": lambda: mac(key, message, "sha384"),
            "sha512": lambda: mac(key, message, "sha512"),
            "unkeyed": lambda: hashlib.sha256(message).hexdigest(),
            "concatenated": lambda: hashlib.sha256(key + message).hexdigest(),
            "swapped": lambda: mac(message, key),
        }[name]()
        if name in ("tag", "TAG") and arguments:
            made = made[int(arguments[0]) : int(arguments[1])]
        return made.encode()

    return PLACEHOLDER.sub(fill, template.encode())


def shown(raw):
    """Printable ASCII as text, and other bytes as hex."""
    return raw.decode() if all(0x20 <= byte <= 0x7E for byte in raw) else {"hex": raw.hex()}


def case(group, entry, name):
    provider = SOURCE["providers"][name]
    body = entry.get("body", provider["body"])
    sign = entry.get("sign", {})
    key = bytes_of(sign.get("with", provider["secret"]))
    message = bytes_of(sign.get("over", body))
    headers = [
        [header.replace("{signature}", provider["header"]), shown(value(template, provider["prefix"], key, message))]
        for header, template in (
            [["{signature}", template] for template in entry.get("signatures", ["{prefix}{tag}"])]
            + entry.get("headers", [])
        )
    ]
    made = {"name": f"{group}: {entry['name']} ({name})", "provider": name}
    if "limit" in entry:
        made["limit"] = entry["limit"]
    made["secrets"] = entry.get("secrets", [["current", provider["secret"]]])
    made["headers"] = headers
    made["body"] = inlined(body)
    made["expect"] = entry["expect"]
    return made


def entries(group):
    for entry in group["cases"]:
        if isinstance(entry, list):
            name, signatures, reason = entry
            entry = {"name": name, "signatures": signatures, "expect": {"status": 401, "reason": reason}}
        for provider in entry.get("providers", group["providers"]):
            yield entry, provider


def main(folder):
    files = {}
    for group in SOURCE["groups"]:
        lines = files.setdefault(group["file"], [])
        for entry, provider in entries(group):
            made = case(group["name"], entry, provider)
            lines.append(json.dumps(made, ensure_ascii=False, separators=(",", ":")))
    for file, lines in files.items():
        text = "[\n" + ",\n".join(lines) + "\n]\n"
        (pathlib.Path(folder) / f"{file}.json").write_text(text, "utf-8")


main(sys.argv[1])
