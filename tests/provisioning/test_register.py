"""The register: transitions, what the hub asks, one winner under a race, and an audit that stays."""

import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from multiprocessing import get_context

import pytest

from provisioning.database import create
from provisioning.devices import DECIDABLE, Decision
from provisioning.errors import RegisterError, UnknownDeviceError, VoucherRefusedError, WrongStateError
from provisioning.register import Claim, Register, VoucherRow
from tests.builders import signer

MAC = bytes(32)


@pytest.fixture
def path(tmp_path):
    create(tmp_path / "register.sqlite")
    return tmp_path / "register.sqlite"


@pytest.fixture
def register(path):
    return Register(path)


def open_voucher(register, mac=MAC, group="KM-01"):
    register.add_voucher(VoucherRow(mac, group, "leader", "it01", 1, 1_000))


def a_device(register, name="phone", mac=MAC, group="KM-01", at=5):
    open_voucher(register, mac, group)
    return register.claim(Claim(mac, signer(name).spki, None, bytes(16), at, "10.0.0.1"))


def decided(kind, at=7):
    return Decision(kind, "it01", None, "checked", at)


def in_state(register, state):
    device = a_device(register)
    if state == "refused":
        return register.decide(device.writer, decided("refused"))
    if state != "waiting":
        register.decide(device.writer, decided("accepted"))
    if state == "admitted":
        register.mark_admitted(device.writer, 3, 8)
    if state == "revoked":
        register.decide(device.writer, decided("revoked"))
    return register.find(device.writer)


@pytest.mark.parametrize("state", ["waiting", "accepted", "admitted", "refused", "revoked"])
@pytest.mark.parametrize("kind", ["accepted", "refused", "revoked"])
def test_a_decision_is_taken_in_the_states_that_allow_it_only(register, state, kind):
    device = in_state(register, state)
    assert device.state == state
    if state in DECIDABLE[kind]:
        assert register.decide(device.writer, decided(kind)).state == kind
        assert register.find(device.writer).decision(kind) == decided(kind)
    else:
        with pytest.raises(WrongStateError) as caught:
            register.decide(device.writer, decided(kind))
        assert caught.value.state == state
        assert register.find(device.writer) == device


def test_the_file_itself_refuses_one_person_twice(register):
    device = in_state(register, "admitted")
    with pytest.raises(sqlite3.IntegrityError):
        register.decide(device.writer, Decision("revoked", "it01", "it01", "lost", 9))
    assert register.find(device.writer) == device


def test_the_hub_learns_whom_to_admit_in_the_order_of_enrolment(register):
    first, waiting, third, elsewhere = (
        a_device(register, f"phone {at}", bytes([at]) * 32, "KM-02" if at == 4 else "KM-01", at)
        for at in (1, 2, 3, 4)
    )
    for device in (elsewhere, third, first):
        register.decide(device.writer, decided("accepted"))
    assert [device.writer for device in register.to_admit("KM-01")] == [first.writer, third.writer]
    assert register.find(waiting.writer) == waiting


def test_marking_an_admission_twice_changes_nothing(register, path):
    device = in_state(register, "accepted")
    register.mark_admitted(device.writer, 4, 8)
    before = dump(path)
    register.mark_admitted(device.writer, 5, 9)
    assert dump(path) == before
    assert register.find(device.writer).ordinal == 4
    assert register.to_admit("KM-01") == ()


def test_L18_a_device_revoked_while_the_hub_admitted_it_is_revoked_in_the_log_too(register, path):
    device = in_state(register, "accepted")
    assert register.to_admit("KM-01") == (device,)
    register.decide(device.writer, decided("revoked"))
    assert (register.to_admit("KM-01"), register.to_revoke("KM-01")) == ((), ())
    register.mark_admitted(device.writer, 2, 9)
    (found,) = register.to_revoke("KM-01")
    assert (found.state, found.ordinal) == ("revoked", 2)
    register.mark_revoked(device.writer, 10)
    before = dump(path)
    register.mark_revoked(device.writer, 11)
    assert dump(path) == before
    assert register.to_revoke("KM-01") == ()


def test_a_device_is_found_by_the_beginning_of_its_id(register):
    device = a_device(register)
    a_device(register, "other", b"2" * 32)
    assert register.device(device.id[:6]) == device
    assert register.device(device.id) == device
    for prefix in ("", "zzzz", device.id + "0"):
        with pytest.raises(UnknownDeviceError):
            register.device(prefix)


def test_a_device_that_is_not_there_is_not_decided_about(register):
    assert register.find(b"0" * 10) is None
    with pytest.raises(UnknownDeviceError):
        register.decide(b"0" * 10, decided("accepted"))


@pytest.mark.parametrize(
    ("claimed", "why"),
    [
        ({"mac": b"3" * 32}, "unknown"),
        ({"mac": b"1" * 32}, "used"),
        ({"mac": b"2" * 32}, "superseded"),
        ({"mac": MAC, "at": 1_000}, "expired"),
    ],
)
def test_R96_the_register_knows_why_a_voucher_is_refused(register, path, claimed, why):
    a_device(register, "first", b"1" * 32)
    open_voucher(register, b"2" * 32)
    open_voucher(register)
    before = dump(path)
    with pytest.raises(VoucherRefusedError) as caught:
        register.claim(Claim(**{"mac": MAC, "spki": signer("second").spki, "csr": None} | REST | claimed))
    assert caught.value.why == why
    assert dump(path) == before


REST = {"nonce": bytes(16), "at": 5, "source": "10.0.0.1"}


def test_no_secret_of_a_voucher_is_in_the_register(branch):
    text = branch.voucher()
    raw = (branch.directory / "register.sqlite").read_bytes()
    assert text.replace("-", "")[:13].encode() not in raw
    assert text.encode() not in raw


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_audit_is_append_only(register, path, statement):
    a_device(register)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


def test_R95_of_many_processes_that_race_for_a_voucher_one_wins(register, path):
    open_voucher(register)
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        won = list(pool.map(race, [path] * 24, range(24)))
    assert sum(won) == 1
    (device,) = register.devices()
    assert device.spki == signer(f"racer {won.index(True)}").spki


def race(path, number):
    """One racer, in its own process: whether it won."""
    try:
        Register(path).claim(Claim(MAC, signer(f"racer {number}").spki, None, bytes(16), 5, "10.0.0.1"))
    except VoucherRefusedError:
        return False
    return True


@pytest.mark.parametrize(
    "content", [None, b"", b"this is no database at all, but long enough to look at" * 40]
)
def test_a_register_that_is_missing_empty_or_damaged_is_told_apart_from_everything_else(tmp_path, content):
    path = tmp_path / "register.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RegisterError):
        Register(path).devices()
    assert path.exists() == (content is not None)


def test_a_register_is_not_made_twice(path):
    with pytest.raises(FileExistsError):
        create(path)


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())
