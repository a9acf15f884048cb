"""The log has one JSON object on each line, whoever writes it: also what the server below the hub says."""

import json
import logging
import socket

import pytest
from structlog import get_logger

from hub.logs import configure
from tests.hub.builders import NOW
from tests.hub.served import Served


@pytest.fixture
def lines(capsys):
    """What was logged since the last look."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_is_no_request_at_all_is_a_line_of_the_log_like_any_other(directory):
    served = Served(directory)
    try:
        with socket.create_connection(("127.0.0.1", int(served.address.rsplit(":")[-1]))) as stranger:
            stranger.sendall(b"\x16\x03\x01 a handshake of TLS\r\n\r\n")
            assert stranger.recv(100).startswith(b"HTTP/1.1 400")
    finally:
        assert served.stop() == 0
    (line,) = map(json.loads, (directory / "hub.log").read_text(encoding="utf-8").splitlines())
    assert line["at"].startswith("2025-12-09T01:30:00")
    assert line["told"] == "Invalid HTTP request received."
    assert (line["event"], line["level"], line["by"]) == ("server", "info", "uvicorn.error")


def test_a_fault_that_the_server_caught_is_one_of_the_program_and_is_counted(lines):
    counted = []
    configure(lambda: NOW, "info", lambda line: counted.append(line["event"]))
    try:
        _ = 1 // 0
    except ZeroDivisionError:
        logging.getLogger("uvicorn.error").exception("in the middle of an answer")
    (line,) = lines()
    assert (line["event"], line["level"], "ZeroDivisionError" in line["exception"]) == (
        "internal_error",
        "error",
        True,
    )
    assert counted == ["internal_error"]


def test_a_library_that_logs_what_it_raises_is_not_a_fault_and_says_nothing_to_a_person(lines):
    for least, told in (("info", ["server"]), ("warning", [])):
        configure(lambda: NOW, least)
        try:
            int("x")
        except ValueError:
            logging.getLogger("some.library").exception("no answer")
        assert [line["event"] for line in lines()] == told


def test_a_hub_that_is_configured_twice_says_everything_once(lines):
    for _ in range(2):
        configure(lambda: NOW, "info")
    logging.getLogger("uvicorn.error").warning("once")
    get_logger().info("admitted")
    assert [line["event"] for line in lines()] == ["server", "admitted"]
