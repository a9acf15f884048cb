"""A computer as the host: files, ciphers and HTTP on the loopback (threats N75, N76, N78)."""

import os
import socket
import stat
import threading
import time

import pytest
from cryptography import x509

from edge import agent, native
from edge.errors import Fault
from edge.native import HttpTransport, NativeVault, create_directory, open_host, replace_file
from edge.settings import Settings
from edge.sync import sync
from edge.transport import Carrier, Outcome
from protocol.errors import BadSignatureError
from protocol.limits import EXCHANGE_RESPONSE_BYTES_MAX
from protocol.ports import Reply
from tests.edge.steps import fault_of, take
from tests.fakes.web import served

KEY = b"\x01" * 32


BODY = b"body"


class Wire:
    """A server that says what it is told, byte for byte, to one caller."""

    def __init__(self, *said, pause=0, hold=False):
        self.said, self.pause, self.hold = said, pause, hold
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.listener.close()

    def _run(self):
        connection, _ = self.listener.accept()
        with connection:
            heard = b"?"
            # What is left unread would reset the connection at its close.
            while heard and not heard.endswith(BODY):
                heard = connection.recv(65_536)
            try:
                for part in self.said:
                    connection.sendall(part)
                    self.done.wait(self.pause)
            except OSError:
                return
            if self.hold:
                self.done.wait(10)


def ask(origin, body=BODY, **given):
    settings = Settings(origin, connect_timeout_s=1, **{"read_timeout_s": 1, "deadline_s": 2} | given)
    return HttpTransport(settings).post("/v1/exchange", body, {"content-type": "x/y"})


def test_a_whole_reply_comes_back_with_lower_case_headers():
    said = b"HTTP/1.1 401 No\r\nContent-Type: a/b\r\nTovay-Time: 7\r\nContent-Length: 3\r\n\r\nabc"
    with Wire(said) as wire:
        assert ask(wire.origin) == Reply(
            401, {"content-type": "a/b", "tovay-time": "7", "content-length": "3"}, b"abc"
        )


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"\x16\x03\x01 not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200,
    ],
)
def test_N75_a_reply_that_is_cut_or_no_http_is_no_reply(said):
    with Wire(said) as wire, pytest.raises(ConnectionError):
        ask(wire.origin)


def test_N78_a_silent_or_dripping_hub_does_not_hold_the_phone_for_ever():
    started = time.monotonic()
    with Wire(hold=True) as wire, pytest.raises(ConnectionError):
        ask(wire.origin)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with Wire(head, *[b"x"] * 40, pause=0.2) as wire, pytest.raises(ConnectionError):
        ask(wire.origin)
    assert time.monotonic() - started < 8


def test_N78_a_long_request_has_as_long_as_a_slow_line_needs_to_carry_it():
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"ok"
    long = b" " * 300 + BODY  # three seconds at a hundred bytes each
    with Wire(b"", *said, pause=1.5) as wire:
        assert ask(wire.origin, body=long).body == b"ok"


def test_an_endless_reply_is_read_up_to_the_limit_only():
    body = b"x" * (EXCHANGE_RESPONSE_BYTES_MAX + 1_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with Wire(head, body) as wire:
        assert len(ask(wire.origin, read_timeout_s=30, deadline_s=60).body) == EXCHANGE_RESPONSE_BYTES_MAX + 1


def test_a_redirect_is_not_followed():
    with Wire(b"HTTP/1.1 302 Found\r\nLocation: https://portal.example\r\nContent-Length: 0\r\n\r\n") as wire:
        assert ask(wire.origin).status == 302


def test_nobody_listening_is_no_connection():
    with pytest.raises(ConnectionError):
        ask("http://127.0.0.1:9")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with Wire(b"HTTP/1.1 204 No Content\r\n\r\n") as wire:
        assert ask(wire.origin).status == 204


def test_https_trusts_only_a_known_authority():
    with Wire(b"") as wire, pytest.raises(ConnectionError):
        ask(wire.origin.replace("http", "https"))
    for ca_file in (os.devnull + "x", os.devnull):
        assert (
            fault_of(HttpTransport, Settings("https://hub.example", ca_file=ca_file)) is Fault.NOT_A_SETTING
        )


def test_a_phone_exchanges_over_real_http(hub, place, phone):
    take(phone, "1")
    with served(hub) as origin:
        done = sync(phone, Carrier(HttpTransport(Settings(origin)), origin))
    assert (done.outcome, done.acknowledged) == (Outcome.DONE, 1)
    take(phone, "2")
    assert sync(phone, Carrier(HttpTransport(Settings(origin)), origin)).outcome is Outcome.OFFLINE


def test_a_directory_is_private_and_its_secret_is_made_once(tmp_path):
    create_directory(tmp_path / "deep" / "phone")
    secret = tmp_path / "deep" / "phone" / native.SECRET
    first = secret.read_bytes()
    create_directory(tmp_path / "deep" / "phone")
    assert secret.read_bytes() == first
    assert len(first) == 32
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700


def test_P66_a_directory_without_its_secret_is_of_another_device(tmp_path):
    create_directory(tmp_path / "phone")
    for content in (None, b"short"):
        (tmp_path / "phone" / native.SECRET).unlink()
        if content is not None:
            (tmp_path / "phone" / native.SECRET).write_bytes(content)
        assert fault_of(open_host, tmp_path / "phone") is Fault.OTHER_DEVICE
        (tmp_path / "phone" / native.SECRET).touch()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "file"
    replace_file(path, b"one")
    monkeypatch.setattr(os, "fsync", _no_space)
    with pytest.raises(OSError, match="space"):
        replace_file(path, b"two")
    assert path.read_bytes() == b"one"


def _no_space(_):
    raise OSError(28, "No space left on device")


def test_what_was_encrypted_opens_under_the_same_key_and_place_only():
    vault = NativeVault(KEY)
    sealed = vault.encrypt(KEY, b"body", b"place")
    assert vault.decrypt(KEY, sealed, b"place") == b"body"
    assert vault.encrypt(KEY, b"body", b"place") != sealed
    for key, raw, place in [
        (b"\x02" * 32, sealed, b"place"),
        (KEY, sealed, b"elsewhere"),
        (KEY, sealed[:-1], b"place"),
        (KEY, b"", b"place"),
    ]:
        with pytest.raises(BadSignatureError):
            vault.decrypt(key, raw, place)


def test_the_certificate_request_names_nobody_and_is_signed_by_the_phones_key(place, phone):
    request = x509.load_der_x509_csr(agent.certificate_request(phone.device))
    assert request.is_signature_valid
    assert list(request.subject) == []


def test_the_signing_key_is_not_in_clear_on_the_disk(place, phone):
    raw = phone.device.signer._key.private_bytes_raw()  # noqa: SLF001 (to look for it)
    assert all(raw not in path.read_bytes() for path in place.directory.iterdir())
