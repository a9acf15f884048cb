"""Kinto behind waitress, its storage in memory: `python kinto_server.py CELL`, in an environment of its own.

Memory is its quickest storage (PostgreSQL is its durable one). A batch may be as large as a phone likes, and
answers are compressed, as a web server in front of it does.
"""

import json
import socket
from collections.abc import Callable, Iterable
from typing import Any

import kinto
import waitress
from webob import Request

SETTINGS = {
    "kinto.storage_backend": "kinto.core.storage.memory",
    "kinto.cache_backend": "kinto.core.cache.memory",
    "kinto.permission_backend": "kinto.core.permission.memory",
    "kinto.userid_hmac_secret": "bench",
    "kinto.bucket_create_principals": "system.Everyone",
    "kinto.bucket_write_principals": "system.Everyone",
    "kinto.batch_max_requests": "2000",
    "kinto.paginate_by": "10000",
    "multiauth.policies": "basicauth",
}
THREADS = 16


def main() -> None:
    """Serve until ended."""
    app = kinto.main({}, **SETTINGS)
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(json.dumps({"port": listening.getsockname()[1]}), flush=True)
    waitress.serve(compressed(app), sockets=[listening], threads=THREADS, _quiet=True)


def compressed(app: Callable[..., Any]) -> Callable[..., Any]:
    """The application with its answers compressed."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        response = Request(environ).get_response(app)
        response.encode_content("gzip")
        return response(environ, start)

    return answer


if __name__ == "__main__":
    main()
