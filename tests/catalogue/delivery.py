"""Deliveries of one provider: genuine ones, and others that differ in one place."""
import base64, copy, hashlib, json

from scheme import Scheme, read_payload, read_place, read_unit, rfc3339

# The receiver's clock, in Unix seconds: 2026-01-01T00:00:00Z.
NOW = 1_767_225_600
SECOND = 10**9
EVENT_TYPE = "thing.happened"
EVENT_ID = "evt_2KWPBgLlAfxdpx2AI54pPJ85f4W"


def key_bytes(name):
    """A key whose base64 has the two characters that base64url does not have."""
    for count in range(1000):
        key = hashlib.sha256(f"{name} {count}".encode()).digest()
        if {"+", "/"} <= set(base64.b64encode(key).decode()):
            return key
    raise AssertionError(name)


def put(tree, path, value):
    """Puts a value at a path of keys."""
    *outer, last = path.split(".")
    for key in outer:
        tree = tree.setdefault(key, {})
    tree[last] = value



class Provider:
    """A line of the catalogue, with a secret and the cases that were added."""

    def __init__(self, line):
        self.scheme = Scheme(line)
        encoded = base64.b64encode(key_bytes(self.scheme.name)).decode()
        # A key that is text looks like an encoded one, so that a receiver that guesses the encoding reads it wrongly.
        prefix = "whsec_" if self.scheme.key_encoding == "text" else self.scheme.strip
        self.secret = prefix + encoded
        self.encoded_secret = encoded
        self.key = self.scheme.key(self.secret)
        self.type_place = read_place(line.get("event_type"))
        self.payload = read_payload(line["event_type"]) if self.type_place else None
        self.occurred = line.get("occurred_at")
        self.cases = []

    def body(self, note="", time_ns=NOW * SECOND):
        """A JSON body that has all that the line says of the envelope."""
        tree = {}
        if self.type_place and self.type_place[0] == "body":
            put(tree, self.type_place[1], EVENT_TYPE)
        put(tree, f"{self.payload}.note" if self.payload else "note", note)
        place = self.scheme.event_id
        if place and place[0] == "body":
            put(tree, place[1], EVENT_ID)
        if self.occurred:
            # A time whose unit the line leaves open is written in seconds and not expected.
            unit = read_unit(self.occurred) or "s"
            number = NOW * (1000 if unit == "ms" else 1)
            put(tree, read_place(self.occurred)[1], rfc3339(NOW * SECOND) if unit == "rfc3339" else number)
        if self.scheme.time_key:
            put(tree, self.scheme.time_key, time_ns // 10**6)
        return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()

    def facts(self, time_ns, identity, envelope):
        """The facts that a receiver learns from a genuine delivery."""
        scheme, facts = self.scheme, {}
        if self.type_place and (envelope or self.type_place[0] == "header"):
            facts["event_type"] = EVENT_TYPE
        if scheme.signs_id:
            facts["event_id"] = identity
        elif scheme.event_id and envelope:
            facts["event_id"] = EVENT_ID
        if scheme.unit:
            facts["sent_at_ns"] = time_ns
        if envelope and self.occurred and read_unit(self.occurred):
            facts["occurred_at_ns"] = NOW * SECOND
        return facts

    def headers(self, value, time, identity):
        """Names and values of a delivery."""
        scheme = self.scheme
        headers = [[scheme.header, value]]
        if scheme.time_header:
            headers.append([scheme.time_header, time])
        if scheme.id_header:
            headers.append([scheme.id_header, identity])
        if self.type_place and self.type_place[0] == "header":
            headers.append([self.type_place[1], EVENT_TYPE])
        return headers

    def delivery(self, body=None, time_ns=NOW * SECOND, time=None, identity=EVENT_ID, **changes):
        """Headers and body. `body`, `time` and `identity` are signed. Each of the changes alters one step:

        key, algorithm, encoding, text: the steps of the signature; mac, tag, entry, value: functions of the step's result;
        entries: a function from the genuine entry to all of them; joint: the text between entries;
        sent_body, sent_time, sent_identity: the parts that are sent, where they are not those that were signed; headers: a function.
        """
        scheme = self.scheme
        body = self.body(time_ns=time_ns) if body is None else body
        time = scheme.spell(time_ns) if time is None and scheme.signs_time else time
        text = changes.get("text", lambda text: text)(scheme.text(body, time, identity))
        same = lambda value: value
        mac = scheme.mac(changes.get("key", self.key), text, changes.get("algorithm"))
        tag = changes.get("tag", same)(scheme.tag(changes.get("mac", same)(mac), changes.get("encoding")))
        entries = changes.get("entries", lambda entry: [entry])(scheme.prefix + tag)
        sent_time = changes.get("sent_time", time)
        if "joint" in changes:
            scheme = copy.copy(scheme)
            scheme.joint = changes["joint"]
        value = changes.get("value", same)(scheme.value(entries, sent_time))
        headers = self.headers(value, sent_time, changes.get("sent_identity", identity))
        return changes.get("headers", same)(headers), changes.get("sent_body", body)

    def accepted(self, name, envelope=True, **changes):
        headers, body = self.delivery(**changes)
        time_ns, identity = changes.get("time_ns", NOW * SECOND), changes.get("identity", EVENT_ID)
        self._add(name, headers, body, {"accepted": self.facts(time_ns, identity, envelope)})

    def refused(self, name, reason, **changes):
        headers, body = self.delivery(**changes)
        self._add(name, headers, body, {"refused": reason})

    def _add(self, name, headers, body, verdict):
        try:
            shown = body.decode()
        except UnicodeDecodeError:
            shown = {"base64": base64.b64encode(body).decode()}
        assert all(case["name"] != name for case in self.cases), name
        for case in self.cases:
            if case["headers"] == headers and case["body"] == shown:
                # Two faults are one for this scheme, such as a tag of no bytes and an empty header.
                assert "refused" in case and verdict == {"refused": case["refused"]}, (self.scheme.name, name, case["name"])
                return
        self.cases.append({"name": name, "headers": headers, "body": shown, **verdict})

    def record(self):
        """The provider as a line of signed.json."""
        return {"provider": self.scheme.name, "secret": self.secret, "now": NOW, "cases": self.cases}
