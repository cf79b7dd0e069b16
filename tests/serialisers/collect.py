"""Collects the outputs of all programs, each with its tag, into one text: `python3 collect.py FILE…`."""
import hashlib
import hmac
import json
import sys

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
documents = json.load(open("documents.json"))
outputs = [o for file in sys.argv[1:] for o in json.load(open(file))]
outputs += [{"program": "", "options": "", "document": name, "text": text} for name, text in documents.items()]
outputs.sort(key=lambda o: (list(documents).index(o["document"]), o["program"], o["options"]))
for o in outputs:
    o["tag"] = hmac.new(SECRET.encode(), o["text"].encode(), hashlib.sha256).hexdigest()
lines = ",\n".join(json.dumps(o) for o in outputs)
print(f'{{"secret": "{SECRET}", "outputs": [\n{lines}\n]}}')
