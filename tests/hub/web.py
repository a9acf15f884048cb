"""The hub's whole ASGI application in this process, and a phone that calls it with signed requests."""

from itertools import count

import anyio
import httpx

from hub.app import opened
from hub.web import web_app
from protocol.day import to_instant
from protocol.exchange import CONTENT_TYPE, PATH, Request, Response, read_response, write_request
from protocol.request import Call, sign_request
from tests.hub.builders import GROUP, NOW, Phone, visit

ORIGIN = "https://hub.example.vn"
ENVIRON = {"TOVAY_NOW": NOW.isoformat()}


class Web:
    """A running hub: ``hub`` is its inside, ``call`` its outside."""

    def __init__(self, directory, **given):
        self._opened = opened(directory, ENVIRON, sealing=True)
        self.hub = self._opened.__enter__()
        self.app = web_app(self.hub, ORIGIN, **given)
        self._groups = count(1)

    def close(self):
        self._opened.__exit__(None, None, None)

    def call(self, method, path, body=b"", headers=()):
        """One request; ``body`` may be an async iterator of chunks."""

        async def ask():
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, content=body, headers=list(headers))

        return anyio.run(ask)

    def admit(self, group=GROUP, ordinal=1) -> Phone:
        """A new phone of a group, admitted in a seal of its own."""
        phone = Phone(group, ordinal, 0)
        self.hub.groups.open(group)
        state = self.hub.groups.append(group, lambda _: [[phone.admission]])
        phone.start(self.hub.groups.trust.root_spki, state.log.entries[-1].raw)
        return phone

    def phone(self) -> Phone:
        """A phone of a group of its own, with one entry to send."""
        phone = self.admit(f"T-{next(self._groups)}")
        phone.write(visit())
        return phone

    def post(self, body, headers):
        return self.call("POST", PATH, body, headers.items() if isinstance(headers, dict) else headers)

    def exchange(self, phone, *sealed, **given):
        """A phone's signed exchange, as its HTTP response."""
        body = asked(phone.log.group, *sealed)
        return self.post(body, signed(phone, body, **given))

    def state(self, group=GROUP):
        return self.hub.groups.load(group)


def asked(group, *sealed, known=None, texts=()) -> bytes:
    return write_request(Request(1, group, known, (), tuple(sealed), tuple(texts)))


def signed(phone, sent, *, at=NOW, nonce=None, **given) -> dict[str, str]:
    """Headers of a signed request for the body ``sent``; what is given replaces part of the phone's call."""
    call = {"method": "POST", "target_uri": ORIGIN + PATH, "content_type": CONTENT_TYPE, "body": sent} | given
    return sign_request(Call(**call), phone.signer, to_instant(at) // 1_000, nonce)


def answer(response) -> Response:
    assert response.status_code == 200, response.text
    return read_response(response.content)


def code(response) -> tuple[int, str]:
    """Status and code of a refusal, which has its sentence."""
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["message"].endswith(".")
    assert told["status"] == response.status_code
    return response.status_code, told["code"]


def empty(phone: Phone) -> bytes:
    """An exchange that brings nothing."""
    return asked(phone.log.group)
