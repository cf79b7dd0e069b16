"""Reads a line of catalogue.jsonl and signs as it says. It shares no code with the library."""
import base64, datetime, hashlib, hmac, re

UNITS = {"Unix seconds": "s", "Unix milliseconds": "ms", "RFC 3339": "rfc3339"}
PLACEHOLDER = re.compile(r"\{(timestamp|id|body)\}")
TAG = re.compile(r"<(hex|base64url, no padding|base64)>")
TIME = re.compile(r"<(s|ms)>")


class Scheme:
    """The facts of a line."""

    def __init__(self, line):
        self.name, self.header = line["name"], line["header"]
        self.algorithm = line["algorithm"].removeprefix("hmac-")
        self._read_value(line["value"])
        self._read_time(line.get("timestamp"), line.get("tolerance_s"))
        self._read_key(line["key"])
        self.event_id = read_place(line.get("event_id"))
        self.id_header = self.event_id[1] if self.event_id and self.event_id[0] == "header" else None
        # Texts at even places, names of parts at odd ones.
        self.parts = PLACEHOLDER.split(line["signed"])
        names = self.parts[1::2]
        seams = [self.parts[at] for at in range(2, len(self.parts) - 1, 2)]
        self.has_bare_seam = "" in seams
        self.signs_time, self.signs_id = "timestamp" in names, "id" in names

    def _read_value(self, value):
        """`t=<s>,v1=<hex>[,v1=<hex>…]`: a time, a separator, the prefix of the tags, and the entries that may follow."""
        once, _, more = value.partition("[")
        time = TIME.search(once)
        self.time_prefix, self.joint, rest = None, None, once
        if time:
            self.time_prefix, behind = once[: time.start()], once[time.end() :]
            self.joint = re.match(r"[,;] *", behind)[0]
            rest = behind.removeprefix(self.joint)
        elif more:
            # A comma in the prefix belongs to the entry, so that the blank separates the entries.
            self.joint = re.match(r"[,;]? *", more)[0]
        tag = TAG.search(rest)
        self.encoding = tag[1].split(",")[0]
        self.prefix = rest[: tag.start()]
        self.is_list = self.joint is not None
        self.separator = self.joint and (" " if "," in self.prefix else self.joint[0])

    def _read_time(self, source, tolerance):
        self.time_header = self.time_key = self.unit = None
        self.tolerance = tolerance
        if source is None:
            return
        place, name, rest = re.match(r"(header|entry|body key) ([^\s,]+)(.*)", source).groups()
        self.unit = next(unit for text, unit in UNITS.items() if text in rest)
        self.has_offset = "with offset" in rest
        if place == "header":
            self.time_header = name
        elif place == "body key":
            self.time_key = name
        else:
            assert name == self.time_prefix, source

    def _read_key(self, key):
        """`text`, `base64`, or `base64 after whsec_`."""
        self.key_encoding, _, rest = key.partition(" after ")
        self.strip = rest.partition(";")[0]
        assert self.key_encoding in ("text", "base64"), key

    def key(self, secret):
        if self.key_encoding == "text":
            return secret.encode()
        assert secret.startswith(self.strip)
        return base64.b64decode(secret.removeprefix(self.strip), validate=True)

    def text(self, body, time, identity):
        """The signed text."""
        values = {"timestamp": (time or "").encode(), "id": (identity or "").encode(), "body": body}
        return b"".join(values[part] if at % 2 else part.encode() for at, part in enumerate(self.parts))

    def mac(self, key, text, algorithm=None):
        return hmac.new(key, text, algorithm or self.algorithm).digest()

    def tag(self, mac, encoding=None):
        return encode(mac, encoding or self.encoding)

    def value(self, entries, time):
        """The value of the signature header for tags that have their prefix."""
        if self.time_prefix is not None and time is not None:
            entries = [self.time_prefix + time, *entries]
        return (self.joint or "").join(entries)

    def spell(self, time_ns):
        """A time as the provider writes it."""
        if self.unit == "rfc3339":
            return rfc3339(time_ns, -7 if self.has_offset else 0)
        return str(time_ns // {"s": 10**9, "ms": 10**6}[self.unit])


def encode(mac, encoding):
    if encoding == "hex":
        return mac.hex()
    if encoding == "base64":
        return base64.b64encode(mac).decode()
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def rfc3339(time_ns, offset=0):
    """A time with as many digits of its fraction as it needs."""
    seconds, fraction = divmod(time_ns, 10**9)
    local = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc) + datetime.timedelta(hours=offset)
    digits = f".{fraction:09}".rstrip("0").rstrip(".")
    zone = f"{'-' if offset < 0 else '+'}{abs(offset):02}:00" if offset else "Z"
    return local.strftime("%Y-%m-%dT%H:%M:%S") + digits + zone


def read_place(text):
    """The place of an event type, an id or a time: ("header", name), ("body", path), or None."""
    if text is None:
        return None
    envelope = re.search(r"\benvelope ([\w.]+)/", text)
    if envelope:
        return "body", envelope[1]
    place, name = re.match(r"(?:signed )?(header|body key|body path) ([\w.-]+)", text).groups()
    return place.split()[0], name


def read_unit(text):
    """The unit of a time in the envelope, or None where the line leaves it open."""
    if "Unix time" in text:
        return None
    return next((unit for name, unit in UNITS.items() if name in text), "rfc3339")


def read_payload(text):
    """The path of the payload, or None if it is the whole body."""
    found = re.search(r"envelope [\w.]+/([\w.]+)", text) or re.search(r"; payload ([\w.]+)", text)
    return found and found[1]
