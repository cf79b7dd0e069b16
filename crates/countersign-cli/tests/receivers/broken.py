"""Wrong on purpose: compares with ==, takes bare hex, takes the first of two headers, writes JSON again before it hashes."""

import hashlib
import hmac
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["SECRET"].encode()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.dumps(json.loads(body), separators=(",", ":")).encode()
        except ValueError:
            pass
        digits = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        signature = self.headers.get("X-Signature-256", "").removeprefix("sha256=")
        self.send_response(200 if signature == digits else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
