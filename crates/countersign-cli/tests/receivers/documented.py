"""Verifies as the Python code in the documents of Hook, MUTX and Workspace does: the raw body, and compare_digest. PROVIDER names one."""

import hashlib
import hmac
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["SECRET"]
HEADER, PREFIX = {
    "hook": ("X-Webhook-Signature", ""),
    "mutx": ("X-Webhook-Signature", "sha256="),
    "workspace": ("X-Signature-256", "sha256="),
}[os.environ["PROVIDER"]]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        expected = PREFIX + hmac.new(SECRET.encode(), payload, hashlib.sha256).hexdigest()
        right = hmac.compare_digest(self.headers.get(HEADER, ""), expected)
        self.send_response(200 if right else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
