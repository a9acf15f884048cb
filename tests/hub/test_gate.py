"""The gate around the application: headers on every answer, bodies that never come, unexpected errors."""

import socket
import time

import anyio
import httpx
import pytest
from structlog.testing import capture_logs

from hub.errors import QuotaError, StoppedGroupError
from hub.gate import Gate
from hub.problem import problem
from hub.wording import sentence
from tests.hub.served import Served

WANTED = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cache-control",
    "x-request-id",
}


def ask(app, path="/", body=b"", method="GET"):
    async def call():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://hub.example.vn") as client:
            return await client.request(method, path, content=body)

    return anyio.run(call)


async def echo(_scope, receive, send):
    """Reads the whole body and answers with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message["body"]), message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"Cache-Control", b"max-age=9")]})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def fail(_scope, _receive, _send):
    raise ZeroDivisionError


async def fail_late(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ZeroDivisionError


def test_every_answer_carries_the_security_headers_and_a_request_id():
    answer = ask(Gate(echo, https=True))
    assert set(answer.headers) >= WANTED | {"strict-transport-security"}
    assert answer.headers["cache-control"] == "max-age=9"
    assert "strict-transport-security" not in ask(Gate(echo, https=False)).headers
    assert ask(Gate(echo, https=False)).headers["x-request-id"] != answer.headers["x-request-id"]


def test_what_a_program_asked_for_carries_no_headers_that_are_for_pages():
    answer = ask(Gate(say("application/json", 200), https=True), "/v1/health")
    assert set(answer.headers) == {
        "content-type",
        "cache-control",
        "x-content-type-options",
        "strict-transport-security",
        "x-request-id",
    }


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/v1/health", "text/html; charset=utf-8", 200),
        ("/v1/health", "application/problem+json", 404),
        ("/v1", "application/json", 200),
        ("/days", "application/json", 200),
    ],
)
def test_every_other_answer_carries_all_of_them(path, kind, status):
    assert set(ask(Gate(say(kind, status), https=False), path).headers) >= WANTED


def say(kind, status):
    """An application that answers with nothing of this kind."""

    async def answer(_scope, _receive, send):
        headers = [(b"Content-Type", kind.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return answer


def test_an_error_that_nobody_expected_is_answered_without_its_text():
    with capture_logs() as logged:
        answer = ask(Gate(fail, https=False))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "ZeroDivision" not in answer.text
    assert set(answer.headers) >= WANTED
    assert [line["event"] for line in logged] == ["internal_error", "request"]


def test_an_error_after_the_answer_began_is_the_servers_to_cut():
    async def call():
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/"}
        with pytest.raises(ZeroDivisionError):
            await Gate(fail_late, https=False)(scope, None, send)
        return sent

    assert [message["status"] for message in anyio.run(call)] == [200]


def test_a_log_line_has_ids_only():
    with capture_logs() as logged:
        ask(Gate(echo, https=False), "/v1/exchange?name=Vang", b"secret", "POST")
    (line,) = logged
    assert set(line) == {"event", "log_level", "method", "path", "status", "ms"}
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v1/exchange", 200)


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_log_line_of_a_refusal_has_the_address_that_was_counted(status):
    with capture_logs() as logged:
        ask(Gate(say("application/json", status), https=False))
    assert [line.get("source") for line in logged] == ["127.0.0.1"]


def test_N89_a_body_that_stops_coming_is_given_up():
    async def slow():
        yield b"x"
        await anyio.sleep(5)
        yield b"x"

    began = time.monotonic()
    answer = ask(Gate(echo, https=False, body_grace_s=0.2), "/", slow(), "POST")
    assert time.monotonic() - began < 3
    assert (answer.status_code, answer.json()["code"]) == (408, "slow_body")
    assert answer.headers["connection"] == "close"


def test_N78_a_body_over_a_slow_link_has_the_time_that_its_size_needs():
    async def steady():
        for _ in range(5):
            await anyio.sleep(0.1)
            yield bytes(40)  # 400 bytes a second; the deadline allows for 100

    answer = ask(Gate(echo, https=False, body_grace_s=0.3), "/", steady(), "POST")
    assert answer.text == "200"


def test_after_the_body_the_application_may_wait_for_the_phone_to_hang_up():
    async def call():
        messages = [
            {"type": "http.request", "body": b"", "more_body": False},
            {"type": "http.disconnect"},
            {"type": "http.disconnect"},
        ]
        heard = []

        async def receive():
            return messages.pop(0)

        async def app(_scope, receive, _send):
            heard.extend([await receive(), await receive(), await receive()])

        scope = {"type": "http", "method": "GET", "path": "/"}
        await Gate(app, https=False, body_grace_s=0)(scope, receive, None)
        return [message["type"] for message in heard]

    assert anyio.run(call) == ["http.request", "http.disconnect", "http.disconnect"]


def test_N75_a_request_that_is_cut_in_the_middle_is_no_fault_of_the_hub():
    async def call():
        async def receive():
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        async def app(_scope, receive, _send):
            await receive()

        sent = []
        await Gate(app, https=False)({"type": "http", "method": "POST", "path": "/"}, receive, send)
        return sent[0]["status"]

    with capture_logs() as logged:
        assert anyio.run(call) == 400
    assert [(line["event"], line["log_level"]) for line in logged] == [
        ("refused", "info"),
        ("request", "info"),
    ]


def test_what_is_no_request_passes_the_gate():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, receive, send))

    anyio.run(Gate(app, https=False), {"type": "lifespan"}, None, None)
    assert seen == [({"type": "lifespan"}, None, None)]


def test_a_group_that_is_stopped_says_when_to_come_again():
    answer = problem(StoppedGroupError("KM-001", "behind_mark"))
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "stopped_group", "30")
    assert problem(QuotaError(7)).headers == {"retry-after": "7"}


def test_every_code_of_an_answer_has_its_sentence():
    codes = ("request", "not_found", "method", "limit", "media_type", "internal", "slow_body", "quota")
    assert all(sentence(code).endswith(".") for code in codes)


@pytest.mark.crash
def test_N89_half_sent_requests_do_not_keep_the_hub_from_stopping(directory):
    hub = Served(directory)
    host, port = hub.address.removeprefix("http://").split(":")
    halves = [
        b"POST /v1/exchange HTT",
        b"POST /v1/exchange HTTP/1.1\r\nHost: hub\r\nContent-Le",
        b"POST /v1/exchange HTTP/1.1\r\nHost: hub\r\nContent-Length: 900\r\n\r\nhalf a body",
    ]
    sockets = [socket.create_connection((host, int(port))) for _ in halves]
    for open_socket, half in zip(sockets, halves, strict=True):
        open_socket.sendall(half)
    assert httpx.get(f"{hub.address}/health").json()["status"] == "ok"
    began = time.monotonic()
    assert hub.stop() == 0
    assert time.monotonic() - began < 15
    for open_socket in sockets:
        open_socket.close()


def test_a_phone_that_finds_no_room_is_told_when_to_come_back_and_a_page_is_still_shown():
    entered, leave = anyio.Event(), anyio.Event()

    async def wait(scope, receive, send):
        if not entered.is_set():
            entered.set()
            await leave.wait()
        await echo(scope, receive, send)

    async def play():
        transport = httpx.ASGITransport(app=Gate(wait, https=True, requests_max=1))
        async with httpx.AsyncClient(transport=transport, base_url="https://hub.example.vn") as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.post, "/v1/exchange")
                await entered.wait()
                refused, page = await client.post("/v1/exchange"), await client.get("/")
                leave.set()
            return refused, page, await client.post("/v1/exchange")

    refused, page, later = anyio.run(play)
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert refused.headers["retry-after"] == "5"
    assert (page.status_code, later.status_code) == (200, 200)
