"""Real HTTP on the loopback in front of a hub in memory, and replies that are cut on the wire."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(hub):
    """Serve ``hub.post`` on a free port; yields the origin, and sets it on the hub."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hub.origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub.origin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub):
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                with turn:
                    reply = hub.post(self.path, body, headers)
            except ConnectionError:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "content-length" not in reply.headers:
                self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_):
            pass

    return Handler
