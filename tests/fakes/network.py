"""A line between a phone and a hub, and what may happen to one request on it.

A trouble is a function of the hub's door and the request: it returns or raises what the phone sees. ``late``
holds copies of requests that are still on their way and arrive when somebody lets them.
"""

import json

from protocol.ports import Reply


class Line:
    """A ``Transport``; ``troubles`` befall the coming requests, each one of them."""

    def __init__(self, door):
        self.door, self.troubles, self.late = door, [], []
        self.replies = []

    def post(self, path, body, headers):
        """One request."""
        trouble = self.troubles.pop(0) if self.troubles else clean
        reply = trouble(self, path, body, dict(headers))
        self.replies.append(reply.status)
        return reply

    def let_arrive(self, order):
        """The requests that are on their way arrive, in the order of these indices."""
        waiting, self.late = self.late, []
        for index in order:
            self.door(*waiting[index])


def clean(line, path, body, headers):
    return line.door(path, body, headers)


def request_lost(line, path, body, headers):
    raise ConnectionRefusedError


def reply_lost(line, path, body, headers):
    """The hub does its work; nothing comes back until the phone gives up."""
    line.door(path, body, headers)
    raise ConnectionResetError


def doubled(line, path, body, headers):
    line.door(path, body, headers)
    return line.door(path, body, headers)


def delayed(line, path, body, headers):
    """The phone gives up, and the request arrives later."""
    line.late.append((path, body, headers))
    raise ConnectionResetError


def portal(line, path, body, headers):
    return Reply(200, {"content-type": "text/html"}, b"<html>Xin ch\xc3\xa0o</html>")


def login_page(line, path, body, headers):
    return Reply(302, {"location": "http://portal.example/", "content-type": "text/html"}, b"")


def too_large(line, path, body, headers):
    """A proxy that takes no body beyond a few kilobytes."""
    if len(body) <= 1_000:
        return line.door(path, body, headers)
    return Reply(413, {"content-type": "application/problem+json"}, json.dumps({"status": 413}).encode())


def busy(status):
    """The hub, or a proxy, asks for patience."""

    def trouble(line, path, body, headers):
        return Reply(status, {"content-type": "application/problem+json", "retry-after": "30"}, b"{}")

    return trouble


def without_headers(*names):
    """A proxy drops headers on the way up."""

    def trouble(line, path, body, headers):
        return line.door(path, body, {name: told for name, told in headers.items() if name not in names})

    return trouble


def bare_reply(line, path, body, headers):
    """A proxy drops the headers of the reply."""
    return Reply(line.door(path, body, headers).status, {}, b"")


def request_changed(change):
    def trouble(line, path, body, headers):
        return line.door(path, change(body), headers)

    return trouble


def reply_changed(change):
    def trouble(line, path, body, headers):
        reply = line.door(path, body, headers)
        return Reply(reply.status, reply.headers, change(reply.body))

    return trouble


def cut(place):
    """A body of which only a part arrives."""
    return lambda body: body[: len(body) * place // 1_000]


def flipped(place, bit):
    """A body in which one bit turned over."""

    def change(body):
        if not body:
            return body
        raw = bytearray(body)
        raw[len(body) * place // 1_000] ^= 1 << bit
        return bytes(raw)

    return change
