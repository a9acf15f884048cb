"""What a phone may be told about the network, and the one place that reads the time."""

from datetime import UTC, datetime, timedelta

import pytest

from edge import settings
from edge.clock import clock
from edge.errors import Fault
from edge.settings import Settings, load, origin
from tests.edge.steps import fault_of


@pytest.mark.parametrize(
    "address",
    [
        "https://hub.example",
        "https://hub.example:8443",
        "http://127.0.0.1:8000",
        "http://localhost",
        "http://[::1]:80",
    ],
)
def test_an_origin_is_https_or_this_machine(address):
    assert origin(address) == origin(address + "/") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hub.example",
        "http://hub.example",
        "http://192.168.1.5:8000",
        "ftp://hub.example",
        "https://",
        "https://user@hub.example",
        "https://hub.example/v1",
        "https://hub.example?x=1",
        "https://hub.example#x",
        "https://hub.example:99999",
        "https://hub.example:x",
        "https://hüb.example",
        "https://[::1",
        "https://hub\n.example",
        "https://hub.example:0",
    ],
)
def test_any_other_address_is_refused(address):
    assert fault_of(origin, address) is Fault.NOT_AN_ADDRESS


def test_settings_are_written_and_read_back(tmp_path):
    (tmp_path / settings.FILE).write_text(settings.text(Settings("https://hub.example")), encoding="utf-8")
    assert load(tmp_path) == Settings("https://hub.example")


@pytest.mark.parametrize(
    "said",
    [
        'hub = "https://hub.example"\nport = 80',
        "hub = 7",
        "",
        "hub",
        b"\xff\xfe",
        'hub = "https://hub.example"\nread_timeout_s = 0',
    ],
)
def test_settings_that_say_something_else_are_refused(tmp_path, said):
    (tmp_path / settings.FILE).write_bytes(said if isinstance(said, bytes) else said.encode())
    assert fault_of(load, tmp_path) is Fault.NOT_A_SETTING


def test_a_directory_without_settings_was_never_enrolled(tmp_path):
    assert fault_of(load, tmp_path) is Fault.NOT_ENROLLED


def test_a_clock_is_the_hosts_or_the_rehearsals():
    assert abs(clock({})() - datetime.now(UTC)) < timedelta(minutes=1)  # noqa: TID251 (the clock itself)
    told = clock({"TOVAY_NOW": "2025-12-15T08:00:00+07:00"})
    assert told() == told() == datetime(2025, 12, 15, 1, tzinfo=UTC)


FAR = ("0001-01-01T00:00:00+14:00", "1999-12-31T00:00:00+07:00", "9999-12-31T23:59:59+00:00")


@pytest.mark.parametrize("told", ["", "2025-12-15", "2025-12-15T08:00:00", "yesterday", "1765767600", *FAR])
def test_a_rehearsal_without_its_moment_is_refused(told):
    assert fault_of(clock, {"TOVAY_NOW": told}) is Fault.NOT_A_MOMENT
