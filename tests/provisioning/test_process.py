"""The doors in a process of their own: many phones at once, and a hub that is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from protocol.enrolment import CONTENT_TYPE, PATH
from tests.provisioning.branch import Phone

WAIT_S = 20


@contextmanager
def serving(branch):
    """The doors of a branch at a free port; yields the process and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.provisioning.serve", branch.directory, str(port)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process_of_hub:
        wait_until_open(port, process_of_hub)
        try:
            yield process_of_hub, f"http://127.0.0.1:{port}"
        finally:
            process_of_hub.terminate()


def wait_until_open(port, process_of_hub):
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until and process_of_hub.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the doors did not open")


def claim(address, phone, text):
    return httpx.post(
        address + PATH, content=phone.claim(text), headers={"content-type": CONTENT_TYPE}, timeout=WAIT_S
    )


def test_R95_of_sixteen_phones_with_one_voucher_one_wins_even_when_the_hub_is_killed(branch):
    text = branch.voucher()
    phones = [Phone(seed) for seed in range(1, 17)]
    with serving(branch) as (process_of_hub, address):
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda phone: claim(address, phone, text), phones))
        process_of_hub.send_signal(signal.SIGKILL)
        process_of_hub.wait(WAIT_S)
    assert sorted(reply.status_code for reply in replies) == [200] + [403] * 15
    winner = next(place for place, reply in enumerate(replies) if reply.status_code == 200)
    (device,) = branch.register.devices()
    assert device.spki == phones[winner].signer.spki
    with serving(branch) as (_, address):
        assert claim(address, phones[winner], text).content == replies[winner].content
        assert claim(address, phones[winner - 1], text).status_code == 403
