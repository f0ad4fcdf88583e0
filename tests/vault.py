"""Stand-ins of Google's Secret Manager, and of a server that refuses everything."""

from __future__ import annotations

import base64
import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Vault(ThreadingHTTPServer):
    """Serves secrets as https://secretmanager.googleapis.com/v1 does.

    Attributes:
        secrets: By name; None is refused.
        errors: By name, what Google answers instead: a status and a message.
        requests: How often each was read.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secrets: dict[str, str | None] = {}
        self.errors: dict[str, tuple[int, str]] = {}
        self.requests: Counter[str] = Counter()


class Handler(BaseHTTPRequestHandler):
    server: Vault

    def do_GET(self) -> None:
        name = self.path.split("/")[5]
        self.server.requests[name] += 1
        secret = self.server.secrets.get(name, "")
        if name in self.server.errors:
            status, message = self.server.errors[name]
            self.reply(status, {"error": {"code": status, "message": message}})
        elif secret:
            data = base64.b64encode(secret.encode()).decode()
            self.reply(200, {"name": name, "payload": {"data": data}})
        elif secret is None:
            self.reply(403, {"error": {"code": 403, "message": "Permission denied"}})
        else:
            self.reply(404, {"error": {"code": 404, "message": "Secret not found"}})

    def reply(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


class RefusingServer(ThreadingHTTPServer):
    """Refuses every request, and repeats all of it in its answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RefusingHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class RefusingHandler(BaseHTTPRequestHandler):
    def refuse(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode(errors="replace")
        sent = f"{self.path} {dict(self.headers)} {body}"
        error = {"code": 403, "message": sent, "status": "PERMISSION_DENIED"}
        content = json.dumps({"error": error, "error_description": sent}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = refuse  # noqa: N815 - names of the library

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""
