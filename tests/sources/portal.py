"""A portal on loopback: a catalogue and files, served well or badly as a test wants."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HTML = b"<!DOCTYPE html>\n<html><body>Servicio no disponible</body></html>\n"


@dataclass
class File:
    """What is served at a path, and how.

    faults : one for each request in turn, then none: `503`, `break` (cut off half-way), `close`
        (no answer at all)
    always : a fault of every request: `html`, `short` and `long` (the stated length is a lie),
        `no ranges`, `gzip` (compresses although asked not to), or an address to redirect to
    etag : the validator; empty for none
    pause : seconds between pieces
    """

    content: bytes
    faults: list[str] = field(default_factory=list)
    always: str = ""
    etag: str = '"one"'
    pause: float = 0.0


@dataclass
class Portal:
    files: dict[str, File] = field(default_factory=dict)
    packages: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and Range of each request
    address: str = ""

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"

    def list_package(self, name: str, *paths: str, **dates: str) -> None:
        """A dataset whose resources are these files; `dates` by path with `/` and `.` as `_`."""
        resources = [
            {
                "id": path,
                "url": self.url(path),
                "last_modified": dates.get(path.replace("/", "_").replace(".", "_")),
                "created": "2020-01-01T00:00:00",
                "size": None,
            }
            for path in paths
        ]
        self.packages[f"package_show:{name}"] = {
            "success": True,
            "result": {"resources": resources},
        }


@contextmanager
def serve():
    portal = Portal()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            parts = urlsplit(self.path)
            portal.asked.append((parts.path, self.headers.get("Range", "")))
            if parts.path.startswith("/api/3/action/"):
                _answer_catalogue(self, portal, parts)
            elif parts.path.strip("/") in portal.files:
                _answer_file(self, portal.files[parts.path.strip("/")])
            else:
                _send(self, 404, b"not here")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    portal.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()


def _answer_catalogue(handler, portal, parts):
    key = f"{parts.path.rpartition('/')[2]}:{parse_qs(parts.query)['id'][0]}"
    answer = portal.packages.get(key)
    if answer is None:
        _send(handler, 404, json.dumps({"success": False}).encode())
    else:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        _send(handler, 200, body)


def _answer_file(handler, file):
    fault = file.faults.pop(0) if file.faults else ""
    if fault == "503":
        return _send(handler, 503, b"busy")
    if fault == "close":
        handler.close_connection = True
        return handler.connection.close()
    if file.always.startswith("http"):
        return _send(handler, 302, b"", {"Location": file.always})
    if file.always == "html":
        return _send(handler, 200, HTML)
    status, body, headers = _ranged(handler, file)
    if status == 416:
        return _send(handler, 416, b"", headers)
    length = len(body)
    if file.always == "gzip":
        headers["Content-Encoding"] = "gzip"
    if file.always in ("short", "long"):
        length += {"short": -10, "long": 10}[file.always]
    if fault == "break":
        body = body[: len(body) // 2]
    _send(handler, status, body, headers, length, file.pause)


def _ranged(handler, file):
    headers = {"ETag": file.etag} if file.etag else {}
    wanted, total = handler.headers.get("Range", ""), len(file.content)
    valid = not handler.headers.get("If-Range") or handler.headers["If-Range"] == file.etag
    if not wanted or not valid or file.always == "no ranges":
        return 200, file.content, headers
    start = int(wanted.removeprefix("bytes=").partition("-")[0])
    if start >= total:
        return 416, b"", headers | {"Content-Range": f"bytes */{total}"}
    headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
    return 206, file.content[start:], headers


def _send(handler, status, body, headers=None, length=None, pause=0.0):
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    waiter = threading.Event()
    try:
        for start in range(0, len(body), 1 << 14):
            handler.wfile.write(body[start : start + (1 << 14)])
            handler.wfile.flush()
            if pause:
                waiter.wait(pause)
    except (BrokenPipeError, ConnectionResetError):
        pass
    if (length is not None and length != len(body)) or status >= 500:
        handler.close_connection = True
