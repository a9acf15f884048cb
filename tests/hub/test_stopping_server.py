"""A hub that is told to stop in the middle of an exchange: it ends what runs, and loses nothing."""

import sqlite3
import threading
import time
from contextlib import closing

import httpx
import pytest

from hub.app import opened
from hub.server import CUT_AFTER_S, STOP_WITHIN_S
from protocol.exchange import read_response
from tests.hub.builders import GROUP, visit
from tests.hub.served import ENVIRON, Served, admit, tovay_hub

HANGS_S = CUT_AFTER_S + 10


class Exchange(threading.Thread):
    """A phone's exchange that somebody waits for."""

    def __init__(self, served, phone):
        super().__init__()
        self._served, self._phone = served, phone
        self.answer = self.error = None
        self.start()

    def run(self):
        try:
            self.answer = self._served.post(self._phone, self._phone.seal())
        except httpx.HTTPError as error:
            self.error = error


@pytest.fixture
def phone(directory):
    phone = admit(directory)
    phone.write(visit())
    return phone


def stop_while_it_waits(directory, phone, release_after_s):
    """A hub is told to stop while an exchange waits for its store: exchange, exit code, seconds."""
    served = Served(directory)
    with closing(sqlite3.connect(directory / "hub.sqlite", isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        exchange = Exchange(served, phone)
        time.sleep(1)  # it has reached the store, and waits there
        assert exchange.is_alive()
        told = time.monotonic()
        served.running.terminate()
        while time.monotonic() < told + release_after_s and served.running.poll() is None:
            time.sleep(0.05)
        rival.execute("ROLLBACK")
    code, took = served.ended(), time.monotonic() - told
    exchange.join()
    return exchange, code, took


def stored(directory):
    with opened(directory, ENVIRON) as hub:
        state = hub.groups.load(GROUP)
        return len(state.phone_seals), sum(seal.received is not None for seal in state.phone_seals)


def test_an_exchange_that_runs_is_answered_before_the_hub_ends(directory, phone):
    exchange, code, took = stop_while_it_waits(directory, phone, 1.5)
    assert (exchange.answer.status_code, code) == (200, 0)
    assert len(read_response(exchange.answer.content).branch_seals) > 0
    assert took < CUT_AFTER_S
    assert stored(directory) == (1, 1)


def test_an_exchange_that_hangs_does_not_keep_the_hub_and_is_made_good_by_the_next(directory, phone):
    exchange, code, took = stop_while_it_waits(directory, phone, HANGS_S)
    assert exchange.answer is None or exchange.answer.status_code >= 500
    assert code == 0
    assert STOP_WITHIN_S < took < HANGS_S
    assert stored(directory) == (0, 0)
    assert '"cut_off"' in (directory / "hub.log").read_text(encoding="utf-8")
    again = Served(directory)
    again.exchange(phone, phone.seal())
    assert again.stop() == 0
    assert stored(directory) == (1, 1)
    assert tovay_hub("fsck", "--dir", directory).returncode == 0


def test_a_hub_that_is_told_to_stop_takes_no_new_connection(directory, phone):
    served = Served(directory)
    assert served.stop() == 0
    with pytest.raises(httpx.ConnectError):
        served.post(phone, phone.seal())
